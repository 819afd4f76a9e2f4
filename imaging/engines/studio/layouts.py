"""Finished layouts around a packshot: before and after, callouts. Words come from the request
only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from PIL import Image, ImageDraw
from PIL.ImageFont import FreeTypeFont

from imaging.engines.base import Pixels
from imaging.engines.picture import flatten, resize
from imaging.engines.studio.compose import Placed
from imaging.engines.studio.fit import cut, subject_box, window
from imaging.engines.studio.typeface import Weight, font

_INK = (34, 35, 38)
_ACCENT = (181, 89, 58)
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]{1,80})[\"“”«»]")
_MOST_CALLOUTS = 4
_RIM = 0.04  # of the picture's width, free beside the words
_GAP = 0.018  # of its short side, between words and line
_APART = 0.13  # of the picture's short side, between two callouts
_SMALLEST = 9  # font size in pixels

_SHIFT = 4  # bits after the point in OpenCV's positions

RGB = tuple[int, int, int]
_Lead = tuple[tuple[float, float], tuple[float, float]]
"""Where a callout's line begins, beside its words, and the dot that it ends in."""


def quoted(prompt: str) -> tuple[str, ...]:
    """The phrases in double quotes, in order: what may be written into a picture."""
    return tuple(" ".join(text.split()) for text in _QUOTED.findall(prompt))


