"""Printed art: labels, covers and badges, set with Pillow's built-in scalable face, or with Manrope
where that lacks a letter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.engines.studio import typeface

from . import colours
from .look import F32

_LONG_SIDE = 1024
# Labels bend round bottles: letters nearer to the edges would be seen from the side.
_AROUND = 0.64
_LEADING = 1.3  # from line to line, in sizes of the type
_SMALL = 0.6  # of the wished size: a text set smaller than that is better broken into lines
_HOUSE_NAMES = ("ATELIER", "SOLENE", "NORDA", "HALDEN", "MIRA", "ALBA", "FJELD", "OLIVINE")


class Ink(NamedTuple):
    """What is printed with and on."""

    colour: str
    accent: str
    paper: str | None  # None: straight onto the part


def house_name(seed: int) -> str:
    """An invented name for labels whose text the prompt does not give."""
    return _HOUSE_NAMES[seed % len(_HOUSE_NAMES)]


@lru_cache(maxsize=32)
def draw(text: str, art: str, aspect: float, ink: Ink, seed: int) -> F32:
    """(H, W, 4) float32 sRGB with straight alpha, flipped so that v = 0 is the bottom.

    `aspect` is width / height of the patch. `art` is "label", "cover", "badge", "minimal",
    "pack", "tag" or "blank"; anything else is drawn as "label".
    """
    across = _LONG_SIDE if aspect >= 1 else round(_LONG_SIDE * aspect)
    down = _LONG_SIDE if aspect < 1 else round(_LONG_SIDE / aspect)
    paper = (0, 0, 0, 0) if ink.paper is None else (*_bytes(ink.paper), 255)
    if ink.paper is None:
        # Transparent pixels carry the ink's colour: bilinear look-ups must not darken edges.
        paper = (*_bytes(ink.colour), 0)
    sheet = Image.new("RGBA", (max(across, 64), max(down, 64)), paper)
    drawing = _ART.get(art, _label)
    text = text or house_name(seed)
    drawing(Press(sheet, ink, all_latin=_has_letters(text)), text, seed)
    return np.asarray(np.asarray(sheet)[::-1] / 255, np.float32)


@lru_cache(maxsize=64)
def _has_letters(text: str) -> bool:
    """Whether Pillow's own face has every letter, in capitals too: hardly more than ASCII."""
    return typeface.has_letters(_face(24, all_latin=True), text + text.upper() + text.lower())


def _face(size: float, *, all_latin: bool) -> ImageFont.FreeTypeFont:
    face = ImageFont.load_default(size) if all_latin else typeface.font(round(size))
    assert isinstance(face, ImageFont.FreeTypeFont)
    return face


class Press:
    """Draws centred type and rules on a sheet. Positions and sizes are shares of the sheet."""

    def __init__(self, sheet: Image.Image, ink: Ink, *, all_latin: bool = True) -> None:
        self.width, self.height = sheet.size
        self.ink = ink
        self._all_latin = all_latin
        self._pen = ImageDraw.Draw(sheet)

    def line(
        self,
        text: str,
        middle: float,
        height: float,
        *,
        width: float = 0.8,
        spacing: float = 0.0,
        accent: bool = False,
    ) -> None:
        """One centred line of type, `height` of the sheet at most, letter-spaced, shrunk to fit."""
        size = self._fitting([text], height, width, spacing)
        self._set(text, middle * self.height, size, spacing, accent=accent)

    def name(
        self,
        text: str,
        middle: float,
        height: float,
        *,
        room: float,
        width: float = 0.8,
        spacing: float = 0.0,
    ) -> None:
        """A text of any length: a line as of `line`, or where that came out small the two or
        three lines, set closer, on which it is largest. All of them take `room` at most."""
        lines, size = [text], self._fitting([text], height, width, spacing)
        if size < _SMALL * height * self.height * 1.35:
            for count in (1, 2, 3):
                broken = _in_lines(text, count)
                most = room * self.height / (_LEADING * len(broken))
                fits = min(most, self._fitting(broken, height, width, spacing / 4))
                if fits > size * 1.1:
                    lines, size = broken, fits
            spacing /= 4
        top = middle * self.height - size * _LEADING * (len(lines) - 1) / 2
        for row, line in enumerate(lines):
            self._set(line, top + row * size * _LEADING, size, spacing)

    def _fitting(self, lines: Sequence[str], height: float, width: float, spacing: float) -> float:
        """The size of type, in pixels, at which the longest line is no wider than that."""
        size = height * self.height * 1.35
        while size > 6 and self._longest(lines, size, spacing) > width * self.width:
            size *= 0.94
        return size

    def _set(
        self, text: str, middle: float, size: float, spacing: float, *, accent: bool = False
    ) -> None:
        """One centred line of type; `middle` and `size` in pixels."""
        font = _face(size, all_latin=self._all_latin)
        x = (self.width - self._longest([text], size, spacing)) / 2
        fill = _bytes(self.ink.accent if accent else self.ink.colour)
        for letter in text:
            # "lm" anchors on the middle of the ascender height; capitals sit slightly above it.
            self._pen.text((x, middle), letter, font=font, fill=fill, anchor="lm")
            x += font.getlength(letter) + spacing * size

    def rule(self, middle: float, width: float, *, weight: float = 0.004) -> None:
        """A thin horizontal line."""
        x0, x1 = self.width * (0.5 - width / 2), self.width * (0.5 + width / 2)
        thick = max(2, round(weight * max(self.width, self.height)))
        y = middle * self.height
        self._pen.line([(x0, y), (x1, y)], fill=_bytes(self.ink.accent), width=thick)

    def frame(self, margin: float, *, weight: float = 0.004) -> None:
        """A keyline around the sheet; the margin is a share of the short side."""
        m = margin * min(self.width, self.height)
        thick = max(2, round(weight * max(self.width, self.height)))
        box = [m, m, self.width - m, self.height - m]
        self._pen.rectangle(box, outline=_bytes(self.ink.colour), width=thick)

    def ring(self, radius: float, middle: float, *, weight: float = 0.004, turn: float = 1) -> None:
        """A circle around the centre line; the radius is a share of the short side."""
        r = radius * min(self.width, self.height)
        thick = max(2, round(weight * max(self.width, self.height)))
        x, y = self.width / 2, self.height * middle
        box = [x - r * turn, y - r, x + r * turn, y + r]
        self._pen.ellipse(box, outline=_bytes(self.ink.accent), width=thick)

    def disc(self, radius: float, middle: float) -> None:
        r = radius * min(self.width, self.height)
        x, y = self.width / 2, self.height * middle
        self._pen.ellipse([x - r, y - r, x + r, y + r], fill=_bytes(self.ink.accent))

    def band(self, top: float, bottom: float) -> None:
        """A filled bar across the sheet."""
        box = [0, top * self.height, self.width, bottom * self.height]
        self._pen.rectangle(box, fill=_bytes(self.ink.accent))

    def _longest(self, lines: Sequence[str], size: float, spacing: float) -> float:
        """The width of the longest line in pixels."""
        font = _face(size, all_latin=self._all_latin)
        return max(
            sum(font.getlength(letter) for letter in line) + spacing * size * max(len(line) - 1, 0)
            for line in lines
        )


