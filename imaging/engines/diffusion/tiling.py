"""A picture in tiles, and the tiles' results back together without a seam.

A network that sees one tile knows nothing of its surroundings, so what it says near a tile's edge
is a guess. Each result is therefore used only some way in from the edge, and faded into its
neighbour's over the pixels both know well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

Region = NDArray[np.float32]
"""(h, w, 3) float32."""

Span = tuple[int, int]
"""First pixel and the one after the last, along one axis."""


def spans(length: int, tile: int, overlap: int) -> list[Span]:
    """Tiles along an axis of `length` pixels, each `tile` long; the last one is moved inwards.

    Neighbours overlap by at least `overlap`. Raises ValueError if three could meet in a pixel
    (2 * overlap > tile).
    """
    if 2 * overlap > tile:
        raise ValueError(f"overlap {overlap} px is over half of tile {tile} px")
    if length <= tile:
        return [(0, length)]
    starts = [*range(0, length - tile, tile - overlap), length - tile]
    return [(start, start + tile) for start in starts]


def fades(axis: list[Span], scale: int, overlap: int) -> list[NDArray[np.float32]]:
    """How much each tile's result counts along an axis, at every pixel of the enlarged tile.

    One (tile * scale,) float32 array per tile. In each pixel the weights of all tiles sum to 1;
    within a quarter of the overlap from an inner edge they are 0.
    Source: linear cross-fade around the middle of the common pixels, sampled at pixel centres.
    """
    weights = [np.ones((end - start) * scale, np.float32) for start, end in axis]
    width = max(1.0, overlap * scale / 2)
    for index in range(len(axis) - 1):
        (left, left_end), (right, right_end) = axis[index], axis[index + 1]
        middle = (right + left_end) * scale / 2
        rising = _rise(right * scale, right_end * scale, middle, width)
        falling = 1 - _rise(left * scale, left_end * scale, middle, width)
        weights[index] *= falling
        weights[index + 1] *= rising
    return weights


def _rise(first: int, end: int, middle: float, width: float) -> NDArray[np.float32]:
    """0 before the fade around `middle`, 1 after it, for the pixels first to end."""
    centres = np.arange(first, end, dtype=np.float64) + 0.5
    return np.clip((centres - middle) / width + 0.5, 0, 1).astype(np.float32)


def in_tiles(
    picture: Region,
    enlarged: Callable[[Region], Region],
    *,
    scale: int,
    tile: int,
    overlap: int,
    on_tile: Callable[[int, int], None],
) -> Region:
    """`enlarged(picture)`, computed a tile at a time: (H, W, 3) -> (H * scale, W * scale, 3).

    `on_tile(done, of)` is called before each tile and may raise to stop.
    """
    height, width = picture.shape[:2]
    rows, columns = spans(height, tile, overlap), spans(width, tile, overlap)
    down, across = fades(rows, scale, overlap), fades(columns, scale, overlap)
    out = np.zeros((height * scale, width * scale, 3), np.float32)
    for number, (row, column) in enumerate(_grid(len(rows), len(columns))):
        on_tile(number, len(rows) * len(columns))
        (top, bottom), (left, right) = rows[row], columns[column]
        part = enlarged(picture[top:bottom, left:right])
        part *= down[row][:, None, None]
        part *= across[column][None, :, None]
        out[top * scale : bottom * scale, left * scale : right * scale] += part
    return out


def _grid(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    return ((row, column) for row in range(rows) for column in range(columns))