def comparison(before: Pixels, after: Pixels, width: int, height: int) -> Pixels:
    """(height, width, 3): the photo on the left, the packshot on the right, a line between.

    `after` must be as high as the picture and half as wide (the right half).
    """
    half = after.shape[1]
    photo = flatten(before)
    subject = subject_box(photo)
    part = window((photo.shape[1], photo.shape[0]), (width - half) / height, subject, tight=False)
    left = resize(cut(photo, part, subject), width - half, height)
    image = Image.fromarray(np.concatenate([left, flatten(after)], axis=1))
    draw = ImageDraw.Draw(image, "RGBA")
    line = max(1, height // 400)
    draw.rectangle((width - half - line, 0, width - half + line, height), fill=(255, 255, 255))
    for text, x in (("Before", 0), ("After", width - half)):
        _tag(draw, text, x + round(0.03 * height), round(0.03 * height), round(0.03 * height))
    return np.array(image, np.uint8)


def _tag(draw: ImageDraw.ImageDraw, text: str, x: int, y: int, size: int) -> None:
    face = font(size, "SemiBold")
    wide = draw.textlength(text, font=face)
    box = (x, y, x + wide + 1.4 * size, y + 2 * size)
    draw.rounded_rectangle(box, size, fill=(20, 20, 22, 190))
    draw.text((x + wide / 2 + 0.7 * size, y + size), text, (255, 255, 255), face, anchor="mm")


@dataclass(frozen=True, kw_only=True)
class _Callout:
    """Words in a margin, `room` pixels wide, with their middle at height `y`, and the `dot`
    (x, y) on the product that a line leads to."""

    text: str
    on_right: bool
    room: float
    y: float
    dot: tuple[float, float]


def callouts(pixels: Pixels, placed: Placed, words: Sequence[str]) -> Pixels:
    """The picture with a title above and up to four callouts that point at the product where it
    was placed; the first of `words` is the title."""
    if not words:
        return pixels
    image = Image.fromarray(flatten(pixels))
    draw = ImageDraw.Draw(image)
    unit, inks = min(image.size), _inks(pixels)
    _title(draw, words[0], placed, image.size, inks[0])
    planned = _planned(words[1 : 1 + _MOST_CALLOUTS], placed, image.size)
    # One size for all: that of the callout with the least room.
    size: float = round(0.034 * unit)
    for callout in planned:
        size = min(size, _wrapped(draw, callout.text, callout.room, round(size))[1].size)
    leads = [_call_out(draw, callout, image.size, round(size), inks[0]) for callout in planned]
    return _led(np.array(image, np.uint8), leads, inks[1])


def _title(
    draw: ImageDraw.ImageDraw, text: str, placed: Placed, size: tuple[int, int], ink: RGB
) -> None:
    width, height = size
    tall = round(0.066 * min(size))
    face = _fitting(draw, text, 0.86 * width, tall, "Bold")
    middle = max(0.6 * tall, min(0.12 * height, placed.y / 2))
    draw.text((width / 2, middle), text, ink, face, "mm")


def _planned(words: Sequence[str], placed: Placed, size: tuple[int, int]) -> list[_Callout]:
    """The callouts, left and right in turn, spread over the height of the product."""
    (width, _), unit = size, min(size)
    tall, wide = placed.alpha.shape
    rooms = (placed.x, width - placed.x - wide)
    planned = []
    for index, text in enumerate(words):
        side, count = index % 2, len(words[index % 2 :: 2])
        share = (index // 2 + 1) / (count + 1)
        # Beside a flat product the words keep their distance; the lines slant.
        shift = (share - 0.5) * max(0, _APART * (count + 1) * unit - tall)
        dot = _on_product(placed, share, on_right=side == 1, most_inset=0.03 * unit)
        room = min(0.26 * width, rooms[side] - _RIM * width - 2 * _GAP * unit)
        planned.append(
            _Callout(
                text=text,
                on_right=side == 1,
                room=max(room, 0.12 * width),
                y=dot[1] + shift,
                dot=dot,
            )
        )
    return planned


def _on_product(
    placed: Placed, share: float, *, on_right: bool, most_inset: float
) -> tuple[float, float]:
    """A point in the frame a little inside the product's edge, `share` of the way down."""
    tall, wide = placed.alpha.shape
    row = min(tall - 1, round(tall * share))
    across = np.flatnonzero(placed.alpha[row] > 0.5)
    first, last = (int(across[0]), int(across[-1])) if len(across) else (0, wide)
    inset = min(0.1 * (last - first), most_inset)
    return placed.x + (last - inset if on_right else first + inset), float(placed.y + row)


def _call_out(
    draw: ImageDraw.ImageDraw,
    callout: _Callout,
    size: tuple[int, int],
    letters: int,
    ink: RGB,
) -> _Lead:
    """Writes the words; returns the line from them to the product."""
    (width, _), unit = size, min(size)
    lines, face = _wrapped(draw, callout.text, callout.room, letters)
    edge = width * (1 - _RIM) if callout.on_right else width * _RIM
    for index, line in enumerate(lines):
        at = callout.y + (index - (len(lines) - 1) / 2) * 1.25 * face.size
        draw.text((edge, at), line, ink, face, "rm" if callout.on_right else "lm")
    away = max(draw.textlength(line, font=face) for line in lines) + _GAP * unit
    start = edge - away if callout.on_right else edge + away
    return (start, callout.y), callout.dot


def _led(pixels: Pixels, leads: Sequence[_Lead], accent: RGB) -> Pixels:
    """The picture with a line and a ringed dot for every callout, in place. OpenCV draws them
    smooth where Pillow would leave stairs."""
    unit = min(pixels.shape[:2])
    dot, ring = 0.008 * unit, 0.0125 * unit
    for (start, level), (x, y) in leads:
        if abs(start - x) > 2 * ring:
            thick = max(1, round(unit / 500))
            ends = _fixed(start, level), _fixed(x, y)
            cv2.line(pixels, *ends, accent, thick, cv2.LINE_AA, _SHIFT)
        for radius, ink in ((ring, (255, 255, 255)), (dot, accent)):
            scaled = round(radius * 2**_SHIFT)
            cv2.circle(pixels, _fixed(x, y), scaled, ink, -1, cv2.LINE_AA, _SHIFT)
    return pixels


def _fixed(x: float, y: float) -> tuple[int, int]:
    """OpenCV's fixed-point position."""
    return round(x * 2**_SHIFT), round(y * 2**_SHIFT)


def _wrapped(
    draw: ImageDraw.ImageDraw, text: str, room: float, size: int
) -> tuple[list[str], FreeTypeFont]:
    """At most three lines no wider than `room`, in the largest font up to `size` that allows."""
    while True:
        face = font(size)
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if draw.textlength(longer, font=face) <= room or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        fits = max(draw.textlength(line, font=face) for line in lines) <= room
        if (fits and len(lines) <= 3) or size <= _SMALLEST:
            return lines, face
        size = max(_SMALLEST, round(size * 0.93) if size > 15 else size - 1)


def _inks(pixels: Pixels) -> tuple[RGB, RGB]:
    """Ink and accent that can be read on the picture's backdrop."""
    corner = cv2.mean(np.ascontiguousarray(pixels[:16, :16, :3]))[:3]
    if sum(corner) / 3 > 110:
        return _INK, _ACCENT
    return (244, 243, 240), (236, 178, 140)


def _fitting(
    draw: ImageDraw.ImageDraw, text: str, room: float, size: int, weight: Weight
) -> FreeTypeFont:
    """The largest font up to `size` in which `text` is no wider than `room`."""
    while size > _SMALLEST and draw.textlength(text, font=font(size, weight)) > room:
        size = max(_SMALLEST, round(size * 0.93) if size > 15 else size - 1)
    return font(size, weight)
