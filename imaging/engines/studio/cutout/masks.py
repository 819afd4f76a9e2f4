"""Small operations on boolean masks (h, w)."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.studio.cutout.evidence import Mask


def grow(mask: Mask, size: int) -> Mask:
    """Dilated with an ellipse `size` pixels wide."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _ellipse(size)), np.uint8) > 0


def shrink(mask: Mask, size: int) -> Mask:
    """Eroded with an ellipse `size` pixels wide; the frame of the picture does not erode."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), _ellipse(size)), np.uint8) > 0


def _ellipse(size: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def overlap(a: Mask, b: Mask) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = int((a | b).sum())
    return float((a & b).sum()) / union if union else 1.0


def fill_holes(mask: Mask, share: float) -> Mask:
    """Fill enclosed holes of at most `share` of the mask's area."""
    count, holes, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    small = stats[:, cv2.CC_STAT_AREA] <= share * mask.sum()
    enclosed = np.array([not touches_frame(s, mask.shape) for s in stats], np.bool_)
    fill = small & enclosed
    fill[0] = False
    return mask | fill[holes] if count > 1 else mask


def touches_frame(stats: np.ndarray, shape: tuple[int, ...]) -> bool:
    """Whether a component's box (OpenCV statistics) reaches the frame of the picture."""
    x, y, w, h = (int(v) for v in stats[:4])
    return x <= 1 or y <= 1 or x + w >= shape[1] - 1 or y + h >= shape[0] - 1


def to_frame(mask: Mask, width: int) -> Mask:
    """The outermost `width` rows and columns made like the ones next to them."""
    inner = mask[width:-width, width:-width]
    return np.asarray(np.pad(inner, width, mode="edge"), np.bool_)
