"""What stands behind a product: exact colours, sweeps of paper, gradients, pools of light."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import EngineError
from imaging.engines.picture import Linear, Plane, to_linear

Kind = Literal["flat", "sweep", "gradient", "spot", "transparent"]
Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {
    "white": (255, 255, 255),
    "off white": (250, 249, 246),
    "ivory": (248, 244, 233),
    "cream": (245, 238, 220),
    "beige": (229, 217, 200),
    "sand": (217, 201, 176),
    "tan": (205, 178, 145),
    "light gray": (230, 231, 232),
    "gray": (160, 162, 165),
    "silver": (200, 202, 205),
    "dark gray": (72, 74, 78),
    "charcoal": (45, 47, 50),
    "black": (11, 11, 12),
    "pink": (242, 196, 203),
    "blush": (240, 213, 207),
    "coral": (240, 140, 115),
    "peach": (250, 208, 180),
    "red": (196, 40, 45),
    "burgundy": (98, 24, 42),
    "orange": (238, 138, 50),
    "terracotta": (192, 106, 78),
    "brown": (111, 78, 55),
    "yellow": (247, 209, 84),
    "mustard": (212, 165, 55),
    "green": (92, 142, 92),
    "sage": (178, 190, 165),
    "mint": (198, 228, 211),
    "olive": (120, 122, 70),
    "teal": (38, 120, 122),
    "turquoise": (96, 200, 195),
    "blue": (70, 120, 185),
    "light blue": (200, 220, 238),
    "sky blue": (176, 212, 240),
    "navy": (26, 38, 66),
    "navy blue": (26, 38, 66),
    "royal blue": (48, 84, 190),
    "dark blue": (28, 52, 96),
    "dark green": (34, 72, 52),
    "forest green": (38, 84, 56),
    "light pink": (250, 222, 226),
    "hot pink": (236, 74, 140),
    "purple": (120, 84, 150),
    "lavender": (214, 204, 232),
    "lilac": (205, 185, 220),
}
"""Colour names (British and American grey alike) -> sRGB codes."""

_HEX = re.compile(r"#?(?:[0-9a-f]{6}|[0-9a-f]{3})")
_SIDE = 512  # long side at which soft shading is computed


@dataclass(frozen=True, kw_only=True)
class Backdrop:
    """A backdrop. `second` is the far end of a gradient."""

    kind: Kind
    colour: Colour = (255, 255, 255)
    second: Colour | None = None

    @property
    def is_dark(self) -> bool:
        """So dark that no shadow would show."""
        light = to_linear(np.array(self.colour, np.uint8))
        return float(light @ np.array([0.2126, 0.7152, 0.0722])) < 0.03


def colour_of(text: str) -> Colour:
    """'#RRGGBB', '#RGB' or a colour name -> sRGB codes. Raises EngineError("bad_input")."""
    word = " ".join(re.split(r"[\s_-]+", text.strip().lower())).replace("grey", "gray")
    if word in COLOURS:
        return COLOURS[word]
    if _HEX.fullmatch(word):
        digits = word.lstrip("#")
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        red, green, blue = bytes.fromhex(digits)
        return red, green, blue
    raise EngineError("bad_input", f"Unknown background colour: {text[:40]}")


def parse(text: str) -> Backdrop:
    """What a request calls a background -> backdrop.

    'transparent', a colour (flat, exact), 'sweep:<colour>', 'spot:<colour>' or
    'gradient:<colour>,<colour>' (top, bottom). Raises EngineError("bad_input").
    """
    kind, separator, rest = text.strip().lower().partition(":")
    if not separator:
        if kind in ("transparent", "none"):
            return Backdrop(kind="transparent")
        return Backdrop(kind="flat", colour=colour_of(text))
    if kind == "sweep":
        return Backdrop(kind="sweep", colour=colour_of(rest))
    if kind == "spot":
        return Backdrop(kind="spot", colour=colour_of(rest))
    if kind == "gradient" and "," in rest:
        top, bottom = rest.split(",", 1)
        return Backdrop(kind="gradient", colour=colour_of(top), second=colour_of(bottom))
    raise EngineError("bad_input", f"Unknown background: {text[:40]}")


def paint(backdrop: Backdrop, width: int, height: int, *, horizon: float, side: int) -> Linear:
    """(h, w, 3) linear light of the backdrop, no larger than 512 px: shading is smooth, so the
    caller enlarges it. A flat or transparent backdrop is a single pixel.

    `horizon` is the height (0 top, 1 bottom) where a sweep's floor turns into its wall, `side`
    (-1 left, 1 right) where the light comes from.
    """
    colour = to_linear(np.array(backdrop.colour, np.uint8))
    if backdrop.kind in ("flat", "transparent"):
        return np.asarray(colour.reshape(1, 1, 3), np.float32)
    scale = min(1.0, _SIDE / max(width, height))
    columns, rows = max(2, round(width * scale)), max(2, round(height * scale))
    y = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, columns, dtype=np.float32)[None]
    if backdrop.kind == "gradient":
        other = to_linear(np.array(backdrop.second or backdrop.colour, np.uint8))
        blend = (3 - 2 * y) * y * y * np.ones_like(x)
        return _mixed(colour, other, blend)
    shade = _sweep(x, y, horizon, side) if backdrop.kind == "sweep" else _spot(x, y, horizon)
    return np.asarray(np.clip(shade[..., None] * colour, 0, 1), np.float32)


def _mixed(
    first: NDArray[np.float32], second: NDArray[np.float32], blend: NDArray[np.float32]
) -> Linear:
    """Mixed in coded values, where equal steps look equal."""
    mixed = first ** (1 / 2.2) * (1 - blend[..., None]) + second ** (1 / 2.2) * blend[..., None]
    return np.asarray(mixed**2.2, np.float32)


def _sweep(x: Plane, y: Plane, horizon: float, side: int) -> Plane:
    """An infinity cove: floor brightest where the product stands, wall falling off upwards and
    away from the light."""
    wall = 0.74 + 0.2 * np.clip(y / horizon, 0, 1) ** 1.5
    floor = 1.0 - 0.1 * np.clip((y - horizon) / (1 - horizon), 0, 1)
    turn = 1 / (1 + np.exp(-(y - horizon) / 0.07))
    away = 1 - 0.1 * x * x * (1.1 - 0.5 * turn) + 0.045 * side * x
    return np.asarray((wall * (1 - turn) + floor * turn) * away, np.float32)


def _spot(x: Plane, y: Plane, horizon: float) -> Plane:
    """A pool of light behind the product."""
    distance = (x * 0.85) ** 2 + ((y - (horizon - 0.22)) * 1.7) ** 2
    return np.asarray(0.5 + 0.5 * np.exp(-distance / 0.6), np.float32)
