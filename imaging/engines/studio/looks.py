"""The words for a look: colours, backdrops, shadows. No pixels here, so that whoever only checks a
request loads no imaging library."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, get_args

from imaging.engines.base import EngineError

BackdropKind = Literal["flat", "sweep", "gradient", "spot", "linen", "transparent"]
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
    "pastel pink": (250, 222, 226),
    "pastel blue": (200, 220, 238),
    "pastel green": (205, 230, 208),
    "pastel yellow": (250, 238, 190),
    "pastel purple": (222, 212, 238),
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

ShadowKind = Literal["none", "contact", "soft", "hard", "floating", "drop", "hung", "reflection"]
"""contact: a dark line where it stands; soft: that and a wide cast of studio light; hard: the
sharp cast of one lamp; floating: a pool under a product in the air; drop: lying on the surface,
seen from above; hung: on a wall some way behind; reflection: on gloss."""

Place = Literal[
    "garden", "cafe", "office", "city", "forest", "winter", "spring", "summer", "autumn"
]
"""What a painted backdrop shows (`scene.paintings`)."""

Props = Literal["splash", "shapes", "neon_ring", "baubles", "pebbles", "petals", "leaves", "shells"]
"""What stands or lies around the product (`scene.props`)."""

PLACES: tuple[Place, ...] = get_args(Place)
PROPS: tuple[Props, ...] = get_args(Props)


@dataclass(frozen=True, kw_only=True)
class Backdrop:
    """A backdrop. `second` is the far end of a gradient."""

    kind: BackdropKind
    colour: Colour = (255, 255, 255)
    second: Colour | None = None

    @property
    def is_dark(self) -> bool:
        """So dark that no shadow would show."""
        red, green, blue = ((code / 255) ** 2.2 for code in self.colour)
        return bool(0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.03)


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


def backdrop_of(text: str) -> Backdrop:
    """What a request calls a background -> backdrop.

    'transparent', a colour (flat, exact), 'sweep:<colour>', 'spot:<colour>', 'linen:<colour>'
    (cloth seen from above) or 'gradient:<colour>,<colour>' (top, bottom).
    Raises EngineError("bad_input").
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
    if kind == "linen":
        return Backdrop(kind="linen", colour=colour_of(rest))
    if kind == "gradient" and "," in rest:
        top, bottom = rest.split(",", 1)
        return Backdrop(kind="gradient", colour=colour_of(top), second=colour_of(bottom))
    raise EngineError("bad_input", f"Unknown background: {text[:40]}")


def shadow_of(text: str) -> ShadowKind:
    """A request's word for a shadow. Raises EngineError("bad_input") for an unknown one."""
    kinds: dict[str, ShadowKind] = {kind: kind for kind in get_args(ShadowKind)}
    word = text.strip().lower()
    if word not in kinds:
        raise EngineError("bad_input", f"Unknown shadow: {text[:40]} (one of {', '.join(kinds)})")
    return kinds[word]
