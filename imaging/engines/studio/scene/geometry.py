"""Meshes without assets: turned, boxed, extruded and gridded surfaces, and moving them about.

Lengths are centimetres, z is up and the front looks towards -y. Normals are exact wherever a
formula gives them, so flat faces stay flat and bevels catch the light. Every mesh leaves here
oriented: a face wound against its normals would render black.
Curves and tubes are in `sweep.py`, soft shapes in `implicit.py`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .look import I32, Mesh

F64 = NDArray[np.float64]
Vec3 = tuple[float, float, float]


def as_mesh(vertices: ArrayLike, normals: ArrayLike, faces: ArrayLike, uv: ArrayLike) -> Mesh:
    """A Mesh from (..., 3), (..., 3), (M, 3) and (..., 2): flattened, cast, unit and oriented."""
    v = np.asarray(vertices, np.float64).reshape(-1, 3)
    n = np.asarray(normals, np.float64).reshape(-1, 3)
    n = n / np.maximum(np.linalg.norm(n, axis=1, keepdims=True), 1e-12)
    coords = np.asarray(uv, np.float64).reshape(-1, 2)
    f32, i32 = np.float32, np.int32
    return orient(Mesh(v.astype(f32), n.astype(f32), np.asarray(faces, i32), coords.astype(f32)))


def orient(mesh: Mesh) -> Mesh:
    """The same mesh with every face wound with its vertex normals and slivers left out."""
    a, b, c = (mesh.vertices[mesh.faces[:, k]].astype(np.float64) for k in range(3))
    normal = np.cross(b - a, c - a)  # (M, 3), twice the area long
    against = (normal * mesh.normals[mesh.faces].sum(axis=1)).sum(axis=1) < 0
    faces = np.where(against[:, None], mesh.faces[:, [0, 2, 1]], mesh.faces)
    longest = np.maximum(np.linalg.norm(b - a, axis=1), np.linalg.norm(c - a, axis=1))
    area = np.linalg.norm(normal, axis=1)
    return mesh._replace(faces=faces[(area > 1e-6 * longest**2) & (area > 1e-12)].astype(np.int32))


def merge(*meshes: Mesh) -> Mesh:
    """All meshes as one, in order."""
    starts = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    return Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate([m.normals for m in meshes]),
        np.concatenate([m.faces + np.int32(s) for m, s in zip(meshes, starts, strict=True)]),
        np.concatenate([m.uv for m in meshes]),
    )


def rotation(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> F64:
    """(3, 3) matrix that turns by `x`, then `y`, then `z` degrees about those axes."""
    a, b, c = np.radians([x, y, z])
    about_x = [[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]]
    about_y = [[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]]
    about_z = [[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]]
    return np.asarray(about_z) @ np.asarray(about_y) @ np.asarray(about_x)


def place(
    mesh: Mesh, at: Vec3 = (0, 0, 0), turn: Vec3 = (0, 0, 0), scale: float | Vec3 = 1.0
) -> Mesh:
    """Scale (negative mirrors), then turn by degrees about x, y, z, then move to `at`."""
    s = np.broadcast_to(np.asarray(scale, np.float64), (3,))
    r = rotation(*turn)
    vertices = (mesh.vertices * s) @ r.T + np.asarray(at)
    return as_mesh(vertices, (mesh.normals / s) @ r.T, mesh.faces, mesh.uv)


def stand(*meshes: Mesh) -> list[Mesh]:
    """The meshes moved together so that the lowest point of all lies on z = 0."""
    drop = min(float(m.vertices[:, 2].min()) for m in meshes)
    down = np.array([0, 0, drop], np.float32)
    return [m._replace(vertices=m.vertices - down) for m in meshes]


def scale_uv(mesh: Mesh, u: float, v: float) -> Mesh:
    return mesh._replace(uv=mesh.uv * np.array([u, v], np.float32))


def tile_uv(mesh: Mesh, size: float = 10.0) -> Mesh:
    """The mesh with u and v rescaled, each by one factor, to span `size` cm per unit on average.

    A texture then has its true scale on any part, whatever its uv measured before.
    """
    edges, steps = (
        [(x[mesh.faces[:, k]] - x[mesh.faces[:, 0]]).astype(np.float64) for k in (1, 2)]
        for x in (mesh.vertices, mesh.uv)
    )
    (u1, v1), (u2, v2) = steps[0].T, steps[1].T
    turn = u1 * v2 - u2 * v1
    good = np.abs(turn) > 1e-9
    area = np.linalg.norm(np.cross(edges[0], edges[1]), axis=1)[good]
    per_u = (edges[0] * v2[:, None] - edges[1] * v1[:, None])[good] / turn[good, None]
    per_v = (edges[1] * u1[:, None] - edges[0] * u2[:, None])[good] / turn[good, None]
    along = [float(np.average(np.linalg.norm(d, axis=1), weights=area)) for d in (per_u, per_v)]
    return scale_uv(mesh, along[0] / size, along[1] / size)


def grid_faces(rows: int, columns: int) -> I32:
    """(2 * (rows - 1) * (columns - 1), 3) triangles of a row-major grid of vertices."""
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    a = r * columns + c
    b, d = a + columns, a + 1
    both = [np.stack([a, b, b + 1], -1), np.stack([a, b + 1, d], -1)]
    return np.concatenate([f.reshape(-1, 3) for f in both]).astype(np.int32)


def smooth_normals(vertices: F64, faces: I32) -> F64:
    """(N, 3) area-weighted normals; vertices at one place share theirs, so seams do not show."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    flat = np.cross(b - a, c - a)
    size = float(np.ptp(vertices, axis=0).max()) or 1.0
    _, same = np.unique(np.round(vertices / size * 1e6), axis=0, return_inverse=True)
    same = same.reshape(-1)
    total = np.zeros((int(same.max()) + 1, 3))
    for k in range(3):
        np.add.at(total, same[faces[:, k]], flat)
    return total[same]


