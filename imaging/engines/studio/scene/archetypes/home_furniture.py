"""Home: chairs, sofas, frames and clocks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import implicit
from imaging.engines.studio.scene.geometry import (
    F64,
    as_mesh,
    disc,
    lathe,
    merge,
    place,
    rounded_box,
    stand,
)
from imaging.engines.studio.scene.geometry_outline import label_panel
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .finishes import bare_metal, part, second, surface, trim
from .home_textiles import cloth


def _upholstery(look: Look, color: str) -> Material:
    if look.material in ("wood", "wooden", "oak", "walnut", "metal", "steel"):
        look = Look(color=look.color, finish=look.finish)
    return cloth(look, color, "fabric", threads=120)


def _timber(look: Look, color: str = "#a9743f") -> Material:
    if look.metal:
        return bare_metal(look, look.metal)
    own = {"walnut": "#6b452b", "oak": "#c19a68"}.get(look.material or "", look.color2 or color)
    return Material(kind="wood", color=own, roughness=0.38, uv_scale=(1, 0.35))


@lru_cache(maxsize=1)
def _seat() -> Mesh:
    def field(p: F32) -> F32:
        x, y = p[..., 0], p[..., 1]
        crown = 1.1 * np.cos(np.clip(x / 27, -1, 1) * np.pi / 2)
        crown = crown * np.cos(np.clip(y / 27, -1, 1) * np.pi / 2) * (p[..., 2] > 44)
        narrow = np.stack([x * (1 + 0.0035 * (y + 24)), y, p[..., 2] - crown], -1)
        return implicit.box(narrow.astype(np.float32), (0, 0, 45), (25, 24.5, 4.4), 3.4)

    return implicit.surface(field, (-28, -27, 39), (28, 27, 52), cells=130, texture=0.05)


@lru_cache(maxsize=1)
def _backrest() -> Mesh:
    def field(p: F32) -> F32:
        x, z = p[..., 0], p[..., 2]
        curl = 22.5 + 0.17 * (z - 45) - 0.0085 * x**2
        pad = 0.5 * np.cos(np.clip(x / 24, -1, 1) * np.pi / 2)
        q = np.stack([x, (p[..., 1] - curl) / (1 + 0.12 * pad), z + 0.004 * x**2], -1)
        return implicit.box(q.astype(np.float32), (0, 0, 69), (24.5, 3.1, 15.5), 3.0) * np.float32(
            0.85
        )

    return implicit.surface(field, (-27, 12, 48), (27, 36, 88), cells=120, texture=0.05)


@archetype(
    "chair",
    category="home",
    words=(
        "chair",
        "dining chair",
        "side chair",
        "accent chair",
        "upholstered chair",
        "desk chair",
        "kitchen chair",
        "furniture",
    ),
    yaw=-32,
    elevation=12,
)
def chair(look: Look) -> list[Part]:
    covers = _upholstery(look, "#6f7f73")
    legs = []
    for side in (-1, 1):
        f = np.linspace(0, 1, 14)[:, None]
        front = np.array([side * 24.5, -23.5, 0.8]) * (1 - f) + np.array([side * 21, -20, 42]) * f
        legs.append(sweep(front, 1.05 + 0.85 * f[:, 0], around=28))
        knots = [
            (24.5, 27.0, 0.8),
            (22, 22.2, 22),
            (21.2, 20.6, 41),
            (20.5, 22.8, 56),
            (18.5, 26.5, 76),
        ]
        rear = spline([(side * x, y, z) for x, y, z in knots], 48)
        legs.append(sweep(rear, np.interp(np.linspace(0, 1, 48), [0, 0.5, 1], [1.05, 1.9, 1.4])))
    rails = [
        rounded_box((41, 1.8, 4.2), 0.5, (0, -20.4, 39.6)),
        rounded_box((41, 1.8, 4.2), 0.5, (0, 20.6, 39.6)),
        *(rounded_box((1.8, 40, 4.2), 0.5, (x, 0, 39.6)) for x in (-21, 21)),
    ]
    timber = _timber(look)
    return [
        part(merge(_seat(), _backrest()), covers, tile=20),
        *(part(m, timber, tile=24) for m in [*legs, *rails]),
    ]


@lru_cache(maxsize=1)
def _sofa_frame() -> Mesh:
    def field(p: F32) -> F32:
        q = np.stack([np.abs(p[..., 0]), p[..., 1], p[..., 2]], -1)
        base = implicit.box(q, (0, 2, 22), (78, 40, 9), 3.5)
        arm = implicit.box(q, (81, -1, 35), (8, 42, 22), 6.0)
        lean = q.copy()
        lean[..., 1] -= np.float32(0.12) * (q[..., 2] - 40)
        back = implicit.box(lean, (0, 37, 46), (80, 7.5, 33), 6.0)
        return implicit.smooth_min(implicit.smooth_min(base, arm, 1.2), back, 1.2)

    return implicit.surface(field, (-92, -48, 10), (92, 58, 84), cells=130, texture=0.03)


@lru_cache(maxsize=2)
def _pad(wide: float, deep: float, tall: float) -> Mesh:
    """A stuffed seat cushion about the origin, crowned on top and bulging in front."""

    def field(p: F32) -> F32:
        x, y, z = (p[..., k] / h for k, h in enumerate((wide / 2, deep / 2, tall / 2)))
        bulge = (1 - np.clip(x, -1, 1) ** 2) * (1 - np.clip(y, -1, 1) ** 2)
        q = p.copy()
        q[..., 2] = p[..., 2] / (1 + 0.16 * bulge)
        q[..., 1] = p[..., 1] / (
            1 + 0.025 * (1 - np.clip(x, -1, 1) ** 2) * (1 - np.clip(z, -1, 1) ** 2)
        )
        return implicit.box(q, (0, 0, 0), (wide / 2, deep / 2, tall / 2), tall * 0.3) * np.float32(
            0.85
        )

    low, high = (-wide * 0.54, -deep * 0.56, -tall * 0.64), (wide * 0.54, deep * 0.56, tall * 0.64)
    return implicit.surface(field, low, high, cells=84, texture=0.03)


@archetype(
    "sofa",
    category="home",
    words=(
        "sofa",
        "couch",
        "loveseat",
        "settee",
        "armchair",
        "sectional",
        "lounge chair",
        "daybed",
    ),
    yaw=-28,
    elevation=13,
)
def sofa(look: Look) -> list[Part]:
    covers = _upholstery(look, "#7d8a86")
    seats = [place(_pad(72.0, 66.0, 17.0), (x, -9.5, 38.5)) for x in (-36.3, 36.3)]
    backs = [place(_pad(70.0, 44.0, 18.0), (x, 23, 62), (74, 0, 0)) for x in (-36, 36)]
    legs = [
        place(lathe([(0, 0), (1.5, 0), (2.6, 13.5), (0, 13.5)], [0, 0.3, 0.3, 0]), (x, y, 0))
        for x in (-80, 80)
        for y in (-34, 36)
    ]
    meshes = [_sofa_frame(), *seats, *backs]
    if look.word in ("armchair", "lounge chair"):
        meshes = [_armchair_frame(), place(_pad(72.0, 66.0, 17.0), (0, -9.5, 38.5))]
        meshes.append(place(_pad(70.0, 44.0, 18.0), (0, 23, 62), (74, 0, 0)))
        legs = [place(m, (-np.sign(m.vertices[:, 0].mean()) * 36.0, 0, 0)) for m in legs]
    return [
        part(merge(*meshes), covers, tile=40),
        part(merge(*legs), _timber(look, "#6b452b"), tile=20),
    ]


def _armchair_frame() -> Mesh:
    """The sofa's frame drawn together to one seat."""
    frame = _sofa_frame()
    vertices = frame.vertices.copy()
    x = vertices[:, 0]
    vertices[:, 0] = np.sign(x) * np.where(np.abs(x) > 66, np.abs(x) - 36, np.abs(x) * 30 / 66)
    return as_mesh(vertices, frame.normals, frame.faces, frame.uv)


