"""Source pictures as the networks look at them: opaque, upright, of a size they can read."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from imaging.engines.base import EngineError, Pixels
from imaging.engines.picture import flatten, resize

_STEP = 16
_LEAST_SIDE = 64
_LONGEST = 8.0  # long side : short side, the networks' own limit
_MANY = 3  # from here on every picture is shown at half the area: each costs as much as the output


def reference(picture: Pixels, *, most_pixels: int, of: int = 1) -> Image.Image:
    """One source picture of `of` that a network looks at together, at most `most_pixels` large.

    Transparency is laid on white: the networks would drop it and show what lies hidden under it.
    Raises EngineError("bad_input") for a picture longer than 8:1.
    """
    height, width = picture.shape[:2]
    if max(width, height) > _LONGEST * min(width, height):
        raise EngineError("bad_input", "The picture is longer than 8:1: the model cannot read it.")
    area = most_pixels / 2 if of >= _MANY else most_pixels
    scale = min(1.0, math.sqrt(area / (width * height)))
    scale = max(scale, _LEAST_SIDE / min(width, height))
    sized = resize(flatten(picture), _stepped(width * scale), _stepped(height * scale))
    return Image.fromarray(np.ascontiguousarray(sized))


def _stepped(side: float) -> int:
    return max(_LEAST_SIDE, int(side / _STEP + 0.5) * _STEP)
