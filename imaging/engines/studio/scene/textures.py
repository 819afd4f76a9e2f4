"""Procedural textures of product materials. Cached: a pattern is drawn once, then coloured.

Heights are in texture widths (a groove 0.002 deep in a texture 10 cm wide is 0.2 mm), so a bump
looks the same however large the texture lies on the product.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from . import colours
from .look import F32
from .noise import blended, blurred, fractal, ramp, value_noise, warped

SIZE = 1024
_VARIANTS = 4  # different drawings of a pattern; a seed picks one


class Texture(NamedTuple):
    """Square maps of a surface."""

    albedo: F32 | NDArray[np.uint8]  # (n, n, 3) sRGB, in [0, 1] or 0..255
    height: F32 | None = None  # (n, n) in texture widths
    roughness: float = 0.5
    specular: float = 0.4
    sheen: float = 0.0


class Pattern(NamedTuple):
    """A texture before colour: brightness factor around 1 and height."""

    tone: F32
    height: F32


def coloured(pattern: Pattern, colour: str) -> F32:
    """(n, n, 3) sRGB albedo: the pattern in the colour."""
    albedo = colours.rgb(colour) * pattern.tone[..., None]
    return np.asarray(np.clip(albedo, 0, 1), np.float32)


def pick(seed: int) -> int:
    """The drawing of a pattern that belongs to a seed; few, so that the cache stays warm."""
    return seed % _VARIANTS


def leather(colour: str, seed: int) -> Texture:
    """Fine pebble grain with a slight shift of tone over the hide."""
    return Texture(coloured(_pebbles(pick(seed)), colour), _pebbles(pick(seed)).height, 0.4, 0.55)


@lru_cache(maxsize=8)
def _pebbles(seed: int, cells: int = 84) -> Pattern:
    rng = np.random.default_rng(seed)
    grid = np.stack(np.meshgrid(np.arange(cells), np.arange(cells)), -1).reshape(-1, 2)
    tree = cKDTree((grid + rng.uniform(0, 1, grid.shape)) % cells, boxsize=cells)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE * cells
    x = x + 0.5 * fractal(SIZE, 24, 3, rng)
    y = y + 0.5 * fractal(SIZE, 24, 3, rng)
    near, _ = tree.query(np.stack([x, y], -1) % (cells - 1e-3), k=2, workers=-1)
    pebble = np.clip((near[..., 1] - near[..., 0]) / 0.45, 0, 1).astype(np.float32) ** 0.6
    height = pebble * (0.85 + 0.15 * fractal(SIZE, 60, 3, rng))
    tone = 0.92 + 0.08 * height + 0.06 * fractal(SIZE, 3, 5, rng)
    return Pattern(tone.astype(np.float32), (height * 0.16 / cells).astype(np.float32))


def fabric(colour: str, seed: int, threads: int = 150) -> Texture:
    """Plain weave of slightly uneven threads."""
    woven = weave(pick(seed), threads)
    return Texture(coloured(woven, colour), woven.height, 0.92, 0.15, 0.5)


@lru_cache(maxsize=12)
def weave(seed: int, threads: int) -> Pattern:
    """Plain weave before colour."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    u = (x + 0.7 / threads * fractal(SIZE, 20, 3, rng)) * threads
    v = (y + 0.7 / threads * fractal(SIZE, 20, 3, rng)) * threads
    warp_no, weft_no = np.floor(u).astype(int) % threads, np.floor(v).astype(int) % threads
    warp_on_top = (warp_no + weft_no) % 2 == 1
    du, dv = u - np.floor(u) - 0.5, v - np.floor(v) - 0.5
    warp = np.sqrt(np.clip(1 - (du * 2.05) ** 2, 0, 1)) * (0.55 + 0.45 * np.cos(dv * np.pi))
    weft = np.sqrt(np.clip(1 - (dv * 2.05) ** 2, 0, 1)) * (0.55 + 0.45 * np.cos(du * np.pi))
    height = np.where(
        warp_on_top, np.maximum(warp, weft * 0.45), np.maximum(weft, warp * 0.45)
    ).astype(np.float32)
    slub = np.where(
        warp_on_top, rng.normal(0, 1, threads)[warp_no], rng.normal(0, 1, threads)[weft_no]
    )
    tone = 0.7 + 0.3 * height + 0.035 * slub + 0.05 * fractal(SIZE, 5, 4, rng)
    tone = tone / float(tone.mean()) * 0.97
    return Pattern(tone.astype(np.float32), (height * 0.3 / threads).astype(np.float32))


