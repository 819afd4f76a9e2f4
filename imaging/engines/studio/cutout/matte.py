"""From a mask at working size to a soft alpha matte and clean foreground colours at full size."""

from __future__ import annotations

import cv2
import numpy as np

from imaging.engines.studio.cutout.evidence import F32, U8, Mask
from imaging.engines.studio.cutout.proposals import graph_cut

BAND_SIDE = 960


def refine(rgb: U8, mask: Mask) -> F32:
    """Recut the outline in a narrow band at up to BAND_SIDE pixels.

    Returns (H, W) 0..1 at the size of `rgb`.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, BAND_SIDE / max(height, width))
    size = (round(width * scale), round(height * scale))
    picture = rgb
    if scale < 1:
        picture = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    grown = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    soft = np.asarray(cv2.GaussianBlur(grown, (0, 0), 1.2), np.float32)
    recut = _recut_band(picture, soft)
    smooth = cv2.GaussianBlur(recut.astype(np.float32), (0, 0), 1.0)
    if scale < 1:
        smooth = cv2.resize(smooth, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(smooth, np.float32)


def _recut_band(picture: U8, soft: F32) -> Mask:
    h, w = soft.shape
    sure = (soft > 0.5).astype(np.uint8)
    if not sure.any():
        return sure.astype(bool)
    reach = max(4, int(0.011 * max(h, w)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1,) * 2)
    inside = cv2.erode(sure, kernel).astype(bool)
    outside = ~cv2.dilate(sure, kernel).astype(bool)
    box = _box(~outside, 3 * reach)
    cut = np.zeros((h, w), np.bool_)
    crop = np.ascontiguousarray(picture[box])
    cut[box] = graph_cut(crop, soft[box], outside[box], inside[box], 2)
    return drop_specks(cut, 0.003)


def _box(mask: Mask, pad: int) -> tuple[slice, slice]:
    rows, columns = np.nonzero(mask.any(1))[0], np.nonzero(mask.any(0))[0]
    return (
        slice(max(0, int(rows[0]) - pad), int(rows[-1]) + pad + 1),
        slice(max(0, int(columns[0]) - pad), int(columns[-1]) + pad + 1),
    )


def drop_specks(mask: Mask, share: float) -> Mask:
    """The mask without pieces smaller than `share` of it."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    keep = stats[:, cv2.CC_STAT_AREA] >= share * mask.sum()
    keep[0] = False
    return np.asarray(keep[pieces], np.bool_)


def soft_contour(prob: F32) -> F32:
    """Low-pass the outline and give it a soft edge of one to two pixels.

    Products have smooth outlines; a low-passed contour measured better than guided-filter or
    closed-form matting, which leak texture into the matte.
    """
    # The cut runs from pixel to pixel of a smaller picture: its stairs are three pixels wide here.
    sigma = max(1.2, max(prob.shape) * 0.0035)
    soft = cv2.GaussianBlur(prob, (0, 0), sigma)
    steep = np.clip((soft - 0.5) * 1.6 * sigma + 0.5, 0, 1)
    return np.asarray(cv2.GaussianBlur(steep, (0, 0), 0.6), np.float32)


def foreground_colours(rgb: U8, alpha: F32) -> F32:
    """(H, W, 3) sRGB 0..1 product colours without the backdrop's spill at soft edges.

    Blur-fusion estimation in two passes (Forte 2021, "Approximate Fast Foreground Colour
    Estimation"). Fully opaque pixels keep their colour exactly.
    """
    image = rgb.astype(np.float32) / 255
    a = alpha[..., None]
    product = backdrop = np.asarray(image, np.float32)
    for radius in (90, 6):
        window = (radius, radius)
        share = cv2.blur(alpha, window)[..., None]
        near_product = cv2.blur(product * a, window) / (share + 1e-5)
        near_backdrop = cv2.blur(backdrop * (1 - a), window) / (1 - share + 1e-5)
        left_over = image - a * near_product - (1 - a) * near_backdrop
        product = np.clip(near_product + a * left_over, 0, 1)
        backdrop = near_backdrop
    inner, reach = _inner_colours(np.asarray(image, np.float32), alpha)
    product = product + reach * (inner - product)
    return np.where(a >= 0.999, image, product).astype(np.float32)


def _inner_colours(image: F32, alpha: F32) -> tuple[F32, F32]:
    """Colours just inside the soft edge, and (H, W, 1) how far they reach, 0..1.

    Where the matte is a shade too wide, an edge pixel is backdrop through and through and no
    unmixing helps; the product a few pixels further in is sure. Thin parts have no inside.
    """
    core = cv2.erode((alpha > 0.98).astype(np.float32), np.ones((3, 3), np.uint8))
    share = cv2.blur(core, (9, 9))[..., None]
    inner = cv2.blur(image * core[..., None], (9, 9)) / np.maximum(share, 1e-4)
    return np.asarray(inner, np.float32), np.asarray(np.clip(share / 0.1, 0, 1), np.float32)