def _in_lines(text: str, count: int) -> list[str]:
    """The text broken between words into that many lines, as even as can be; fewer lines where
    it has fewer words."""
    words = text.split()
    breaks = combinations(range(1, len(words)), min(count, len(words)) - 1)
    settings = [
        [" ".join(words[a:b]) for a, b in pairwise((0, *cut, len(words)))] for cut in breaks
    ]
    return min(settings, key=lambda lines: max(len(line) for line in lines))


def _label(press: Press, text: str, seed: int) -> None:
    """Product label in one of three settings."""
    setting = seed % 3
    if setting == 0:
        press.name(text.upper(), 0.40, 0.20, room=0.28, width=_AROUND, spacing=0.16)
        press.rule(0.60, 0.2)
        press.line(f"No. {seed % 89 + 10:02d}", 0.74, 0.085, spacing=0.1)
    elif setting == 1:
        press.frame(0.07)
        press.name(text.upper(), 0.41, 0.17, room=0.27, width=_AROUND, spacing=0.12)
        press.line("fine goods", 0.64, 0.075, width=0.6, spacing=0.12, accent=True)
        press.rule(0.80, 0.12)
    else:
        press.ring(0.085, 0.24)
        press.disc(0.03, 0.24)
        press.name(text.upper(), 0.54, 0.18, room=0.34, width=_AROUND, spacing=0.14)
        press.line("EST. 20" + f"{seed % 20 + 5:02d}", 0.78, 0.07, spacing=0.2)


def _cover(press: Press, text: str, seed: int) -> None:
    """Book or notebook cover: keyline, title and one geometric device."""
    press.frame(0.07, weight=0.0035)
    press.name(text.upper(), 0.22, 0.065, room=0.16, width=0.72, spacing=0.14)
    if seed % 2:
        for k in range(5):
            press.ring(0.2 * (1 - 0.19 * k), 0.52, weight=0.0028)
    else:
        for k in range(4):
            press.ring(0.2, 0.52, weight=0.0028, turn=1 - 0.3 * k)
        press.ring(0.2, 0.52, weight=0.0028, turn=0.02)
    press.rule(0.77, 0.2, weight=0.003)
    press.line(f"VOLUME {seed % 9 + 1}", 0.83, 0.026, width=0.6, spacing=0.25)


def _badge(press: Press, text: str, seed: int) -> None:
    """A small maker's mark."""
    press.name(text.upper(), 0.5, 0.36, room=0.9, width=0.82, spacing=0.18)


def _minimal(press: Press, text: str, seed: int) -> None:
    """The name alone, small and low."""
    press.name(text.lower(), 0.5, 0.13, room=0.4, width=0.7, spacing=0.08)


def _pack(press: Press, text: str, seed: int) -> None:
    """Front of a food pack or carton: colour band above, name, device, weight below."""
    press.band(0.0, 0.16)
    press.name(text.upper(), 0.31, 0.10, room=0.22, width=0.82, spacing=0.08)
    press.rule(0.45, 0.3)
    for k in range(3):
        press.ring(0.16 * (1 - 0.3 * k), 0.64)
    press.disc(0.05, 0.64)
    press.line(f"{(seed % 8 + 2) * 50} g", 0.88, 0.045, width=0.5, spacing=0.1)


def _tag(press: Press, text: str, seed: int) -> None:
    """The discreet card of a stand-in: a keyline and the word."""
    press.frame(0.06, weight=0.003)
    press.line(text.lower(), 0.44, 0.26, width=0.78, spacing=0.04)
    press.line("stand-in", 0.74, 0.11, width=0.5, spacing=0.14, accent=True)


def _blank(press: Press, text: str, seed: int) -> None:
    """Nothing: whoever asked for no text gets none of ours."""


_ART = {
    "label": _label,
    "cover": _cover,
    "print": _cover,
    "badge": _badge,
    "minimal": _minimal,
    "pack": _pack,
    "tag": _tag,
    "blank": _blank,
}


def _bytes(colour: str) -> tuple[int, int, int]:
    r, g, b = (round(255 * float(v)) for v in colours.rgb(colour))
    return r, g, b
