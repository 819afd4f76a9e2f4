"""Make docs/images/studio-contact.png: what the studio engine makes of prompts and of photos.

    python -m scripts.contact_sheet [folder for the single pictures]

Every picture comes out of the engine as a partner would get it. Pictures that are already in the
folder are not made again, so one that was deleted there is the only one that is redone.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.engines.base import ASPECT_RATIOS, Pixels, Recipe, Unwatched
from imaging.engines.studio.enhance import enhance
from imaging.engines.studio.scene.create import create
from scripts.make_samples import Sample, spoil

TARGET = Path(__file__).resolve().parent.parent / "docs" / "images" / "studio-contact.png"
SIDE = 768
"""Long side of the single pictures."""

_CELL, _GAP, _CAPTION, _COLUMNS = 268, 12, 46, 6
_PAPER, _INK, _GREY = (255, 255, 255), (32, 33, 36), (96, 99, 104)


class Order(NamedTuple):
    """A prompt, the aspect ratio and the seed."""

    prompt: str
    aspect: str = "1:1"
    seed: int = 1


ORDERS = (
    Order('amber dropper bottle "SOLENE" on white marble, soft light'),
    Order("brown leather handbag on a beige backdrop", "1:1", 2),
    Order('perfume bottle with gold cap "MIRA" on a pink podium', "3:4"),
    Order("white sneaker on a light blue backdrop", "4:3"),
    Order("gold ring on dark marble, dramatic lighting", "1:1", 4),
    Order("black headphones on concrete, window light", "1:1", 5),
    Order("sage green ceramic mug on an oak table, morning light", "1:1", 6),
    Order('lavender candle "NORDA" on a podium, golden hour', "3:4", 7),
    Order("silver watch with a navy leather strap on slate", "1:1", 8),
    Order("red lipstick on a pale pink backdrop", "3:4", 9),
    Order("black vintage camera on a walnut table, moody light", "4:3", 10),
    Order('kraft coffee bag "FJELD" on linen', "1:1", 11),
    Order("smartphone with neon light", "1:1", 12),
    Order("terracotta vase on plaster, window light", "3:4", 13),
    Order("wooden toy car on a mint backdrop", "4:3", 14),
    Order("teddy bear on a cream background", "1:1", 15),
    Order('jar of honey "HALDEN" on an oak table, sunlight', "1:1", 16),
    Order("navy backpack on a light grey backdrop", "3:4", 17),
    Order('red wine bottle "OLIVINE" on dark marble, low key', "2:3", 18),
    Order("pink macarons on white marble", "1:1", 19),
    Order("forest green velvet sofa on an oak floor", "16:9", 20),
    Order('white cream jar "ATELIER" on terrazzo', "1:1", 21),
    Order("copper teapot on slate, dramatic light", "4:3", 22),
    Order("tortoise sunglasses on a yellow backdrop, hard light", "4:3", 23),
    Order("kraft gift box with a red ribbon on white", "1:1", 24),
    Order("red enamel cooking pot on a kitchen counter", "4:3", 25),
    Order('orange drink can "CITRA" on acrylic, teal background', "3:4", 26),
    Order("white wireless earbuds on a grey podium", "1:1", 27),
    Order("folded white cotton t-shirt, flat lay on linen", "1:1", 28),
    Order("a flugelhorn on marble", "1:1", 29),
)


@dataclass(frozen=True)
class Photo:
    """A hurried photo of ours, and what is asked for. Nothing asked is the automatic treatment."""

    sample: Sample
    wish: str


_CUT_OUT = "remove the background, white surface, soft shadow"

PHOTOS = (
    Photo(
        Sample("a blue ceramic mug on grey paper", 11, (0.80, 0.72, 0.58), 2.5),
        "correct the white balance, brighter",
    ),
    Photo(Sample("a brown leather handbag on grey paper", 6, (0.62, 0.56, 0.48), 3.0), _CUT_OUT),
    Photo(Sample("a white teapot on an oak table", 8, (0.58, 0.60, 0.66), 2.5), ""),
    Photo(Sample("a black camera on grey paper", 3, (0.74, 0.76, 0.84), 3.0), "brighter"),
    Photo(Sample("a red lipstick on grey paper", 9, (0.80, 0.76, 0.66), 2.0), _CUT_OUT),
    Photo(Sample("white headphones on a grey backdrop", 4, (0.74, 0.68, 0.58), 2.5), ""),
    Photo(
        Sample("a green wine bottle on a beige backdrop", 5, (0.78, 0.74, 0.66), 2.5),
        "light grey background, soft shadow",
    ),
    Photo(Sample("a yellow rubber duck on grey paper", 2, (0.66, 0.66, 0.70), 2.5), "more vibrant"),
    Photo(Sample("a white sneaker on grey paper", 7, (0.76, 0.72, 0.62), 2.5), ""),
    Photo(Sample("a walnut chair on grey paper", 12, (0.70, 0.62, 0.50), 2.5), _CUT_OUT),
    Photo(
        Sample("a pink donut on a white table", 13, (0.70, 0.72, 0.80), 2.5),
        "brighter, more vibrant",
    ),
    Photo(Sample("a silver watch on grey paper", 14, (0.72, 0.70, 0.64), 2.0), "brighter, sharper"),
)


def created(order: Order) -> Pixels:
    """(H, W, 3) sRGB: the finished picture of a prompt."""
    across, down = ASPECT_RATIOS[order.aspect]
    width, height = (round(SIDE * n / max(across, down)) for n in (across, down))
    recipe = Recipe(
        operation="create", width=width, height=height, seed=order.seed, prompt=order.prompt
    )
    return create(recipe, Unwatched()).pictures[0].pixels[..., :3]


def photographed(photo: Photo) -> Pixels:
    """(SIDE, SIDE, 3) sRGB: the photo before anything is done to it."""
    return spoil(created(Order(photo.sample.prompt, seed=photo.sample.seed)), photo.sample)


def enhanced(photo: Photo, before: Pixels) -> Pixels:
    """(SIDE, SIDE, 3) sRGB: the photo as the engine hands it back."""
    recipe = Recipe(operation="enhance", width=SIDE, height=SIDE, seed=1, prompt=photo.wish)
    return enhance(recipe, [before], Unwatched()).pictures[0].pixels[..., :3]


def kept(file: Path) -> Pixels | None:
    """The picture in the file, or None where there is none yet."""
    return np.asarray(Image.open(file).convert("RGB")) if file.exists() else None


def keep(file: Path, pixels: Pixels) -> Pixels:
    cv2.imwrite(str(file), np.ascontiguousarray(pixels[..., ::-1]))
    print(file, flush=True)
    return pixels


class Sheet:
    """Pictures in a grid, each with a caption below, under headings."""

    def __init__(self) -> None:
        self._rows: list[Image.Image] = []
        self._width = _COLUMNS * (_CELL + _GAP) + _GAP

    def heading(self, text: str) -> None:
        row = Image.new("RGB", (self._width, 62), _PAPER)
        font = ImageFont.load_default(24)
        ImageDraw.Draw(row).text((_GAP, 22), text, font=font, fill=_INK)
        self._rows.append(row)

    def tiles(self, tiles: list[tuple[Pixels, str]]) -> None:
        """Rows of up to `_COLUMNS` pictures with their captions."""
        for start in range(0, len(tiles), _COLUMNS):
            row = Image.new("RGB", (self._width, _CELL + _CAPTION + _GAP), _PAPER)
            for column, (pixels, caption) in enumerate(tiles[start : start + _COLUMNS]):
                _draw_tile(row, _GAP + column * (_CELL + _GAP), pixels, caption)
            self._rows.append(row)

    def save(self, target: Path) -> None:
        sheet = Image.new("RGB", (self._width, sum(row.height for row in self._rows)), _PAPER)
        top = 0
        for row in self._rows:
            sheet.paste(row, (0, top))
            top += row.height
        target.parent.mkdir(parents=True, exist_ok=True)
        sheet.save(target, optimize=True)
        print(f"{target}  {target.stat().st_size / 2**20:.1f} MiB  {sheet.width} x {sheet.height}")


def _draw_tile(row: Image.Image, left: int, pixels: Pixels, caption: str) -> None:
    height, width = pixels.shape[:2]
    scale = _CELL / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA))
    row.paste(small, (left + (_CELL - size[0]) // 2, (_CELL - size[1]) // 2))
    font, pen = ImageFont.load_default(12), ImageDraw.Draw(row)
    for line, text in enumerate(_wrapped(caption, font)[:2]):
        pen.text((left, _CELL + 7 + 16 * line), text, font=font, fill=_GREY)


def _wrapped(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if font.getlength(longer) > _CELL and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def creations(folder: Path) -> list[tuple[Pixels, str]]:
    """The picture of every order with its prompt."""
    tiles = []
    for number, order in enumerate(ORDERS):
        file = folder / f"create-{number:02d}.png"
        found = kept(file)
        tiles.append((keep(file, created(order)) if found is None else found, order.prompt))
    return tiles


def enhancements(folder: Path) -> list[tuple[Pixels, str]]:
    """Every photo, before and after, with what was asked for."""
    tiles = []
    for number, photo in enumerate(PHOTOS):
        before_file = folder / f"photo-{number:02d}.png"
        after_file = folder / f"enhanced-{number:02d}.png"
        before, after = kept(before_file), kept(after_file)
        if before is None:
            before, after = keep(before_file, photographed(photo)), None
        if after is None:
            after = keep(after_file, enhanced(photo, before))
        wish = f'"{photo.wish}"' if photo.wish else "no request: automatic"
        tiles += [(before, "photo"), (after, wish)]
    return tiles


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    sheet = Sheet()
    sheet.heading("create: a prompt in, a picture out")
    sheet.tiles(creations(folder))
    sheet.heading("enhance: a photo in, a better one out")
    sheet.tiles(enhancements(folder))
    sheet.save(TARGET)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        main(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory(prefix="softbox-sheet-") as made:
            main(Path(made))
