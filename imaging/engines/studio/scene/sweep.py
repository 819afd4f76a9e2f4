"""Curves in space and what runs along them: tubes, straps, piping, stitches."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.interpolate import CubicSpline, PchipInterpolator

from .geometry import F64, as_mesh, grid_faces, merge
from .look import Mesh

Section = tuple[float, float, float]
"""(half thickness, half width, power) of a superellipse; power 2 is an ellipse, 6 nearly a box."""


def spline(points: ArrayLike, count: int = 64, *, closed: bool = False) -> F64:
    """(count, D) points evenly spaced along a smooth curve through (K, D) points.

    A closed curve does not repeat its first point.
    """
    p = np.asarray(points, np.float64)
    if closed:
        p = np.concatenate([p, p[:1]])
    t = np.concatenate([[0], np.cumsum(np.sqrt(np.linalg.norm(np.diff(p, axis=0), axis=1)))])
    curve = CubicSpline(t, p, bc_type="periodic" if closed else "natural")
    fine: F64 = curve(np.linspace(0, t[-1], 8 * count))
    return resample(fine, count + 1)[:-1] if closed else resample(fine, count)


def monotone(x: ArrayLike, y: ArrayLike) -> PchipInterpolator:
    """A smooth function through (x, y) that never overshoots its points."""
    return PchipInterpolator(np.asarray(x, np.float64), np.asarray(y, np.float64))


def lengths(path: F64) -> F64:
    """(N,) length along an open path (N, D) at each point."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    return np.concatenate([[0], np.cumsum(steps)])


def resample(path: ArrayLike, count: int) -> F64:
    """(count, D) points evenly spaced along an open path (N, D)."""
    p = np.asarray(path, np.float64)
    along = lengths(p)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, p[:, k]) for k in range(p.shape[1])], -1)


def circle(radius: float, z: float = 0.0, count: int = 96) -> F64:
    """(count, 3) points of a closed circle about z."""
    t = np.linspace(0, 2 * np.pi, count, endpoint=False)
    return np.stack([radius * np.cos(t), radius * np.sin(t), np.full(count, z)], -1)


def frames(path: F64, closed: bool, up: ArrayLike | None) -> tuple[F64, F64, F64]:
    """Unit tangent, normal and binormal (N, 3) along a path.

    With `up` the binormal stays as near to it as it can, so a strap keeps its width that way;
    without, the frame turns as little as possible.
    """
    step = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    tangent = step / np.maximum(np.linalg.norm(step, axis=1, keepdims=True), 1e-12)
    if up is not None:
        wanted = np.broadcast_to(np.asarray(up, np.float64), path.shape)
        normal = np.cross(wanted, tangent)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        return tangent, normal, np.cross(tangent, normal)
    normal = _least_twist(tangent)
    if closed:  # spread what is left over at the seam
        last = normal[-1] - tangent[0] * (normal[-1] @ tangent[0])
        side = np.cross(tangent[0], normal[0])
        gap = -np.arctan2(last @ side, last @ normal[0])
        angle = (gap * np.arange(len(path)) / len(path))[:, None]
        normal = normal * np.cos(angle) + np.cross(tangent, normal) * np.sin(angle)
    return tangent, normal, np.cross(tangent, normal)


def _least_twist(tangent: F64) -> F64:
    axis = np.eye(3)[int(np.abs(tangent[0]).argmin())]
    normal = np.empty_like(tangent)
    normal[0] = np.cross(tangent[0], axis)
    normal[0] /= np.linalg.norm(normal[0])
    for k in range(1, len(tangent)):
        n = normal[k - 1] - tangent[k] * (normal[k - 1] @ tangent[k])
        normal[k] = n / max(float(np.linalg.norm(n)), 1e-12)
    return normal