def grid(points: ArrayLike, *, flip: bool = False, uv: ArrayLike | None = None) -> Mesh:
    """A surface through (rows, columns, 3) points with smooth normals.

    Seen from outside, columns run left to right and rows upwards; `flip` turns it over. `uv` is
    (rows, columns, 2); without it u runs 0..1 over the columns and v over the rows.
    """
    p = np.asarray(points, np.float64)
    rows, columns = p.shape[:2]
    faces = grid_faces(rows, columns)
    if not flip:  # grid_faces winds the other way
        faces = faces[:, [0, 2, 1]]
    if uv is None:
        v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        uv = np.stack([u, v], -1)
    flat = p.reshape(-1, 3)
    return as_mesh(flat, smooth_normals(flat, faces), faces, uv)


def ripple(mesh: Mesh, amount: float, wavelength: float, seed: int = 0) -> Mesh:
    """The mesh gently moved about, as soft things lie: up to about `amount` cm, in waves of about
    `wavelength` cm, the same for the same seed. Normals are smoothed anew."""
    rng = np.random.default_rng(seed)
    p = mesh.vertices.astype(np.float64)
    shift = np.zeros_like(p)
    waves = 7
    for _ in range(waves):
        way = rng.normal(size=3)
        way *= 2 * np.pi / (wavelength * rng.uniform(0.7, 1.6) * np.linalg.norm(way))
        shift += np.sin(p @ way + rng.uniform(0, 2 * np.pi))[:, None] * rng.normal(size=3)
    moved = p + shift * (amount / np.sqrt(waves))
    return as_mesh(moved, smooth_normals(moved, mesh.faces), mesh.faces, mesh.uv)


