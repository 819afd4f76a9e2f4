"""Fashion: handbags and totes, and the leather and thread that other pieces share with them."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import F64, lathe, merge, place, rounded_box, stand
from imaging.engines.studio.scene.geometry_outline import drape
from imaging.engines.studio.scene.implicit import on_surface, smooth_max
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import loop, resample, spline, stitches, sweep

from .finishes import decal, part, trim

_WOVEN = ("fabric", "canvas", "cotton", "linen", "denim", "nylon", "velvet", "wool")


def hide(look: Look, color: str, *, bump: float = 0.7) -> Material:
    """The look's leather or cloth; bags are leather unless the prompt says otherwise."""
    if (look.material or "") in _WOVEN:
        return Material(kind="fabric", color=look.color or color, threads=110)
    rough = {"glossy": 0.2, "polished": 0.18, "matte": 0.6}.get(look.finish or "", 0.42)
    return Material(kind="leather", color=look.color or color, roughness=rough, bump=bump)


def thread_on(material: Material) -> Material:
    """Sewing thread that shows on the material without shouting."""
    pale = colours.lightness(material.color) > 0.5
    tint = (
        colours.shaded(material.color, 0.62)
        if pale
        else colours.mixed(material.color, "#f3dcb8", 0.62)
    )
    return Material(kind="paint", color=tint, roughness=0.75)


_W, _H, _D = 28.0, 19.0, 10.5


def _handbag_body(p: F32, grow: float = 0.0) -> F32:
    z = np.clip(p[..., 2] / _H, 0, 1)
    wide = _W / 2 * (1 - 0.11 * z)
    belly = 1 + 0.06 * np.cos(np.pi * np.clip(p[..., 0] / _W, -0.5, 0.5))
    deep = _D / 2 * (1 - 0.62 * z**1.25) * belly
    q = np.stack(
        [np.abs(p[..., 0]) - wide, np.abs(p[..., 1]) - deep, np.abs(p[..., 2] - _H / 2) - _H / 2],
        -1,
    )
    q = q + np.float32(1.4 - grow)
    out = np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(-1), 0) - 1.4
    return np.asarray(out, np.float32)


def _flap_edge(x: ArrayLike) -> F64:
    return np.asarray(7.4 + 3.6 * (np.abs(np.asarray(x, np.float64)) / 13.0) ** 3.2)


def _flap(p: F32) -> F32:
    shell = np.maximum(_handbag_body(p, 0.42), -_handbag_body(p, -0.05))
    front = p[..., 1] < 0.6
    cut = np.where(front, (_flap_edge(p[..., 0]) - p[..., 2]) * 0.85, 14.8 - p[..., 2])
    narrow = np.abs(p[..., 0]) - 12.5 + 0.11 * (p[..., 2] - 10)
    out = smooth_max(shell, np.asarray(cut, np.float32), 0.22)
    return smooth_max(out, np.asarray(narrow, np.float32), 0.22)


@lru_cache(maxsize=1)
def _handbag_leather() -> Mesh:
    body = implicit.surface(_handbag_body, (-16, -7, -1), (16, 7, 21), cells=110)
    flap = implicit.surface(_flap, (-15, -7.5, 5), (15, 7.5, 21), cells=170)
    return merge(body, flap)


@lru_cache(maxsize=1)
def _handbag_seams() -> Mesh:
    x = np.linspace(-11.4, 11.4, 120)
    on_flap = _front(x, _flap_edge(x) + 0.8, 0.42, 0.03)
    runs = [stitches(on_flap, length=0.42, gap=0.2, radius=0.07)]
    for side in (-1, 1):  # down the front corners
        z = np.linspace(1.4, 9.5, 40)
        x = side * (_W / 2 * (1 - 0.11 * z / _H) - 1.35)
        runs.append(stitches(_front(x, z, 0.0, 0.03), length=0.42, gap=0.2, radius=0.06))
    return merge(*runs)


def _front(x: F64, z: F64, grow: float, lift: float) -> F64:
    """(N, 3) points on the front of the bag at (x, z)."""
    start = np.column_stack([x, np.full_like(x, -9.0), z])
    hit = on_surface(lambda p: _handbag_body(p, grow), start, (0, 1, 0))
    return hit - [0, lift, 0]


