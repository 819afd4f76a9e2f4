"""A shape that stands for a photographed product in a rendered set.

The silhouette is inflated along the camera's own rays: seen from the camera it covers exactly the
product, seen by lamps and mirrors it is a round body that stands on the floor.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import EngineError
from imaging.engines.picture import Plane
from imaging.engines.studio.scene import geometry
from imaging.engines.studio.scene.camera import View
from imaging.engines.studio.scene.look import Mesh
from imaging.engines.studio.shadows import STANDS, base_line

F64 = NDArray[np.float64]

GRID = 180  # vertices along the longer side of the silhouette
_FINE = 4  # pixels per cell in which the outline is measured
_DEPTH = 0.8  # of a round body's thickness: few products are deeper than wide
_INSET = 0.3  # cells that the outline lies within the product's, to hide behind its soft edge
_BESIDE = 0.7  # cells outside the outline from which a vertex is still drawn in to it
_DEEPEST = 0.7  # world units that a slanted base may reach backwards


@dataclass(frozen=True, kw_only=True)
class Card:
    """The rectangle that the product's box fills, square to the camera, in world units.

    Its lower edge runs through `foot` (3,), a point on the floor."""

    width: float
    height: float
    foot: F64

    def corners(self, up: F64) -> F64:
        """(4, 3): lower left, lower right, upper left, upper right."""
        across = np.array([self.width / 2, 0.0, 0.0])
        low = np.stack([self.foot - across, self.foot + across])
        return np.concatenate([low, low + up * self.height])


@dataclass(frozen=True)
class Body:
    """A silhouette on a grid, lengths in cells: where it is solid, how thick, and its base line
    in rows per column with how surely it stands there (see `shadows.base_line`).

    `x`, `y` are where the vertices lie: those at the edge are drawn in to the very outline, so
    that it is smooth however coarse the grid."""

    solid: NDArray[np.bool_]
    thickness: Plane
    x: Plane
    y: Plane
    line: NDArray[np.float32]
    touch: NDArray[np.float32]


def body_of(alpha: Plane, side: int = GRID) -> Body:
    """The body of an (h, w) matte that is cropped to the product's box."""
    height, width = alpha.shape
    scale = side / max(height, width)
    columns, rows = max(8, round(width * scale)), max(8, round(height * scale))
    outside, inward_x, inward_y = _outline(alpha, columns, rows)
    solid = outside < 0
    if not solid.any():
        raise EngineError("bad_input", "No product was found in the picture.")
    line, touch = base_line(solid, rows)
    thickness = _inflated(_on_pillars(solid, line, touch))[:rows]
    pull = np.where(outside < _BESIDE, np.maximum(outside + _INSET, 0), 0)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return Body(outside < _BESIDE, thickness, x + inward_x * pull, y + inward_y * pull, line, touch)


