"""What stands behind a product: sweeps of paper, gradients, pools of light, painted in linear
light."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.engines.picture import Linear, Plane, to_linear
from imaging.engines.studio.looks import Backdrop

_SIDE = 512  # long side at which soft shading is computed


def paint(backdrop: Backdrop, width: int, height: int, *, horizon: float, side: int) -> Linear:
    """(h, w, 3) linear light of the backdrop, no larger than 512 px: shading is smooth, so the
    caller enlarges it. A flat or transparent backdrop is a single pixel.

    `horizon` is the height (0 top, 1 bottom) where a sweep's floor turns into its wall, `side`
    (-1 left, 1 right) where the light comes from.
    """
    colour = to_linear(np.array(backdrop.colour, np.uint8))
    if backdrop.kind in ("flat", "transparent"):
        return np.asarray(colour.reshape(1, 1, 3), np.float32)
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
