"""Textures of what a product stands on and what is behind it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy.spatial import cKDTree

from . import colours, textures
from .bsdf import eight_bit
from .look import F32
from .noise import blended, blurred, fractal, warped
from .spec import Surface
from .textures import Texture

SIZE = 2048
_DRAWINGS = 3
_WATER_MIDDLE = 0.075  # of the texture, from its middle to where the product stands


def ground(surface: Surface, seed: int) -> Texture:
    """The texture of a surface; a seed picks one of a few drawings, so that they stay cached."""
    return _ground(surface, seed % _DRAWINGS)


@lru_cache(maxsize=6)
def _ground(surface: Surface, drawing: int) -> Texture:
    made = _SURFACES[surface](drawing)
    return made._replace(albedo=eight_bit(made.albedo))  # a quarter of the memory


def marble(
    seed: int, base: str = "#f2f0ed", vein: str = "#8d8a88", gold: str | None = None
) -> Texture:
    """Polished stone: clouds and three sizes of warped veins."""
    rng = np.random.default_rng(seed)
    n = SIZE
    right, down = fractal(n, 3, 6, rng), fractal(n, 3, 6, rng)
    stone, line = colours.rgb(base), colours.rgb(vein)
    out = np.broadcast_to(stone, (n, n, 3)).astype(np.float32)
    cloud = np.clip(fractal(n, 3, 6, rng) * 1.8 + 0.1, 0, 1)
    out = blended(out, line * 0.6 + stone * 0.4, 0.3 * cloud)
    for cells, width, weight, bend in (
        (2, 0.030, 0.75, 0.16),
        (4, 0.020, 0.50, 0.12),
        (7, 0.012, 0.35, 0.08),
    ):
        field = warped(fractal(n, cells, 3, rng, stretch=1.6), right, down, bend)
        narrow = 1 + 1.2 * np.clip(fractal(n, 4, 3, rng) + 0.2, -0.6, 1.5)
        ridge = np.exp(-np.abs(field) / width * narrow)
        here = np.clip(fractal(n, 3, 4, rng) * 2.2 + 0.25, 0, 1)
        out = blended(out, line, ridge * weight * here)
        if gold:
            out = blended(out, colours.rgb(gold), ridge**3 * weight * here * 0.7)
    out += 0.006 * rng.standard_normal((n, n, 1)).astype(np.float32)
    return Texture(np.clip(out, 0, 1), None, 0.2, 0.5)


def slate(seed: int) -> Texture:
    """Riven dark stone in shallow layers."""
    rng = np.random.default_rng(seed)
    layers = fractal(SIZE, 3, 9, rng, stretch=1.5, gain=0.6)
    layers = warped(layers, fractal(SIZE, 3, 4, rng), fractal(SIZE, 3, 4, rng), 0.05)
    grain = rng.standard_normal((SIZE, SIZE)).astype(np.float32)
    tone = 1 + 0.45 * layers + 0.04 * grain
    albedo = np.clip(colours.rgb("#34363a") * tone[..., None], 0, 1)
    return Texture(albedo.astype(np.float32), 0.005 * layers, 0.5, 0.45)


def terrazzo(seed: int) -> Texture:
    """Chips of stone in pale cement, ground flat."""
    rng = np.random.default_rng(seed)
    count = 1500
    tree = cKDTree(rng.uniform(0, 1, (count, 2)), boxsize=1)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    near, which = tree.query(np.stack([x, y], -1), k=2, workers=-1)
    size = rng.gamma(1.2, 0.5, count)
    chips = ("#c98f6f", "#8f9a93", "#d9b9a0", "#5b5f63", "#b9b1a6", "#f7f4ee")
    palette = np.array([colours.rgb(c) for c in chips])
    chip = palette[rng.integers(0, len(palette), count)]
    apart = near[..., 1] - near[..., 0] > 0.012
    inside = apart & (near[..., 0] < size[which[..., 0]] * 0.016)
    cement = colours.rgb("#efeae2") * (1 + 0.03 * fractal(SIZE, 40, 4, rng))[..., None]
    share = blurred(inside.astype(np.float32), 1)
    albedo = blended(cement.astype(np.float32), chip[which[..., 0]], share)
    return Texture(np.clip(albedo, 0, 1), None, 0.2, 0.5)


def plaster(seed: int, base: str = "#e4ddd2") -> Texture:
    """Trowelled lime plaster."""
    rng = np.random.default_rng(seed)
    cloud = fractal(1024, 4, 8, rng, gain=0.6)
    albedo = np.clip(colours.rgb(base) * (1 + 0.05 * cloud)[..., None], 0, 1)
    return Texture(albedo.astype(np.float32), 0.003 * cloud, 0.85, 0.2)


def snow(seed: int) -> Texture:
    """Fresh snow: soft hollows and a fine sparkle."""
    rng = np.random.default_rng(seed)
    drift = fractal(SIZE, 5, 4, rng)
    fine = fractal(SIZE, 90, 3, rng)
    tone = 1 + 0.015 * drift + 0.02 * fine + 0.01 * rng.standard_normal((SIZE, SIZE))
    albedo = np.clip(colours.rgb("#f2f6fa") * tone[..., None], 0, 1)
    height = 0.012 * drift + 0.0022 * fine
    return Texture(albedo.astype(np.float32), height.astype(np.float32), 0.7, 0.3)


def sand(seed: int) -> Texture:
    """Dry sand with the ripples of the wind."""
    rng = np.random.default_rng(seed)
    y, _ = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    drift = fractal(SIZE, 3, 4, rng)
    waves = np.sin(2 * np.pi * (y * 15 + 0.9 * drift + 0.25 * fractal(SIZE, 9, 2, rng)))
    grain = rng.standard_normal((SIZE, SIZE)).astype(np.float32)
    tone = 1 + 0.06 * drift + 0.03 * waves + 0.06 * grain
    albedo = np.clip(colours.rgb("#dcc39a") * tone[..., None], 0, 1)
    height = 0.0022 * waves + 0.006 * drift + 0.00022 * grain
    return Texture(albedo.astype(np.float32), height.astype(np.float32), 0.85, 0.2)


def water(seed: int) -> Texture:
    """A thin sheet of water on a pale ground, with rings that run from the middle."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE - 0.5
    away = np.hypot(x, y + _WATER_MIDDLE) + 0.004 * fractal(SIZE, 6, 3, rng)
    rings = np.sin(2 * np.pi * away * 17) * np.exp(-away * 6.5)
    albedo = np.broadcast_to(colours.rgb("#dbe9f0"), (4, 4, 3)).astype(np.float32)
    height = 0.0011 * rings + 0.0003 * fractal(SIZE, 14, 3, rng)
    return Texture(albedo, height.astype(np.float32), 0.03, 0.9)


