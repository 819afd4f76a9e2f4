"""Cut a product out of its photo: `cut_out`.

View at working size -> several masks -> pieces between their outlines and edges -> a forest of
decision trees says how likely each is product -> outline recut at higher resolution -> soft matte
-> foreground colours.
Without neural networks; the same picture always gives the same cut-out.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from imaging.engines.base import Pixels
from imaging.engines.studio.cutout import matte, measures
from imaging.engines.studio.cutout.evidence import F32, U8, Mask, View, look_at
from imaging.engines.studio.cutout.forest import forest
from imaging.engines.studio.cutout.masks import to_frame
from imaging.engines.studio.cutout.pieces import F64, Pieces, divide, smoothed
from imaging.engines.studio.cutout.proposals import frame_width, propose, tidy

WORKING_SIDE = 320
MIN_CONFIDENCE = 0.6
_SMALLEST = 32  # pixels: below this a picture holds too little to judge
_ASIDE = 0.15  # what a thing at the edge of the picture counts, in the middle 1 more
_LEAST, _MOST = 0.003, 0.95  # shares of the picture that a product may take


@dataclass(frozen=True)
class CutOut:
    """A product without its background.

    `foreground` holds product colours wherever alpha > 0, free of the backdrop's spill.
    `confidence` 0..1 is how far the mask is trusted: below MIN_CONFIDENCE keep the background.
    `notes` are plain sentences about what stands in the way.
    """

    alpha: F32  # (H, W) 0..1
    foreground: F32  # (H, W, 3) sRGB 0..1
    confidence: float
    notes: tuple[str, ...] = ()


def cut_out(pixels: Pixels) -> CutOut:
    """Find the product in (H, W, 3 or 4) uint8 sRGB and cut it out.

    A picture that already carries a meaningful alpha channel is taken at its word.
    """
    embedded = _embedded_alpha(pixels)
    if embedded is not None:
        return embedded
    rgb = np.ascontiguousarray(pixels[..., :3])
    if min(rgb.shape[:2]) < _SMALLEST:
        return _nothing(rgb, "The picture is too small to find a product in.")
    if int(np.ptp(rgb.reshape(-1, 3), axis=0).max()) < 12:
        return _nothing(rgb, "The picture holds nothing that stands out.")
    mask, confidence = find(rgb)
    if not _LEAST < mask.mean() < _MOST:
        return _nothing(rgb, "No product was found in the picture.")
    alpha = matte.soft_contour(matte.refine(rgb, mask))
    notes = _reservations(mask, confidence)
    return CutOut(alpha, matte.foreground_colours(rgb, alpha), confidence, notes)


def find(rgb: U8) -> tuple[Mask, float]:
    """The product's mask at working size and how far it is to be trusted, 0..1."""
    view = look_at(rgb, WORKING_SIDE)
    proposals, explained = propose(view)
    pieces = divide(view, list(proposals.values()))
    chances = forest().chances(measures.measure(view, proposals, explained, pieces))
    mask = drawn_together(view, pieces, chances)
    chance = chances.astype(np.float32)[pieces.labels]
    return mask, forest().confidence(expected_overlap(chance, mask))


def drawn_together(view: View, pieces: Pieces, chances: F64) -> Mask:
    """The likely pieces as one product: without specks and neighbours."""
    product = (smoothed(view, pieces, chances) > 0.5)[pieces.labels]
    # Of two things of a size, the one in the middle is what the picture is of.
    standing = chances.astype(np.float32)[pieces.labels] * (_ASIDE + view.evidence["centre"])
    mask = tidy(product, standing)
    return to_frame(mask, frame_width(*mask.shape))


def expected_overlap(chance: F32, mask: Mask) -> float:
    """The intersection over union to be expected of `mask`, where every pixel is product with
    its `chance`."""
    union = float(np.where(mask, 1, chance).sum())
    return float(chance[mask].sum()) / union if union else 0.0


def _embedded_alpha(pixels: Pixels) -> CutOut | None:
    """The cut-out that the alpha channel gives, if it really separates something."""
    if pixels.ndim != 3 or pixels.shape[2] != 4:
        return None
    alpha = pixels[..., 3]
    if alpha.min() > 250 or alpha.max() < 128 or float((alpha > 250).mean()) < 0.002:
        return None
    soft = np.asarray(alpha, np.float32) / np.float32(255)
    return CutOut(soft, _bleed(pixels, alpha), 1.0, ("The picture's own transparency was used.",))


def _bleed(pixels: Pixels, alpha: U8) -> F32:
    """Colours under full transparency are meaningless: take the nearest opaque ones."""
    colours = pixels[..., :3].astype(np.float32) / 255
    known = (alpha > 8).astype(np.float32)[..., None]
    near = cv2.blur(colours * known, (9, 9)) / np.maximum(cv2.blur(known, (9, 9))[..., None], 1e-4)
    return np.where(known > 0, colours, near).astype(np.float32)


def _nothing(rgb: U8, note: str) -> CutOut:
    colours = rgb.astype(np.float32) / np.float32(255)
    return CutOut(np.zeros(rgb.shape[:2], np.float32), colours, 0.0, (note,))


def _reservations(mask: Mask, confidence: float) -> tuple[str, ...]:
    notes = []
    if confidence < MIN_CONFIDENCE:
        notes.append("The product could not be told from its background with enough certainty.")
    border = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    if border.mean() > 0.02:
        notes.append("The product is cropped by the edge of the picture.")
    return tuple(notes)
