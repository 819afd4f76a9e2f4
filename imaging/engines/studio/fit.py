"""A whole photo brought to another aspect ratio without cutting the product.

Where the product leaves room, the photo is cropped; where it does not, its backdrop is continued.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import Pixels
from imaging.engines.studio.measure import small_copy

_SIDE = 160
_MARGIN = 0.05  # of the longer side, kept free around the product
_TIGHT_MARGIN = 0.07
_GRAIN = np.random.default_rng(11).normal(0, 1, (128, 128)).astype(np.float32)


@dataclass(frozen=True)
class Box:
    """A part of a photo in its pixels; it may reach beyond the photo."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


def subject_box(pixels: Pixels) -> Box:
    """Where the product seems to be: what differs from the backdrop seen at the left and right
    edge of its own row. The whole photo where that is unclear."""
    height, width = pixels.shape[:2]
    whole = Box(0, 0, width, height)
    small = cv2.GaussianBlur(small_copy(pixels, _SIDE), (0, 0), 1.2)
    lab = cv2.cvtColor(np.asarray(small).astype(np.float32) / np.float32(255), cv2.COLOR_RGB2LAB)
    seen = np.asarray(lab, np.float32)
    rim = max(2, seen.shape[1] // 20)
    first, last = np.median(seen[:, :rim], axis=1), np.median(seen[:, -rim:], axis=1)
    across = np.linspace(0, 1, seen.shape[1], dtype=np.float32)[None, :, None]
    backdrop = first[:, None] * (1 - across) + last[:, None] * across
    distance = np.sqrt(((seen - backdrop) ** 2).sum(axis=2))
    edges = np.concatenate([distance[:, :rim].ravel(), distance[:, -rim:].ravel()])
    threshold = max(9.0, 2.5 * float(np.percentile(edges, 90)))
    mask = _largest((distance > threshold).astype(np.uint8))
    if not 0.005 < mask.mean() < 0.8:
        return whole
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    scale_x, scale_y = width / seen.shape[1], height / seen.shape[0]
    return Box(
        int(columns[0] * scale_x),
        int(rows[0] * scale_y),
        min(width, int(np.ceil((columns[-1] + 1) * scale_x))),
        min(height, int(np.ceil((rows[-1] + 1) * scale_y))),
    )


def _largest(mask: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Parts of at least an eighth of the largest part's size: the product and its pieces."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        return mask.astype(bool)
    areas = np.asarray(stats)[1:, cv2.CC_STAT_AREA]
    keep = np.flatnonzero(areas >= areas.max() / 8) + 1
    return np.isin(np.asarray(labels), keep)


def window(size: tuple[int, int], ratio: float, subject: Box, *, tight: bool) -> Box:
    """The part of a (width, height) photo to show at `ratio` (width / height).

    As large as the photo allows while the product is whole, centred on it as far as the photo
    goes; `tight`: closely around the product. It reaches beyond the photo only where the product
    would be cut otherwise.
    """
    width, height = size
    margin = round((_TIGHT_MARGIN if tight else _MARGIN) * max(subject.width, subject.height))
    need_width = min(width, subject.width + 2 * margin)
    need_height = min(height, subject.height + 2 * margin)
    across = min(width, height * ratio)
    if tight:
        across = min(across, max(need_width, need_height * ratio))
    across = max(across, need_width, need_height * ratio)
    wide, tall = round(across), round(across / ratio)
    left = _start(wide, width, (subject.left + subject.right) / 2)
    top = _start(tall, height, (subject.top + subject.bottom) / 2)
    return Box(left, top, left + wide, top + tall)


def _start(length: int, available: int, middle: float) -> int:
    """Where a stretch of `length` starts: about `middle`, inside the photo if it fits, else with
    the photo in its middle."""
    if length >= available:
        return -((length - available) // 2)
    return round(min(max(middle - length / 2, 0), available - length))


def cut(pixels: Pixels, box: Box, subject: Box) -> Pixels:
    """The (H, W, 3) part `box` of a photo; what lies beyond it continues its backdrop."""
    height, width = pixels.shape[:2]
    inside = Box(max(0, box.left), max(0, box.top), min(width, box.right), min(height, box.bottom))
    part = pixels[inside.top : inside.bottom, inside.left : inside.right]
    above, below = inside.top - box.top, box.bottom - inside.bottom
    before, after = inside.left - box.left, box.right - inside.right
    if above or below:
        room = (subject.top - inside.top, inside.bottom - subject.bottom)
        part = _continued(part, (above, below), room)
    if before or after:
        room = (subject.left - inside.left, inside.right - subject.right)
        part = _continued(part.transpose(1, 0, 2), (before, after), room).transpose(1, 0, 2)
    return np.ascontiguousarray(part)


def _continued(part: Pixels, more: tuple[int, int], room: tuple[int, int]) -> Pixels:
    """`part` with rows added above and below.

    The rows between the edge and the product (`room` of them) are mirrored to and fro, softer
    the further away, as a backdrop out of focus would be; where the product touches the edge
    only the outermost rows are drawn out.
    """
    height = part.shape[0]
    above, below = more
    pieces = [part]
    if above:
        rows = _mirror(above, max(2, min(room[0], height // 2)))[::-1]
        pieces.insert(0, _softened(part[rows], toward_end=False))
    if below:
        rows = height - 1 - _mirror(below, max(2, min(room[1], height // 2)))
        pieces.append(_softened(part[rows], toward_end=True))
    return np.concatenate(pieces, axis=0)


def _mirror(count: int, room: int) -> NDArray[np.intp]:
    """0, 1, .. room-1, room-1, .. 0, 0, 1, ..: distances from the edge of the rows to repeat."""
    wave = np.arange(count) % (2 * room)
    return np.where(wave < room, wave, 2 * room - 1 - wave)


def _softened(rows: Pixels, *, toward_end: bool) -> Pixels:
    """Blurred more and more along the first axis, with a little grain against streaks."""
    count, width = rows.shape[:2]
    most = max(1.0, 0.02 * width)
    distance = np.arange(count, dtype=np.float32) / max(8.0, 0.06 * width)
    amount = np.clip(distance if toward_end else distance[::-1], 0, 1)[:, None, None]
    soft = np.asarray(cv2.GaussianBlur(rows, (0, 0), most, borderType=cv2.BORDER_REPLICATE))
    grain = _GRAIN[np.arange(count)[:, None] % 128, np.arange(width) % 128][..., None]
    mixed = rows * (1 - amount) + (soft + grain) * amount
    return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8)
