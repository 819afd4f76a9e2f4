"""Where in a picture the product is, pixel by pixel, before anything is segmented.

Five kinds of evidence, none of them learned from photographs: what the frame's margins explain
(per row and as a smooth field), what is walled off from the frame by edges, colour that a shadow
cannot cause, and nearness to the centre. `probability` weighs them into one map.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from skimage.morphology import reconstruction

F32 = NDArray[np.float32]
U8 = NDArray[np.uint8]
Mask = NDArray[np.bool_]

# Logistic weights, fitted by `python -m bench.cutout fit` on the development renders.
WEIGHTS = {"margin": 4.3, "field": 2.95, "chroma": 1.8, "wall": 0.85, "centre": 5.2}
BIAS = -7.2


_FULL_RANGE = 215.0  # codes between the darkest and the lightest parts of a usual photo
# Shading changes lightness more than hue, so hue counts for more.
HUE_FIRST = np.array([1, 1.3, 1.3], np.float32)
DARK = 12.0  # L*: below it the hue of a pixel says little


@dataclass(frozen=True)
class View:
    """A picture at working size with everything that proposals and measures look at."""

    rgb: U8  # (h, w, 3) sRGB, lightly smoothed
    lab: F32  # (h, w, 3) CIE L*a*b*, L 0..100
    edges: F32  # (h, w) colour gradient, Lab units per Sobel kernel
    evidence: dict[str, F32]  # (h, w) each, about 0..1
    prob: F32  # (h, w) probability that a pixel is product
    cautious: F32  # (h, w) the same, asking for twice the distance from the backdrop


def to_lab(rgb: U8) -> F32:
    """(h, w, 3) uint8 sRGB -> CIE L*a*b* float32, L in 0..100."""
    return np.asarray(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2LAB), np.float32)


def hue(lab: F32) -> F32:
    """(h, w, 2) a* and b* as they would be at an L* of 60: what no shadow changes."""
    return np.asarray(lab[..., 1:] / np.maximum(lab[..., :1], DARK) * 60, np.float32)


def shrunk(lab: F32, step: int) -> F32:
    """Every `step` x `step` pixels averaged into one; at least 4 pixels remain each way."""
    h, w = lab.shape[:2]
    size = (max(4, w // step), max(4, h // step))
    return np.asarray(cv2.resize(lab, size, interpolation=cv2.INTER_AREA), np.float32)


def gradient(lab: F32, sigma: float) -> F32:
    """(h, w) magnitude of the colour gradient after a Gaussian of `sigma` pixels."""
    soft = cv2.GaussianBlur(lab, (0, 0), sigma) if sigma > 0 else lab
    across = cv2.Sobel(soft, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    return np.asarray(np.sqrt((across**2 + down**2).sum(-1)), np.float32)


def smooth_field(lab: F32, rounds: int = 6) -> tuple[F32, F32]:
    """The backdrop as a quadratic of position, fitted robustly to the frame's border.

    Returns the predicted colour (h, w, 3) and the border's spread (3,) in Lab units.
    Iteratively reweighted least squares with Cauchy weights: what stands in the border
    (a neighbour product, a horizon) loses its say.
    """
    h, w = lab.shape[:2]
    y, x = np.mgrid[-1 : 1 : h * 1j, -1 : 1 : w * 1j].astype(np.float32)
    basis = np.stack([np.ones_like(x), x, y, x * y, x * x, y * y], -1)
    border = _border(h, w, max(2, round(0.035 * max(h, w))))
    known, seen = basis[border], lab[border]
    trust = np.ones(len(known), np.float32)
    spread = np.ones(3, np.float32)
    coefficients = np.zeros((6, 3), np.float32)
    for _ in range(rounds):
        coefficients = np.linalg.lstsq(known * trust[:, None], seen * trust[:, None], rcond=None)[0]
        miss = np.abs(seen - known @ coefficients)
        spread = 1.4826 * np.median(miss, 0) + 0.6
        trust = 1 / (1 + ((miss / spread) ** 2).sum(1) / 6.25)
    return (basis @ coefficients).astype(np.float32), spread.astype(np.float32)


def margin_distance(lab: F32) -> F32:
    """(h, w) Lab distance to the nearest colours of the frame's margin at a similar height.

    A level camera sees wall and table as horizontal zones, so the margin left and right of a
    pixel tells what the background looks like there, textures included. Sixty units of
    lightness buy the full height of the picture.
    """
    h, w = lab.shape[:2]
    step = 2 if max(h, w) > 260 else 1
    small = shrunk(lab, step)
    sh, sw = small.shape[:2]
    y, x = np.mgrid[0:sh, 0:sw].astype(np.float32)
    place = np.dstack([small * HUE_FIRST, y / sh * 60, x / sw * 6])
    margin = _border(sh, sw, max(1, round(0.025 * sw)))
    margin[:, : max(2, round(0.05 * sw))] = True
    margin[:, -max(2, round(0.05 * sw)) :] = True
    tree = cKDTree(place[margin][::2])
    # The fourth nearest, so that one odd pixel in the margin explains nothing.
    distance = tree.query(place.reshape(-1, 5), k=min(4, tree.n))[0]
    nearest = distance.reshape(sh, sw, -1)[..., -1].astype(np.float32)
    return np.asarray(cv2.resize(nearest, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)


def row_backdrop(lab: F32) -> F32:
    """(h, w, 3) backdrop drawn row by row as a line from the left to the right margin."""
    w = lab.shape[1]
    width = max(2, round(0.06 * w))
    left, right = np.median(lab[:, :width], 1), np.median(lab[:, -width:], 1)
    t = np.linspace(0, 1, w, dtype=np.float32)[None, :, None]
    return (left[:, None] * (1 - t) + right[:, None] * t).astype(np.float32)


def chroma_residual(lab: F32, backdrop: F32) -> F32:
    """(h, w) chroma that shading the backdrop up or down cannot explain, Lab units.

    A shadow scales a surface's L*, a* and b* by about one factor, so what is left after that
    scaling is another material.
    """
    ratio = np.clip(lab[..., 0] / np.maximum(backdrop[..., 0], 1), 0.05, 1.3)
    off = lab[..., 1:] - backdrop[..., 1:] * ratio[..., None]
    return np.asarray(np.hypot(off[..., 0], off[..., 1]), np.float32)


def wall_height(lab: F32, sigma: float, closing: int) -> F32:
    """(h, w) the strongest edge that every path from the frame to a pixel has to cross.

    Shadows and gradients have soft edges and drain to the frame; a product's outline holds.
    `closing` pixels bridge gaps in the outline. Computed as a grey-scale reconstruction by
    erosion (Vincent 1993), which equals the minimax path cost.
    """
    edges = gradient(lab, sigma)
    if closing:
        edges = np.asarray(cv2.dilate(edges, np.ones((closing, closing), np.uint8)), np.float32)
    seed = np.full_like(edges, edges.max())
    border = _border(edges.shape[0], edges.shape[1], 1)
    seed[border] = edges[border]
    return np.asarray(reconstruction(seed, edges, method="erosion"), np.float32)


def centre_prior(h: int, w: int) -> F32:
    """(h, w) 1 at the centre, falling off towards the frame."""
    y, x = np.mgrid[-0.5 : 0.5 : h * 1j, -0.5 : 0.5 : w * 1j]
    return np.asarray(np.exp(-((x / 0.32) ** 2) - (y / 0.36) ** 2), np.float32)


# How far from the backdrop is surely another thing: Lab units (field: spreads of the border).
_SCALES = {"margin": 12.0, "field": 7.0, "chroma": 8.0, "wall": 18.0}
# Hard shadows and patterned walls are far off too; the cautious look asks for twice as much.
_CAUTION = 2.0


def distances(lab: F32) -> dict[str, F32]:
    """How far each pixel is from what the frame explains, by kind, (h, w) each."""
    field, spread = smooth_field(lab)
    off_field = (((lab - field) / np.maximum(spread, 1)) ** 2).sum(-1)
    return {
        "margin": margin_distance(lab),
        "field": np.asarray(np.sqrt(off_field), np.float32),
        "chroma": chroma_residual(lab, row_backdrop(lab)),
        "wall": wall_height(lab, 1.0, 3),
    }


def saturated(far: dict[str, F32], caution: float) -> dict[str, F32]:
    """Distances as evidence 0..1, beside the centre's; `caution` stretches the scales."""
    evidence = {
        name: np.asarray(1 - np.exp(-((values / (_SCALES[name] * caution)) ** 2)), np.float32)
        for name, values in far.items()
    }
    h, w = far["margin"].shape
    return {**evidence, "centre": centre_prior(h, w)}


