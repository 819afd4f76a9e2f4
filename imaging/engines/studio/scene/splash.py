"""Leaping water: a crown round a product's foot, and drops in the air.

In the units of `props.py`, about the product, which stands at the origin and is about one unit
tall.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from . import geometry
from .geometry import F64
from .look import Mesh


def crown(foot: float, rng: Generator) -> tuple[Mesh, F64]:
    """A closed sheet of water round the product, and the (K, 3) tips of its fingers.

    It is low in front, where only its foot may show, and high behind.
    """
    turns, steps, fingers = 640, 40, 21
    angle = np.linspace(0, 2 * np.pi, turns)  # 0 is right, a quarter turn is behind
    behind = np.clip(0.42 + 0.62 * np.sin(angle), 0, 1) ** 1.3
    tall = 0.045 + 0.34 * behind
    finger = np.zeros(turns)
    starts = (np.arange(fingers) + rng.uniform(-0.42, 0.42, fingers)) * 2 * np.pi / fingers
    sizes = rng.uniform(0.25, 1.0, fingers) ** 1.4
    for start, size in zip(starts, sizes, strict=True):
        away = np.angle(np.exp(1j * (angle - start)))
        finger += size * np.exp(-((away / 0.062) ** 2))
    tall = tall * (1 + 0.18 * _waves(angle, 9, rng)) + (0.6 * behind + 0.02) * finger
    along = np.linspace(0, 1, steps)[:, None]  # up the sheet
    # Not quite round at its foot either, or it would look like a dish.
    radius = foot + 0.17 + (0.30 + 0.12 * behind) * along**1.7 + 0.035 * _waves(angle, 7, rng)
    radius = radius + 0.035 * _waves(angle, 14, rng) * along
    height = tall * along**0.85
    thick = 0.016 + 0.055 * (1 - along) ** 3 + 0.022 * along**6 * np.clip(finger, 0, 1)
    outer = _ring(radius + thick, height, angle)
    inner = _ring(radius - thick, height, angle)[::-1]
    # Up outside, round the rim, down inside: a closed skin.
    rim = _ring(radius[-1:], height[-1:] + thick[-1:], angle)
    skin = np.concatenate([outer, rim, inner, outer[:1]])
    skin[:, -1] = skin[:, 0]
    skin[..., 2] = np.maximum(skin[..., 2], 0.004)
    index = np.searchsorted(angle, starts % (2 * np.pi)).clip(0, turns - 1)
    tips = outer[-1, index][behind[index] > 0.25]
    return geometry.grid(skin), tips


def _waves(angle: F64, most: int, rng: Generator) -> F64:
    """An even mix of waves round the circle, about in [-1, 1]."""
    total = np.zeros_like(angle)
    for k in range(2, most):
        total += rng.normal() * np.sin(k * angle + rng.uniform(0, 2 * np.pi)) / np.sqrt(k)
    return total / 2


def _ring(radius: F64, height: F64, angle: F64) -> F64:
    """(steps, turns, 3) points round z."""
    return np.stack(
        [radius * np.cos(angle), radius * np.sin(angle), np.broadcast_to(height, radius.shape)], -1
    )


def drops(tips: F64, rng: Generator) -> list[tuple[tuple[float, float, float], float]]:
    """Drops at and above the tips: (centre, radius)."""
    found = []
    for x, y, z in tips:
        out = np.array([x, y, 0.0]) / max(float(np.hypot(x, y)), 1e-6)
        found.append(((float(x), float(y), float(z) + 0.012), float(rng.uniform(0.026, 0.036))))
        for _ in range(int(rng.integers(1, 4))):
            stray = np.array([*rng.normal(0, 0.04, 2), rng.uniform(0.06, 0.36)])
            at = np.array([x, y, z]) + out * rng.uniform(0.02, 0.3) + stray
            size = float(rng.uniform(0.008, 0.026))
            found.append(((float(at[0]), float(max(at[1], 0.05)), float(at[2])), size))
    return found
