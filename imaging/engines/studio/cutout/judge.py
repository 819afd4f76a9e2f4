"""How good is a mask, judged from the picture alone.

`features` measures what tells a product's outline from any other region's; `confidence` weighs
them.
"""

from __future__ import annotations

import cv2
import numpy as np

from imaging.engines.studio.cutout.evidence import F32, Mask, View
from imaging.engines.studio.cutout.explained import Explained
from imaging.engines.studio.cutout.fitted import CONFIDENCE, USUAL
from imaging.engines.studio.cutout.masks import fill_holes, grow, overlap, shrink

_STRONG = 26.0  # Lab units per Sobel kernel: an edge nobody doubts
_BESIDE = 15  # pixels at working size: how far "beside the outline" reaches


def confidence(facts: dict[str, float]) -> float:
    """How surely a mask with these measures is the product: 0 for an expected intersection over
    union of 0.6 or less, 1 for 0.98 or more, less the caution that keeps deliveries good.
    """
    odds = sum(CONFIDENCE[name] * value for name, value in facts.items()) + CONFIDENCE["bias"]
    return familiar(facts, USUAL) * float(1 / (1 + np.exp(-odds)))


def familiar(facts: dict[str, float], usual: dict[str, tuple[float, float]]) -> float:
    """1 for measures as good development cut-outs have them, falling to 0 beyond: the fitted
    weights say nothing about pictures unlike those. `usual` says where trust ends and is full."""
    inside = [(facts[name] - none) / (full - none) for name, (none, full) in usual.items()]
    return float(np.clip(min(inside), 0, 1))


def features(
    view: View, explained: Explained, mask: Mask, others: list[Mask], clear: float
) -> dict[str, float]:
    """The measured facts by name. `mask` is neither empty nor full."""
    return {
        **_outline(view, mask),
        **_foot(view, explained, mask),
        **_colour(view, mask),
        **_evidence(view, explained, mask),
        **_shape(mask),
        **_agreement(mask, others),
        "clear": clear,
    }


def _outline(view: View, mask: Mask) -> dict[str, float]:
    """Is there a real edge all along the contour, and another colour across it?"""
    rim = _rim(mask)
    if not rim.any():
        return dict.fromkeys(("edge", "weak", "contrast", "contrast_low"), 0.0)
    strength = np.minimum(view.edges[rim] / _STRONG, 1)
    inside, outside = _mean_beside(view.lab, mask), _mean_beside(view.lab, ~mask)
    jump = np.minimum(np.linalg.norm(inside - outside, axis=-1)[rim] / 30, 1)
    return {
        "edge": float(strength.mean()),
        "weak": float((strength < 0.35).mean()),
        "contrast": float(jump.mean()),
        "contrast_low": float(np.percentile(jump, 20)),
    }


def _rim(mask: Mask) -> Mask:
    """Pixels on either side of the contour, those of the picture's frame left out."""
    rim = grow(mask, 3) & ~shrink(mask, 3)
    rim[:2] = rim[-2:] = False
    rim[:, :2] = rim[:, -2:] = False
    return rim


def _foot(view: View, explained: Explained, mask: Mask) -> dict[str, float]:
    """The lowest eighth, where cast shadows cling to the product."""
    rows = np.nonzero(mask.any(1))[0]
    low = np.zeros_like(mask)
    low[int(rows[-1] - 0.12 * (rows[-1] - rows[0])) :] = True
    foot = low & _rim(mask)
    return {
        "foot_edge": float(np.minimum(view.edges[foot] / _STRONG, 1).mean()) if foot.any() else 1.0,
        "foot_shaded": float(_shadow(explained)[low & mask].mean()),
        "foot_prob": float(view.prob[low & mask].mean()),
    }


def _shadow(explained: Explained) -> F32:
    return np.asarray(explained.shaded * np.clip(explained.drop / 20, 0, 1), np.float32)


