"""Toys: balls."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene.geometry import F64, as_mesh, lathe, merge, place, sphere
from imaging.engines.studio.scene.implicit import box_uv
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import sweep

from .dress import finished, paint, second, tinted
from .shaping import moved, of, standing
from .toys import palette


def _panel(corners: F64, radius: float, fine: int = 7) -> Mesh:
    """A puffed patch over the spherical polygon with these corners (K, 3), unit vectors."""
    centre = corners.mean(axis=0)
    points: list[F64] = []
    faces: list[tuple[int, int, int]] = []
    for k in range(len(corners)):
        a, b = corners[k], corners[(k + 1) % len(corners)]
        start = len(points)
        for i in range(fine + 1):
            for j in range(i + 1):
                t = i / fine
                edge = a + (b - a) * (j / i if i else 0.0)
                p = centre + (edge - centre) * t
                p = p / np.linalg.norm(p)
                points.append(p * radius * (1 - 0.022 * max(0.0, (t - 0.72) / 0.28) ** 2.2))
        for i in range(fine):
            row, below = start + i * (i + 1) // 2, start + (i + 1) * (i + 2) // 2
            for j in range(i + 1):
                faces.append((row + j, below + j, below + j + 1))
                if j < i:
                    faces.append((row + j, below + j + 1, row + j + 1))
    p = np.array(points)
    t = 1 - np.linalg.norm(p, axis=1) / radius
    away = p - centre * (p @ centre)[:, None] / (centre @ centre)
    normals = p / np.linalg.norm(p, axis=1, keepdims=True)
    normals = (
        normals
        + away
        / np.maximum(np.linalg.norm(away, axis=1), 1e-9)[:, None]
        * (np.sqrt(np.clip(t, 0, 1)) * 5.5)[:, None]
    )
    return as_mesh(p, normals, faces, p[:, :2] / (2 * radius) + 0.5)


def _football() -> tuple[list[F64], list[F64]]:
    """Corners of the 12 pentagons and 20 hexagons of a truncated icosahedron, unit vectors."""
    g = (1 + 5**0.5) / 2
    base = [(0.0, s, t * g) for s in (-1, 1) for t in (-1, 1)]
    v = np.array([np.roll(p, k) for k in range(3) for p in base])
    near = np.linalg.norm(v[:, None] - v[None], axis=-1)
    edge = (near > 0.1) & (near < 2.1)
    pentagons = [
        _ordered(v[i], np.array([v[i] + (v[j] - v[i]) / 3 for j in np.flatnonzero(edge[i])]))
        for i in range(12)
    ]
    hexagons = []
    for i in range(12):
        for j in range(i + 1, 12):
            for k in range(j + 1, 12):
                if edge[i, j] and edge[j, k] and edge[i, k]:
                    three = [v[i], v[j], v[k]]
                    cuts = [a + (b - a) / 3 for a in three for b in three if a is not b]
                    hexagons.append(_ordered(v[i] + v[j] + v[k], np.array(cuts)))
    return pentagons, hexagons


def _ordered(axis: F64, points: F64) -> F64:
    """The points counter-clockwise round the axis, on the unit sphere."""
    axis = axis / np.linalg.norm(axis)
    e1 = np.cross(axis, [0.3, 0.5, 0.8])
    e1 /= np.linalg.norm(e1)
    angle = np.arctan2(points @ np.cross(axis, e1), points @ e1)
    sorted_: F64 = points[np.argsort(angle)]
    sorted_ /= np.linalg.norm(sorted_, axis=1, keepdims=True)
    return sorted_


def _soccer(look: Look) -> list[Part]:
    pentagons, hexagons = _football()
    light = finished(look, paint(look.color or "#f2f0ea", 0.36, 0.3))
    dark = finished(look, paint(second(look, "#1f2023"), 0.36, 0.3))
    core = sphere(10.72)
    parts = [
        *of(light, merge(*(_panel(h, 11.0) for h in hexagons))),
        *of(dark, merge(*(_panel(p, 11.0) for p in pentagons))),
        *of(paint("#3b3a38", 0.8), core),
    ]
    return moved(parts, turn=(18, 12, 25))


def _seams(radius: float, curves: list[F64], thick: float, color: str) -> list[Part]:
    tubes = [
        sweep(c / np.linalg.norm(c, axis=1, keepdims=True) * radius, thick, closed=True)
        for c in curves
    ]
    return of(paint(color, 0.6), *tubes)


def _basketball(look: Look) -> list[Part]:
    hide = tinted(look, Material(kind="leather", color="#c4622a", bump=1.3))
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    c, s = np.cos(t), np.sin(t)
    bow = 0.62
    curves = [
        np.stack([c, s, 0 * t], -1),
        np.stack([0 * t, c, s], -1),
        *(np.stack([side * (bow + 0.16 * np.cos(2 * t)), c, s], -1) for side in (-1, 1)),
    ]
    ball = box_uv(sphere(12.0, around=128), 0.07)
    parts = [*of(hide, ball), *_seams(11.96, curves, 0.16, second(look, "#1d1a18"))]
    return moved(parts, turn=(24, 14, 38))


def _tennis(look: Look) -> list[Part]:
    felt = tinted(look, Material(kind="plush", color="#c8d23c"))
    t = np.linspace(0, 2 * np.pi, 240, endpoint=False)
    a, b = 0.44, 2 * np.sqrt(0.44 * 0.56)
    # The classic seam: 4 lobes on the sphere; a + its complement is 1.
    curve = np.stack(
        [
            (1 - a) * np.cos(t) + a * np.cos(3 * t),
            (1 - a) * np.sin(t) - a * np.sin(3 * t),
            b * np.sin(2 * t),
        ],
        -1,
    )
    ball = box_uv(sphere(3.3, around=96), 0.25)
    return [*of(felt, ball), *_seams(3.27, [curve], 0.11, second(look, "#f1f0ea"))]


def _gore(start: float, end: float, radius: float) -> Mesh:
    """A beach ball's panel between two meridians, pulled in a little at its welds."""
    t = np.linspace(0.16, np.pi, 60)[:, None]
    phi = np.linspace(start, end, 33)[None]
    share = (phi - start) / (end - start)
    pull = 1 - 0.018 * np.abs(2 * share - 1) ** 6 * np.sin(t)
    unit = np.stack(
        np.broadcast_arrays(np.sin(t) * np.cos(phi), np.sin(t) * np.sin(phi), np.cos(t)), -1
    )
    slope = 0.018 * 12 * np.abs(2 * share - 1) ** 5 * np.sign(2 * share - 1) / (end - start)
    side = np.stack(np.broadcast_arrays(-np.sin(phi), np.cos(phi), 0 * phi), -1)
    normals = unit + side * (slope + 0 * t)[..., None]
    v, u = np.meshgrid(np.linspace(0, 1, 60), np.linspace(0, 1, 33), indexing="ij")
    rows, columns = np.meshgrid(np.arange(59), np.arange(32), indexing="ij")
    first = rows * 33 + columns
    both = [
        np.stack([first, first + 33, first + 34], -1),
        np.stack([first, first + 34, first + 1], -1),
    ]
    faces = np.concatenate([f.reshape(-1, 3) for f in both])
    return as_mesh(unit * (radius * pull)[..., None], normals, faces, np.stack([u, v], -1))


