"""Which size a model draws at so that a wanted size comes out.

Networks draw well near the area they were made for, in sides of multiples of 16. What is asked
beyond it is enlarged afterwards; odd sides are drawn a little larger and cut.
"""

from __future__ import annotations

import math

import numpy as np

from imaging.engines.base import Pixels

STEP = 16
_WIDEST = 4.0  # width : height that is still drawn; beyond it the picture is cut from a wider one


def drawn_size(width: int, height: int, native: int, *, shrink: float = 1.0) -> tuple[int, int]:
    """(width, height) to draw at, multiples of 16, for a picture of `width` x `height`.

    As asked where the area lies between a quarter of `native` squared and all of it; scaled into
    these bounds elsewhere. `shrink` under 1 makes it smaller still, where memory is short.
    """
    ratio = min(max(width / height, 1 / _WIDEST), _WIDEST)
    most, least = native * native * shrink**2, native * native * shrink**2 / 4
    area = min(max(width * height, least), most)
    if area == width * height and ratio == width / height:
        return _up(width), _up(height)
    across = math.sqrt(area * ratio)
    return _nearest(across), _nearest(across / ratio)


def _up(side: int) -> int:
    return -(-side // STEP) * STEP


def _nearest(side: float) -> int:
    return max(STEP, round(side / STEP) * STEP)


def cut_to_ratio(pixels: Pixels, width: int, height: int) -> Pixels:
    """The middle of a picture: exactly `width` x `height` where it is only a few pixels larger,
    else the largest part of that ratio. Nothing is resampled."""
    have_height, have_width = pixels.shape[:2]
    more = (have_width - width, have_height - height)
    if min(more) < 0 or max(more) >= STEP:
        scale = min(have_width / width, have_height / height)
        width = max(1, min(have_width, round(width * scale)))
        height = max(1, min(have_height, round(height * scale)))
    left, top = (have_width - width) // 2, (have_height - height) // 2
    return np.ascontiguousarray(pixels[top : top + height, left : left + width])
