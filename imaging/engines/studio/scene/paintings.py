"""Painted backdrops: places as a lens sees them far out of focus, drawn from shapes and light.

Nothing here is a photo. A painting is built in linear light, blurred as a wide aperture would,
and gets its lamps last, as the discs that such an aperture makes of them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np
from numpy.random import Generator

from imaging.engines.studio.looks import Place

from . import colours
from .look import F32
from .noise import fractal, value_noise

SIDE = 640
"""Short side of a painting in pixels: there is nothing sharp in it."""

_DRAWINGS = 3


def painting(place: Place, aspect: float, seed: int) -> F32:
    """(H, W, 3) linear light of a place, W / H about `aspect`, 1.0 the white of paper; lamps and
    sky may be brighter. A seed picks one of a few drawings, so that they stay cached."""
    return _painting(place, round(aspect, 2), seed % _DRAWINGS)


@lru_cache(maxsize=6)
def _painting(place: Place, aspect: float, drawing: int) -> F32:
    canvas = Canvas(aspect, np.random.default_rng([drawing, len(place)]))
    _PAINTERS[place](canvas)
    return np.clip(canvas.light, 0, 4)


class Canvas:
    """Linear light to paint on. Positions are shares of width and height, sizes of the short
    side."""

    def __init__(self, aspect: float, rng: Generator) -> None:
        self.width = round(SIDE * max(1.0, aspect))
        self.height = round(SIDE * max(1.0, 1 / aspect))
        self.rng = rng
        self.light = np.zeros((self.height, self.width, 3), np.float32)

    def wash(self, *stops: tuple[float, str, float]) -> None:
        """Bands that melt into each other from top to bottom: (height, colour, brightness)."""
        y = np.linspace(0, 1, self.height)
        at = [stop[0] for stop in stops]
        shades = np.array([_shade(colour, power) for _, colour, power in stops])
        bands = np.stack([np.interp(y, at, shades[:, k]) for k in range(3)], -1)
        self.light = np.repeat(bands[:, None].astype(np.float32), self.width, 1)

    def block(
        self, left: float, top: float, right: float, bottom: float, colour: str, power: float = 1.0
    ) -> None:
        """A rectangle."""
        columns = slice(max(0, round(left * self.width)), max(0, round(right * self.width)))
        rows = slice(max(0, round(top * self.height)), max(0, round(bottom * self.height)))
        self.light[rows, columns] = _shade(colour, power)

    def clouds(self, colour: str, power: float, cells: float, share: float, low: float) -> None:
        """Irregular masses over `share` of the picture's height above `low`: leaves, rock."""
        n = max(self.width, self.height)
        field = fractal(n, cells, 5, self.rng, gain=0.6)[: self.height, : self.width]
        y = np.linspace(0, 1, self.height, dtype=np.float32)[:, None]
        inside = np.clip((low - y) / 0.15, 0, 1) if low < 1 else np.ones_like(y)
        mask = np.clip((field + share - 0.5) * 5, 0, 1) * inside
        tone = 1 + 0.5 * value_noise(n, 23, 23, self.rng)[: self.height, : self.width]
        shade = _shade(colour, power) * tone[..., None]
        self.light += (shade - self.light) * mask[..., None]

    def blur(self, size: float) -> None:
        self.light = np.asarray(
            cv2.GaussianBlur(self.light, (0, 0), size * SIDE, borderType=cv2.BORDER_REFLECT),
            np.float32,
        )

    def glow(self, x: float, y: float, size: float, colour: str, power: float) -> None:
        """Light that spreads softly from a point."""
        down, across = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        away = ((across - x * self.width) ** 2 + (down - y * self.height) ** 2) / (size * SIDE) ** 2
        self.light += np.exp(-away)[..., None] * _shade(colour, power)

    def lamps(
        self,
        count: int,
        box: tuple[float, float, float, float],
        sizes: tuple[float, float],
        shades: tuple[str, ...],
        power: tuple[float, float],
    ) -> None:
        """Discs of lamps out of focus, each a little brighter at its rim, somewhere in `box`
        (left, top, right, bottom)."""
        for _ in range(count):
            x = self.rng.uniform(box[0], box[2])
            y = self.rng.uniform(box[1], box[3])
            radius = self.rng.uniform(*sizes) * SIDE
            shade = _shade(str(self.rng.choice(shades)), self.rng.uniform(*power))
            self._disc(x * self.width, y * self.height, radius, shade)

    def _disc(self, x: float, y: float, radius: float, shade: F32) -> None:
        reach = int(radius) + 4
        left, top = int(x) - reach, int(y) - reach
        columns = slice(max(0, left), min(self.width, left + 2 * reach))
        rows = slice(max(0, top), min(self.height, top + 2 * reach))
        down, across = np.mgrid[rows, columns].astype(np.float32)
        if not down.size:
            return
        away = np.hypot(across - x, down - y)
        # Twenty-odd per cent of the edge fades: a hard disc is a sticker, not a lamp.
        disc = np.clip((radius - away) / (0.1 * radius + 1.5) + 0.5, 0, 1)
        rim = 0.8 + 0.2 * np.clip(away / radius, 0, 1) ** 4
        self.light[rows, columns] += (disc * rim)[..., None] * shade