def knit(colour: str, seed: int, stitches: int = 36) -> Texture:
    """Stocking stitch: columns of interlocking V shapes."""
    pattern = _stocking(pick(seed), stitches)
    return Texture(coloured(pattern, colour), pattern.height, 0.95, 0.12, 0.7)


@lru_cache(maxsize=6)
def _stocking(seed: int, stitches: int) -> Pattern:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) / SIZE
    rows = round(stitches * 1.3)
    wobble = 0.25 / stitches * fractal(SIZE, 18, 3, rng)
    u, v = (x + wobble) * stitches, (y + wobble) * rows
    across = np.abs(u - np.floor(u) - 0.5)  # 0 in the middle of a column of stitches
    leg = v - 1.1 * across  # the two legs of each V run upwards away from the middle
    along = leg - np.floor(leg) - 0.5
    yarn = np.sqrt(np.clip(1 - (along * 2.1) ** 2, 0, 1))
    round_leg = np.sqrt(np.clip(1 - ((across - 0.25) * 3.9) ** 2, 0, 1))
    height = (yarn * (0.25 + 0.75 * round_leg)).astype(np.float32)
    strands = value_noise(SIZE, stitches * 8, rows * 3, rng)
    tone = 0.56 + 0.46 * height + 0.05 * strands + 0.05 * fractal(SIZE, 6, 4, rng)
    tone = tone / float(tone.mean()) * 0.98
    height = blurred(height, 1.2) + 0.03 * strands
    return Pattern(tone.astype(np.float32), (height * 0.34 / stitches).astype(np.float32))


def plush(colour: str, seed: int) -> Texture:
    """Short fur: tufts of fine hairs that lie in changing directions."""
    fur = _fur(pick(seed))
    return Texture(coloured(fur, colour), fur.height, 1.0, 0.08, 1.0)


