"""From linear light to a picture: exposure, a soft shoulder for highlights, sRGB."""

from __future__ import annotations

import numpy as np

from imaging.engines.base import Pixels

from . import colours
from .look import F32
from .spec import Light

# One exposure per rig, so that a black product stays black; nudged by the picture a little.
_EXPOSURES: dict[Light, float] = {
    "softbox": 1.04,
    "highkey": 0.72,
    "lowkey": 1.45,
    "sun": 1.9,
    "sunset": 2.6,
    "neon": 1.6,
    "open": 1.0,
    "dappled": 1.5,
}
_NUDGED: frozenset[Light] = frozenset({"softbox", "sun", "sunset"})
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_SHOULDER = 0.6


def fixed_exposure(light: Light) -> float:
    """The rig's own factor from linear light to display light."""
    return _EXPOSURES[light]


def exposure(linear: F32, light: Light, *, is_exact: bool = False) -> float:
    """The factor that brings the rig's linear light to display light.

    Fixed per rig, moved by at most a third of a stop towards a good level of highlights; not
    moved where it `is_exact`, as before a painting, whose brightness is known.
    """
    fixed = _EXPOSURES[light]
    if light not in _NUDGED or is_exact:
        return fixed
    bright = float(np.percentile(linear @ _LUMA, 92)) * fixed
    return fixed * float(np.clip(0.8 / max(bright, 1e-4), 0.8, 1.25))


def whitened(pixels: Pixels, matte: F32) -> Pixels:
    """The picture with the paper around the product lifted until it is white at the frame.

    `matte` (H, W) is how much of each pixel the product covers: it stays as it is. Paper in shade
    is lifted alike, so a shadow stays one; nothing is lifted by more than a quarter.
    """
    border = np.ones(matte.shape, bool)
    rim = max(1, min(matte.shape) // 32)
    border[rim:-rim, rim:-rim] = False
    paper = pixels[border & (matte < 0.01)]
    if not len(paper):
        return pixels
    level = max(204.0, float(np.percentile(paper.min(axis=1), 1)))
    gain = 1 + (255 / level - 1) * (1 - matte)[..., None]
    return np.minimum(pixels * gain + 0.5, 255).astype(np.uint8)


def develop(linear: F32, light: Light, *, factor: float | None = None) -> Pixels:
    """(H, W, 3) linear light to 8-bit sRGB; nothing above the shoulder clips abruptly."""
    exposed = linear * (exposure(linear, light) if factor is None else factor)
    over = np.maximum(exposed - _SHOULDER, 0)
    room = 1 - _SHOULDER
    rolled = np.minimum(exposed, _SHOULDER) + room * (1 - np.exp(-over / room))
    return (colours.srgb(np.clip(rolled, 0, 1)) * 255 + 0.5).astype(np.uint8)
