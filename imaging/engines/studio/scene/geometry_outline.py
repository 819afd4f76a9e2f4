"""Outlines and what is made of them: extruded plates, rounded shapes, printed patches."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from .geometry import F64, Vec3, as_mesh, fillet, grid, grid_faces, merge
from .look import I32, Mesh


def rounded_outline(points: ArrayLike, radius: float | list[float], *, steps: int = 8) -> F64:
    """(N, 2) closed outline of the polygon (K, 2) with its corners rounded, first point last left
    out. Works for either winding."""
    p = np.asarray(points, np.float64)
    radii = np.broadcast_to(np.asarray(radius, np.float64), (len(p),))
    # The ends of an open polyline are not rounded: start and finish in the middle of a side.
    middle = (p[:1] + p[-1:]) / 2
    path = np.concatenate([middle, p, middle])
    rounded, _ = fillet(path, [0.0, *radii.tolist(), 0.0], steps=steps)
    keep = np.hypot(*np.diff(rounded, axis=0).T) > 1e-9
    outline: F64 = rounded[:-1][keep]
    return outline


def rounded_rectangle(width: float, height: float, radius: float, *, steps: int = 8) -> F64:
    """(N, 2) counter-clockwise outline about the origin."""
    w, h = width / 2, height / 2
    return rounded_outline([(-w, -h), (w, -h), (w, h), (-w, h)], min(radius, w, h), steps=steps)


def superellipse(a: float, b: float, power: float = 2.5, *, count: int = 96) -> F64:
    """(count, 2) counter-clockwise |x/a|^power + |y/b|^power = 1; power 2 is an ellipse."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    x = np.sign(c) * np.abs(c) ** (2 / power)
    y = np.sign(s) * np.abs(s) ** (2 / power)
    return np.stack([a * x, b * y], -1)


def fluted(radius: float, flutes: int, depth: float, *, per_flute: int = 8) -> F64:
    """(N, 2) counter-clockwise circle with rounded ribs, `depth` cm from crest to hollow."""
    t = np.linspace(0, 2 * np.pi, flutes * per_flute, endpoint=False)
    r = radius - depth * (0.5 - 0.5 * np.cos(flutes * t))
    return np.stack([r * np.cos(t), r * np.sin(t)], -1)


def signed_area(outline: F64) -> float:
    """Area of a closed polygon (N, 2), positive when counter-clockwise."""
    x, y = outline.T
    return float((x * np.roll(y, -1) - np.roll(x, -1) * y).sum() / 2)


def triangulate(outline: F64) -> I32:
    """(N - 2, 3) triangles of a simple counter-clockwise polygon (N, 2), by ear clipping.

    Raises ValueError if the polygon crosses itself.
    """
    if _crosses_itself(outline):
        raise ValueError("the outline crosses itself")
    rest = list(range(len(outline)))
    faces: list[tuple[int, int, int]] = []
    at = tries = 0
    while len(rest) > 3:
        at %= len(rest)
        a, b, c = rest[at - 1], rest[at], rest[(at + 1) % len(rest)]
        # An outline that only touches itself may have no ear left: cut on regardless.
        if tries >= len(rest) or _is_ear(outline, a, b, c, rest):
            faces.append((a, b, c))
            rest.pop(at)
            tries = 0
        else:
            tries += 1
        at += 1  # stepping on spreads the ears, which avoids fans of thin slivers
    return np.array([*faces, tuple(rest)], np.int32)


def _crosses_itself(p: F64) -> bool:
    """True if two edges of the closed polygon (N, 2) properly cross."""
    q = np.roll(p, -1, axis=0)

    def side(at: F64) -> F64:  # [i, k]: on which side of edge i lies at[k]
        e, w = (q - p)[:, None], at[None] - p[:, None]
        cross: F64 = e[..., 0] * w[..., 1] - e[..., 1] * w[..., 0]
        return cross

    apart = side(p) * side(q) < -1e-15
    return bool((apart & apart.T).any())


def _is_ear(p: F64, a: int, b: int, c: int, rest: list[int]) -> bool:
    def side(i: int, j: int, q: F64) -> F64:
        e, w = p[j] - p[i], q - p[i]
        cross: F64 = e[0] * w[..., 1] - e[1] * w[..., 0]
        return cross

    if side(a, b, p[c]) < -1e-12:
        return False
    others = p[[k for k in rest if k not in (a, b, c)]]
    inside = (side(a, b, others) > 1e-12) & (side(b, c, others) > 1e-12)
    return not bool((inside & (side(c, a, others) > 1e-12)).any())


