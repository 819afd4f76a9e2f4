"""What the surroundings explain: pixels that are backdrop, in light or in shadow.

Given a first idea of where the backdrop is, every other pixel is compared with the backdrop
nearby: is it that very colour (a view through a handle), or that colour with less light on it
(a cast shadow)?
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from imaging.engines.studio.cutout.evidence import F32, HUE_FIRST, Mask, hue, shrunk

_MOST_SAMPLES = 3000
_REACH = 70.0  # Lab units that the whole side of the picture is worth


@dataclass(frozen=True)
class Explained:
    """Each (h, w)."""

    same: F32  # 0..1, how well the pixel passes for backdrop as it is lit nearby
    shaded: F32  # 0..1, how well it passes for backdrop with less light
    drop: F32  # lightness lost to the backdrop it was compared with, L* units


def explain(lab: F32, backdrop: Mask) -> Explained:
    """Compare every pixel of (h, w, 3) Lab with the nearby `backdrop` pixels.

    Works at half size: shadows are large. Deterministic.
    """
    h, w = lab.shape[:2]
    small = shrunk(lab, 2)
    sh, sw = small.shape[:2]
    known = np.asarray(cv2.resize(backdrop.astype(np.uint8), (sw, sh)), np.uint8) > 0
    if int(known.sum()) < 16:
        nothing = np.zeros((h, w), np.float32)
        return Explained(nothing, nothing, nothing)
    side = max(sh, sw)
    y, x = np.mgrid[0:sh, 0:sw].astype(np.float32) * np.float32(_REACH / side)
    light = small[..., 0]
    step = max(1, int(known.sum()) // _MOST_SAMPLES)

    def nearest(place: NDArray[np.float32]) -> tuple[F32, NDArray[np.intp]]:
        tree = cKDTree(place[known][::step])
        distance, index = tree.query(place.reshape(-1, place.shape[-1]))
        return distance.astype(np.float32).reshape(sh, sw), index.reshape(sh, sw)

    same, _ = nearest(np.dstack([small * HUE_FIRST, y / 3, x / 3]))
    off_hue, index = nearest(np.dstack([hue(small) * np.float32(1.3), y / 3, x / 3]))
    drop = light[known][::step][index] - light
    too_light = np.maximum(-drop - 2, 0)
    shaded = np.hypot(off_hue, too_light)

    def grown(values: F32) -> F32:
        return np.asarray(cv2.resize(values, (w, h), interpolation=cv2.INTER_LINEAR), np.float32)

    return Explained(
        same=grown(np.exp(-((same / 9) ** 2)).astype(np.float32)),
        shaded=grown(np.exp(-((shaded / 9) ** 2)).astype(np.float32)),
        drop=grown(drop.astype(np.float32)),
    )