def _outline(alpha: Plane, columns: int, rows: int) -> tuple[Plane, Plane, Plane]:
    """(rows, columns) each: distance beyond the outline in cells, negative within, and the unit
    direction (right, down) that leads back in."""
    fine = cv2.resize(alpha, (columns * _FINE, rows * _FINE), interpolation=cv2.INTER_LINEAR)
    # The box's rim counts as empty: the product ends there.
    inside = np.pad((np.asarray(fine) > 0.5).astype(np.uint8), _FINE)
    beyond = np.asarray(cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5))
    within = np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 5))
    signed = np.asarray(cv2.GaussianBlur((beyond - within) / _FINE, (0, 0), 0.5 * _FINE))
    down, right = np.gradient(signed)
    length = np.maximum(np.hypot(right, down), 1e-6)
    centres = slice(_FINE + _FINE // 2, -_FINE, _FINE)
    small = [plane[centres, centres] for plane in (signed, -right / length, -down / length)]
    return small[0].astype(np.float32), small[1].astype(np.float32), small[2].astype(np.float32)


def _on_pillars(
    solid: NDArray[np.bool_], line: NDArray[np.float32], touch: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """The silhouette carried on below its standing parts, so that a base is not tapered off."""
    height, width = solid.shape
    rows = np.arange(height + width // 2)[:, None]
    below = (rows >= line[None] - 1.5) & (touch[None] > STANDS)
    return np.concatenate([solid, np.zeros((width // 2, width), bool)]) | below


def _inflated(solid: NDArray[np.bool_]) -> Plane:
    """Thickness of the union of the largest balls that fit into a silhouette, in cells."""
    padded = np.pad(solid, 1).astype(np.uint8)
    distance = np.asarray(cv2.distanceTransform(padded, cv2.DIST_L2, 5), np.float32)[1:-1, 1:-1]
    ridge = distance >= np.asarray(cv2.dilate(distance, np.ones((3, 3), np.uint8))) - 0.35
    centres = np.argwhere(ridge & (distance > 1))
    half = np.zeros(solid.shape, np.float32)
    for row, column in centres[:: max(1, len(centres) // 1500)]:
        reach = float(distance[row, column])
        top, left = max(0, int(row - reach)), max(0, int(column - reach))
        part = half[top : int(row + reach) + 1, left : int(column + reach) + 1]
        y, x = np.ogrid[top : top + part.shape[0], left : left + part.shape[1]]
        np.maximum(part, reach**2 - (y - row) ** 2 - (x - column) ** 2, out=part)
    round_body = np.asarray(cv2.GaussianBlur(np.sqrt(np.maximum(half, 0)), (0, 0), 1.5))
    return np.asarray(2 * _DEPTH * round_body * solid, np.float32)


def proxy(body: Body, card: Card, view: View) -> Mesh:
    """The mesh of a body that fills `card` as seen from `view`, standing on the card's floor.

    Every column stands where its foot's ray meets the floor: a slanted or rounded base line is
    depth, not height.
    """
    rows, columns = body.solid.shape
    u, v = (body.x + 0.5) / columns, 1 - (body.y + 0.5) / rows
    rays = _rays(card, view, u, v)  # (rows, columns, 3)
    to_floor = np.minimum(_reach(rays[..., 2], float(card.foot[2] - view.eye[2])), 50.0)
    stand = np.interp(body.x, np.arange(columns), _stands_at(body, card, view))
    front = np.minimum((stand - view.eye[1]) / rays[..., 1], to_floor)
    cell = card.height / rows
    back = np.minimum(front + (body.thickness * cell) / rays[..., 1], to_floor)
    near, far = (view.eye + rays * s[..., None] for s in (front, back))
    near[..., 2] += 1e-3  # a hair above the floor: coplanar faces would flicker
    far[..., 2] += 1e-3
    faces = _faces(body.solid)
    vertices = np.concatenate([near.reshape(-1, 3), far.reshape(-1, 3)])
    every = np.concatenate([faces, faces[:, ::-1] + rows * columns])
    uv = np.stack([u, v], -1).reshape(-1, 2)
    used = np.unique(every)
    place = np.full(len(vertices), -1)
    place[used] = np.arange(len(used))
    vertices, every, uv = vertices[used], place[every], np.concatenate([uv, uv])[used]
    return geometry.as_mesh(vertices, geometry.smooth_normals(vertices, every), every, uv)


def _rays(card: Card, view: View, u: Plane | F64, v: Plane | F64) -> F64:
    """(..., 3): from the eye to the points of the card at u across and v up."""
    _, right, up = view.axes
    across = (np.asarray(u, np.float64)[..., None] - 0.5) * card.width * right
    tall = np.asarray(v, np.float64)[..., None] * card.height * up
    return np.asarray(card.foot + across + tall - view.eye, np.float64)


def _reach(fall: F64, drop: float) -> F64:
    """How many times a ray's vector it is to the floor; infinite for rays that rise."""
    with np.errstate(divide="ignore"):
        reach = np.where(fall < 0, drop / np.minimum(fall, -1e-12), np.inf)
    return np.asarray(reach, np.float64)


def _stands_at(body: Body, card: Card, view: View) -> F64:
    """(columns,) y where each column's foot is on the floor, nearest neighbours' where a column
    does not stand."""
    rows, columns = body.solid.shape
    u = (np.arange(columns) + 0.5) / columns
    standing = np.flatnonzero(body.touch > STANDS)
    if not len(standing):
        return np.full(columns, card.foot[1])
    feet = _rays(card, view, u, 1 - body.line / rows)
    reach = _reach(feet[:, 2], float(card.foot[2] - view.eye[2]))
    depth = np.clip(view.eye[1] + feet[:, 1] * reach, card.foot[1], card.foot[1] + _DEEPEST)
    stand = np.interp(np.arange(columns), standing, depth[standing])
    smooth = cv2.GaussianBlur(stand[None], (0, 0), 1.5, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(smooth, np.float64).ravel()


def _faces(solid: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(M, 3) triangles of all cells whose four corners are solid, facing the camera."""
    rows, columns = solid.shape
    whole = solid[:-1, :-1] & solid[1:, :-1] & solid[:-1, 1:] & solid[1:, 1:]
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b = index[:-1, :-1][whole], index[:-1, 1:][whole]
    c, d = index[1:, 1:][whole], index[1:, :-1][whole]
    return np.concatenate([np.stack([a, d, c], 1), np.stack([a, c, b], 1)])
