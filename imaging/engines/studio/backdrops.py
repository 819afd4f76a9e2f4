"""What stands behind a product: sweeps of paper, gradients, pools of light, painted in linear
light."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.picture import Linear, Plane, to_linear
from imaging.engines.studio.looks import Backdrop
from imaging.engines.studio.scene import noise, textures

_SIDE = 512  # long side at which soft shading is computed
_CLOTH_SIDE = 2048  # long side at which cloth is drawn: its threads are finer than any detail
_THREADS = 96  # in one repeat of the weave
_REPEATS = 2.4  # of the weave over the long side of the frame
_CREASES = 0.055  # height of the folds, in repeats of the crease pattern


def paint(backdrop: Backdrop, width: int, height: int, *, horizon: float, side: int) -> Linear:
    """(h, w, 3) linear light of the backdrop. Shading is smooth, so it is no larger than 512 px and
    the caller enlarges it; cloth is as large as the frame, up to 2048 px; a flat or transparent
    backdrop is a single pixel.

    `horizon` is the height (0 top, 1 bottom) where a sweep's floor turns into its wall, `side`
    (-1 left, 1 right) where the light comes from.
    """
    colour = to_linear(np.array(backdrop.colour, np.uint8))
    if backdrop.kind in ("flat", "transparent"):
        return np.asarray(colour.reshape(1, 1, 3), np.float32)
    if backdrop.kind == "linen":
        return _linen(colour, width, height, side)
    scale = min(1.0, _SIDE / max(width, height))
    columns, rows = max(2, round(width * scale)), max(2, round(height * scale))
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    if backdrop.kind == "gradient":
        other = to_linear(np.array(backdrop.second or backdrop.colour, np.uint8))
        blend = (3 - 2 * y) * y * y * np.ones_like(x)
        return _mixed(colour, other, blend)
    shade = _sweep(x, y, horizon, side) if backdrop.kind == "sweep" else _spot(x, y, horizon)
    return np.asarray(np.clip(shade[..., None] * colour, 0, 1), np.float32)


def _mixed(
    first: NDArray[np.float32], second: NDArray[np.float32], blend: NDArray[np.float32]
) -> Linear:
    """Mixed in coded values, where equal steps look equal."""
    mixed = first ** (1 / 2.2) * (1 - blend[..., None]) + second ** (1 / 2.2) * blend[..., None]
    return np.asarray(mixed**2.2, np.float32)


def _sweep(x: Plane, y: Plane, horizon: float, side: int) -> Plane:
    """An infinity cove: floor brightest where the product stands, wall falling off upwards and
    away from the light."""
    wall = 0.85 + 0.11 * np.clip(y / horizon, 0, 1) ** 1.5
    floor = 1.0 - 0.1 * np.clip((y - horizon) / (1 - horizon), 0, 1)
    turn = 1 / (1 + np.exp(-(y - horizon) / 0.07))
    away = 1 - 0.07 * x * x * (1.1 - 0.5 * turn) + 0.035 * side * x
    return np.asarray((wall * (1 - turn) + floor * turn) * away, np.float32)


def _spot(x: Plane, y: Plane, horizon: float) -> Plane:
    """A pool of light behind the product."""
    distance = (x * 0.85) ** 2 + ((y - (horizon - 0.22)) * 1.7) ** 2
    return np.asarray(0.38 + 0.9 * np.exp(-distance / 0.55), np.float32)


def _linen(colour: NDArray[np.float32], width: int, height: int, side: int) -> Linear:
    """Linen from straight above, a little creased, in light that grazes it from `side`."""
    scale = min(1.0, _CLOTH_SIDE / max(width, height))
    columns, rows = max(2, round(width * scale)), max(2, round(height * scale))
    weave = textures.weave(0, _THREADS)
    tile = max(8, round(max(columns, rows) / _REPEATS))
    threads = np.asarray(cv2.resize(weave.tone, (tile, tile), interpolation=cv2.INTER_AREA))
    across, down = -(-columns // tile), -(-rows // tile)
    cloth = np.tile(threads, (down, across))[:rows, :columns]
    light = cloth * _creases(max(columns, rows), side)[:rows, :columns]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    y = np.linspace(-1, 1, rows, dtype=np.float32)[:, None]
    fall = 0.93 + 0.07 * side * x - 0.05 * y - 0.04 * (x * x + y * y)
    return np.asarray(np.clip((light * fall)[..., None] * colour, 0, 1), np.float32)


def _creases(size: int, side: int) -> Plane:
    """(size, size) factor around 1: the slopes of soft folds, lit from the side."""
    rng = np.random.default_rng(11)
    folds = noise.warped(
        noise.fractal(512, 2, 3, rng, stretch=1.6, gain=0.36),
        noise.fractal(512, 2, 3, rng),
        noise.fractal(512, 2, 3, rng),
        0.06,
    )
    slope = np.gradient(folds, axis=1) * -side + 0.6 * np.gradient(folds, axis=0)
    shade = 1 + np.clip(512 * _CREASES * slope, -0.09, 0.07)
    return np.asarray(cv2.resize(shade, (size, size), interpolation=cv2.INTER_CUBIC), np.float32)
