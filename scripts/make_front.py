"""Make the picture of the README: a sample photo and its packshot.

    python -m scripts.make_front [sample]

What `make run` does with the bottle, without the server around it. Nothing is written where the
engine kept the photo's background, because then the pair would show nothing.
"""

from __future__ import annotations

import sys

import cv2
import numpy as np

from imaging.engines.base import Inputs, Made, Pixels, Recipe, Unwatched
from imaging.engines.studio.engine import StudioEngine
from scripts.make_samples import FOLDER
from scripts.serve import ROOT

README_PICTURE = ROOT / "docs" / "images" / "readme-packshot.png"
SIDE = 800
GAP = 16


def packshot_of(photo: Pixels) -> Pixels:
    """(H, W, 3) sRGB in, (1024, 1024, 3) out. Exits where the cut-out was not trusted."""
    recipe = Recipe(
        operation="packshot", width=1024, height=1024, seed=1, background="#ffffff", shadow="soft"
    )
    [outcome] = StudioEngine().run([recipe], [Inputs(pictures=(photo,))], Unwatched())
    if not isinstance(outcome, Made):
        raise SystemExit(f"The engine made nothing: {outcome.reason}")
    picture = np.asarray(outcome.pictures[0].pixels[..., :3])
    if int(picture[:8, :8].min()) < 250:
        raise SystemExit(f"The background is not white: {' '.join(outcome.notes)}")
    return picture


def main(names: list[str]) -> None:
    [name] = names or ["bottle"]
    bgr = cv2.imread(str(FOLDER / f"{name}.jpg"))
    if bgr is None:
        raise SystemExit(f"There is no sample {name}.")
    photo = np.ascontiguousarray(bgr[..., ::-1]).astype(np.uint8)
    made = packshot_of(photo)
    before, after = (
        cv2.resize(side, (SIDE, SIDE), interpolation=cv2.INTER_AREA) for side in (photo, made)
    )
    gap = np.full((SIDE, GAP, 3), 255, np.uint8)
    README_PICTURE.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(README_PICTURE), np.hstack([before, gap, after])[..., ::-1])
    print(README_PICTURE)


if __name__ == "__main__":
    main(sys.argv[1:])
