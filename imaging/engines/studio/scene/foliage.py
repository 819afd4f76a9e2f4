"""Leaves: many that have fallen about a product, and a twig of them.

In the units of `props.py`, about the product, which stands at the origin and is about one unit
tall.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from . import geometry
from .look import Mesh


def fallen(
    foot: float,
    rng: Generator,
    *,
    count: int,
    size: tuple[float, float],
    width: float,
    cup: float,
) -> list[Mesh]:
    """Leaves lying about the product, never before its foot."""
    found: list[Mesh] = []
    while len(found) < count:
        x, y = rng.uniform(-1.7, 1.7), rng.uniform(-0.75, 1.15)
        # Thinner far away from the middle, and none under the product or leaning on its front.
        near = np.hypot(x, y) < foot + 0.16 or (abs(x) < foot + 0.1 and -foot - 0.3 < y < 0)
        if near or rng.random() < 0.28 * abs(x):
            continue
        leaf = _leaf(float(rng.uniform(*size)), width, cup * float(rng.uniform(0.5, 1.3)))
        tilt = (float(rng.normal(0, 9)), float(rng.normal(0, 9)), float(rng.uniform(0, 360)))
        turned = geometry.place(leaf, turn=tilt)
        low = float(turned.vertices[:, 2].min())
        found.append(geometry.place(turned, (float(x), float(y), 0.003 - low)))
    return found


def _leaf(length: float, width: float, cup: float) -> Mesh:
    """A pointed leaf along x, folded along its rib and curled at its tip."""
    t = np.linspace(0, 1, 15)[:, None]
    s = np.linspace(-1, 1, 9)[None]
    half = 0.5 * width * np.sin(np.pi * t**0.82) ** 0.9
    x = (t - 0.5) * np.ones_like(s)
    z = cup * (0.8 * (half * s) ** 2 * 4 + 0.35 * (t - 0.45) ** 2 + 0.16 * np.abs(s) * half)
    return geometry.grid(np.stack([x, half * s, z], -1) * length)


def spray(at: tuple[float, float], tall: float, lean: float, rng: Generator) -> Mesh:
    """A twig with leaves on both sides, standing at `at` and leaning by `lean` degrees."""
    tall = tall * float(rng.uniform(0.75, 1.0))
    parts: list[Mesh] = [
        geometry.lathe([(1e-3, 0), (0.008, 0), (0.004, tall), (1e-3, tall)], around=12)
    ]
    for number, z in enumerate(np.linspace(0.22 * tall, 0.97 * tall, 11)):
        side = 1.0 if number % 2 else -1.0
        size = 0.2 * (1.15 - 0.6 * float(z) / tall)
        leaf = geometry.place(_leaf(size, 0.5, 0.3), (0.5 * size, 0, 0))
        turn = (float(rng.uniform(-30, 30)), -38.0, 90 - side * 90 + float(rng.uniform(-35, 35)))
        parts.append(geometry.place(leaf, (0, 0, float(z)), turn))
    spray = geometry.merge(*parts)
    return geometry.place(spray, (at[0], at[1], 0), (float(rng.uniform(-8, 8)), lean, 0))
