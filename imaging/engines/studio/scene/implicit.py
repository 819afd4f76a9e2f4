"""Soft shapes from signed distances: blends, cushions, shoes, anything hard to turn or extrude.

A field maps points (..., 3) float32, in centimetres, to (...) float32: negative inside, and not
changing faster than about `slope` times the distance (1 for a true distance).
Formulas of the primitives: Inigo Quilez, "Distance functions".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from skimage.measure import marching_cubes

from .geometry import F64, Vec3, as_mesh, merge
from .look import F32, Mesh

Field = Callable[[F32], F32]

_BLOCK = 8  # cells along each side of a block


def smooth_min(a: F32, b: F32, k: float) -> F32:
    """Union of two fields, blended over about `k` centimetres."""
    h = np.clip(0.5 + 0.5 * (b - a) / k, 0, 1)
    out: F32 = b + (a - b) * h - k * h * (1 - h)
    return out


def smooth_max(a: F32, b: F32, k: float) -> F32:
    """Intersection of two fields with its edge rounded over about `k` centimetres."""
    return -smooth_min(-a, -b, k)


def box(p: F32, centre: Vec3, half: Vec3, radius: float = 0.0) -> F32:
    q = np.abs(p - np.asarray(centre, np.float32)) - np.asarray(half, np.float32) + radius
    outside = np.linalg.norm(np.maximum(q, 0), axis=-1)
    inner: F32 = outside + np.minimum(q.max(axis=-1), 0) - radius
    return inner


def ellipsoid(p: F32, centre: Vec3, radii: Vec3) -> F32:
    """First-order distance: exact on the surface, right in sign everywhere."""
    r = np.asarray(radii, np.float32)
    q = p - np.asarray(centre, np.float32)
    k0 = np.linalg.norm(q / r, axis=-1)
    k1 = np.linalg.norm(q / (r * r), axis=-1)
    # In the very centre k1 is 0; the least radius is the depth there.
    near: F32 = np.where(k1 > 1e-6, k0 * (k0 - 1) / np.maximum(k1, 1e-6), -r.min())
    return near


def capsule(p: F32, a: Vec3, b: Vec3, radius: float, end_radius: float | None = None) -> F32:
    """A stick with round ends from `a` to `b`; `end_radius` tapers it (then first order)."""
    start, axis = np.asarray(a, np.float32), np.subtract(b, a).astype(np.float32)
    w = p - start
    t = np.clip((w @ axis) / max(float(axis @ axis), 1e-12), 0, 1)
    r = radius if end_radius is None else radius + (end_radius - radius) * t
    out: F32 = np.linalg.norm(w - t[..., None] * axis, axis=-1) - r
    return out


def cylinder(p: F32, centre: Vec3, radius: float, half_height: float, edge: float = 0.0) -> F32:
    """Upright, its rims rounded by `edge`."""
    q = p - np.asarray(centre, np.float32)
    d = np.stack([np.hypot(q[..., 0], q[..., 1]) - radius, np.abs(q[..., 2]) - half_height], -1)
    d += edge
    outside = np.linalg.norm(np.maximum(d, 0), axis=-1)
    out: F32 = outside + np.minimum(d.max(axis=-1), 0) - edge
    return out


def plate(flat: F32, height: F32, edge: float) -> F32:
    """A slab: `flat` is the distance to its outline in the plane, `height` the distance beyond
    its faces; where both meet the edge is rounded."""
    d = np.stack([flat, height], -1) + edge
    outside = np.linalg.norm(np.maximum(d, 0), axis=-1)
    out: F32 = outside + np.minimum(d.max(axis=-1), 0) - edge
    return out


def normalised(field: Field, step: float = 0.05) -> Field:
    """The field divided by its own slope: a first-order distance, so that offsets are even."""

    def distance(p: F32) -> F32:
        value, slope = _value_and_gradient(field, p, step)
        out: F32 = value / np.maximum(np.linalg.norm(slope, axis=-1), 0.05)
        return out

    return distance


def _value_and_gradient(field: Field, p: F32, step: float) -> tuple[F32, F32]:
    """Value (the mean of four taps, second order) and gradient (..., 3) by a tetrahedron."""
    taps = np.array([[1, -1, -1], [-1, -1, 1], [-1, 1, -1], [1, 1, 1]], np.float32)
    values = np.stack([field(p + np.float32(step) * t) for t in taps], -1)  # (..., 4)
    gradient = (values @ taps) / np.float32(4 * step)
    return values.mean(axis=-1), gradient


def surface(
    field: Field,
    low: Vec3,
    high: Vec3,
    *,
    cells: int = 120,
    slope: float = 1.5,
    texture: float = 0.1,
) -> Mesh:
    """The zero surface of a field inside the box from `low` to `high`.

    `cells` divide the longest side. Blocks whose centre is farther from the surface than the
    field's `slope` allows are never sampled; a slope set too low leaves holes. uv is the box
    projection in centimetres times `texture` (0.1: a texture spans 10 cm).

    Raises ValueError if the surface does not cross the box.
    """
    start = np.asarray(low, np.float64)
    extent = np.asarray(high, np.float64) - start
    step = float(extent.max()) / cells
    values = _sample(field, start, step, np.ceil(extent / step).astype(int) + 1, slope)
    vertices, faces, _, _ = marching_cubes(values, 0.0)
    points = (vertices * step + start).astype(np.float32)
    # A Newton step takes the vertices from the chords onto the surface.
    value, gradient = _value_and_gradient(field, points, step * 0.1)
    square = np.maximum((gradient**2).sum(axis=-1), 0.05)
    move = (value / square)[:, None] * gradient
    points = points - np.clip(move, -0.6 * step, 0.6 * step).astype(np.float32)
    _, normals = _value_and_gradient(field, points, step * 0.2)
    return box_uv(as_mesh(points, normals, faces, points[:, :2]), texture)


def _sample(field: Field, start: F64, step: float, shape: ArrayLike, slope: float) -> F32:
    """Field values on the grid, exact near the surface, only their sign kept elsewhere."""
    blocks = -(-np.asarray(shape) // _BLOCK)  # per axis, rounded up
    size = _BLOCK * step
    index = np.stack(np.meshgrid(*(np.arange(n) for n in blocks), indexing="ij"), -1)
    centres = start + (index + 0.5) * size - 0.5 * step
    rough = field(centres.astype(np.float32))
    values = np.repeat(np.repeat(np.repeat(rough, _BLOCK, 0), _BLOCK, 1), _BLOCK, 2)
    offsets = np.stack(np.meshgrid(*[np.arange(_BLOCK)] * 3, indexing="ij"), -1)
    # One more cell than half a block: its neighbour's first sample belongs to its last cells.
    near = np.argwhere(np.abs(rough) < slope * np.sqrt(3) * (size / 2 + step))
    for part in np.array_split(near, max(1, len(near) // 200)):
        at = part[:, None, None, None, :] * _BLOCK + offsets  # (k, 8, 8, 8, 3)
        fine = field((start + at * step).astype(np.float32))
        values[at[..., 0], at[..., 1], at[..., 2]] = fine
    return np.asarray(values, np.float32)


def box_uv(mesh: Mesh, texture: float = 0.1) -> Mesh:
    """The mesh with uv projected along whichever axis each face looks, in cm times `texture`."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]] for k in range(3))
    axis = np.abs(np.cross(b - a, c - a)).argmax(axis=1)
    sides = []
    for k, plane in enumerate(([1, 2], [0, 2], [0, 1])):
        faces = mesh.faces[axis == k]
        if len(faces) == 0:
            continue
        used, renumbered = np.unique(faces, return_inverse=True)
        points = mesh.vertices[used]
        uv = points[:, plane] * np.float32(texture) + np.float32(0.37 * k)
        new = renumbered.reshape(-1, 3).astype(np.int32)
        sides.append(Mesh(points, mesh.normals[used], new, uv.astype(np.float32)))
    return merge(*sides)


def on_surface(field: Field, points: ArrayLike, toward: ArrayLike, *, reach: float = 30.0) -> F64:
    """Where rays from `points` (N, 3), outside, first meet the surface going `toward`, one
    direction (3,) for all or one each (N, 3).

    For laying stitches, labels and hardware on a soft shape. A ray that misses stops at `reach`.
    """
    p = np.asarray(points, np.float64)
    way = np.broadcast_to(np.asarray(toward, np.float64), p.shape)
    way = way / np.linalg.norm(way, axis=1, keepdims=True)
    gone = np.zeros(len(p))
    for _ in range(80):
        ahead = field((p + gone[:, None] * way).astype(np.float32))
        gone = np.minimum(gone + 0.7 * np.asarray(ahead, np.float64), reach)
    return np.asarray(p + gone[:, None] * way)
