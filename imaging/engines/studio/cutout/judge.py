"""How good is a mask, judged from the picture alone.

`features` measures what separates a product's outline from any other region; `quality` turns
them into an expected intersection over union with the true mask.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.studio.cutout.evidence import F32, Mask, View

F64 = NDArray[np.float64]

FEATURES: tuple[str, ...] = (
    "edge", "weak", "prob_in", "prob_out", "dull_in", "contrast", "contrast_low", "apart",
    "apart_near", "agree", "agree_best", "area", "frame", "compact", "off_centre", "hole",
    "hole_prob", "pieces", "low_prob", "shell_prob", "smooth_low",
)
_ELLIPSE = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (31, 31))
_CROSS = np.ones((3, 3), np.uint8)


def overlap(a: Mask, b: Mask) -> float:
    """Intersection over union; 1 for two empty masks."""
    union = int((a | b).sum())
    return float((a & b).sum()) / union if union else 1.0


def grow(mask: Mask, kernel: NDArray[np.uint8]) -> Mask:
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel)).astype(bool)


def shrink(mask: Mask, kernel: NDArray[np.uint8]) -> Mask:
    return np.asarray(cv2.erode(mask.astype(np.uint8), kernel)).astype(bool)


def colour_histogram(lab: F32, mask: Mask) -> F32:
    """Normalised, slightly blurred Lab histogram (12 x 16 x 16 bins) of the masked pixels."""
    light = np.clip(lab[..., 0] / 100 * 12, 0, 11).astype(np.int32)
    a = np.clip((lab[..., 1] + 64) / 8, 0, 15).astype(np.int32)
    b = np.clip((lab[..., 2] + 64) / 8, 0, 15).astype(np.int32)
    counts = np.bincount(((light * 16 + a) * 16 + b)[mask], minlength=12 * 256)
    soft = cv2.GaussianBlur(counts.astype(np.float32).reshape(192, 16), (0, 0), 0.6).ravel()
    return np.asarray(soft / max(float(soft.sum()), 1e-9), np.float32)


def apartness(lab: F32, a: Mask, b: Mask) -> float:
    """1 - Bhattacharyya coefficient of two regions' colours: 1 where they share none."""
    if not a.any() or not b.any():
        return 0.0
    shared = np.sqrt(colour_histogram(lab, a) * colour_histogram(lab, b)).sum()
    return 1 - float(shared)


def features(view: View, mask: Mask, others: list[Mask]) -> dict[str, float]:
    """The measured facts named in FEATURES. `mask` must not be empty."""
    prob = view.prob
    return {
        **_outline(view, mask),
        **_colour(view, mask),
        **_shape(mask),
        **_holes(view, mask),
        **_agreement(mask, others),
        "prob_in": float(prob[mask].mean()),
        "prob_out": float(prob[~mask].sum() / max(float(prob.sum()), 1)),
        "dull_in": float((prob[mask] < 0.2).mean()),
    }


def _outline(view: View, mask: Mask) -> dict[str, float]:
    """Is there a real edge all along the contour, and another colour across it?"""
    h, w = mask.shape
    rim = grow(mask, _CROSS) & ~shrink(mask, _CROSS)
    rim[:2] = rim[-2:] = False
    rim[:, :2] = rim[:, -2:] = False
    if not rim.any():
        return dict.fromkeys(
            ("edge", "weak", "contrast", "contrast_low", "shell_prob", "low_prob", "smooth_low"),
            0.0,
        )
    strength = np.minimum(view.edges[rim] / 26, 1)
    inside, outside = _mean_beside(view.lab, mask), _mean_beside(view.lab, ~mask)
    jump = np.minimum(np.linalg.norm(inside - outside, axis=-1)[rim] / 30, 1)
    rows = np.nonzero(mask.any(1))[0]
    low = np.zeros_like(mask)
    low[int(rows[-1] - 0.12 * (rows[-1] - rows[0])) :] = True
    shell = grow(mask, _ELLIPSE) & ~mask
    foot = low & rim
    return {
        "edge": float(strength.mean()),
        "weak": float((strength < 0.35).mean()),
        "contrast": float(jump.mean()),
        "contrast_low": float(np.percentile(jump, 20)),
        "low_prob": float(view.prob[low & mask].mean()) if (low & mask).any() else 0.0,
        "smooth_low": float(np.minimum(view.edges[foot] / 26, 1).mean()) if foot.any() else 1.0,
        "shell_prob": float(view.prob[shell].mean()) if shell.any() else 0.0,
    }


def _mean_beside(lab: F32, mask: Mask, sigma: float = 2.5) -> F32:
    """(h, w, 3) mean colour of the masked pixels near each pixel."""
    weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)[..., None] + 1e-4
    held = cv2.GaussianBlur(lab * mask[..., None].astype(np.float32), (0, 0), sigma)
    return np.asarray(held / weight, np.float32)


def _colour(view: View, mask: Mask) -> dict[str, float]:
    ring = grow(mask, _ELLIPSE) & ~mask
    band = mask & ~shrink(mask, _ELLIPSE)
    return {
        "apart": apartness(view.lab, mask, ~mask),
        "apart_near": apartness(view.lab, band, ring),
    }


def _shape(mask: Mask) -> dict[str, float]:
    h, w = mask.shape
    y, x = np.nonzero(mask)
    rim = float((mask & ~shrink(mask, _CROSS)).sum())
    count = cv2.connectedComponents(mask.astype(np.uint8))[0] - 1
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return {
        "area": float(mask.mean()),
        "frame": float(border.mean()),
        "compact": min(1.0, 4 * np.pi * len(x) / max(rim * rim, 1)),
        "off_centre": float(np.hypot(x.mean() / w - 0.5, y.mean() / h - 0.5)),
        "pieces": float(count > 1),
    }


def _holes(view: View, mask: Mask) -> dict[str, float]:
    """How much of the picture the mask encloses without holding, and how product-like it is."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(
        (~mask).astype(np.uint8), connectivity=4
    )
    if count < 3:
        return {"hole": 0.0, "hole_prob": 0.0}
    from imaging.engines.studio.cutout.proposals import fill_holes

    hole = fill_holes(mask, 1.0) & ~mask
    if not hole.any():
        return {"hole": 0.0, "hole_prob": 0.0}
    share = float(hole.sum() / mask.sum())
    return {"hole": min(share, 1.0), "hole_prob": share * float(view.prob[hole].mean())}


def _agreement(mask: Mask, others: list[Mask]) -> dict[str, float]:
    shared = sorted((overlap(mask, other) for other in others), reverse=True)
    return {
        "agree": float(np.mean(shared)) if shared else 0.0,
        "agree_best": float(np.mean(shared[:2])) if shared else 0.0,
    }
