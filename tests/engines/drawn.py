"""Product photos drawn by the tests, with the exact matte of the product."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import Pixels
from imaging.engines.picture import Plane, to_linear, to_srgb

Colour = tuple[float, float, float]


def silhouette(height: int, width: int) -> Plane:
    """A bottle: body and neck, anti-aliased."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = (x + 0.5) / width - 0.5, (y + 0.5) / height
    body = np.maximum(np.abs(u) - 0.17, np.abs(v - 0.62) - 0.24)
    neck = np.maximum(np.abs(u) - 0.06, np.abs(v - 0.3) - 0.12)
    edge = np.minimum(body, neck) * min(height, width)
    return np.clip(0.5 - edge, 0, 1).astype(np.float32)


def photo(
    height: int = 256,
    width: int = 256,
    *,
    product: Colour = (0.55, 0.18, 0.08),
    backdrop: Colour = (0.72, 0.72, 0.72),
    light: Colour = (1, 1, 1),
    gain: float = 1.0,
    noise: float = 0.0,
) -> Pixels:
    """A bottle with a white label on a softly lit backdrop. Colours are linear light."""
    alpha = silhouette(height, width)[..., None]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    falloff = 1 - 0.15 * ((x / width - 0.4) ** 2 + (1 - y / height) ** 2)
    shade = 0.6 + 0.8 * np.clip(1 - 4 * (x / width - 0.42) ** 2 * 8, 0, 1)
    paint = np.array(product, np.float32) * shade[..., None]
    label = (np.abs(x / width - 0.5) < 0.1) & (np.abs(y / height - 0.65) < 0.09)
    paint = np.where(label[..., None], np.float32(0.88), paint)
    behind = np.array(backdrop, np.float32) * falloff[..., None]
    scene = (paint * alpha + behind * (1 - alpha)) * np.array(light, np.float32) * gain
    pixels = to_srgb(np.clip(scene, 0, 1).astype(np.float32)).astype(np.float32)
    if noise:
        pixels += np.random.default_rng(3).normal(0, noise * 255, pixels.shape)
    return np.clip(pixels + 0.5 * (noise > 0), 0, 255).astype(np.uint8)


def difference(a: Pixels, b: Pixels) -> float:
    """Mean absolute difference in codes."""
    return float(np.abs(a.astype(np.int16) - b.astype(np.int16)).mean())


def linear(pixels: Pixels) -> NDArray[np.float32]:
    return to_linear(np.ascontiguousarray(pixels[..., :3]))
