"""How much of the product in a finished picture is still the product in the photo."""

from __future__ import annotations

import cv2
import numpy as np

from imaging.engines.base import Pixels
from imaging.engines.picture import Plane, fit_within, resize, resize_plane

_SIDE = 512
_TOLERANCE = 5.0  # CIE76; about twice a just noticeable difference
_INSIDE = 0.97


def share_kept(photo: Pixels, finished: Pixels, alpha: Plane | None = None) -> float:
    """Share of the product's pixels whose colour is that of the photo, 0 to 1.

    `photo` is the product's part of the source photo after the colour correction that the whole
    photo got (a global one: the same code always becomes the same colour), `finished` the same
    part of the finished picture, `alpha` (H, W of the photo) where the product is; any sizes.
    Both are compared at 512 px, so that resampling and sharpening do not count; a pixel is kept
    where the colours differ by less than 5 (CIE76). Noise removal, relighting, a reflection or a
    shadow over the product do count.
    """
    size = fit_within((finished.shape[1], finished.shape[0]), _SIDE)
    before, after = _lab(resize(photo[..., :3], *size)), _lab(resize(finished[..., :3], *size))
    kept = np.sqrt(((before - after) ** 2).sum(axis=2)) < _TOLERANCE
    if alpha is None:
        return float(kept.mean())
    inside = resize_plane(alpha, *size) > _INSIDE
    return float(kept[inside].mean()) if inside.any() else 1.0


def _lab(pixels: Pixels) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    coded = np.ascontiguousarray(pixels).astype(np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(coded, cv2.COLOR_RGB2LAB), np.float32)
