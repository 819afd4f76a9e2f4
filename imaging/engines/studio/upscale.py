"""Enlarging without inventing: resampling with clean, straight edges.

Nothing is added that was not photographed: what comes out, shrunk again, is what went in. Call it
resampling, never "AI upscaling".
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import Pixels
from imaging.engines.cores import THREADS
from imaging.engines.picture import Plane, resize

_HALO = 12  # source pixels that a strip looks beyond its edge
_STRIP_ROWS = 96  # source rows a strip is made from
_RINGING = 0.01  # how far beyond its neighbours' values a pixel may go
_KERNEL = np.ones((3, 3), np.uint8)
_TAPS = (-1.5, -0.75, 0.75, 1.5)  # along an edge, in pixels


def enlarge(pixels: Pixels, width: int, height: int) -> Pixels:
    """(H, W, 3) uint8 at exactly width x height; shrinks by plain resampling where that is asked.

    Luma goes in steps of at most two through Lanczos, a limit on ringing, one back-projection
    and, while the picture is small, smoothing along its edges; colour is interpolated. Mean
    accuracy on photos is a little above Lanczos' (see the tests), the edges are cleaner.
    Sources: Irani and Peleg, Improving Resolution by Image Registration, 1991 (back-projection);
    Weickert, Coherence-Enhancing Diffusion Filtering, IJCV 1999 (structure tensor).
    """
    if width <= pixels.shape[1] or height <= pixels.shape[0]:
        return resize(pixels, width, height)
    planes = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb))
    grey = planes[..., 0].astype(np.float32) / np.float32(255)
    for step_width, step_height in _steps(grey.shape[1], grey.shape[0], width, height):
        grey = _enlarged_once(grey, step_width, step_height)
    colour = cv2.resize(
        np.ascontiguousarray(planes[..., 1:]), (width, height), interpolation=cv2.INTER_CUBIC
    )
    bright = np.clip(grey * np.float32(255) + np.float32(0.5), 0, 255).astype(np.uint8)
    merged = cv2.merge([bright, np.asarray(colour)[..., 0], np.asarray(colour)[..., 1]])
    return np.asarray(cv2.cvtColor(merged, cv2.COLOR_YCrCb2RGB), np.uint8)


def _steps(width: int, height: int, to_width: int, to_height: int) -> list[tuple[int, int]]:
    """Sizes on the way to the last one, each at most twice the one before."""
    sizes: list[tuple[int, int]] = []
    while to_width > 2 * width or to_height > 2 * height:
        width, height = min(2 * width, to_width), min(2 * height, to_height)
        sizes.append((width, height))
    return [*sizes, (to_width, to_height)]


def _enlarged_once(grey: Plane, width: int, height: int) -> Plane:
    """One step of at most two, in strips so that the intermediate planes stay in cache."""
    if (width, height) != (2 * grey.shape[1], 2 * grey.shape[0]):
        # Strips of a fractional scale would not meet exactly; such pictures go in one piece.
        return _step(grey, width, height)
    out = np.empty((height, width), np.float32)

    def one(top: int) -> None:
        bottom = min(grey.shape[0], top + _STRIP_ROWS)
        first, last = max(0, top - _HALO), min(grey.shape[0], bottom + _HALO)
        done = _step(np.ascontiguousarray(grey[first:last]), width, 2 * (last - first))
        out[2 * top : 2 * bottom] = done[2 * (top - first) : 2 * (bottom - first)]

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(one, range(0, grey.shape[0], _STRIP_ROWS)))
    return out


def _step(grey: Plane, width: int, height: int) -> Plane:
    size = (width, height)
    large = _resized(grey, size, cv2.INTER_LANCZOS4)
    low = _resized(np.asarray(cv2.erode(grey, _KERNEL)), size, cv2.INTER_LINEAR)
    high = _resized(np.asarray(cv2.dilate(grey, _KERNEL)), size, cv2.INTER_LINEAR)
    np.clip(large, low - np.float32(_RINGING), high + np.float32(_RINGING), out=large)
    lost = grey - _resized(large, (grey.shape[1], grey.shape[0]), cv2.INTER_AREA)
    large += _resized(lost, size, cv2.INTER_CUBIC)
    # Making up for what was lost rings too, a little less tightly held: it is detail as well.
    np.clip(large, low - np.float32(2 * _RINGING), high + np.float32(2 * _RINGING), out=large)
    return _along_edges(large)


def _resized(plane: Plane, size: tuple[int, int], how: int) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plane, size, interpolation=how), np.float32)


def _blurred(plane: Plane) -> Plane:
    return np.asarray(cv2.GaussianBlur(plane, (7, 7), 1.8), np.float32)


def _along_edges(grey: Plane) -> Plane:
    """Average each pixel with its neighbours along the edge it lies on: straight edges lose
    their stair-steps, flat and textured places stay as they are."""
    across = np.asarray(cv2.Sobel(grey, cv2.CV_32F, 1, 0, ksize=3, scale=0.125))
    down = np.asarray(cv2.Sobel(grey, cv2.CV_32F, 0, 1, ksize=3, scale=0.125))
    xx, xy, yy = _blurred(across * across), _blurred(across * down), _blurred(down * down)
    difference, twice = xx - yy, 2 * xy
    strength = np.asarray(cv2.magnitude(difference, twice))
    energy = xx + yy
    weight = np.clip((strength / (energy + 1e-6) - 0.5) * 2, 0, 1)
    weight *= np.clip(np.sqrt(energy) * 50, 0, 1)
    if not weight.any():
        return grey
    angle = np.asarray(cv2.phase(difference, twice)) * np.float32(0.5)
    along_x, along_y = np.asarray(cv2.polarToCart(np.ones_like(angle), angle), np.float32)
    rows, columns = np.indices(grey.shape, np.float32)
    total = grey * 2
    for tap in _TAPS:
        total += np.asarray(
            cv2.remap(
                grey,
                columns - along_y * np.float32(tap),
                rows + along_x * np.float32(tap),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_REFLECT,
            )
        )
    return np.asarray(grey + (total / 6 - grey) * weight, np.float32)
