"""Large pictures worked on a strip of rows at a time, on every core, while in cache."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from imaging.engines.base import Pixels

_STRIP_PIXELS = 1 << 18
THREADS = max(1, min(8, os.cpu_count() or 1))

Work = Callable[[Pixels, int], Pixels]
"""(rows, W, C) uint8 and the index of its first row -> the same rows, worked on."""


def in_strips(pixels: Pixels, work: Work, *, halo: int = 0) -> Pixels:
    """`work` over all rows of `pixels`, same shape.

    Each strip is handed over with up to `halo` more rows on both sides, which are cut off its
    result, so neighbourhood filters see no seam as long as they reach no further than `halo`.
    """
    height, width = pixels.shape[:2]
    rows = max(32, _STRIP_PIXELS // max(1, width))
    out = np.empty_like(pixels)

    def one(top: int) -> None:
        bottom = min(height, top + rows)
        first, last = max(0, top - halo), min(height, bottom + halo)
        done = work(np.ascontiguousarray(pixels[first:last]), first)
        out[top:bottom] = done[top - first : bottom - first]

    tops = range(0, height, rows)
    if len(tops) == 1:
        one(0)
        return out
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(one, tops))
    return out