@archetype(
    "stool",
    category="home",
    words=(
        "stool",
        "bar stool",
        "side table",
        "coffee table",
        "end table",
        "bedside table",
        "table",
    ),
    yaw=-20,
    elevation=16,
)
def stool(look: Look) -> list[Part]:
    table = look.word != "stool" and look.word != "bar stool"
    tall, radius = (44.0, 24.0) if table else (46.0, 17.0)
    timber = _timber(look, look.color or "#b98a58")
    if look.color and not look.metal and look.material is None:
        timber = surface(look, look.color, roughness=0.35)
    top = lathe(
        [
            (0, tall),
            (radius - 0.8, tall),
            (radius, tall + 1.4),
            (radius, tall + 3.0),
            (0, tall + 3.0),
        ],
        [0, 0.6, 0.5, 0.6, 0],
        around=144,
    )
    spots = [(np.radians(a), 0.0) for a in (45, 135, 225, 315)]
    legs = []
    for a, _ in spots:
        way = np.array([np.cos(a), np.sin(a), 0])
        f = np.linspace(0, 1, 20)[:, None]
        line = way * (radius * (0.98 - 0.38 * f)) + np.array([0, 0, 1]) * (1 + (tall - 0.6) * f)
        legs.append(sweep(line, 1.15 + 0.75 * f[:, 0], around=28))
    rungs = [_rung(radius * 0.83, 17.0, a) for a, _ in spots] if not table else []
    flat = top._replace(uv=top.vertices[:, [0, 1]] + top.vertices[:, [2, 2]])
    return [part(flat, timber, tile=30), *(part(m, timber, tile=24) for m in [*legs, *rungs])]