def facets(vertices: ArrayLike, faces: ArrayLike) -> Mesh:
    """A convex body round the origin with flat, sharp faces, such as a cut gem."""
    v, f = np.asarray(vertices, np.float64), np.asarray(faces, np.int32)
    corners = v[f]  # (M, 3, 3)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal *= np.sign((normal * corners.mean(axis=1)).sum(axis=1, keepdims=True))
    index = np.arange(3 * len(f)).reshape(-1, 3)
    return as_mesh(corners, np.repeat(normal, 3, axis=0), index, np.zeros((3 * len(f), 2)))


def fillet(
    points: ArrayLike, radius: float | Sequence[float] = 0.0, *, steps: int = 8
) -> tuple[F64, F64]:
    """Round the corners of an open polyline (K, 2).

    `radius` is one for all or one per point; the ends are never rounded, and a radius too large
    for its sides is cut down. Returns points (N, 2) and unit normals (N, 2) on the right of
    travel; an unrounded corner appears twice, once with each side's normal.
    """
    p = np.asarray(points, np.float64)
    radii = np.broadcast_to(np.asarray(radius, np.float64), (len(p),))
    out: list[F64] = [p[:1]]
    normals: list[F64] = [_right(p[1] - p[0])[None]]
    for k in range(1, len(p) - 1):
        corner, normal = _round_corner(p[k - 1], p[k], p[k + 1], float(radii[k]), steps)
        out.append(corner)
        normals.append(normal)
    out.append(p[-1:])
    normals.append(_right(p[-1] - p[-2])[None])
    return np.concatenate(out), np.concatenate(normals)


def _right(direction: F64) -> F64:
    turned: F64 = np.array([direction[1], -direction[0]])
    return turned / max(float(np.hypot(*direction)), 1e-12)


def _round_corner(a: F64, b: F64, c: F64, radius: float, steps: int) -> tuple[F64, F64]:
    before, after = float(np.hypot(*(b - a))), float(np.hypot(*(c - b)))
    d1, d2 = (b - a) / max(before, 1e-12), (c - b) / max(after, 1e-12)
    n1, n2 = _right(d1), _right(d2)
    angle = float(np.arccos(np.clip(d1 @ d2, -1, 1)))
    if radius <= 0 or angle < 1e-3 or angle > np.pi - 1e-3:
        return np.stack([b, b]), np.stack([n1, n2])
    # Both sides must have room for their half of the tangent.
    tangent = min(radius * np.tan(angle / 2), 0.495 * before, 0.495 * after)
    r = tangent / np.tan(angle / 2)
    left = 1.0 if d1[0] * d2[1] - d1[1] * d2[0] > 0 else -1.0
    centre = b - d1 * tangent - n1 * r * left
    t = np.linspace(0, 1, steps + 1)[:, None]
    normals = (n1 * np.sin((1 - t) * angle) + n2 * np.sin(t * angle)) / np.sin(angle)
    return centre + normals * r * left, normals


def lathe(
    profile: ArrayLike,
    radius: float | Sequence[float] = 0.0,
    *,
    around: int = 96,
    steps: int = 8,
) -> Mesh:
    """Turn a profile (K, 2) of (distance from the axis, z) about z, its corners filleted.

    Travel from the bottom centre up the outside (and, for a vessel, back down the inside): the
    outside is on the right. u runs once round from the back, so u = 0.5 faces the camera; v is
    the length along the profile, 0..1.
    """
    p, n = fillet(profile, radius, steps=steps)
    phi = np.pi / 2 + np.linspace(0, 2 * np.pi, around + 1)
    ring = np.stack([np.cos(phi), np.sin(phi), np.ones_like(phi)], -1)  # (around + 1, 3)
    vertices = p[:, None, [0, 0, 1]] * ring
    normals = n[:, None, [0, 0, 1]] * ring
    length = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(p, axis=0).T))])
    v, u = np.meshgrid(length / length[-1], np.linspace(0, 1, around + 1), indexing="ij")
    return as_mesh(vertices, normals, grid_faces(len(p), around + 1), np.stack([u, v], -1))


