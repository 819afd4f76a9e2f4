"""Tileable noise for procedural textures."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from .look import F32


def value_noise(n: int, across: int, down: int, rng: Generator) -> F32:
    """(n, n) float32 in about [-1, 1], tileable, with `across` x `down` cells."""
    if n >= 1024 and max(across, down) * 32 <= n:
        # Smooth at this size already: a quarter of the resolution loses nothing.
        small = value_noise(n // 4, across, down, rng)
        return np.asarray(cv2.resize(small, (n, n), interpolation=cv2.INTER_LINEAR), np.float32)
    grid = np.pad(rng.uniform(-1, 1, (down, across)).astype(np.float32), 2, mode="wrap")
    to_grid = np.array(
        [
            [across / n, 0, 1.5 + 0.5 * across / n],
            [0, down / n, 1.5 + 0.5 * down / n],
        ],
        np.float32,
    )
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(grid, to_grid, (n, n), flags=flags), np.float32)


def fractal(
    n: int, cells: float, octaves: int, rng: Generator, *, stretch: float = 1.0, gain: float = 0.5
) -> F32:
    """Sum of octaves of value noise, (n, n) float32 in about [-1, 1].

    `stretch` is the number of cells down per cell across; octaves finer than two pixels are
    left out.
    """
    out = np.zeros((n, n), np.float32)
    weight, total = 1.0, 0.0
    for _ in range(octaves):
        across, down = max(2, round(cells)), max(2, round(cells * stretch))
        if max(across, down) > n // 2:
            break
        out += weight * value_noise(n, across, down, rng)
        total += weight
        weight *= gain
        cells *= 2
    return out / max(total, 1e-6)


def warped(image: F32, right: F32, down: F32, amount: float) -> F32:
    """The image pushed about by two fields; `amount` is in texture widths."""
    n = image.shape[0]
    y, x = np.mgrid[0:n, 0:n].astype(np.float32)
    x = (x + right * amount * n) % (n - 1)
    y = (y + down * amount * n) % (n - 1)
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR), np.float32)


def blurred(image: F32, sigma: float) -> F32:
    """Gaussian blur that wraps nothing (sigma is small against the texture)."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def blended(base: F32, over: F32, share: F32) -> F32:
    """`share` (n, n) of `over` in `base`, both (n, n, 3) or (3,)."""
    mixed = base + (over - base) * np.clip(share, 0, 1)[..., None]
    return np.asarray(mixed, np.float32)


def ramp(t: F32, stops: list[tuple[float, F32]]) -> F32:
    """(..., 3) colours along a gradient; `stops` are (position, sRGB colour)."""
    at = [s[0] for s in stops]
    colours = np.array([s[1] for s in stops])
    channels = [np.interp(t, at, colours[:, i]) for i in range(3)]
    return np.stack(channels, -1).astype(np.float32)