def _rung(radius: float, height: float, angle: float) -> Mesh:
    """A round bar between two neighbouring legs."""
    ends = [(radius * np.cos(a), radius * np.sin(a), height) for a in (angle, angle + np.pi / 2)]
    return sweep(np.linspace(ends[0], ends[1], 12), 0.8)


@archetype(
    "picture_frame",
    category="home",
    words=(
        "picture frame",
        "photo frame",
        "frame",
        "framed print",
        "wall art",
        "art print",
        "poster",
        "print",
        "painting",
        "canvas print",
        "artwork",
    ),
    yaw=-24,
    elevation=9,
)
def picture_frame(look: Look) -> list[Part]:
    timber = surface(look, "#b08454", "wood", roughness=0.38, metal_too=True)
    wide, tall = 30.0, 40.0
    profile = [(0, 0), (0, 2.0), (-0.4, 2.3), (-1.5, 2.3), (-1.9, 1.9), (-1.9, 1.3), (-2.0, 0)]
    sides = [_moulding(wide, tall, profile, k) for k in range(4)]
    mount = label_panel(wide - 3, tall - 3, (0, -0.9, tall / 2))
    art_size = (wide * 0.56, tall * 0.6)
    art = label_panel(*art_size, (0, -0.93, tall / 2))
    board = rounded_box((wide - 1, 0.6, tall - 1), 0.1, (0, -0.35, tall / 2))
    leg = place(rounded_box((6, 0.5, 27), 0.15), (0, 9.6, 13.2), (20, 0, 0))
    lean = (-9.0, 0.0, 0.0)
    meshes = stand(*(place(m, turn=lean) for m in [*sides, mount, art, board]), leg)
    print_ = Material(
        kind="label",
        color=look.color2 or "#e3d9c8",
        text=look.text,
        art="cover",
        aspect=art_size[0] / art_size[1],
    )
    return [
        *(part(m, timber, tile=16) for m in meshes[:4]),
        Part(meshes[4], Material(kind="paper", color="#f4f1ea")),
        Part(meshes[5], print_),
        Part(merge(*meshes[6:]), Material(kind="paint", color="#3a3531", roughness=0.7)),
    ]


