"""Make docs/images/styles-contact.png: every style on three products.

    python -m scripts.make_styles_contact [folder for the single pictures]

Every picture comes out of the studio engine as a partner would get it. Pictures that are already
in the folder are not made again, so one that was deleted there is the only one that is redone.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw

from imaging.engines import presets
from imaging.engines.base import ASPECT_RATIOS, Pixels, Recipe, Unwatched
from imaging.engines.presets import Style
from imaging.engines.studio.packshot import packshot
from imaging.engines.studio.scene.prompt import read
from imaging.engines.studio.scene.render import render_alpha, render_scene
from imaging.engines.studio.typeface import font
from scripts.make_samples import Sample, spoil

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "images" / "styles-contact.png"
SIDE = 768
"""Long side of the single pictures."""

SAMPLE = ROOT / "imaging" / "static" / "samples" / "mug.jpg"
RENDERED: dict[str, tuple[str, int]] = {
    "serum": ('amber dropper bottle "SOLENE" on white paper, soft light', 1),
    "bag": ("brown leather handbag on white paper, soft light", 2),
}
"""Products that the scene renderer draws, each with its exact outline as its transparency."""

WORDS = '"Made to last" "Hand finished" "Natural materials" "Two year warranty"'

_TILE, _GAP, _BETWEEN, _LABEL, _RIM, _BLOCKS = 156, 6, 30, 40, 32, 3
_PAPER, _INK = (255, 255, 255), (32, 33, 36)


def products(folder: Path) -> dict[str, Pixels]:
    """The photo of the sample and the rendered cut-outs (H, W, 4) by name."""
    found = {"mug": np.asarray(Image.open(SAMPLE).convert("RGB"))}
    for name, (prompt, seed) in RENDERED.items():
        file = folder / f"product-{name}.png"
        if not file.exists():
            spec = read(prompt, seed).spec
            pixels = render_scene(spec, 1024, 1024, samples=24).pixels
            alpha = render_alpha(spec, 1024, 1024)
            save(file, np.dstack([pixels, (alpha * 255 + 0.5).astype(np.uint8)]))
        found[name] = np.asarray(Image.open(file).convert("RGBA"))
    return found


def photo_of(product: Pixels) -> Pixels:
    """(H, W, 3): a cut-out product as a hurried photo on grey paper, to show a before."""
    alpha = product[..., 3:] / np.float32(255)
    lit = np.linspace(236, 208, product.shape[0], dtype=np.float32)[:, None, None]
    shot = product[..., :3] * alpha + lit * (1 - alpha)
    return spoil(shot.astype(np.uint8), Sample("", 4, (0.74, 0.68, 0.58), 2.5))


def picture(style: Style, product: Pixels) -> Pixels:
    """(H, W, 3 or 4): the product in the style, in the aspect ratio that the style recommends."""
    across, down = ASPECT_RATIOS[style.aspect_ratio]
    width, height = (round(SIDE * n / max(across, down) / 8) * 8 for n in (across, down))
    prompt = WORDS if style.way == "infographic" else ""
    recipe = Recipe(
        operation="packshot",
        width=width,
        height=height,
        seed=2,
        style=style.name,
        prompt=prompt,
    )
    return packshot(recipe, product, Unwatched()).pictures[0].pixels


def save(file: Path, pixels: Pixels) -> None:
    channels = [2, 1, 0, 3][: pixels.shape[2]]
    cv2.imwrite(str(file), np.ascontiguousarray(pixels[..., channels]))
    print(file, flush=True)


def tile(file: Path) -> Image.Image:
    """A thumbnail in a square; what is transparent shows a chequered ground."""
    shown = Image.open(file)
    shown.thumbnail((_TILE, _TILE), Image.Resampling.LANCZOS)
    square = Image.new("RGB", (_TILE, _TILE), _PAPER)
    at = ((_TILE - shown.width) // 2, (_TILE - shown.height) // 2)
    if shown.mode == "RGBA":
        square.paste(_chequered(shown.size), at)
        square.paste(shown, at, shown)
    else:
        square.paste(shown, at)
    if np.asarray(shown.convert("RGB"))[0].min() > 245:
        # White on white needs an edge.
        box = (at[0], at[1], at[0] + shown.width - 1, at[1] + shown.height - 1)
        ImageDraw.Draw(square).rectangle(box, outline=(226, 227, 230))
    return square


def _chequered(size: tuple[int, int]) -> Image.Image:
    down, across = np.mgrid[0 : size[1], 0 : size[0]] // 9
    return Image.fromarray(np.where((down + across) % 2, 255, 232).astype(np.uint8)).convert("RGB")


def sheet(rows: list[tuple[str, list[Path]]]) -> Image.Image:
    """Blocks of three tiles under their style's name."""
    wide = 3 * _TILE + 2 * _GAP
    tall = _TILE + _LABEL + 14
    lines = -(-len(rows) // _BLOCKS)
    width = 2 * _RIM + _BLOCKS * wide + (_BLOCKS - 1) * _BETWEEN
    image = Image.new("RGB", (width, 2 * _RIM + lines * tall - 14), _PAPER)
    pen = ImageDraw.Draw(image)
    for number, (label, files) in enumerate(rows):
        left = _RIM + number % _BLOCKS * (wide + _BETWEEN)
        top = _RIM + number // _BLOCKS * tall
        pen.text((left, top + _LABEL / 2), label, _INK, font(17, "SemiBold"), "lm")
        for column, file in enumerate(files):
            image.paste(tile(file), (left + column * (_TILE + _GAP), top + _LABEL))
    return image


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    shown = products(folder)
    rows = []
    for style in presets.styles().values():
        files = [folder / f"{style.name}-{name}.png" for name in shown]
        for file, product in zip(files, shown.values(), strict=True):
            if not file.exists():
                shown_before = style.way == "comparison" and product.shape[2] == 4
                save(file, picture(style, photo_of(product) if shown_before else product))
        rows.append((style.label, files))
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    sheet(rows).save(TARGET, optimize=True)
    print(f"{TARGET}  {TARGET.stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory(prefix="softbox-styles-") as made:
            main(Path(made))