@archetype(
    "handbag",
    category="fashion",
    words=(
        "handbag",
        "hand bag",
        "bag",
        "purse",
        "satchel",
        "leather bag",
        "top handle bag",
        "shoulder bag",
        "crossbody bag",
        "cross-body bag",
        "ladies bag",
        "evening bag",
        "briefcase",
    ),
    yaw=-24,
)
def handbag(look: Look) -> list[Part]:
    leather = hide(look, "#8e4b22")
    metal = trim(look, "gold", 0.16)
    tilt = (-14.0, 0.0, 0.0)
    y = float(_front(np.zeros(1), np.array([9.5]), 0.42, 0.0)[0, 1])
    clasp = [
        place(rounded_box((3.4, 0.5, 2.5), 0.22), (0, y - 0.15, 9.2), tilt),
        place(rounded_box((1.5, 0.55, 0.9), 0.2), (0, y - 0.46, 9.1), tilt),
    ]
    t = np.radians(np.linspace(6, 174, 90))
    arc = np.column_stack([7.6 * np.cos(t), 0 * t, 19.4 + 10.0 * np.sin(t) ** 0.85])
    handle = sweep(arc, (0.62, 0.72, 2.3), up=(0, 1, 0), around=36)
    rings, tabs = [], []
    ring = np.linspace(0, 2 * np.pi, 65)[:-1]
    for x in (-7.6, 7.6):
        circle = np.column_stack([x + 0 * ring, 1.0 * np.cos(ring), 19.9 + 1.0 * np.sin(ring)])
        rings.append(loop(circle, 0.17, up=(1, 0, 0)))
        tabs.append(rounded_box((1.9, 1.5, 1.3), 0.35, (x, 0, 18.95)))
    foot = lathe([(0, 0), (0.5, 0), (0.72, 0.8), (0, 0.8)], [0, 0.2, 0.1, 0])
    feet = [place(foot, (x, y, -0.5)) for x in (-11, 11) for y in (-3.2, 3.2)]
    hides = part(merge(_handbag_leather(), *tabs, handle), leather)
    groups = stand(hides.mesh, merge(*clasp, *rings, *feet), _handbag_seams())
    return [
        Part(groups[0], leather),
        Part(groups[1], metal),
        Part(groups[2], thread_on(leather)),
    ]


def _tote_wall(u: F64, v: F64, lift: float = 0.0) -> F64:
    """The front of the tote at u (-1..1 across) and v (0..1 up), bulging and a little slack."""
    wide = 17.5 + 2.3 * v
    swell = (1 - u**2) * (1.15 * np.sin(np.pi * v**0.8) + 0.4 * (1 - v))
    slack = 0.28 * np.sin(2.6 * u + 1.5 * v + 0.6) * v + 0.16 * np.sin(7.5 * u - 2 * v) * v**2
    deep = 5.3 * (1 - 0.62 * v**1.3)
    return np.stack([wide * u, -deep - swell - slack - lift, 0.2 + 33.0 * v], -1)


def _tote(p: F32) -> F32:
    """Signed distance, first order, of the closed tote: between its two walls and gussets."""
    v = np.clip(p[..., 2] / 33.0, 0, 1).astype(np.float64)
    u = p[..., 0] / (17.5 + 2.3 * v)
    wall = _tote_wall(np.clip(u, -1, 1), v)
    across = np.abs(p[..., 0]) - np.abs(wall[..., 0] / np.where(np.abs(u) < 1e-3, 1, u)) * np.where(
        np.abs(u) < 1e-3, 0, 1
    )
    across = np.where(np.abs(u) < 1e-3, -17.5, across)
    depth = np.abs(p[..., 1]) + wall[..., 1]
    edge = 1.6
    q = np.stack([across + edge, depth + edge], -1)
    flat = np.linalg.norm(np.maximum(q, 0), axis=-1) + np.minimum(q.max(-1), 0) - edge
    return smooth_max(np.asarray(flat, np.float32), -p[..., 2], 0.9)