def _beach(look: Look) -> list[Part]:
    tones = ("#c2473d", "#f4efe4", "#3f7bb0", "#f4efe4", "#e0b53c", "#f4efe4")
    if look.color:
        tones = (look.color, look.color2 or "#f4efe4") * 3
    vinyl = {tone: finished(look, paint(tone, 0.22, 0.8)) for tone in [*palette(look, 6), *tones]}
    step = np.pi / 3
    parts = [Part(_gore(k * step, (k + 1) * step, 14.0), vinyl[tones[k]]) for k in range(6)]
    cap = place(lathe([(2.5, -0.2), (2.3, 0.0), (0, 0.18)], [0, 0.1, 0]), at=(0, 0, 13.72))
    valve = lathe([(0, 0.1), (0.5, 0.1), (0.45, 0.5), (0, 0.55)], [0, 0.05, 0.12, 0])
    white = paint("#f4efe4", 0.22, 0.8)
    return moved([*parts, *of(white, cap, place(valve, at=(0, 0, 13.75)))], turn=(26, -22, 10))


@archetype(
    "ball",
    category="toys",
    words=(
        "ball",
        "beach ball",
        "football",
        "soccer ball",
        "basketball",
        "tennis ball",
        "toy ball",
        "play ball",
    ),
    elevation=12,
)
def ball(look: Look) -> list[Part]:
    """A beach ball, football, basketball or tennis ball, as the word says."""
    if "basket" in look.word:
        return standing(_basketball(look))
    if "tennis" in look.word:
        return standing(_tennis(look))
    if "foot" in look.word or "soccer" in look.word:
        return standing(_soccer(look))
    return standing(_beach(look))