def _shade(colour: str, power: float) -> F32:
    return np.asarray(colours.linear(colours.rgb(colour)) * power, np.float32)


_BLACK = "#000000"
_WARM = ("#ffcf8a", "#ffdca8", "#ffb765")


def _garden(canvas: Canvas) -> None:
    """A hedge and a lawn in the sun."""
    canvas.wash(
        (0, "#dff0c8", 1.1), (0.45, "#a9c97c", 0.8), (0.7, "#94bd62", 0.85), (1, "#b5d480", 0.9)
    )
    canvas.clouds("#5f8f3f", 0.65, 4, 0.62, 0.72)
    canvas.clouds("#39642c", 0.5, 6, 0.40, 0.66)
    canvas.blur(0.035)
    canvas.clouds("#cfe39a", 1.0, 9, 0.16, 0.60)
    canvas.blur(0.022)
    canvas.lamps(
        46, (0, 0, 1, 0.55), (0.022, 0.055), ("#f4ffd0", "#fffbe0", "#cdeb8f"), (0.1, 0.42)
    )
    canvas.blur(0.004)


def _cafe(canvas: Canvas) -> None:
    """A warm room: a window, shelves, a counter, lamps over it."""
    canvas.wash((0, "#3a271b", 0.7), (0.5, "#6b4a33", 0.8), (1, "#3b281c", 0.8))
    canvas.block(0.0, 0.05, 0.24, 0.62, "#dfe6e8", 1.15)
    for x in (0.075, 0.155):
        canvas.block(x, 0.05, x + 0.012, 0.62, "#2a1c13", 0.8)
    canvas.block(0, 0.3, 0.24, 0.318, "#2a1c13", 0.8)
    for y in (0.2, 0.36):
        canvas.block(0.52, y, 1, y + 0.02, "#2c1d13", 0.8)
        for _ in range(14):
            x = canvas.rng.uniform(0.53, 0.97)
            tall = canvas.rng.uniform(0.04, 0.1)
            shade = str(canvas.rng.choice(("#b08a63", "#d8c3a5", "#6e3f2c", "#8d9b8a", "#e7dccb")))
            canvas.block(x, y - tall, x + canvas.rng.uniform(0.02, 0.045), y, shade, 0.7)
    canvas.block(0.3, 0.56, 1, 0.6, "#c79a6a", 0.9)
    canvas.block(0.3, 0.6, 1, 1, "#4a3122", 0.8)
    canvas.blur(0.02)
    for x in (0.42, 0.63, 0.84):
        canvas.glow(x, 0.12, 0.2, "#ffb765", 0.28)
    canvas.lamps(5, (0.36, 0.06, 0.9, 0.16), (0.035, 0.05), _WARM, (0.8, 1.3))
    canvas.lamps(16, (0.3, 0.15, 1, 0.56), (0.012, 0.03), _WARM, (0.1, 0.4))
    canvas.blur(0.005)