@lru_cache(maxsize=1)
def _tote_cloth() -> tuple[Mesh, Mesh]:
    """The outside with its turned-over hem, and the lining."""

    def outside(p: F32) -> F32:
        d = _tote(p)
        hem = np.float32(0.12) * (p[..., 2] > 30.3)
        wall = np.maximum(d - hem, -0.3 - d)
        return smooth_max(wall, p[..., 2] - 33.2, 0.12)

    def lining(p: F32) -> F32:
        d = _tote(p) + np.float32(0.3)
        return smooth_max(np.maximum(d, -0.2 - d), p[..., 2] - 32.6, 0.1)

    low, high = (-21.5, -9, -0.6), (21.5, 9, 34)
    return (
        implicit.surface(outside, low, high, cells=150, slope=1.6),
        implicit.surface(lining, low, high, cells=90, slope=1.6),
    )


@archetype(
    "tote",
    category="fashion",
    words=(
        "tote",
        "tote bag",
        "shopper",
        "canvas bag",
        "canvas tote",
        "beach bag",
        "market bag",
        "grocery bag",
        "cloth bag",
        "reusable bag",
        "weekender",
    ),
    yaw=-22,
    elevation=13,
)
def tote(look: Look) -> list[Part]:
    leather = look.material in ("leather", "suede")
    cloth = (
        hide(look, "#9a5a2e")
        if leather
        else Material(kind="fabric", color=look.color or "#ded3bd", threads=90)
    )
    strap = (
        cloth
        if leather
        else Material(kind="leather", color=look.color2 or "#7a4524", roughness=0.45, bump=0.5)
    )
    outside, inside = _tote_cloth()
    straps, rivets = [], []
    for side, high in ((-1, 52.5), (1, 51.0)):
        wall = _tote_wall(np.array([0.42]), np.array([0.93]))[0]
        y = side * -(wall[1] - 0.28)
        foot = _tote_wall(np.array([0.42]), np.array([0.74]))[0]
        y0 = side * -(foot[1] - 0.28)
        knots = [(-8.1, y0, 24.5), (-8.3, y, 31), (-7.4, y * 0.92, 39), (-4.2, y * 0.7, high - 4)]
        knots += [(0, y * 0.6, high)] + [(-a, b, c) for a, b, c in knots[::-1]]
        path = spline(knots, 110)
        straps.append(sweep(path, (0.17, 1.15, 5), up=_strap_up(path), around=28))
        for x in (-8.1, 8.1):
            rivets += [
                place(_rivet(), (x + dx, y0 + side * 0.16, z), (-90 * side, 0, 0))
                for dx, z in ((0, 25.0), (0, 27.4))
            ]
    seams = _tote_seams()
    parts = [
        part(outside, cloth, tile=12),
        part(inside, Material(kind="fabric", color=colours.shaded(cloth.color, 0.8), threads=120)),
        part(merge(*straps), strap, tile=10),
        Part(merge(*rivets), trim(look, "brass")),
        Part(seams, thread_on(cloth)),
    ]
    if look.text:
        front = drape(lambda u, v: _tote_wall(u, v, 0.06), (-0.5, 0.5), (0.2, 0.62))
        parts.append(decal(front, look, cloth, aspect=18.5 / 13.9, repeats=(18.5 / 12, 13.9 / 12)))
    return parts


def _strap_up(path: F64) -> F64:
    """Across the strap: along x on the wall, still across where it arches over."""
    along = np.gradient(path, axis=0)
    return np.cross(along, np.array([0, 1.0, 0]))


def _rivet() -> Mesh:
    return lathe([(0, 0), (0.42, 0), (0.36, 0.14), (0, 0.2)], [0, 0.05, 0.08, 0], around=40)


def _tote_seams() -> Mesh:
    u = np.linspace(-0.93, 0.93, 160)
    rows = []
    for z in (30.6, 32.7):
        start = np.column_stack([19.4 * u, np.full_like(u, -14.0), np.full_like(u, z)])
        hit = on_surface(_tote, start, (0, 1, 0)) - [0, 0.14, 0]
        rows.append(stitches(resample(hit, 300), length=0.4, gap=0.22, radius=0.06, around=5))
    return merge(*rows)
