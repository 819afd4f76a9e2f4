"""Make the sample photos that `make run` sends: renders, spoilt as a hurried phone photo is.

    python -m scripts.make_samples [name ...]

Everything in them is ours: the scene renderer draws the product and the table, and this script
adds what goes wrong in a stock room: too little light, a yellow lamp, noise, a soft lens.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from imaging.engines.base import Pixels, Recipe, Unwatched
from imaging.engines.studio.scene.create import create

FOLDER = Path(__file__).resolve().parent.parent / "imaging" / "static" / "samples"
SIDE = (1200, 1200)


@dataclass(frozen=True)
class Sample:
    """A product, and how its photo was spoilt: gains of red, green and blue, noise in levels."""

    prompt: str
    seed: int
    gains: tuple[float, float, float]
    noise: float
    blur: float = 0.6


SAMPLES = {
    "mug": Sample("a blue ceramic mug on light grey paper", 11, (0.80, 0.72, 0.58), 3.0),
    "bottle": Sample("a green glass wine bottle on a beige backdrop", 5, (0.78, 0.74, 0.66), 2.5),
    "teapot": Sample("a white stoneware teapot on an oak table", 8, (0.66, 0.62, 0.55), 3.5),
    "camera": Sample("a black camera on light grey paper", 3, (0.74, 0.76, 0.82), 3.0),
    "headphones": Sample("white headphones on a light blue backdrop", 4, (0.70, 0.66, 0.58), 3.0),
    "handbag": Sample("a brown leather handbag on white paper", 6, (0.76, 0.70, 0.58), 2.5),
}


def spoil(pixels: Pixels, sample: Sample) -> Pixels:
    """(H, W, 3) sRGB in and out: darker, with a cast, softer, noisy."""
    photo = (pixels.astype(np.float32) / 255) ** 2.2 * np.array(sample.gains, np.float32) ** 1.6
    photo = cv2.GaussianBlur(photo, (0, 0), sample.blur) ** (1 / 2.2) * 255
    chance = np.random.default_rng(sample.seed)
    grain = chance.normal(0, sample.noise, photo.shape).astype(np.float32)
    return np.clip(photo + cv2.GaussianBlur(grain, (0, 0), 0.5) * 1.6, 0, 255).astype(np.uint8)


def main(names: list[str]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or list(SAMPLES):
        sample = SAMPLES[name]
        recipe = Recipe(
            operation="create",
            width=SIDE[0],
            height=SIDE[1],
            seed=sample.seed,
            prompt=sample.prompt,
        )
        made = create(recipe, Unwatched())
        photo = spoil(made.pictures[0].pixels[..., :3], sample)
        target = FOLDER / f"{name}.jpg"
        cv2.imwrite(str(target), photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 86])
        print(f"{target}  {target.stat().st_size // 1024} KB  {made.notes}")


if __name__ == "__main__":
    main(sys.argv[1:])
