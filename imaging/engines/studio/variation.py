"""What differs from one picture of a series to the next, and backgrounds that suit a product.

Picture i of a recipe is made with seed + i, so a series starting later in another series repeats
its pictures. What may differ: the side and height of the light, and with them the shadow; the
depth of the shadow; and, only where the request left it open, the kind of shadow and the tone of
the backdrop. The product itself, its size and its place never do.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from imaging.engines.base import Pixels
from imaging.engines.picture import Plane
from imaging.engines.studio.looks import Backdrop, Colour, ShadowKind
from imaging.engines.studio.shadows import Lamp

_GOLDEN = 0.6180339887498949
_SERIES: tuple[ShadowKind, ...] = ("soft", "soft", "reflection", "hard", "contact", "floating")

Scheme = Literal["pastel", "complement", "tonal"]


@dataclass(frozen=True, kw_only=True)
class Variation:
    """How picture `index` of a series is lit."""

    index: int
    seed: int
    lamp: Lamp
    strength: float
    tone: float  # factor on an open backdrop's colour

    def shadow(self, kind: ShadowKind, *, is_open: bool) -> ShadowKind:
        """The shadow of this picture; a series goes through the kinds where it may."""
        if not is_open or self.index == 0 or kind == "none":
            return kind
        return _SERIES[self.index % len(_SERIES)]

    def backdrop(self, backdrop: Backdrop, *, is_open: bool) -> Backdrop:
        """The backdrop of this picture, a little lighter or darker where it may be."""
        if not is_open or backdrop.kind == "transparent" or backdrop.colour == (255, 255, 255):
            return backdrop
        second = backdrop.second and _toned(backdrop.second, self.tone)
        return replace(backdrop, colour=_toned(backdrop.colour, self.tone), second=second)


def variation(seed: int, index: int) -> Variation:
    """The light of picture `index` of a recipe with `seed`: neighbours come from opposite
    sides."""
    number = seed + index
    spread = (number * _GOLDEN) % 1.0
    other = (number * _GOLDEN * _GOLDEN * 7) % 1.0
    side = 1.0 if number % 2 else -1.0
    return Variation(
        index=index,
        seed=number % 2**32,
        lamp=Lamp(side=side * (0.5 + 0.4 * spread), height=0.35 + 0.4 * other),
        strength=0.9 + 0.2 * spread,
        tone=1.0 if index == 0 else 0.9 + 0.14 * other,
    )


def _toned(colour: Colour, factor: float) -> Colour:
    red, green, blue = (min(255, max(0, round(code * factor))) for code in colour)
    return red, green, blue


def matching(scheme: Scheme, colours: Pixels, alpha: Plane, index: int) -> Backdrop:
    """A sweep whose colour suits the product; `index` walks through neighbouring hues."""
    found = dominant_hue(colours, alpha)
    hue = (found if found is not None else 0.09) + (0.0, 0.06, -0.06, 0.12)[index % 4]
    neutral = found is None
    if scheme == "pastel":
        # A third of the circle away: a colour beside the product's own, never its paler twin.
        colour = _rgb(hue + (0.5 if index % 2 else 0.33), 0.12 if neutral else 0.17, 0.95)
    elif scheme == "complement":
        colour = _rgb(hue + 0.5, 0.45, 0.86)
    else:
        colour = _rgb(hue, 0.04 if neutral else 0.34, 0.84)
    return Backdrop(kind="sweep", colour=colour)


def _rgb(hue: float, saturation: float, value: float) -> Colour:
    red, green, blue = (
        round(255 * part) for part in colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    )
    return red, green, blue


def dominant_hue(colours: Pixels, alpha: Plane) -> float | None:
    """The product's main hue, 0 to 1 as in HSV; None where it is black, white or grey."""
    size = (96, 96)
    small = np.asarray(cv2.resize(colours, size, interpolation=cv2.INTER_AREA), np.uint8)
    inside = np.asarray(cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)) > 0.9
    if not inside.any():
        return None
    hsv = np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2HSV)).astype(np.float32)[inside]
    weight = hsv[:, 1] / 255 * hsv[:, 2] / 255  # strong, bright colours are the colour
    if weight.mean() < 0.06:
        return None
    counts, _ = np.histogram(hsv[:, 0], bins=36, range=(0, 180), weights=weight)
    around = counts + 0.5 * (np.roll(counts, 1) + np.roll(counts, -1))
    return (float(np.argmax(around)) + 0.5) / 36
