"""Large pictures worked on a strip of rows at a time, on all cores that are ours, in cache."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from imaging.engines.base import Pixels
from imaging.engines.cores import THREADS

_STRIP_PIXELS = 1 << 18

Work = Callable[[Pixels, int], Pixels]
"""(rows, W, C) uint8 and the index of its first row -> the same rows, worked on."""


def in_strips(pixels: Pixels, work: Work, *, halo: int = 0) -> Pixels:
    """`work` over all rows of `pixels`, same shape.

    Each strip is handed over with up to `halo` more rows on both sides, which are cut off its
    result, so neighbourhood filters see no seam as long as they reach no further than `halo`.
    """
    height = pixels.shape[0]

    def one(top: int, bottom: int) -> Pixels:
        first, last = max(0, top - halo), min(height, bottom + halo)
        done = work(np.ascontiguousarray(pixels[first:last]), first)
        return done[top - first : bottom - first]

    return painted(pixels.shape, one)


def painted(shape: tuple[int, ...], paint: Callable[[int, int], Pixels]) -> Pixels:
    """A picture of `shape` whose rows `top` to `bottom` are what `paint(top, bottom)` returns."""
    out = np.empty(shape, np.uint8)
    rows = max(32, _STRIP_PIXELS // max(1, shape[1]))

    def one(top: int) -> None:
        bottom = min(shape[0], top + rows)
        out[top:bottom] = paint(top, bottom)

    tops = range(0, shape[0], rows)
    if len(tops) == 1:
        one(0)
        return out
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(one, tops))
    return out