def sweep(
    path: ArrayLike,
    section: float | Section | F64,
    *,
    closed: bool = False,
    up: ArrayLike | None = None,
    around: int = 20,
    round_ends: bool = True,
) -> Mesh:
    """A solid along a path (N, 3).

    `section` is a radius, a radius per point (N,), or a superellipse `Section` whose half width
    lies along the frame's binormal (towards `up`) and whose half thickness across it. The ends
    are domed, or flat without `round_ends`. u runs along and v round, both 0..1 by
    length.
    """
    p = np.asarray(path, np.float64)
    tangent, normal, binormal = frames(p, closed, up)
    a, b, power = _section(section, len(p))
    rings = np.column_stack([p, normal, binormal, a, b, np.ones_like(a), 0 * tangent])
    rings = _closed(rings) if closed else _with_ends(rings, tangent, round_ends)
    centre, normal, binormal = (rings[:, None, k : k + 3] for k in (0, 3, 6))
    a, b, scale = (rings[:, k, None] for k in (9, 10, 11))
    lean = rings[:, None, 12:]
    x, y, round_it = _round_section(float(a.max()), float(b.max()), power, around)
    nx, ny = _power(x, power - 1) / a, _power(y, power - 1) / b
    outward = nx[..., None] * normal + ny[..., None] * binormal
    outward /= np.linalg.norm(outward, axis=-1, keepdims=True)
    outward = outward * np.sqrt(1 - (lean**2).sum(axis=-1, keepdims=True).clip(0, 1)) + lean
    vertices = centre + (a * scale * x)[..., None] * normal
    vertices = vertices + (b * scale * y)[..., None] * binormal
    along = lengths(centre[:, 0])
    u, v = np.meshgrid(along / along[-1], round_it, indexing="ij")
    return as_mesh(vertices, outward, grid_faces(len(rings), around + 1), np.stack([u, v], -1))


def _round_section(a: float, b: float, power: float, around: int) -> tuple[F64, F64, F64]:
    """Points x and y (around + 1,) of |x|^power + |y|^power = 1, and their share of its length
    once stretched by `a` and `b`.

    Half of the points are spread by length, half by how far the normal turns, so that neither the
    sides nor the corners go short.
    """
    t = np.linspace(0, 2 * np.pi, 4001)
    c, s = np.cos(t), np.sin(t)
    far = (np.abs(c) ** power + np.abs(s) ** power) ** (1 / power)
    x, y = c / far, s / far
    by_length = lengths(np.stack([a * x, b * y], -1))
    by_length /= by_length[-1]
    normal = np.unwrap(np.arctan2(_power(y, power - 1) / b, _power(x, power - 1) / a))
    by_turn = (normal - normal[0]) / (normal[-1] - normal[0])
    at = np.interp(np.linspace(0, 1, around + 1), (by_length + by_turn) / 2, t)
    return np.interp(at, t, x), np.interp(at, t, y), np.interp(at, t, by_length)


def _power(x: F64, exponent: float) -> F64:
    """|x| ** exponent with the sign of x."""
    return np.sign(x) * np.abs(x) ** exponent


def _section(section: float | Section | F64, count: int) -> tuple[F64, F64, float]:
    if isinstance(section, tuple):
        return np.full(count, section[0]), np.full(count, section[1]), section[2]
    radius = np.broadcast_to(np.asarray(section, np.float64), (count,))
    return radius, radius, 2.0


def _closed(rings: F64) -> F64:
    return np.concatenate([rings, rings[:1]])


def _with_ends(rings: F64, tangent: F64, domed: bool) -> F64:
    """The rings with those that close both ends: smaller sections leaning outwards."""
    if domed:
        t = np.linspace(0, np.pi / 2, 6)[:-1]
        scale, lean, reach = np.sin(t), np.cos(t), np.cos(t)
    else:
        scale, lean, reach = np.array([0.0, 1.0]), np.ones(2), np.zeros(2)
    ends = []
    for ring, out in ((rings[0], -tangent[0]), (rings[-1], tangent[-1])):
        cap = np.tile(ring, (len(scale), 1))
        cap[:, :3] += out * (reach * min(ring[9], ring[10]))[:, None]
        cap[:, 11] = scale
        cap[:, 12:] = out * lean[:, None]
        ends.append(cap)
    return np.concatenate([ends[0], rings, ends[1][::-1]])


def loop(path: ArrayLike, section: float | Section, *, up: ArrayLike | None = None) -> Mesh:
    """A closed ring of even section along a path whose first point is not repeated."""
    return sweep(path, section, closed=True, up=up)


def stitches(path: ArrayLike, *, length: float, gap: float, radius: float, around: int = 6) -> Mesh:
    """Sewn stitches laid end to end along a path (N, 3), each a short rounded thread."""
    p = np.asarray(path, np.float64)
    along = lengths(p)
    count = max(1, int((along[-1] + gap) / (length + gap)))
    starts = (along[-1] - count * (length + gap) + gap) / 2 + np.arange(count) * (length + gap)
    threads = []
    for start in starts:
        at = np.linspace(start + radius, start + length - radius, 3)
        threads.append(np.stack([np.interp(at, along, p[:, k]) for k in range(3)], -1))
    return merge(*(sweep(thread, radius, around=around) for thread in threads))
