"""Where the camera stands, and where a point of the set lands in the picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]

FIELD_OF_VIEW = 22.0
"""Degrees across the short side: a short telephoto, as product photographers use."""

# How far in front of the point looked at the product may reach, in world units.
_PRODUCT_DEPTH = 1.15
# The product sits a little below the middle: empty space above reads as headroom.
_DROP = 0.05


@dataclass(frozen=True)
class View:
    """A camera without roll. World: z up, floor at z = 0, camera on the -y side."""

    eye: F64  # (3,)
    target: F64  # (3,)
    elevation: float  # degrees above the horizon
    distance: float
    focus: float  # distance of the plane in focus, along the viewing direction
    width: int
    height: int

    @property
    def axes(self) -> tuple[F64, F64, F64]:
        """Unit vectors: viewing direction, right, up."""
        return _axes(self.elevation)

    @property
    def slopes(self) -> tuple[float, float]:
        """Tangents of half the field of view, across and down."""
        return _slopes(self.width, self.height)

    @property
    def near(self) -> float:
        """Depth from which the camera sees: short of the product and of the floor in the frame.

        Lamps and window bars that stand between it and the camera are not in the picture.
        """
        _, down = self.slopes
        dip = np.radians(self.elevation) + np.arctan(down)
        floor = float(self.eye[2] / np.sin(dip) * np.cos(np.arctan(down)))
        return max(0.05, 0.96 * min(floor, self.distance - _PRODUCT_DEPTH))

    def sees(self, points: NDArray[Any]) -> bool:
        """Whether one of the (N, 3) world points lies inside the picture, or nearly so."""
        depth = (np.asarray(points, np.float64) - self.eye) @ self.axes[0]
        x, y = self.project(points).T
        margin = 0.02 * max(self.width, self.height)
        across = (x > -margin) & (x < self.width + margin)
        down = (y > -margin) & (y < self.height + margin)
        return bool((across & down & (depth > self.near)).any())

    def project(self, points: NDArray[Any]) -> F64:
        """(N, 2) pixel positions (x right, y down; pixel centres at .5) of (N, 3) world points."""
        forward, right, up = self.axes
        across, down = self.slopes
        ray = np.asarray(points, np.float64) - self.eye
        depth = ray @ forward
        x = (ray @ right / depth / across + 1) / 2 * self.width
        y = (1 - ray @ up / depth / down) / 2 * self.height
        return np.stack([x, y], -1)


def frame(
    points: NDArray[Any], width: int, height: int, *, elevation: float = 12.0, fill: float = 0.62
) -> View:
    """The view in which (N, 3) world points take `fill` of the frame in its tighter direction."""
    forward, right, up = _axes(elevation)
    across, down = _slopes(width, height)
    cloud = np.asarray(points, np.float64)
    target = (cloud.min(0) + cloud.max(0)) / 2
    distance = 5.0
    for _ in range(12):
        ray = cloud - (target - forward * distance)
        depth = ray @ forward
        x, y = ray @ right / depth, ray @ up / depth
        middle_x, middle_y = (x.max() + x.min()) / 2, (y.max() + y.min()) / 2
        extent = max(np.ptp(x) / (2 * across), np.ptp(y) / (2 * down))
        lift = middle_y + _DROP * down
        target = target + (right * middle_x + up * lift) * distance
        distance *= float(extent) / fill
    eye = target - forward * distance
    focus = float(np.percentile((cloud - eye) @ forward, 12))
    return View(eye, target, elevation, distance, focus, width, height)


def _axes(elevation: float) -> tuple[F64, F64, F64]:
    e = np.radians(elevation)
    forward = np.array([0.0, np.cos(e), -np.sin(e)])
    return forward, np.array([1.0, 0.0, 0.0]), np.array([0.0, np.sin(e), np.cos(e)])


def _slopes(width: int, height: int) -> tuple[float, float]:
    half = float(np.tan(np.radians(FIELD_OF_VIEW) / 2))
    short = min(width, height)
    return half * width / short, half * height / short