def plain(base: str, roughness: float) -> Texture:
    """One colour."""
    albedo = np.broadcast_to(colours.rgb(base), (4, 4, 3)).astype(np.float32)
    return Texture(albedo, None, roughness, 0.5)


@lru_cache(maxsize=16)
def wall(colour: str, drawing: int) -> F32:
    """(1024, 1024, 3) sRGB: a painted wall, barely uneven."""
    rng = np.random.default_rng(drawing)
    cloud = fractal(1024, 3, 7, rng, gain=0.55)
    tone = (1 + 0.035 * cloud)[..., None]
    return np.clip(colours.rgb(colour) * tone, 0, 1).astype(np.float32)


_SURFACES: dict[Surface, Callable[[int], Texture]] = {
    "marble": marble,
    "dark_marble": lambda s: marble(s, "#1d1c1e", "#b9b4ac", "#b08d57"),
    "oak": lambda s: textures.wood("#c99f6d", "#8a5a30", s, planks=4, size=SIZE),
    "walnut": lambda s: textures.wood("#7d5536", "#3a2416", s, planks=4, size=SIZE),
    "concrete": lambda s: textures.concrete("#a9a7a3", s, SIZE),
    "linen": lambda s: textures.fabric("#d8cdbb", s, 200),
    "slate": slate,
    "terrazzo": terrazzo,
    "plaster": plaster,
    "acrylic": lambda s: plain("#f4f4f4", 0.08),
    "snow": snow,
    "sand": sand,
    "water": water,
}