def probability(evidence: dict[str, F32]) -> F32:
    """(h, w) probability that a pixel is product."""
    odds = sum((WEIGHTS[name] * evidence[name] for name in WEIGHTS), np.float32(BIAS))
    return np.asarray(1 / (1 + np.exp(-np.asarray(odds))), np.float32)


def look_at(rgb: U8, side: int) -> View:
    """The view of a picture at a long side of at most `side` pixels."""
    scale = min(1.0, side / max(rgb.shape[:2]))
    size = (max(8, round(rgb.shape[1] * scale)), max(8, round(rgb.shape[0] * scale)))
    small = rgb
    if size != (rgb.shape[1], rgb.shape[0]):
        small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)
    small = np.asarray(cv2.bilateralFilter(np.ascontiguousarray(small), 5, 12, 3), np.uint8)
    small = levelled(small)
    lab = to_lab(small)
    far = distances(lab)
    evidence = saturated(far, 1)
    edges = np.asarray(cv2.dilate(gradient(lab, 0), np.ones((3, 3), np.uint8)), np.float32)
    cautious = probability(saturated(far, _CAUTION))
    return View(small, lab, edges, evidence, probability(evidence), cautious)


def levelled(rgb: U8) -> U8:
    """Faint and dark pictures stretched to the usual range, at most 2.2 times."""
    low, high = (float(v) for v in np.percentile(rgb, (0.5, 99.5)))
    gain = min(2.2, _FULL_RANGE / max(high - low, 1))
    if gain <= 1:
        return rgb
    middle = (low + high) / 2
    return np.asarray(np.clip((rgb - middle) * gain + 128, 0, 255), np.uint8)


def _border(h: int, w: int, width: int) -> Mask:
    """(h, w) mask of the outermost `width` pixels."""
    border = np.ones((h, w), np.bool_)
    border[width : h - width, width : w - width] = False
    return border
