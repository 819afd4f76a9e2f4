"""Finished layouts around a packshot: before and after, callouts. Words come from the request
only."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from imaging.engines.base import Pixels
from imaging.engines.picture import flatten, resize
from imaging.engines.studio.compose import Placed
from imaging.engines.studio.fit import cut, subject_box, window

_INK = (34, 35, 38)
_ACCENT = (181, 89, 58)
_QUOTED = re.compile(r"[\"“”«»]([^\"“”«»]{1,80})[\"“”«»]")
_MOST_CALLOUTS = 4

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
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


def callouts(pixels: Pixels, placed: Placed, words: Sequence[str]) -> Pixels:
    """The picture with a title above and up to four callouts that point at the product where it
    was placed; the first of `words` is the title."""
    if not words:
        return pixels
    image = Image.fromarray(flatten(pixels))
    draw = ImageDraw.Draw(image)
    width, height = image.size
    colours = _inks(pixels)
    title = _fitting(draw, words[0], 0.86 * width, round(0.06 * min(width, height)))
    draw.text((width / 2, 0.09 * height), words[0], colours[0], title, anchor="mm")
    for index, text in enumerate(words[1 : 1 + _MOST_CALLOUTS]):
        _callout(draw, text, index, placed, image.size, colours)
    return np.array(image, np.uint8)


def _callout(
    draw: ImageDraw.ImageDraw,
    text: str,
    index: int,
    placed: Placed,
    size: tuple[int, int],
    colours: tuple[RGB, RGB],
) -> None:
    """Text at the left or right rim, a rule under it, a dot where it meets the product."""
    (width, _), unit = size, min(size)
    tall, wide = placed.alpha.shape
    on_left, row = index % 2 == 0, round(tall * (0.24 + 0.4 * (index // 2)))
    across = np.flatnonzero(placed.alpha[row] > 0.5)
    first, last = (int(across[0]), int(across[-1])) if len(across) else (0, wide)
    inset = 0.08 * (last - first)
    end = placed.x + (first + inset if on_left else last - inset)
    y = placed.y + row
    rim = 0.045 * width if on_left else 0.955 * width
    room = placed.x - 0.06 * width if on_left else 0.94 * width - placed.x - wide
    font = _fitting(draw, text, max(room, 0.16 * width), round(0.03 * unit))
    line, dot = max(2, unit // 600), 0.007 * unit
    draw.line((rim, y, end, y), fill=colours[1], width=line)
    draw.ellipse((end - dot, y - dot, end + dot, y + dot), fill=colours[1])
    draw.text((rim, y - 0.014 * unit), text, colours[0], font, anchor="ls" if on_left else "rs")


def _inks(pixels: Pixels) -> tuple[RGB, RGB]:
    """Ink and accent that can be read on the picture's backdrop."""
    corner = cv2.mean(np.ascontiguousarray(pixels[:16, :16, :3]))[:3]
    if sum(corner) / 3 > 110:
        return _INK, _ACCENT
    return (244, 243, 240), (236, 178, 140)


def _fitting(draw: ImageDraw.ImageDraw, text: str, room: float, size: int) -> Font:
    """The largest font up to `size` in which `text` is no wider than `room`."""
    while size > 9 and draw.textlength(text, font=_font(size)) > room:
        size = max(9, round(size * 0.93))
    return _font(size)


def _font(size: int) -> Font:
    return ImageFont.load_default(max(9, size))
