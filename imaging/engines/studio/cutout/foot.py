"""Take off the cast shadow that still clings to a product's foot."""

from __future__ import annotations

import cv2
import numpy as np

from imaging.engines.studio.cutout.evidence import Mask, View
from imaging.engines.studio.cutout.explained import Explained
from imaging.engines.studio.cutout.masks import grow, shrink

_MOST = 0.15  # of the product's area: more than that is no scrap
_STRONG = 26.0  # Lab units per Sobel kernel: an edge nobody doubts


def without_shadow(view: View, explained: Explained, mask: Mask) -> Mask:
    """`mask` less the pieces in its lower half that pass for shaded backdrop.

    A piece goes only if it ends more softly outwards than against the rest of the product: the
    shaded flank of a grey product on grey does the opposite.
    """
    dim = (explained.shaded > 0.6) & (explained.drop > 2) & (explained.drop < 45) & mask
    dim = grow(shrink(dim, 3), 3) & mask
    rows = np.nonzero(mask.any(1))[0]
    if not dim.any():
        return mask
    count, pieces, stats, _ = cv2.connectedComponentsWithStats(dim.astype(np.uint8), connectivity=4)
    strength = np.minimum(view.edges / _STRONG, 1)
    outwards, inwards = grow(~mask, 3), grow(mask & ~dim, 3) & ~grow(~mask, 5)
    kept = mask.copy()
    for label in range(1, count):
        too_much = stats[label, cv2.CC_STAT_AREA] > _MOST * mask.sum()
        if too_much or stats[label, cv2.CC_STAT_TOP] < (rows[0] + rows[-1]) / 2:
            continue
        around = grow(pieces == label, 5)
        free, held = strength[around & outwards], strength[around & inwards]
        if min(free.size, held.size) >= 5 and free.mean() < held.mean():
            kept &= pieces != label
    return kept
