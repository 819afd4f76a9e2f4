"""Finished layouts around a packshot: before and after, callouts. Words come from the request
only."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.engines.base import EngineError, Pixels
from imaging.engines.picture import flatten, resize
from imaging.engines.studio.compose import Placed
from imaging.engines.studio.fit import cut, subject_box, window

_INK = (34, 35, 38)
_ACCENT = (181, 89, 58)
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]{1,80})[\"“”«»]")
_MOST_CALLOUTS = 4
_APART = 0.13  # of the picture's short side, between two callouts
_SMALLEST = 9  # font size in pixels

RGB = tuple[int, int, int]


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
    font = _font(size)
    wide = draw.textlength(text, font=font)
    box = (x, y, x + wide + 1.4 * size, y + 2 * size)
    draw.rounded_rectangle(box, size, fill=(20, 20, 22, 190))
    draw.text((x + wide / 2 + 0.7 * size, y + size), text, (255, 255, 255), font, anchor="mm")


def drawable(text: str) -> bool:
    """Whether our font has every letter of the text."""
    font = _font(24)
    lacking = bytes(font.getmask("\uffff"))
    return all(bytes(font.getmask(letter)) != lacking for letter in set(text) - {" "})


def callouts(pixels: Pixels, placed: Placed, words: Sequence[str]) -> Pixels:
    """The picture with a title above and up to four callouts that point at the product where it
    was placed; the first of `words` is the title."""
    if not words:
        return pixels
    image = Image.fromarray(flatten(pixels))
    draw = ImageDraw.Draw(image)
    width, height = image.size
    colours = _inks(pixels)
    size = round(0.066 * min(width, height))
    title = _fitting(draw, words[0], 0.86 * width, size)
    middle = max(0.6 * size, min(0.12 * height, placed.y / 2))
    weight = round(size / 40)
    draw.text(
        (width / 2, middle), words[0], colours[0], title, "mm",
        stroke_width=weight, stroke_fill=colours[0],
    )  # fmt: skip
    points = words[1 : 1 + _MOST_CALLOUTS]
    for side in (0, 1):
        column = points[side::2]
        for index, text in enumerate(column):
            share = (index + 1) / (len(column) + 1)
            # Beside a flat product the words keep their distance; the lines slant.
            apart = max(placed.alpha.shape[0], _APART * (len(column) + 1) * min(width, height))
            shift = (share - 0.5) * (apart - placed.alpha.shape[0])
            _callout(draw, text, placed, (side, share, shift), image.size, colours)
    return np.array(image, np.uint8)


def _callout(
    draw: ImageDraw.ImageDraw,
    text: str,
    placed: Placed,
    where: tuple[int, float, float],
    size: tuple[int, int],
    colours: tuple[RGB, RGB],
) -> None:
    """Text in the margin and a line from it to a dot on the product.

    `where` is the margin (0 left, 1 right), how far down the product the dot is (0 to 1) and how
    many pixels further down the text."""
    (side, share, shift), (width, _), unit = where, size, min(size)
    tall, wide = placed.alpha.shape
    row = min(tall - 1, round(tall * share))
    across = np.flatnonzero(placed.alpha[row] > 0.5)
    first, last = (int(across[0]), int(across[-1])) if len(across) else (0, wide)
    inset = min(0.1 * (last - first), 0.03 * unit)
    end, y = placed.x + (last - inset if side else first + inset), placed.y + row
    rim, gap = 0.04 * width, 0.018 * unit
    room = min(0.26 * width, (width - placed.x - wide if side else placed.x) - rim - 2 * gap)
    lines, font = _wrapped(draw, text, max(room, 0.12 * width), round(0.034 * unit))
    for index, line in enumerate(lines):
        at = y + shift + (index - (len(lines) - 1) / 2) * 1.25 * font.size
        edge = width - rim if side else rim
        draw.text((edge, at), line, colours[0], font, "rm" if side else "lm")
    wide_text = max(draw.textlength(line, font=font) for line in lines)
    start = width - rim - wide_text - gap if side else rim + wide_text + gap
    dot, ring = 0.008 * unit, 0.0125 * unit
    if (start - end) * (1 if side else -1) > 2 * ring:
        draw.line((start, y + shift, end, y), fill=colours[1], width=max(1, round(unit / 500)))
    draw.ellipse((end - ring, y - ring, end + ring, y + ring), fill=(255, 255, 255))
    draw.ellipse((end - dot, y - dot, end + dot, y + dot), fill=colours[1])


def _wrapped(
    draw: ImageDraw.ImageDraw, text: str, room: float, size: int
) -> tuple[list[str], ImageFont.FreeTypeFont]:
    """At most three lines no wider than `room`, in the largest font up to `size` that allows."""
    while True:
        font = _font(size)
        lines = [""]
        for word in text.split():
            longer = f"{lines[-1]} {word}".strip()
            if draw.textlength(longer, font=font) <= room or not lines[-1]:
                lines[-1] = longer
            else:
                lines.append(word)
        fits = max(draw.textlength(line, font=font) for line in lines) <= room
        if (fits and len(lines) <= 3) or size <= _SMALLEST:
            return lines, font
        size = max(_SMALLEST, round(size * 0.93) if size > 15 else size - 1)


def _inks(pixels: Pixels) -> tuple[RGB, RGB]:
    """Ink and accent that can be read on the picture's backdrop."""
    corner = cv2.mean(np.ascontiguousarray(pixels[:16, :16, :3]))[:3]
    if sum(corner) / 3 > 110:
        return _INK, _ACCENT
    return (244, 243, 240), (236, 178, 140)


def _fitting(
    draw: ImageDraw.ImageDraw, text: str, room: float, size: int
) -> ImageFont.FreeTypeFont:
    """The largest font up to `size` in which `text` is no wider than `room`."""
    while size > _SMALLEST and draw.textlength(text, font=_font(size)) > room:
        size = max(_SMALLEST, round(size * 0.93) if size > 15 else size - 1)
    return _font(size)


def _font(size: int) -> ImageFont.FreeTypeFont:
    """The font that comes with Pillow, Aileron by Sora Sagano (CC0)."""
    font = ImageFont.load_default(max(_SMALLEST, size))
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise EngineError("model_missing", "Pillow was built without FreeType: no font to write.")
    return font