def _office(canvas: Canvas) -> None:
    """A bright room with a wall of windows, a plant and a screen."""
    canvas.wash((0, "#e9edf0", 0.85), (0.6, "#d9dee2", 0.75), (1, "#b9bfc4", 0.7))
    canvas.block(0.36, 0.0, 1.0, 0.56, "#eaf4fb", 1.25)
    for x in (0.36, 0.56, 0.78, 0.985):
        canvas.block(x, 0, x + 0.018, 0.58, "#7f8890", 0.8)
    canvas.block(0.36, 0.55, 1, 0.58, "#8b949b", 0.8)
    for x, top in ((0.4, 0.38), (0.47, 0.3), (0.62, 0.36), (0.68, 0.25), (0.83, 0.34), (0.9, 0.41)):
        canvas.block(x, top, x + 0.055, 0.55, "#b5c8d6", 0.9)
    canvas.block(0, 0.66, 1, 0.7, "#caa77e", 0.85)
    canvas.block(0, 0.7, 1, 1, "#8c939a", 0.6)
    canvas.block(0.6, 0.46, 0.86, 0.64, "#23272c", 0.9)
    canvas.block(0.61, 0.475, 0.85, 0.62, "#4f7fae", 0.7)
    canvas.blur(0.012)
    for _ in range(46):
        x, y = canvas.rng.normal(0.13, 0.05), canvas.rng.normal(0.42, 0.07)
        shade = str(canvas.rng.choice(("#2f6b3a", "#4b8a4e", "#79b06c")))
        canvas.block(x - 0.012, y - 0.03, x + 0.012, y + 0.03, shade, 0.7)
    canvas.block(0.095, 0.54, 0.165, 0.66, "#d9c7b0", 0.85)
    canvas.blur(0.016)
    canvas.lamps(7, (0.02, 0.02, 0.34, 0.12), (0.03, 0.04), ("#fff7e8",), (0.2, 0.5))
    canvas.blur(0.004)


def _city(canvas: Canvas) -> None:
    """A street at dusk."""
    canvas.wash(
        (0, "#5c78a8", 0.7), (0.4, "#b78f9c", 0.7), (0.56, "#e0a27e", 0.8), (1, "#22252f", 0.6)
    )
    left = 0.0
    while left < 1:
        wide = canvas.rng.uniform(0.07, 0.16)
        top = canvas.rng.uniform(0.06, 0.42)
        canvas.block(left, top, left + wide, 0.72, "#2c3444", canvas.rng.uniform(0.5, 1.2))
        left += wide * canvas.rng.uniform(0.8, 1.25)
    canvas.block(0, 0.72, 1, 1, "#262932", 0.8)
    canvas.blur(0.022)
    box = (0, 0.1, 1, 0.66)
    canvas.lamps(90, box, (0.008, 0.02), (*_WARM, "#ffe9c8", "#bfe3ff"), (0.1, 0.6))
    canvas.lamps(12, (0, 0.4, 1, 0.7), (0.03, 0.055), (*_WARM, "#8fd0ff", "#ff8f6a"), (0.25, 0.8))
    canvas.lamps(9, (0, 0.66, 1, 0.82), (0.016, 0.03), ("#ff4b3a", "#fff1d6"), (0.4, 0.9))
    canvas.blur(0.004)