def extrude(
    outline: ArrayLike, height: float, *, bevel: float = 0.0, steps: int = 4, crease: float = 40
) -> Mesh:
    """A plate: the closed outline (N, 2) raised from z = 0 to `height`, both rims rounded.

    `bevel` must be smaller than half the height and than the tightest curve; where it makes the
    cap cross itself ValueError is raised. Corners sharper than `crease` degrees stay sharp. The
    caps' uv is the outline's bounding box 0..1, the side's is length round by height, both 0..1.
    """
    p = np.asarray(outline, np.float64)
    if signed_area(p) < 0:
        p = p[::-1]
    n1, n2 = _outward(p - np.roll(p, 1, axis=0)), _outward(np.roll(p, -1, axis=0) - p)
    mitre = (n1 + n2) / np.maximum((1 + (n1 * n2).sum(axis=1))[:, None], 0.25)
    inset, level, tilt = _rims(height, bevel, steps)
    # Every edge of the outline has its own two columns, so that a sharp corner can stay sharp.
    sharp = ((n1 * n2).sum(axis=1) < np.cos(np.radians(crease)))[:, None]
    starts, ends = np.where(sharp, n2, n1 + n2), np.where(sharp, n1, n1 + n2)
    pair = np.arange(len(p))[:, None] + [0, 1]
    flat = np.stack([starts, np.roll(ends, -1, axis=0)], 1).reshape(-1, 2)
    flat /= np.linalg.norm(flat, axis=1, keepdims=True)
    order = pair.reshape(-1) % len(p)
    ring = p[order] - mitre[order] * inset[:, None, None]  # (levels, 2N, 2)
    up = np.broadcast_to(tilt[:, None, None], (*ring.shape[:2], 1))
    z = np.broadcast_to(level[:, None, None], up.shape)
    normals = np.concatenate([flat * np.sqrt(1 - up**2), up], -1)
    side = _ring_side(np.concatenate([ring, z], -1), normals)
    caps = [_cap(p - mitre * bevel, z, up) for z, up in ((0.0, False), (height, True))]
    return merge(side, *caps)


def _rims(height: float, bevel: float, steps: int) -> tuple[F64, F64, F64]:
    """Inset, z and the upward part of the normal at each level of a plate's side."""
    if bevel <= 0:
        return np.zeros(2), np.array([0.0, height]), np.zeros(2)
    t = np.linspace(0, np.pi / 2, steps + 1)
    s, c = np.sin(t), np.cos(t)
    inset = bevel * (1 - np.concatenate([s, s[::-1]]))
    level = np.concatenate([bevel * (1 - c), height - bevel * (1 - c[::-1])])
    return inset, level, np.concatenate([-c, c[::-1]])


def _outward(edge: F64) -> F64:
    turned: F64 = np.stack([edge[:, 1], -edge[:, 0]], -1)
    length: F64 = np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
    return turned / length


def _ring_side(ring: F64, normals: F64) -> Mesh:
    """Quads between even and odd columns only: each edge of the outline has its own pair."""
    levels, columns = ring.shape[:2]
    faces = grid_faces(levels, columns)
    faces = faces[(faces % columns).min(axis=1) % 2 == 0]
    v, u = np.meshgrid(np.linspace(0, 1, levels), np.linspace(0, 1, columns), indexing="ij")
    return as_mesh(ring, normals, faces, np.stack([u, v], -1))


def _cap(outline: F64, z: float, up: bool) -> Mesh:
    low, size = outline.min(axis=0), np.ptp(outline, axis=0)
    vertices = np.column_stack([outline, np.full(len(outline), z)])
    normals = np.broadcast_to([0, 0, 1.0 if up else -1.0], vertices.shape)
    return as_mesh(vertices, normals, triangulate(outline), (outline - low) / size)


def label_band(
    radius: float,
    bottom: float,
    top: float,
    degrees: float,
    *,
    lift: float = 0.012,
    facing: float = -90.0,
    top_radius: float | None = None,
) -> Mesh:
    """A printed patch round a cylinder (or cone, with `top_radius`) about z.

    It spans `degrees` centred on the direction `facing` (-90 is the front, -y) and floats `lift`
    cm above the surface; uv is 0..1, upright.
    """
    phi = np.radians(facing + np.linspace(-degrees / 2, degrees / 2, 64))
    z = np.linspace(bottom, top, 24)
    r = np.linspace(radius, radius if top_radius is None else top_radius, len(z)) + lift
    points = np.stack(
        np.broadcast_arrays(r[:, None] * np.cos(phi), r[:, None] * np.sin(phi), z[:, None]), -1
    )
    return grid(points)


def label_panel(width: float, height: float, centre: Vec3, *, corner: float = 0.0) -> Mesh:
    """A flat printed patch facing -y; uv is 0..1, upright. `corner` rounds its corners."""
    w, h = width / 2, height / 2
    square = [(-w, -h), (w, -h), (w, h), (-w, h)]
    outline = rounded_outline(square, corner) if corner > 0 else np.asarray(square, np.float64)
    vertices = np.column_stack([outline[:, 0], 0 * outline[:, 0], outline[:, 1]])
    normals = np.broadcast_to([0.0, -1.0, 0.0], vertices.shape)
    uv = outline / [width, height] + 0.5
    return as_mesh(vertices + np.asarray(centre), normals, triangulate(outline), uv)


def drape(
    surface: Callable[[F64, F64], F64],
    across: tuple[float, float],
    up: tuple[float, float],
    *,
    rows: int = 40,
    columns: int = 60,
) -> Mesh:
    """A patch of a parametric surface: `surface(u, v)` gives (..., 3) for u in `across`, v in
    `up`. u must run left to right and v upwards seen from outside; uv is 0..1."""
    v, u = np.meshgrid(np.linspace(*up, rows), np.linspace(*across, columns), indexing="ij")
    return grid(surface(u, v))
