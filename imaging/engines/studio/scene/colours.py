"""Colour names and conversions. Hex strings are sRGB; arrays say whether they are linear."""

from __future__ import annotations

import numpy as np

from .look import F32

NAMES: dict[str, str] = {
    "black": "#1b1b1d",
    "jet black": "#111112",
    "white": "#f1f0ee",
    "off white": "#ebe6dc",
    "ivory": "#ece4d3",
    "cream": "#e9dec9",
    "beige": "#cdb79b",
    "sand": "#d2bd98",
    "nude": "#d9b59c",
    "taupe": "#8f8073",
    "khaki": "#8c7f5b",
    "tan": "#b5834f",
    "camel": "#b98a55",
    "caramel": "#a9692f",
    "honey": "#c98b2d",
    "cognac": "#8e4b22",
    "brown": "#5d3520",
    "chocolate": "#3e2316",
    "espresso": "#2f1d14",
    "chestnut": "#6b3322",
    "rust": "#9c4a22",
    "grey": "#8b8d90",
    "light grey": "#c4c5c6",
    "dark grey": "#4b4d50",
    "charcoal": "#333539",
    "graphite": "#3c3e42",
    "anthracite": "#2b2d30",
    "red": "#b3201f",
    "dark red": "#7a1519",
    "crimson": "#9c1426",
    "scarlet": "#c2271c",
    "cherry": "#8f1a2c",
    "ruby": "#8c1430",
    "burgundy": "#571422",
    "maroon": "#571422",
    "wine red": "#571422",
    "orange": "#d96a1d",
    "coral": "#e8735a",
    "salmon": "#e58f78",
    "terracotta": "#b5593a",
    "peach": "#f0b193",
    "apricot": "#eab07a",
    "yellow": "#e6b422",
    "pale yellow": "#eddc9b",
    "lemon": "#ecd54a",
    "mustard": "#c2912a",
    "ochre": "#b9822c",
    "green": "#2f6b45",
    "light green": "#9cc48f",
    "dark green": "#1f4230",
    "lime": "#9bbf35",
    "olive": "#62653a",
    "moss": "#5a6338",
    "sage": "#97a58a",
    "mint": "#a7d3be",
    "pistachio": "#b5c58a",
    "emerald": "#0f6b4b",
    "forest green": "#24452f",
    "bottle green": "#1c3d2c",
    "teal": "#1d6a70",
    "petrol": "#17505a",
    "turquoise": "#2aa6a4",
    "aqua": "#6cc3c4",
    "cyan": "#28a9c4",
    "blue": "#24519c",
    "royal blue": "#2443a8",
    "cobalt": "#1c3fa0",
    "navy": "#182742",
    "midnight blue": "#131c36",
    "dark blue": "#1a2f5c",
    "indigo": "#2d2f6b",
    "denim blue": "#3f5f86",
    "steel blue": "#4d6f8f",
    "sky blue": "#7fb2dc",
    "light blue": "#9cc3e0",
    "baby blue": "#b3d2e8",
    "powder blue": "#b4cbdc",
    "purple": "#5b3580",
    "plum": "#4f2548",
    "aubergine": "#3a1f38",
    "violet": "#6c4aa0",
    "lilac": "#bda5cf",
    "lavender": "#b3a3d3",
    "mauve": "#a8808f",
    "pink": "#e3a0ad",
    "light pink": "#efc6cc",
    "pastel pink": "#efc6cc",
    "hot pink": "#d8407f",
    "dusty pink": "#cf9a98",
    "blush": "#e6c0b8",
    "rose": "#cf7f86",
    "fuchsia": "#b8287c",
    "magenta": "#b32a73",
    "neon green": "#63d83c",
    "neon yellow": "#e3ef32",
    "neon pink": "#f2418f",
    "neon orange": "#f7702a",
    "neon blue": "#2f7df0",
    "amber": "#a3540f",
    "tortoise": "#5a3517",
}
ALIASES: dict[str, str] = {
    "gray": "grey",
    "light gray": "light grey",
    "dark gray": "dark grey",
    "pale grey": "light grey",
    "pale pink": "light pink",
    "pale blue": "light blue",
    "pale green": "mint",
    "off-white": "off white",
    "eggshell": "off white",
    "navy blue": "navy",
    "sky": "sky blue",
    "forest": "forest green",
    "mint green": "mint",
    "sage green": "sage",
    "olive green": "olive",
    "emerald green": "emerald",
    "lime green": "lime",
    "teal blue": "teal",
    "cobalt blue": "cobalt",
    "slate grey": "dark grey",
    "slate gray": "dark grey",
    "bordeaux": "burgundy",
    "oxblood": "burgundy",
    "dusty rose": "dusty pink",
    "blush pink": "blush",
    "tangerine": "orange",
    "burnt orange": "rust",
    "golden yellow": "mustard",
    "mustard yellow": "mustard",
    "pitch black": "jet black",
    "matte black": "black",
    "snow white": "white",
    "pure white": "white",
    "pastel blue": "light blue",
    "pastel green": "mint",
    "pastel yellow": "pale yellow",
    "eggplant": "aubergine",
    "tortoiseshell": "tortoise",
}


def named(name: str) -> str | None:
    """#rrggbb of a colour name, or None."""
    return NAMES.get(ALIASES.get(name, name))


def words() -> list[str]:
    """Every colour name that is understood."""
    return [*NAMES, *ALIASES]


def rgb(colour: str) -> F32:
    """(3,) float32 sRGB in [0, 1] of #rgb or #rrggbb."""
    digits = colour.lstrip("#")
    if len(digits) == 3:
        digits = "".join(c * 2 for c in digits)
    if len(digits) != 6:
        raise ValueError(f"not a colour: {colour!r}")
    channels = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    return np.array(channels, np.float32)


def to_hex(srgb: F32) -> str:
    """#rrggbb of an sRGB triple; values outside [0, 1] are clipped."""
    return "#" + "".join(f"{round(255 * float(np.clip(v, 0, 1))):02x}" for v in srgb)


def linear(srgb: F32) -> F32:
    """sRGB [0, 1] to linear light (IEC 61966-2-1)."""
    low = srgb / 12.92
    high = ((np.maximum(srgb, 0.04045) + 0.055) / 1.055) ** 2.4
    return np.where(srgb <= 0.04045, low, high).astype(np.float32)


def srgb(light: F32) -> F32:
    """Linear light [0, 1] to sRGB (IEC 61966-2-1)."""
    high = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, high).astype(np.float32)


def lightness(colour: str) -> float:
    """Perceived lightness of a hex colour, 0 (black) to 1 (white)."""
    return float(rgb(colour) @ np.array([0.3, 0.59, 0.11], np.float32))


def mixed(first: str, second: str, share: float) -> str:
    """`share` of the second colour in the first, mixed in sRGB."""
    return to_hex(rgb(first) * (1 - share) + rgb(second) * share)


def shaded(colour: str, factor: float) -> str:
    """The colour made darker (factor < 1) or lighter (factor > 1)."""
    return to_hex(rgb(colour) * factor)


def ink_on(colour: str) -> str:
    """A printing ink that stays legible on the colour."""
    return "#f2eee6" if lightness(colour) < 0.5 else "#23211f"