def _forest(canvas: Canvas) -> None:
    """Tree trunks, ferns and light through leaves."""
    canvas.wash((0, "#a9c79a", 0.8), (0.4, "#6f9a63", 0.6), (1, "#2c4a2b", 0.45))
    canvas.clouds("#3c6a3a", 0.5, 4, 0.55, 1)
    for _ in range(7):
        x = canvas.rng.uniform(0, 1)
        canvas.block(x, 0, x + canvas.rng.uniform(0.02, 0.06), 0.9, "#3a2f24", 0.55)
    canvas.clouds("#1d3a22", 0.4, 5, 0.42, 1)
    canvas.clouds("#7fae5f", 0.7, 7, 0.22, 1)
    canvas.blur(0.026)
    canvas.glow(0.22, 0.1, 0.5, "#e9f5c4", 0.4)
    canvas.lamps(
        44, (0, 0, 1, 0.5), (0.016, 0.045), ("#e8f7bd", "#fffde6", "#a9d67c"), (0.08, 0.42)
    )
    canvas.blur(0.004)


def _winter(canvas: Canvas) -> None:
    """A fir with fairy lights."""
    canvas.wash((0, "#16302a", 0.6), (0.6, "#1d3f35", 0.7), (1, "#2a3f3c", 0.8))
    canvas.clouds("#0c1f1b", 0.6, 6, 0.5, 1)
    canvas.clouds("#2f5c4b", 0.6, 9, 0.26, 1)
    canvas.blur(0.02)
    canvas.lamps(64, (0, 0, 1, 0.75), (0.014, 0.042), (*_WARM, "#fff0d0"), (0.12, 0.9))
    canvas.lamps(10, (0, 0, 1, 0.7), (0.02, 0.04), ("#e2574c", "#f0b8a0"), (0.15, 0.5))
    canvas.blur(0.004)


def _blossom(canvas: Canvas) -> None:
    """Cherry trees against a spring sky."""
    canvas.wash((0, "#cfe4f5", 1.0), (0.55, "#f6e3ea", 1.0), (1, "#d9e6c3", 0.9))
    canvas.clouds("#f0b7c8", 0.95, 5, 0.55, 0.95)
    canvas.clouds("#e58fab", 0.85, 8, 0.28, 0.85)
    canvas.clouds("#a9c98a", 0.8, 7, 0.16, 1)
    canvas.blur(0.024)
    canvas.lamps(
        52, (0, 0, 1, 0.75), (0.018, 0.045), ("#ffe3ec", "#ffffff", "#ffc4d6"), (0.1, 0.45)
    )
    canvas.blur(0.004)


def _beach(canvas: Canvas) -> None:
    """Sky, a bright sea and its surf."""
    canvas.wash(
        (0, "#7fc0ea", 0.95),
        (0.36, "#cfeaf5", 1.05),
        (0.4, "#3fa7bd", 0.8),
        (0.6, "#76d0cf", 0.9),
        (0.68, "#f4fbf8", 1.05),
        (0.74, "#ecd9b4", 0.95),
        (1, "#e6cf9f", 0.95),
    )
    canvas.blur(0.012)
    canvas.lamps(90, (0, 0.42, 1, 0.6), (0.005, 0.016), ("#ffffff", "#e9fffb"), (0.1, 0.5))
    canvas.blur(0.006)


def _autumn(canvas: Canvas) -> None:
    """Maples in low sun."""
    canvas.wash((0, "#f3cf8d", 1.0), (0.5, "#d98c45", 0.8), (1, "#7a4a24", 0.7))
    canvas.clouds("#c5662b", 0.75, 4, 0.55, 1)
    canvas.clouds("#8a3c1d", 0.6, 6, 0.36, 1)
    canvas.clouds("#f0b24f", 1.0, 8, 0.24, 0.9)
    canvas.blur(0.024)
    canvas.glow(0.2, 0.15, 0.45, "#ffdf9e", 0.35)
    canvas.lamps(48, (0, 0, 1, 0.65), (0.018, 0.045), ("#ffe0a0", "#fff1cf", "#ffb25c"), (0.1, 0.5))
    canvas.blur(0.004)


_PAINTERS: dict[Place, Callable[[Canvas], None]] = {
    "garden": _garden,
    "cafe": _cafe,
    "office": _office,
    "city": _city,
    "forest": _forest,
    "winter": _winter,
    "spring": _blossom,
    "summer": _beach,
    "autumn": _autumn,
}
