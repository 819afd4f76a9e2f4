"""The shoemaker's last: the closed form of a foot on which every shoe here is built.

x runs from the heel (-14.4) to the toe (15), y to the inner side of the foot, z up from the
ground. The outer side faces the camera.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import ndimage

from imaging.engines.studio.scene import implicit
from imaging.engines.studio.scene.geometry import F64
from imaging.engines.studio.scene.look import F32
from imaging.engines.studio.scene.sweep import monotone, spline

_OUTLINE = [
    (-14.4, 0.0),
    (-12.9, -2.6),
    (-9.5, -3.45),
    (-3.5, -3.35),
    (2.0, -4.0),
    (6.5, -4.95),
    (10.8, -4.35),
    (14.0, -1.9),
    (15.0, 0.7),
    (13.9, 2.9),
    (10.6, 4.05),
    (6.5, 4.45),
    (1.0, 3.3),
    (-4.0, 2.75),
    (-9.5, 3.25),
    (-12.9, 2.6),
]
_STEP = 0.2
_LOW = np.array([-18.0, -8.5])
_SHAPE = (186, 86)


@lru_cache(maxsize=1)
def outline() -> F64:
    """(N, 2) points round the sole."""
    return spline(_OUTLINE, 160, closed=True)


@lru_cache(maxsize=1)
def _sole_distance() -> F64:
    """Spline coefficients (186, 86) of the signed distance to the outline in the plane."""
    a = outline()[::2]
    b = np.roll(a, -1, axis=0)
    x, y = (_LOW[k] + _STEP * np.arange(_SHAPE[k]) for k in (0, 1))
    p = np.stack(np.meshgrid(x, y, indexing="ij"), -1).reshape(-1, 1, 2)
    edge, w = b - a, p - a
    t = np.clip((w * edge).sum(-1) / (edge * edge).sum(-1), 0, 1)
    far = np.sqrt(((w - t[..., None] * edge) ** 2).sum(-1).min(axis=1))
    rises = (a[:, 1] > p[..., 1]) != (b[:, 1] > p[..., 1])
    crosses = w[..., 0] < edge[:, 0] * w[..., 1] / np.where(edge[:, 1] == 0, 1e-12, edge[:, 1])
    inside = (rises & crosses).sum(axis=1) % 2 == 1
    signed = np.where(inside, -far, far).reshape(_SHAPE)
    return np.asarray(ndimage.spline_filter(ndimage.gaussian_filter(signed, 1.0)), np.float64)


def sole(p: F32) -> F32:
    """Signed distance in the ground plane from points (..., 3) to the outline of the sole."""
    at = (p[..., :2].astype(np.float64) - _LOW) / _STEP
    flat = at.reshape(-1, 2).T
    found = ndimage.map_coordinates(_sole_distance(), flat, prefilter=False, mode="nearest")
    return np.asarray(found.reshape(p.shape[:-1]), np.float32)


_X = np.linspace(-18, 19, 600)
_HEIGHT = monotone(
    [-18, -12, -6, -3.2, -1, 2, 5, 8, 11, 14, 19],
    [13.0, 13.0, 12.6, 12.0, 10.6, 8.8, 7.3, 6.2, 5.6, 5.3, 5.2],
)(_X)
_GIRTH = monotone([-18, -11, -5, 0, 6, 11, 19], [3.3, 3.3, 3.1, 3.5, 4.5, 4.1, 4.1])(_X)


def spring(x: F32) -> F32:
    """How far toe and heel lift off the ground."""
    toe, heel = np.clip(x - 5.5, 0, None), np.clip(-x - 10.5, 0, None)
    return np.asarray(0.0115 * toe**2 + 0.008 * heel**2, np.float32)


def last(p: F32) -> F32:
    """The foot. Right in sign; use `distance` for even offsets."""
    x = p[..., 0]
    height = np.interp(x, _X, _HEIGHT).astype(np.float32)
    girth = np.interp(x, _X, _GIRTH).astype(np.float32)
    z = p[..., 2] - spring(x)
    t = np.clip(z / height, 0, 0.985)
    # Towards the toe the sides stand up straighter.
    power = 2.1 + 0.75 * np.clip((x - 3) / 7, 0, 1)
    side = sole(p) + 0.1 + girth * (1 - (1 - t**power) ** (1 / power))
    return implicit.smooth_max(np.asarray(side, np.float32), z - height, 0.5)


distance = implicit.normalised(last, 0.06)
