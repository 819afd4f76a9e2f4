"""Panels beside a product: the colours that it has, and parts of it close up. Both show only what
is in the photo."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from imaging.engines.base import Pixels
from imaging.engines.picture import Plane, flatten, resize
from imaging.engines.studio.typeface import font

_INK = (60, 61, 66)
_MOST_COLOURS = 5
_FEW_COLOURS = 3
_APART = 11.0  # least difference of two colours in L*a*b*
_LIGHTNESS = 0.45  # what a difference in it counts for
_LEAST_SHARE = 0.005  # of the product that a colour covers
_CLOSE_UPS = 3
_WINDOW = 0.27  # of the product's longer side that a close-up shows
_SMOOTH = 4  # times that rounded corners are drawn larger

RGB = tuple[int, int, int]


@dataclass(frozen=True)
class _Column:
    """Where `count` panels stand: squares of `side` pixels at the right, one above the other."""

    left: int
    top: int
    side: int
    step: int

    def box(self, index: int) -> tuple[int, int, int, int]:
        top = self.top + index * self.step
        return self.left, top, self.left + self.side, top + self.side


def _column(size: tuple[int, int], count: int, share: float) -> _Column:
    width, height = size
    gap = 0.032 * min(size)
    side = min(share * width, (0.84 * height - (count - 1) * gap) / count)
    step = side + gap
    top = (height - count * step + gap) / 2
    return _Column(round(0.94 * width - side), round(top), round(side), round(step))


def swatches(pixels: Pixels, colours: Pixels, alpha: Plane) -> Pixels:
    """The picture with up to five colours of the product at its right, each with its code.

    `colours` (h, w, 3) and `alpha` (h, w) are the product's own.
    """
    found = palette(colours, alpha)
    image = Image.fromarray(flatten(pixels))
    unit = min(image.size)
    column = _column(image.size, max(4, len(found)), 0.13)
    lift = (max(4, len(found)) - len(found)) * column.step / 2
    face = font(max(9, round(0.025 * unit)), "Medium")
    draw = ImageDraw.Draw(image)
    for index, colour in enumerate(found):
        left, top, right, bottom = column.box(index)
        box = (left, round(top + lift), right, round(bottom + lift))
        mask = _rounded(column.side, 0.5)
        image.paste(Image.new("RGB", mask.size, colour), box[:2], mask)
        code = "#{:02X}{:02X}{:02X}".format(*colour)
        middle = (left - 0.02 * unit, (box[1] + box[3]) / 2)
        draw.text(middle, code, _INK, face, "rm")
    return np.array(image, np.uint8)


def palette(colours: Pixels, alpha: Plane) -> list[RGB]:
    """The product's main colours, the one that covers most first; one at least."""
    small = (96, 96)
    shown = np.asarray(cv2.resize(colours, small, interpolation=cv2.INTER_AREA), np.uint8)
    inside = np.asarray(cv2.resize(alpha, small, interpolation=cv2.INTER_AREA)) > 0.9
    if inside.sum() < 16:
        inside = np.ones_like(inside)
    lab = np.asarray(cv2.cvtColor(shown.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))[inside]
    cv2.setRNGSeed(7)
    rule = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 40, 0.2)
    groups = min(14, len(lab))
    _, labels, _ = cv2.kmeans(lab, groups, None, rule, 3, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    labels = np.asarray(labels).ravel()
    sizes = np.bincount(labels, minlength=groups)
    order = [group for group in np.argsort(-sizes) if sizes[group] >= _LEAST_SHARE * len(lab)]
    centres = [np.median(lab[labels == group], axis=0) for group in order]
    # Light and shade on one material are one colour, unless there is no other.
    chosen = _apart(centres, _LIGHTNESS)
    if len(chosen) < _FEW_COLOURS:
        chosen = _apart([*chosen, *centres], 1.0)[:_FEW_COLOURS]
    return [_rgb(centre) for centre in chosen[:_MOST_COLOURS]]


def _apart(centres: list[NDArray[np.float32]], lightness: float) -> list[NDArray[np.float32]]:
    """Those of the L*a*b* colours that differ from all before them, lightness weighed so."""
    chosen: list[NDArray[np.float32]] = []
    weight = np.array([lightness, 1, 1])
    for centre in centres:
        if all(np.linalg.norm((centre - other) * weight) > _APART for other in chosen):
            chosen.append(np.asarray(centre, np.float32))
    return chosen


def _rgb(lab: NDArray[np.float32]) -> RGB:
    shade = np.asarray(cv2.cvtColor(lab.reshape(1, 1, 3), cv2.COLOR_LAB2RGB)).ravel()
    red, green, blue = (int(v) for v in np.clip(shade * 255 + 0.5, 0, 255))
    return red, green, blue


def close_ups(pixels: Pixels, colours: Pixels, alpha: Plane) -> Pixels:
    """The picture with three parts of the product close up at its right.

    The parts are cut from the product's own pixels (`colours` (h, w, 3), `alpha` (h, w)) on the
    picture's backdrop.
    """
    image = Image.fromarray(flatten(pixels))
    column = _column(image.size, _CLOSE_UPS, 0.26)
    paper = np.asarray(image.resize((1, 1), box=(0, 0, image.width, image.height // 12)))[0, 0]
    share = np.clip(alpha, 0, 1)[..., None]
    laid = (colours * share + paper * (1 - share) + 0.5).astype(np.uint8)
    mask = _rounded(column.side, 0.12)
    edge = Image.new("RGB", mask.size, (255, 255, 255))
    inner = _rounded(column.side - 2 * max(1, column.side // 90), 0.12)
    for index, (left, top, side) in enumerate(detailed(colours, alpha)):
        part = np.ascontiguousarray(laid[top : top + side, left : left + side])
        across, down, *_ = column.box(index)
        image.paste(edge, (across, down), mask)
        rim = (column.side - inner.width) // 2
        shown = Image.fromarray(resize(part, inner.width, inner.width))
        image.paste(shown, (across + rim, down + rim), inner)
    return np.array(image, np.uint8)


def detailed(colours: Pixels, alpha: Plane) -> list[tuple[int, int, int]]:
    """(left, top, side) of the parts with the most detail that lie well within the product, from
    top to bottom."""
    height, width = alpha.shape
    side = max(8, min(round(_WINDOW * max(height, width)), height, width))
    grey = np.asarray(cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY), np.float32)
    inside = np.asarray(cv2.erode((alpha > 0.9).astype(np.float32), np.ones((7, 7))))
    detail = np.abs(cv2.Laplacian(cv2.GaussianBlur(grey, (0, 0), 1.2), cv2.CV_32F)) * inside
    energy = cv2.boxFilter(np.sqrt(detail), -1, (side, side), borderType=cv2.BORDER_CONSTANT)
    covered = cv2.boxFilter(
        (alpha > 0.5).astype(np.float32), -1, (side, side), borderType=cv2.BORDER_CONSTANT
    )
    score = (np.asarray(energy) + 0.02) * np.asarray(covered) ** 2
    half = side // 2
    found: list[tuple[int, int, int]] = []
    for _ in range(_CLOSE_UPS):
        y, x = (int(v) for v in np.unravel_index(int(score.argmax()), score.shape))
        left, top = min(max(0, x - half), width - side), min(max(0, y - half), height - side)
        found.append((left, top, side))
        rows = slice(max(0, y - side), y + side)
        columns = slice(max(0, x - side), x + side)
        score[rows, columns] *= 0.05
    return sorted(found, key=lambda part: part[1])


def _rounded(side: int, radius: float) -> Image.Image:
    """A smooth mask of a square whose corners are round by `radius` of its side."""
    large = Image.new("L", (side * _SMOOTH, side * _SMOOTH))
    edge = side * _SMOOTH - 1
    ImageDraw.Draw(large).rounded_rectangle((0, 0, edge, edge), radius * edge, fill=255)
    return large.resize((side, side), Image.Resampling.LANCZOS)