def disc(radius: float, z: float = 0.0, *, up: bool = True, around: int = 96) -> Mesh:
    """A flat disc; uv is the square around it, upright for a viewer standing at -y."""
    flat = lathe([(radius, z), (0, z)] if up else [(0, z), (radius, z)], around=around)
    return flat._replace(uv=(flat.vertices[:, :2] / (2 * radius) + 0.5).astype(np.float32))


def sphere(radius: float | Vec3, centre: Vec3 = (0, 0, 0), *, around: int = 64) -> Mesh:
    """A ball, or an ellipsoid with three radii; uv as for `lathe`."""
    t = np.linspace(-np.pi / 2, np.pi / 2, around // 2 + 1)
    phi = np.pi / 2 + np.linspace(0, 2 * np.pi, around + 1)
    c, s = np.cos(t)[:, None], np.sin(t)[:, None]
    z = np.broadcast_to(s, (len(t), len(phi)))
    unit = np.stack([c * np.cos(phi), c * np.sin(phi), z], -1)
    r = np.broadcast_to(np.asarray(radius, np.float64), (3,))
    v, u = np.meshgrid(np.linspace(0, 1, len(t)), np.linspace(0, 1, len(phi)), indexing="ij")
    faces = grid_faces(len(t), len(phi))
    return as_mesh(unit * r + np.asarray(centre), unit / r, faces, np.stack([u, v], -1))


def torus(ring: float, tube: float, *, around: int = 96, across: int = 24) -> Mesh:
    """A ring of radius `ring` about z at z = 0, its tube of radius `tube`."""
    t = np.linspace(-np.pi, np.pi, across + 1)
    phi = np.pi / 2 + np.linspace(0, 2 * np.pi, around + 1)
    c, s = np.cos(t)[:, None], np.sin(t)[:, None]
    z = np.broadcast_to(s, (len(t), len(phi)))
    normals = np.stack([c * np.cos(phi), c * np.sin(phi), z], -1)
    centres = np.stack([np.cos(phi), np.sin(phi), 0 * phi], -1) * ring
    v, u = np.meshgrid(np.linspace(0, 1, len(t)), np.linspace(0, 1, len(phi)), indexing="ij")
    faces = grid_faces(len(t), len(phi))
    return as_mesh(centres + tube * normals, normals, faces, np.stack([u, v], -1))


def rounded_box(size: Vec3, radius: float, centre: Vec3 = (0, 0, 0), *, steps: int = 6) -> Mesh:
    """A box (x, y, z) with rounded edges; each face has uv 0..1, upright seen from outside."""
    half = np.asarray(size, np.float64) / 2
    r = min(radius, float(half.min()) * 0.999)
    sides = [_box_side(half, r, axis, sign, steps) for axis in range(3) for sign in (-1.0, 1.0)]
    box = merge(*sides)
    return box._replace(vertices=box.vertices + np.asarray(centre, np.float32))


def _box_side(half: F64, r: float, axis: int, sign: float, steps: int) -> Mesh:
    """One face with its half of each rounded edge. Rows run along `b`, columns along `a`."""
    a, b = {0: (1, 2), 1: (0, 2), 2: (0, 1)}[axis]
    edge = np.tan(np.linspace(0, np.pi / 4, steps)) * r
    lines = [np.concatenate([-(half[k] - r) - edge[::-1], half[k] - r + edge]) for k in (a, b)]
    rows, columns = np.meshgrid(lines[1], lines[0], indexing="ij")
    p = np.zeros((*rows.shape, 3))
    p[..., axis], p[..., a], p[..., b] = sign * half[axis], columns, rows
    inner = np.clip(p, r - half, half - r)
    normals = p - inner
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    uv = np.stack([columns / (2 * half[a]) + 0.5, rows / (2 * half[b]) + 0.5], -1)
    if (axis, sign) in ((0, -1.0), (1, 1.0), (2, -1.0)):  # seen from behind, left is right
        uv[..., 0] = 1 - uv[..., 0]
    return as_mesh(inner + r * normals, normals, grid_faces(*rows.shape), uv)