@lru_cache(maxsize=4)
def _fur(seed: int) -> Pattern:
    rng = np.random.default_rng(seed)
    hairs = value_noise(SIZE, SIZE // 3, SIZE // 9, rng)
    right, down = fractal(SIZE, 22, 3, rng), fractal(SIZE, 22, 3, rng)
    hairs = warped(hairs, right, down, 0.02)
    tufts = warped(fractal(SIZE, 46, 3, rng), right, down, 0.03)
    fine = fractal(SIZE, 160, 2, rng)
    height = 0.5 + 0.34 * hairs + 0.3 * tufts + 0.16 * fine
    tone = 1 + 0.13 * hairs + 0.12 * tufts + 0.06 * fractal(SIZE, 4, 3, rng)
    return Pattern(tone.astype(np.float32), (height * 0.012).astype(np.float32))


def stoneware(colour: str, seed: int) -> Texture:
    """Satin glaze with iron specks and a soft cloudiness."""
    rng = np.random.default_rng(pick(seed))
    specks = (value_noise(SIZE, 300, 300, rng) > 0.74).astype(np.float32)
    big = (value_noise(SIZE, 120, 120, rng) > 0.86).astype(np.float32)
    dark = np.clip(0.42 * blurred(specks, 0.9) + 0.5 * blurred(big, 1.6), 0, 0.7)
    cloud = fractal(SIZE, 4, 5, rng)
    tone = (1 + 0.05 * cloud) * (1 - dark)
    height = 0.0015 * fractal(SIZE, 6, 4, rng)
    return Texture(coloured(Pattern(tone, height), colour), height, 0.42, 0.45)


def paper(colour: str, seed: int) -> Texture:
    """Uncoated stock with a hint of fibre."""
    rng = np.random.default_rng(pick(seed))
    fibre = fractal(512, 90, 3, rng)
    tone = 1 + 0.018 * fibre + 0.012 * fractal(512, 4, 3, rng)
    return Texture(coloured(Pattern(tone, fibre), colour), 0.0004 * fibre, 0.85, 0.25)


def cardboard(colour: str, seed: int) -> Texture:
    """Kraft board: flecks and the faint lines of the flutes beneath."""
    rng = np.random.default_rng(pick(seed))
    fibre = fractal(SIZE, 60, 4, rng, stretch=0.4)
    flecks = (value_noise(SIZE, 260, 130, rng) > 0.8).astype(np.float32)
    flutes = np.asarray(np.sin(np.linspace(0, 2 * np.pi * 60, SIZE)), np.float32)[None]
    tone = 1 + 0.06 * fibre - 0.10 * blurred(flecks, 0.8) + 0.012 * flutes
    height = 0.0006 * fibre + 0.0003 * flutes
    return Texture(coloured(Pattern(tone, height), colour), height, 0.82, 0.2)


def food(colour: str, seed: int) -> Texture:
    """Baked or grown: mottled, a little darker in the hollows, softly pitted."""
    rng = np.random.default_rng(pick(seed))
    mottle = fractal(SIZE, 7, 6, rng, gain=0.6)
    pits = np.clip(fractal(SIZE, 70, 3, rng) - 0.25, 0, 1)
    base = colours.rgb(colour)
    light, dark = np.clip(base * 1.12 + 0.03, 0, 1), base * 0.72
    albedo = ramp(np.clip(0.5 + 0.75 * mottle, 0, 1), [(0, dark), (0.55, base), (1, light)])
    albedo = np.clip(albedo * (1 - 0.5 * pits)[..., None], 0, 1).astype(np.float32)
    height = 0.006 * mottle - 0.012 * pits
    return Texture(albedo, height.astype(np.float32), 0.55, 0.4)


def rubber(colour: str, seed: int) -> Texture:
    """Moulded rubber: an even, very fine tooth."""
    rng = np.random.default_rng(pick(seed))
    tooth = fractal(512, 180, 2, rng)
    tone = 1 + 0.02 * tooth
    return Texture(coloured(Pattern(tone, tooth), colour), 0.0006 * tooth, 0.62, 0.35)


def concrete(colour: str, seed: int, size: int = SIZE) -> Texture:
    """Cast concrete: clouds, stains, sand and a few air holes."""
    rng = np.random.default_rng(pick(seed))
    cloud = fractal(size, 3, 8, rng, gain=0.62)
    stain = fractal(size, 2, 4, rng)
    grain = rng.standard_normal((size, size)).astype(np.float32)
    grain = 0.5 * grain + 1.6 * blurred(grain, 1.5)
    holes = np.zeros((size, size), np.float32)
    for _ in range(320):
        x, y = (int(v) for v in rng.integers(0, size, 2))
        radius = max(1, int((rng.gamma(1.4, 1.6) + 0.7) * size / 2048))
        cv2.circle(holes, (x, y), radius, float(rng.uniform(0.4, 1)), -1, cv2.LINE_AA)
    holes = blurred(holes, 0.8)
    tone = (1 + 0.16 * cloud + 0.09 * stain + 0.02 * grain) * (1 - 0.45 * holes)
    height = 0.0012 * cloud + 0.00012 * grain - 0.0022 * holes
    pattern = Pattern(tone.astype(np.float32), height.astype(np.float32))
    return Texture(coloured(pattern, colour), pattern.height, 0.62, 0.35)


def wood(light: str, dark: str, seed: int, *, planks: int = 1, size: int = SIZE) -> Texture:
    """Planks cut lengthwise through trunks: wandering rings, fibres, pores and seams."""
    return _wood(light, dark, pick(seed), planks, size)


@lru_cache(maxsize=10)
def _wood(light: str, dark: str, seed: int, planks: int, size: int) -> Texture:
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / size
    plank = np.floor(y * planks).astype(int)
    within = y * planks - plank
    shift = rng.uniform(-1, 1, planks + 1)[plank].astype(np.float32)
    hue = rng.uniform(-0.1, 0.1, planks + 1)[plank].astype(np.float32)
    # Rings are level sets of the distance to a wandering axis of the trunk.
    axis = within - 0.5 + shift * 0.9 + 0.22 * fractal(size, 2, 4, rng, stretch=3)
    away = np.sqrt(axis**2 + (0.15 + 0.3 * (x - 0.5 + shift) ** 2))
    phase = away * 16 + 1.1 * fractal(size, 3, 3, rng, stretch=8) + shift * 7
    saw = phase - np.floor(phase)
    ring = np.where(saw < 0.82, saw / 0.82, (1 - saw) / 0.18) ** 1.6
    fibre = 0.55 * value_noise(size, 24, size // 3, rng)
    fibre += 0.45 * value_noise(size, 60, size // 2, rng)
    streak = value_noise(size, 8, size // 8, rng)
    t = 0.2 + 0.42 * ring + 0.16 * fibre + 0.14 * streak + hue * 1.6
    t += 0.12 * fractal(size, 3, 3, rng)
    bright, deep = colours.rgb(light), colours.rgb(dark)
    stops = [(0, bright * 1.06), (0.45, bright * 0.62 + deep * 0.38), (1, deep * 0.92)]
    albedo = ramp(np.clip(t, 0, 1), stops)
    open_pores = value_noise(size, 90, size // 2, rng) > 0.62
    open_pores &= value_noise(size, 30, size // 4, rng) > 0
    pores = blurred(open_pores.astype(np.float32), 0.7) * (0.4 + 0.6 * ring)
    seam = np.zeros_like(x)
    if planks > 1:
        seam = np.exp(-((np.minimum(within, 1 - within) / planks * size / 1.6) ** 2))
    albedo *= ((1 - 0.27 * pores) * (1 - 0.7 * seam))[..., None]
    height = 0.00025 * fibre - 0.0006 * pores - 0.002 * seam
    return Texture(np.clip(albedo, 0, 1), height.astype(np.float32), 0.42, 0.45)


@lru_cache(maxsize=6)
def wallpaper(seed: int) -> F32:
    """(512, 512, 3) sRGB: soft coloured dunes for a lit display."""
    rng = np.random.default_rng(seed)
    palettes = (
        ("#0b1a3a", "#345bd8", "#f08a5d", "#f7d9c4"),
        ("#102a2b", "#1d7874", "#ee8959", "#f4e9cd"),
        ("#240b36", "#7b2c8f", "#e84a5f", "#ffd5c2"),
    )
    n = 512
    waves = warped(fractal(n, 2, 3, rng), fractal(n, 2, 2, rng), fractal(n, 2, 2, rng), 0.25)
    down = np.linspace(0, 1, n, dtype=np.float32)[:, None]
    t = np.clip(0.5 * (waves * 1.6 + 0.5) + 0.5 * down, 0, 1)
    stops = [colours.rgb(c) for c in palettes[seed % len(palettes)]]
    return ramp(t, list(zip((0, 0.4, 0.72, 1), stops, strict=True)))


def stripes(first: str, second: str, count: int = 8) -> F32:
    """(256, 256, 3) sRGB: even vertical stripes."""
    band = (np.arange(256) * count // 256) % 2 == 1
    pair = np.where(band[:, None], colours.rgb(second), colours.rgb(first))
    return np.broadcast_to(pair[None], (256, 256, 3)).astype(np.float32)


def checked(first: str, second: str, count: int = 8) -> F32:
    """(256, 256, 3) sRGB: gingham, the crossings in the full second colour."""
    band = ((np.arange(256) * count // 256) % 2).astype(np.float32)
    share = np.asarray((band[:, None] + band[None]) / 2, np.float32)
    base = np.broadcast_to(colours.rgb(first), (256, 256, 3)).astype(np.float32)
    return blended(base, colours.rgb(second), share)