def _mean_beside(lab: F32, mask: Mask, sigma: float = 2.5) -> F32:
    """(h, w, 3) mean colour of the masked pixels near each pixel."""
    weight = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), sigma)[..., None] + 1e-4
    held = cv2.GaussianBlur(lab * mask[..., None].astype(np.float32), (0, 0), sigma)
    return np.asarray(held / weight, np.float32)


def _colour(view: View, mask: Mask) -> dict[str, float]:
    ring = grow(mask, 2 * _BESIDE + 1) & ~mask
    band = mask & ~shrink(mask, 2 * _BESIDE + 1)
    return {
        "apart": apartness(view.lab, mask, ~mask),
        "apart_near": apartness(view.lab, band, ring),
    }


def apartness(lab: F32, a: Mask, b: Mask) -> float:
    """1 - Bhattacharyya coefficient of two regions' colours: 1 where they share none."""
    if not a.any() or not b.any():
        return 0.0
    shared = np.sqrt(_colour_histogram(lab, a) * _colour_histogram(lab, b)).sum()
    return 1 - float(shared)


def _colour_histogram(lab: F32, mask: Mask) -> F32:
    """Normalised, slightly blurred Lab histogram (12 x 16 x 16 bins) of the masked pixels."""
    chosen = lab[mask]
    light = np.clip(chosen[:, 0] / 100 * 12, 0, 11).astype(np.int32)
    a = np.clip((chosen[:, 1] + 64) / 8, 0, 15).astype(np.int32)
    b = np.clip((chosen[:, 2] + 64) / 8, 0, 15).astype(np.int32)
    counts = np.bincount((light * 16 + a) * 16 + b, minlength=12 * 256)
    soft = cv2.GaussianBlur(counts.astype(np.float32).reshape(192, 16), (0, 0), 0.6).ravel()
    return np.asarray(soft / max(float(soft.sum()), 1e-9), np.float32)


def _evidence(view: View, explained: Explained, mask: Mask) -> dict[str, float]:
    """Does the mask hold what stands out, only that, and nothing the backdrop explains?"""
    prob, shadow = view.prob, _shadow(explained)
    shell = grow(mask, 2 * _BESIDE + 1) & ~mask
    hole = fill_holes(mask, 1.0) & ~mask
    around = ~grow(mask, _BESIDE)
    return {
        "prob_in": float(prob[mask].mean()),
        "prob_out": float(prob[~mask].sum() / max(float(prob.sum()), 1)),
        "dull_in": float((prob[mask] < 0.2).mean()),
        "shell_prob": float(prob[shell].mean()) if shell.any() else 0.0,
        "same_in": float(explained.same[mask].mean()),
        "shadow_in": float(shadow[mask].mean()),
        "hole": min(1.0, float(hole.sum() / mask.sum())),
        "hole_prob": min(1.0, float(prob[hole].sum() / mask.sum())),
        "clutter": float(np.minimum(view.edges[around] / _STRONG, 1).mean())
        if around.any()
        else 1.0,
    }


def _shape(mask: Mask) -> dict[str, float]:
    h, w = mask.shape
    y, x = np.nonzero(mask)
    rim = float((mask & ~shrink(mask, 3)).sum())
    pieces = cv2.connectedComponents(mask.astype(np.uint8))[0] - 1
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return {
        "area": float(mask.mean()),
        "frame": float(border.mean()),
        "compact": min(1.0, 4 * np.pi * len(x) / max(rim * rim, 1)),
        "off_centre": float(np.hypot(x.mean() / w - 0.5, y.mean() / h - 0.5)),
        "pieces": float(pieces > 1),
    }


def _agreement(mask: Mask, others: list[Mask]) -> dict[str, float]:
    shared = sorted((overlap(mask, other) for other in others), reverse=True)
    return {
        "agree": float(np.mean(shared)) if shared else 0.0,
        "agree_best": float(np.mean(shared[:2])) if shared else 0.0,
    }
