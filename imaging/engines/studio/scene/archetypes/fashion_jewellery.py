"""Fashion: watches, rings and sunglasses."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import (
    F64,
    disc,
    facets,
    lathe,
    merge,
    place,
    rounded_box,
    sphere,
    stand,
)
from imaging.engines.studio.scene.geometry_outline import extrude, fluted
from imaging.engines.studio.scene.implicit import smooth_max, smooth_min
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Metal, Part, archetype
from imaging.engines.studio.scene.sweep import loop, spline, stitches, sweep

from .fashion_bags import thread_on
from .finishes import part, trim


@lru_cache(maxsize=1)
def _case() -> Mesh:
    """The middle of a watch: a drum with four lugs that curve down to the strap."""

    def field(p: F32) -> F32:
        drum = implicit.cylinder(p, (0, 0, -0.14), 2.0, 0.29, 0.1)
        q = np.stack([np.abs(p[..., 0]), np.abs(p[..., 1]), p[..., 2]], -1)
        bend = q[..., 2] + 0.26 * np.clip(q[..., 1] - 1.5, 0, 2) ** 2
        lug = implicit.box(
            np.stack([q[..., 0] - 0.12 * (2.3 - q[..., 1]), q[..., 1], bend], -1).astype(
                np.float32
            ),
            (1.19, 1.66, -0.1),
            (0.18, 0.66, 0.25),
            0.1,
        )
        return smooth_min(drum, lug * np.float32(0.9), 0.1)

    return implicit.surface(field, (-2.2, -2.7, -0.9), (2.2, 2.7, 0.5), cells=190, texture=0.3)


def _hand(length: float, width: float, tail: float, z: float, degrees: float) -> Mesh:
    """A tapered watch hand turned clockwise from twelve."""
    w = width / 2
    outline = [
        (-w * 0.75, -tail),
        (w * 0.75, -tail),
        (w, length * 0.55),
        (0.025, length),
        (-0.025, length),
        (-w, length * 0.55),
    ]
    return place(extrude(outline, 0.03, bevel=0.005), (0, 0, z), (0, 0, -degrees))


def _face() -> tuple[Mesh, Mesh, Mesh]:
    """Hour marks and hands, minute marks, and the second hand, on a dial at z = 0.2."""
    marks: list[Mesh] = []
    minutes: list[Mesh] = []
    for k in range(60):
        a = np.radians(6 * k)
        if k % 5:
            bar, reach = rounded_box((0.02, 0.09, 0.012), 0.005, steps=2), 1.6
        else:
            long = 0.42 if k % 15 == 0 else 0.32
            bar, reach = rounded_box((0.085, long, 0.05), 0.018, steps=3), 1.62 - long / 2
        at = (reach * float(np.sin(a)), reach * float(np.cos(a)), 0.22)
        (minutes if k % 5 else marks).append(place(bar, at, (0, 0, -6.0 * k)))
    boss = lathe([(0, 0.2), (0.12, 0.2), (0.12, 0.4), (0, 0.41)], [0, 0, 0.03, 0], around=48)
    hands = [_hand(0.95, 0.15, 0.2, 0.28, 304), _hand(1.4, 0.12, 0.24, 0.32, 58)]
    second = merge(
        place(
            rounded_box((0.025, 2.0, 0.018), 0.006, (0, 0.55, 0.375), steps=2), turn=(0, 0, -200)
        ),
        lathe([(0, 0.36), (0.07, 0.36), (0.07, 0.4), (0, 0.4)], 0.01, around=32),
    )
    return merge(*marks, *hands, boss), merge(*minutes), second


def _strap_path() -> F64:
    """The closed strap in the plane x = 0, from lug to lug behind the case."""
    half = [
        (1.98, -0.2),
        (2.4, -0.5),
        (2.72, -1.2),
        (2.78, -2.2),
        (2.45, -3.5),
        (1.45, -4.45),
        (0, -4.8),
    ]
    knots = [(0, y, z) for y, z in half] + [(0, -y, z) for y, z in half[-2::-1]]
    return spline(knots, 170)


def _strap(path: F64) -> tuple[Mesh, Mesh]:
    """The leather, thicker and wider at the lugs, and the stitches along both edges."""
    leather = sweep(path, (0.14, 0.93, 5), up=(1, 0, 0), around=40)
    ends = [
        sweep(part_, (0.2, 0.9, 4), up=(1, 0, 0), around=40) for part_ in (path[:22], path[-22:])
    ]
    along = np.gradient(path, axis=0)
    out = np.column_stack([0 * path[:, 0], along[:, 2], -along[:, 1]])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    out *= np.sign((out * (path - [0, 0, -2.3])).sum(axis=1, keepdims=True))
    lift = np.interp(
        np.arange(170), [0, 20, 26, 143, 149, 169], [0.205, 0.205, 0.145, 0.145, 0.205, 0.205]
    )
    rows = [path + out * lift[:, None] + [x, 0, 0] for x in (-0.76, 0.76)]
    sewn = merge(*(stitches(r[3:-3], length=0.14, gap=0.09, radius=0.026, around=5) for r in rows))
    return merge(leather, *ends), sewn


@archetype(
    "watch",
    category="fashion",
    words=(
        "watch",
        "wristwatch",
        "wrist watch",
        "timepiece",
        "dress watch",
        "analog watch",
        "chronograph",
        "leather watch",
    ),
    yaw=-18,
    elevation=14,
)
def watch(look: Look) -> list[Part]:
    metal = trim(look, "steel", 0.14)
    dial_color = look.color2 or "#15202c"
    mark: Metal = look.metal or "steel"
    hide = Material(kind="leather", color=look.color or "#5d3520", roughness=0.45, bump=0.35)
    bezel = lathe(
        [(1.62, 0.2), (1.98, 0.2), (1.98, 0.36), (1.8, 0.5), (1.68, 0.5), (1.68, 0.2)],
        [0, 0.05, 0.1, 0.06, 0.05, 0],
        around=176,
    )
    crown = place(
        merge(
            place(extrude(fluted(0.27, 26, 0.03, per_flute=8), 0.3), (0, 0, 0.1)),
            lathe([(0, 0), (0.12, 0), (0.12, 0.2), (0, 0.2)], 0.02, around=32),
            lathe([(0, 0.36), (0.22, 0.36), (0.2, 0.44), (0, 0.45)], [0, 0.03, 0.05, 0], around=48),
        ),
        (1.95, 0, -0.08),
        (0, 90, 0),
    )
    bars = [
        sweep([(-1.05, y, -0.22), (0, y, -0.22), (1.05, y, -0.22)], 0.09) for y in (-2.05, 2.05)
    ]
    marks, minutes, second = _face()
    leather, sewn = _strap(_strap_path())
    buckle = [place(rounded_box((2.25, 0.16, 0.7), 0.07), (0, 0, -4.98))]
    groups = [
        merge(_case(), bezel, crown, *bars, *buckle),
        disc(1.69, 0.2),
        marks,
        minutes,
        second,
        leather,
        sewn,
    ]
    body, dial, hours, ticks, seconds, band, thread = stand(
        *(place(m, turn=(68, 0, 0)) for m in groups)
    )
    pale = colours.lightness(dial_color) > 0.55
    return [
        Part(body, metal),
        Part(dial, Material(kind="paint", color=dial_color, roughness=0.35, clearcoat=0.5)),
        Part(hours, Material(kind="metal", metal=mark, roughness=0.12)),
        Part(ticks, Material(kind="paint", color="#26282a" if pale else "#e9e6df", roughness=0.5)),
        Part(seconds, Material(kind="paint", color="#c0392b", roughness=0.4)),
        part(band, hide, tile=4),
        Part(thread, thread_on(hide)),
    ]


def _brilliant(radius: float) -> Mesh:
    """A round brilliant: table, crown and pavilion facets about the girdle at z = 0."""
    a = np.arange(8) * np.pi / 4
    star, mid = a + np.pi / 8, np.arange(16) * np.pi / 8

    def ring(r: float, z: float, at: F64) -> F64:
        return np.column_stack([r * np.cos(at), r * np.sin(at), np.full_like(at, z)]) * radius

    crown = [ring(0.57, 0.32, a), ring(0.8, 0.2, star), ring(1.0, 0.02, mid)]
    below = [ring(1.0, -0.03, mid), ring(0.5, -0.44, a)]
    v = np.concatenate([*crown, *below, [[0, 0, 0.32 * radius], [0, 0, -0.86 * radius]]])
    table, kite, girdle, under, pavilion, top, tip = 0, 8, 16, 32, 48, 56, 57
    faces = []
    for k in range(8):
        n, g = (k + 1) % 8, 2 * k
        faces += [(top, table + k, table + n), (table + k, kite + k, table + n)]
        faces += [(table + k, girdle + g, kite + k), (kite + k, girdle + g, girdle + g + 1)]
        h = girdle + (g + 2) % 16
        faces += [(kite + k, girdle + g + 1, h), (kite + k, h, table + n)]
        u, w = under + g, under + (g + 2) % 16
        faces += [
            (u, pavilion + k, u + 1),
            (u + 1, pavilion + k, pavilion + n),
            (u + 1, pavilion + n, w),
        ]
        faces.append((pavilion + k, tip, pavilion + n))
    for k in range(16):
        n = (k + 1) % 16
        faces += [(girdle + k, under + k, girdle + n), (girdle + n, under + k, under + n)]
    return facets(v, faces)


@archetype(
    "ring",
    category="fashion",
    words=(
        "ring",
        "engagement ring",
        "diamond ring",
        "wedding ring",
        "solitaire",
        "jewellery",
        "jewelry",
        "gold ring",
        "silver ring",
        "gemstone ring",
        "band ring",
    ),
    yaw=24,
    elevation=14,
)
def ring(look: Look) -> list[Part]:
    metal = trim(look, "gold", 0.1)
    t = np.linspace(0, 2 * np.pi, 193)[:-1]
    band = loop(np.column_stack([np.cos(t), 0 * t, np.sin(t)]), (0.075, 0.135, 2.4), up=(0, 1, 0))
    if look.word in ("wedding ring", "band ring"):
        wide = loop(
            np.column_stack([np.cos(t), 0 * t, np.sin(t)]), (0.085, 0.26, 2.8), up=(0, 1, 0)
        )
        return [Part(stand(place(wide, turn=(-12, 0, 0)))[0], metal)]
    stone = place(_brilliant(0.42), (0, 0, 1.47))
    prongs = []
    for k in range(6):
        c, s = np.cos(np.radians(60 * k + 30)), np.sin(np.radians(60 * k + 30))
        knots = [(0.08, 1.03), (0.2, 1.16), (0.36, 1.36), (0.425, 1.5), (0.385, 1.6)]
        claw = spline([(r * c, r * s, z) for r, z in knots], 28)
        prongs.append(
            sweep(
                claw, np.interp(np.linspace(0, 1, 28), [0, 0.8, 1], [0.042, 0.038, 0.05]), around=14
            )
        )
    gallery = place(
        loop(np.column_stack([0.27 * np.cos(t), 0.27 * np.sin(t), 0 * t]), 0.032), (0, 0, 1.27)
    )
    gem = Material(kind="gem", color=look.color or look.color2 or "#ffffff")
    groups = [merge(band, *prongs, gallery), stone]
    metalwork, centre = stand(*(place(m, turn=(-14, 0, 0)) for m in groups))
    return [Part(metalwork, metal), Part(centre, gem)]


def _lens(p: F32) -> F32:
    """Signed distance in the x-z plane to the edge of a lens; both sides by symmetry."""
    x, z = np.abs(p[..., 0]) - 3.62, p[..., 2]
    x = x - 0.10 * z
    soft = np.abs(x / 2.55) ** 2.8 + np.abs((z + 0.1 * x) / 2.1) ** 2.8
    return np.asarray((soft ** (1 / 2.8) - 1) * 2.2, np.float32)


def _wrapped(p: F32) -> F32:
    """Undo the curve of the front round the face."""
    flat = p.copy()
    flat[..., 1] = p[..., 1] - 0.020 * p[..., 0] ** 2
    return flat


@lru_cache(maxsize=1)
def _glasses() -> tuple[Mesh, Mesh, Mesh]:
    """Front, temples and lenses, upright, the lower rims at about z = -2.6."""

    def front(p: F32) -> F32:
        q = _wrapped(p)
        d: F32 = _lens(q)
        brow = 0.16 * np.clip(q[..., 2] / 2.2, 0, 1)
        rim = np.abs(d - 0.16 - brow / 2) - 0.3 - brow
        arch = np.hypot(q[..., 0], q[..., 2] + 0.35) - 1.15
        bridge = np.maximum(np.abs(arch) - 0.27, 0.1 - q[..., 2])
        ends = implicit.box(
            np.stack([np.abs(q[..., 0]), q[..., 1] * 0, q[..., 2]], -1),
            (6.55, 0, 1.35),
            (0.45, 1, 0.5),
            0.3,
        )
        flat = smooth_min(
            smooth_min(rim.astype(np.float32), bridge.astype(np.float32), 0.25), ends, 0.3
        )
        flat = smooth_max(flat, -(d + np.float32(0.1)), 0.05)
        return implicit.plate(
            flat, np.asarray(np.abs(q[..., 1]) - 0.2, np.float32), 0.13
        ) * np.float32(0.85)

    def lens(p: F32) -> F32:
        q = _wrapped(p)
        dome = q[..., 1] + 0.02 * ((np.abs(q[..., 0]) - 3.4) ** 2 + q[..., 2] ** 2) * 0.5
        depth = np.asarray(np.abs(dome) - 0.07, np.float32)
        return implicit.plate(_lens(q) - np.float32(0.02), depth, 0.03) * np.float32(0.85)

    rim = implicit.surface(front, (-7.6, -0.8, -3.1), (7.6, 1.8, 3.2), cells=230, slope=1.6)
    glass = implicit.surface(lens, (-6.9, -0.8, -2.8), (6.9, 1.6, 2.8), cells=180, slope=1.6)
    arms = []
    for side in (-1, 1):
        knots = [
            (6.95, 0.7, 1.4),
            (7.15, 2.0, 1.4),
            (7.2, 6.5, 1.3),
            (6.9, 10.4, 1.0),
            (6.5, 12.6, -0.3),
            (6.2, 14.1, -2.4),
        ]
        path = spline([(side * x, y, z) for x, y, z in knots], 90)
        arms.append(sweep(path, (0.16, 0.36, 3.0), up=(0, 0, 1), around=32))
    return rim, merge(*arms), glass


@archetype(
    "sunglasses",
    category="fashion",
    words=(
        "sunglasses",
        "sunglass",
        "glasses",
        "eyeglasses",
        "spectacles",
        "eyewear",
        "shades",
        "reading glasses",
        "optical frame",
    ),
    yaw=-28,
    elevation=17,
)
def sunglasses(look: Look) -> list[Part]:
    acetate = Material(kind="paint", color=look.color or "#1b1816", roughness=0.14, clearcoat=0.9)
    if look.metal:
        acetate = trim(look, "gold", 0.14)
    clear = look.word in ("glasses", "eyeglasses", "spectacles", "reading glasses", "optical frame")
    tint = Material(kind="glass", color=look.color2 or "#4d3b2e", roughness=0.03)
    if clear:
        tint = Material(kind="glass", color="#fafcfc")
    rim, arms, glass = _glasses()
    hinge = [rounded_box((0.12, 0.5, 0.3), 0.05, (x, 0.62, 1.42)) for x in (-7.36, 7.36)]
    dots = [sphere((0.04, 0.13, 0.13), (x, 2.0, 1.42), around=24) for x in (-7.6, 7.6)]
    frame, lenses, metal = stand(merge(rim, arms), glass, merge(*hinge, *dots))
    return [Part(frame, acetate), Part(lenses, tint), Part(metal, trim(look, "gold", 0.15))]


@archetype(
    "earrings",
    category="fashion",
    words=("earring", "earrings", "hoop earring", "hoops", "ear ring", "bangle", "bracelet"),
    yaw=-30,
    elevation=14,
)
def earrings(look: Look) -> list[Part]:
    metal = trim(look, "gold", 0.1)
    t = np.linspace(0, 2 * np.pi, 193)[:-1]
    if look.word in ("bangle", "bracelet"):
        outer = loop(
            np.column_stack([3.2 * np.cos(t), 2.8 * np.sin(t), 0 * t]),
            (0.16, 0.42, 2.6),
            up=(0, 0, 1),
        )
        inner = place(outer, (0.9, -0.4, 1.2), (14, 9, 30))
        return [Part(merge(*stand(outer, inner)), metal)]
    hoops = []
    for at, turn in (((-1.0, 0.3, 0.0), 24.0), ((1.2, -0.5, 0.0), -38.0)):
        round_ = np.column_stack([1.45 * np.cos(t), 0 * t, 1.45 * np.sin(t)])
        hoop = loop(round_, (0.16, 0.2, 2.2), up=(0, 1, 0))
        hinge = rounded_box((0.34, 0.3, 0.22), 0.08, (0, 0, 1.45))
        hoops.append(place(merge(hoop, hinge), at, (0, 0, turn)))
    return [Part(merge(*stand(*hoops)), metal)]
