"""The typeface of everything that is written into pictures: Manrope, by Mikhail Sharanda (OFL)."""

from __future__ import annotations

import io
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from PIL import ImageFont

Weight = Literal["Regular", "Medium", "SemiBold", "Bold"]


@lru_cache(maxsize=256)
def font(size: int, weight: Weight = "Medium") -> ImageFont.FreeTypeFont:
    """The font at `size` pixels."""
    file = files("font_manrope") / "files" / f"Manrope-{weight}.ttf"
    return ImageFont.truetype(io.BytesIO(file.read_bytes()), size)


def drawable(text: str) -> bool:
    """Whether the typeface has every letter: Latin, Greek and Cyrillic scripts, no others."""
    return has_letters(font(24), text)


def has_letters(face: ImageFont.FreeTypeFont, text: str) -> bool:
    """Whether the face has every letter of the text."""
    lacking = bytes(face.getmask("\uffff"))
    return all(bytes(face.getmask(letter)) != lacking for letter in set(text) if letter.strip())
