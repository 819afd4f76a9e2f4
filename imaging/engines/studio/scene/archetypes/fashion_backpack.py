"""Fashion: backpacks."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import F64, merge, place, rounded_box
from imaging.engines.studio.scene.implicit import on_surface, smooth_max
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import resample, spline, stitches, sweep

from .fashion_bags import hide, thread_on
from .finishes import part, trim


def _pack(p: F32) -> F32:
    z = p[..., 2]
    t = np.clip(z / 43.0, 0, 1)
    wide = 14.6 - 1.6 * t**2
    deep = 8.2 - 2.2 * t**1.6
    q = np.stack([p[..., 0] / wide * 14, (p[..., 1] - 0.8 * t) / deep * 7.5, z], -1).astype(
        np.float32
    )
    body = implicit.box(q, (0, 0, 21.5), (14, 7.5, 21.5), 5.4)
    sag = 0.25 * np.sin(p[..., 0] * 0.35 + 1) * np.sin(z * 0.22)
    return np.asarray(body * 0.85 + sag * 0.5, np.float32)


def _pocket(p: F32) -> F32:
    z = p[..., 2]
    lump = implicit.box(p, (0, -7.6, 11.8), (10.6, 3.4, 8.6), 3.0)
    puff = (
        0.35
        * np.cos(np.clip(p[..., 0] / 11, -1, 1) * 1.57)
        * np.cos(np.clip((z - 12) / 9, -1, 1) * 1.57)
    )
    return np.asarray(lump - puff, np.float32)


@lru_cache(maxsize=1)
def _backpack() -> tuple[Mesh, Mesh, Mesh]:
    """The body, its front pocket and the leather base."""

    def base(p: F32) -> F32:
        band = np.maximum(_pack(p) - 0.14, -0.4 - _pack(p))
        return smooth_max(band, p[..., 2] - 5.6, 0.12)

    low, high = (-16, -12, -1), (16, 11, 45)
    return (
        implicit.surface(_pack, low, high, cells=120, slope=1.6),
        implicit.surface(_pocket, (-12, -12, 2), (12, -3, 22), cells=110),
        implicit.surface(base, (-16, -10, -1), (16, 10, 7), cells=120, slope=1.6),
    )


def _on_pack(points: F64, field: implicit.Field, lift: float) -> F64:
    return on_surface(field, points, (0, 1, 0)) - [0, lift, 0]


@archetype(
    "backpack",
    category="fashion",
    words=(
        "backpack",
        "back pack",
        "rucksack",
        "knapsack",
        "school bag",
        "schoolbag",
        "laptop bag",
        "daypack",
        "travel bag",
        "hiking bag",
        "luggage",
    ),
    yaw=-26,
    elevation=12,
)
def backpack(look: Look) -> list[Part]:
    cloth = Material(kind="fabric", color=look.color or "#4a5a50", threads=120)
    if look.material in ("leather", "suede"):
        cloth = hide(look, "#6b3f22")
    leather = Material(kind="leather", color=look.color2 or "#7a4a28", roughness=0.45, bump=0.5)
    body, pocket, base = _backpack()
    parts = [
        part(merge(body, pocket), cloth, tile=12),
        part(merge(base, *_pack_leather()), leather, tile=10),
        part(
            _shoulder_straps(),
            Material(kind="fabric", color=colours.shaded(cloth.color, 0.82), threads=60),
        ),
    ]
    tape, teeth, pulls, thread = _zips()
    dark = Material(kind="fabric", color=colours.shaded(cloth.color, 0.6), threads=40)
    return [
        *parts,
        part(tape, dark, tile=5),
        Part(merge(teeth, pulls), trim(look, "brass", 0.25)),
        Part(thread, thread_on(cloth)),
    ]


def _zips() -> tuple[Mesh, Mesh, Mesh, Mesh]:
    """Tapes, teeth, pullers and the stitches beside them: round the top and across the pocket."""
    a = np.linspace(-0.12, np.pi + 0.12, 90)
    over = np.column_stack([10.9 * np.cos(a), np.full_like(a, -16), 28.5 + 10.4 * np.sin(a)])
    x = np.linspace(-9.2, 9.2, 60)
    across = np.column_stack([x, np.full_like(x, -16), 17.8 + 0 * x])
    tapes, teeth, pulls, thread = [], [], [], []
    for line, field in ((over, _pack), (across, _pocket)):
        path = resample(_on_pack(line, field, 0.0), 140)
        tapes.append(sweep(path, (0.1, 0.75, 4), up=_across(path), around=16))
        path = path - [0, 0.1, 0]
        teeth.append(stitches(path, length=0.2, gap=0.1, radius=0.09, around=6))
        for offset in (-0.95, 0.95):
            beside = line + offset * _across(resample(line, len(line)))
            sewn = resample(_on_pack(beside, field, 0.03), 200)
            thread.append(stitches(sewn, length=0.42, gap=0.24, radius=0.06, around=5))
        x, y, z = path[12]
        pulls.append(rounded_box((0.9, 0.5, 0.8), 0.18, (x, y - 0.2, z)))
        pulls.append(place(rounded_box((0.55, 0.18, 1.9), 0.09), (x, y - 0.5, z - 1.1), (8, 0, 0)))
    return merge(*tapes), merge(*teeth), merge(*pulls), merge(*thread)


def _across(path: F64) -> F64:
    """Unit directions across a line on the front of the bag, in the x-z plane."""
    along = np.gradient(path, axis=0)
    out = np.column_stack([-along[:, 2], 0 * along[:, 0], along[:, 0]])
    return np.asarray(out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9))


def _pack_leather() -> list[Mesh]:
    """The grab handle and a patch on the pocket."""
    handle = spline(
        [(-3.6, 2.5, 42.2), (-3.2, 2.5, 45.2), (0, 2.5, 46.6), (3.2, 2.5, 45.2), (3.6, 2.5, 42.2)],
        60,
    )
    grip = sweep(handle, (0.28, 0.95, 4), up=(0, 1, 0), around=28)
    return [grip, place(rounded_box((4.6, 0.3, 2.6), 0.12), (0, -11.42, 11.4))]


def _shoulder_straps() -> Mesh:
    straps = []
    for side in (-1, 1):
        knots = [
            (side * 4.5, 7.0, 41.0),
            (side * 6.5, 10.5, 37.5),
            (side * 8.5, 12.2, 28),
            (side * 10.5, 10.8, 15),
            (side * 12.0, 7.5, 5.5),
        ]
        straps.append(sweep(spline(knots, 80), (0.55, 2.9, 3.2), up=(1, 0, 0), around=32))
    return merge(*straps)
