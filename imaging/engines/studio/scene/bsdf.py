"""Mitsuba's dictionaries for colours, bitmaps and surfaces; no knowledge of products."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import colours
from .look import F32, Metal
from .textures import Texture
from .variant import mitsuba

Shading = dict[str, Any]
"""What a Mitsuba shape carries: {"bsdf": ...} and, where it shines, {"emitter": ...}."""

# Reflectance at normal incidence, linear RGB, with the roughness such parts usually have.
METALS: dict[Metal, tuple[tuple[float, float, float], float]] = {
    "gold": ((1.0, 0.72, 0.29), 0.16),
    "rosegold": ((0.93, 0.60, 0.49), 0.16),
    "silver": ((0.93, 0.93, 0.92), 0.12),
    "steel": ((0.60, 0.60, 0.61), 0.22),
    "copper": ((0.93, 0.53, 0.36), 0.18),
    "brass": ((0.83, 0.64, 0.32), 0.2),
    "alu": ((0.80, 0.81, 0.82), 0.3),
    "titanium": ((0.48, 0.46, 0.44), 0.3),
    "gunmetal": ((0.16, 0.16, 0.17), 0.25),
}


def spectrum(linear_rgb: F32 | tuple[float, float, float]) -> dict[str, Any]:
    """A constant colour from linear values."""
    return {"type": "rgb", "value": [float(v) for v in linear_rgb]}


def reflectance(colour: str) -> dict[str, Any]:
    """A constant colour from a hex string."""
    return spectrum(colours.linear(colours.rgb(colour)))


def picture(
    image: F32 | NDArray[np.uint8],
    repeats: tuple[float, float] = (1, 1),
    *,
    raw: bool = False,
    clamp: bool = False,
) -> dict[str, Any]:
    """A bitmap texture. (H, W, 3) is sRGB, uint8 or in [0, 1]; `raw` (H, W[, 3]) is linear."""
    mi = mitsuba()
    if raw:
        values = np.ascontiguousarray(image, np.float32)
        bitmap = mi.Bitmap(values[..., None] if values.ndim == 2 else values)
    else:
        bitmap = mi.Bitmap(eight_bit(image))
    return {
        "type": "bitmap",
        "bitmap": bitmap,
        "raw": raw,
        "wrap_mode": "clamp" if clamp else "mirror",
        "to_uv": mi.ScalarTransform4f().scale([repeats[0], repeats[1], 1]),
    }


def eight_bit(image: F32 | NDArray[np.uint8]) -> NDArray[np.uint8]:
    """An image in [0, 1] as 0..255."""
    if image.dtype == np.uint8:
        return image.astype(np.uint8, copy=False)
    return np.asarray(np.clip(np.asarray(image, np.float32), 0, 1) * 255 + 0.5, np.uint8)


def principled(
    colour: str | dict[str, Any], roughness: float, specular: float = 0.5, **lobes: float
) -> dict[str, Any]:
    """Disney's principled surface; `lobes` are its further weights (clearcoat, sheen, ...)."""
    base = reflectance(colour) if isinstance(colour, str) else colour
    return {
        "type": "principled",
        "base_color": base,
        "roughness": max(float(roughness), 0.02),
        "specular": float(specular),
        **{name: float(weight) for name, weight in lobes.items() if weight},
    }


def metal(name: Metal, roughness: float | None, *, brushed: bool = False) -> dict[str, Any]:
    """A bare metal. `brushed` stretches highlights along u."""
    tint, usual = METALS[name]
    rough = usual if roughness is None else roughness
    streaks = {"anisotropic": 0.75} if brushed else {}
    return principled(spectrum(tint), rough, 0.5, metallic=1.0, **streaks)


def textured(
    texture: Texture,
    repeats: tuple[float, float],
    width: float,
    *,
    bump: float = 1.0,
    roughness: float | None = None,
    **lobes: float,
) -> dict[str, Any]:
    """A textured surface. `width` is the world length of one unit of u or v on the mesh."""
    rough = texture.roughness if roughness is None else roughness
    if texture.sheen:
        lobes["sheen"] = texture.sheen
    surface = principled(picture(texture.albedo, repeats), rough, texture.specular, **lobes)
    if texture.height is None or bump <= 0:
        return surface
    # Heights are in texture widths; Mitsuba wants world units per unit of u.
    per_repeat = width / max(float(np.sqrt(repeats[0] * repeats[1])), 1e-6)
    return {
        "type": "bumpmap",
        "arbitrary": picture(texture.height, repeats, raw=True),
        "scale": float(bump * per_repeat),
        "bsdf": surface,
    }


def two_sided(surface: dict[str, Any]) -> dict[str, Any]:
    return {"type": "twosided", "bsdf": surface}