def _moulding(wide: float, tall: float, profile: list[tuple[float, float]], side: int) -> Mesh:
    """One mitred side of a frame in the x-z plane, standing on z = 0, its face to -y.

    `profile` is (distance inwards, depth towards the viewer), from the outer back edge round the
    face to the inner back edge.
    """
    across, along = (wide, tall) if side % 2 == 0 else (tall, wide)
    section: F64 = np.asarray(profile, np.float64)
    flat = np.repeat(section, 2, axis=0)[1:-1]  # sharp edges between the facets
    step = np.repeat(np.diff(section, axis=0), 2, axis=0)
    normal = np.column_stack([step[:, 1], -step[:, 0]])
    rows = []
    for end in (-1, 1):
        x = end * (across / 2 + flat[:, 0])
        rows.append(np.column_stack([x, -flat[:, 1], along / 2 + flat[:, 0]]))
    points = np.stack(rows)  # (2, N, 3): the top side about the centre
    normals = np.broadcast_to(
        np.column_stack([0 * step[:, 0], -normal[:, 1], normal[:, 0]]), points.shape
    )
    pairs = np.arange(0, len(flat), 2)
    n = len(flat)
    faces = np.concatenate(
        [
            np.stack([pairs, pairs + 1, pairs + 1 + n], 1),
            np.stack([pairs, pairs + 1 + n, pairs + n], 1),
        ]
    )
    uv = np.stack([points[..., 0], np.broadcast_to(flat.sum(axis=1), points.shape[:2])], -1)
    bar = as_mesh(points, normals, faces, uv)
    return place(bar, (0, 0, tall / 2), (0, 90.0 * side, 0))


@archetype(
    "clock",
    category="home",
    words=(
        "clock",
        "alarm clock",
        "table clock",
        "desk clock",
        "wall clock",
        "mantel clock",
        "timer",
    ),
    yaw=-20,
    elevation=9,
)
def clock(look: Look) -> list[Part]:
    case = surface(look, "#3c5a52", roughness=0.3, clearcoat=0.3, metal_too=True)
    bright = second(look, "#f3f0e8", roughness=0.5)
    body = lathe(
        [
            (0, -4.6),
            (6.2, -4.6),
            (7.4, -3.4),
            (7.4, 0),
            (7.0, 0.35),
            (6.7, 0.35),
            (6.6, -0.25),
            (0, -0.25),
        ],
        [0, 0.8, 1.2, 0.3, 0.12, 0.12, 0, 0],
        around=176,
    )
    hands = Material(kind="paint", color="#1d1d1f", roughness=0.35)
    marks = [
        place(
            rounded_box((0.42 if k % 3 == 0 else 0.2, 1.0 if k % 3 == 0 else 0.6, 0.06), 0.03),
            (5.6 * np.sin(k * np.pi / 6), 5.6 * np.cos(k * np.pi / 6), -0.2),
            (0, 0, -30.0 * k),
        )
        for k in range(12)
    ]
    pointers = [
        place(place(rounded_box((0.46, 4.0, 0.08), 0.04), (0, 1.5, -0.08)), turn=(0, 0, 56)),
        place(place(rounded_box((0.34, 5.9, 0.08), 0.04), (0, 2.2, 0.02)), turn=(0, 0, -62)),
        lathe([(0, -0.2), (0.45, -0.2), (0.45, 0.15), (0, 0.18)], [0, 0.02, 0.06, 0]),
    ]
    sweep_hand = place(place(rounded_box((0.1, 6.0, 0.05), 0.02), (0, 1.6, 0.1)), turn=(0, 0, 160))
    upright = (78.0, 0.0, 0.0)
    feet = [
        place(
            lathe([(0, 0), (0.75, 0), (1.0, 3.2), (0, 3.2)], [0, 0.3, 0.2, 0]),
            (x, y, -7.6),
            (0, 14.0 * np.sign(x), 0),
        )
        for x in (-4.2, 4.2)
        for y in (1.2, 3.6)
    ]
    groups = [body, disc(6.65, -0.24), merge(*marks, *pointers), sweep_hand]
    *turned, legs = stand(*(place(m, turn=upright) for m in groups), merge(*feet))
    return [
        part(turned[0], case),
        Part(turned[1], bright),
        Part(turned[2], hands),
        Part(turned[3], Material(kind="paint", color="#c0392b", roughness=0.4)),
        Part(legs, trim(look, "brass")),
    ]
