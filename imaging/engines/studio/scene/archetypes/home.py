"""Home: candles, lamps, vases and plants."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import F64, grid, lathe, merge, place, rounded_box
from imaging.engines.studio.scene.geometry_outline import label_band
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import circle, loop, monotone, spline, sweep

from .finishes import dark, decal, label, part, surface, trim


@lru_cache(maxsize=1)
def _flame() -> Mesh:
    """A still flame 1.9 cm tall from z = 0."""

    def field(p: F32) -> F32:
        t = np.clip(p[..., 2] / 1.9, 0, 1)
        lean = 0.06 * t**2
        radius = 0.36 * np.clip(np.sin(np.pi * t**0.6), 0, 1) - 0.015
        return np.asarray(np.hypot(p[..., 0] - lean, p[..., 1]) - radius, np.float32)

    return implicit.surface(field, (-0.6, -0.6, -0.1), (0.6, 0.6, 2.0), cells=56, slope=3)


@archetype(
    "candle",
    category="home",
    words=(
        "candle",
        "scented candle",
        "soy candle",
        "jar candle",
        "candle jar",
        "votive",
        "wax candle",
        "tealight",
        "candle holder",
    ),
    elevation=16,
)
def candle(look: Look) -> list[Part]:
    vessel = surface(look, "#ded5c6", "ceramic", roughness=0.4, clearcoat=0.1, metal_too=True)
    wax = Material(kind="wax", color=look.color2 or "#f2e8d5", roughness=0.4)
    outer = lathe(
        [(0, 0), (4.0, 0), (4.0, 9.0), (3.72, 9.0), (3.72, 1.0), (0, 1.0)],
        [0, 0.55, 0.13, 0.13, 0.3, 0],
        around=144,
    )
    fill = lathe(
        [(0, 0.9), (3.71, 0.9), (3.71, 7.5), (3.2, 7.32), (0, 7.2)], [0, 0.1, 0.05, 0.8, 0]
    )
    wick = sweep([(0, 0, 7.1), (0.02, 0, 7.6), (0.1, 0, 8.05)], 0.08)
    flame = place(_flame(), (0.08, 0, 7.75))
    paper = "#f3efe7" if not dark(look, "#ded5c6") or vessel.kind == "glass" else "#efe9dd"
    return [
        part(outer, vessel),
        Part(fill, wax),
        Part(wick, Material(kind="paint", color="#1c1815", roughness=0.9)),
        Part(flame, Material(kind="emit", color="#ffb347", power=9)),
        label(label_band(4.0, 2.0, 6.0, 84), look, aspect=5.88 / 4.0, color=paper),
    ]


@archetype(
    "vase",
    category="home",
    words=("vase", "flower vase", "bud vase", "ceramic vase", "urn", "carafe", "amphora"),
    elevation=10,
)
def vase(look: Look) -> list[Part]:
    glaze = surface(look, "#d8cdbd", "stoneware", roughness=0.42, metal_too=True)
    knots = [(4.0, 0), (6.3, 4.2), (7.5, 9.5), (6.4, 15.5), (3.4, 20.2), (2.35, 23.6), (3.0, 27.2)]
    if look.seed % 3 == 1:  # a slender bottle
        knots = [(3.9, 0), (5.3, 3.2), (5.7, 8.0), (4.6, 13.5), (2.3, 18), (1.9, 23), (2.3, 27.2)]
    elif look.seed % 3 == 2:  # a full-bellied jar
        knots = [
            (4.6, 0),
            (7.6, 4.0),
            (8.9, 9.0),
            (8.2, 13.5),
            (5.3, 17.6),
            (4.1, 19.6),
            (4.6, 21.6),
        ]
    outline = spline(knots, 90)
    top = outline[-1]
    inside = (outline - [0.32, 0])[::-1][:45]
    start = [(0, 0.25), (outline[0, 0] - 0.6, 0.25), (outline[0, 0] - 0.5, 0)]
    lip = [(top[0] - 0.05, top[1] + 0.16), (top[0] - 0.27, top[1] + 0.16)]
    profile = np.concatenate([start, outline, lip, inside])
    radii = [0.0, 0.05, 0.1, 0.25, *[0.2] * (len(outline) - 2), 0.1, 0.1, 0.1, *[0.0] * len(inside)]
    body = lathe(profile, radii, around=160, steps=3)
    return [
        part(body, glaze),
        *([decal(label_band(7.35, 7, 12, 60), look, glaze, aspect=1.54)] if look.text else []),
    ]


@archetype(
    "table_lamp",
    category="home",
    words=(
        "lamp",
        "table lamp",
        "desk lamp",
        "bedside lamp",
        "night light",
        "lampshade",
        "light",
        "lighting",
        "reading lamp",
    ),
    elevation=7,
)
def table_lamp(look: Look) -> list[Part]:
    glaze = surface(look, "#6f867c", "ceramic", roughness=0.15, clearcoat=0.7)
    brass = trim(look, "brass")
    gourd = spline([(4.4, 1.3), (7.4, 5.0), (7.8, 9.4), (5.0, 14.6), (2.2, 18.6), (1.35, 21.5)], 70)
    belly = lathe(np.concatenate([[(0, 1.3)], gourd, [(0, 21.5)]]), 0.15, around=160, steps=3)
    foot = lathe([(0, 0), (5.2, 0), (5.2, 1.0), (4.6, 1.4), (0, 1.4)], [0, 0.2, 0.3, 0.2, 0])
    neck = lathe(
        [
            (0, 21.3),
            (1.5, 21.3),
            (1.5, 21.8),
            (0.55, 22.2),
            (0.55, 26.4),
            (1.2, 26.6),
            (1.2, 29),
            (0, 29),
        ],
        [0, 0.1, 0.2, 0.2, 0.2, 0.1, 0.1, 0],
    )
    bulb = place(
        lathe([(0, 0), (1.2, 0), (1.4, 1.5), (2.9, 4.8), (1.6, 7.4), (0, 7.6)], 1.4), (0, 0, 29)
    )
    low, high, wide, narrow = 25.0, 43.0, 13.0, 9.6
    slope = [(wide, low), (narrow, high), (narrow - 0.12, high), (wide - 0.12, low), (wide, low)]
    shade = lathe(slope, 0, around=176)
    rims = [
        loop(circle(r, z, 128), 0.17, up=(0, 0, 1))
        for r, z in ((wide - 0.05, low), (narrow - 0.05, high))
    ]
    spokes = [
        place(rounded_box((2 * narrow - 0.4, 0.16, 0.16), 0.07, (0, 0, 42.2)), turn=(0, 0, a))
        for a in (20, 80, 140)
    ]
    finial = lathe([(0, 42), (0.5, 42), (0.5, 42.6), (0.9, 43.6), (0, 44.4)], [0, 0.1, 0.2, 0.4, 0])
    linen = Material(
        kind="fabric", color=look.color2 or "#ece2cd", threads=220, bump=0.6, two_sided=True
    )
    return [
        part(belly, glaze),
        Part(merge(foot, neck, finial, *spokes), brass),
        part(merge(shade, *rims), linen, tile=14),
        Part(bulb, Material(kind="emit", color="#ffd9a0", power=16)),
    ]


@archetype(
    "planter",
    category="home",
    words=(
        "planter",
        "plant pot",
        "plant",
        "houseplant",
        "house plant",
        "potted plant",
        "flower pot",
        "flowerpot",
        "succulent",
        "snake plant",
        "pot plant",
        "cachepot",
        "indoor plant",
    ),
    elevation=11,
)
def planter(look: Look) -> list[Part]:
    clay = surface(look, "#c9825c", "stoneware", roughness=0.6, metal_too=True)
    pot = lathe(
        [
            (0, 0.4),
            (5.0, 0.4),
            (5.0, 0),
            (5.5, 0),
            (8.2, 13.0),
            (7.75, 13.0),
            (7.4, 11.6),
            (0, 11.6),
        ],
        [0, 0.05, 0.05, 0.4, 0.22, 0.2, 0.1, 0],
        around=144,
    )
    saucer = lathe(
        [(0, 0), (6.9, 0), (7.6, 1.5), (7.3, 1.5), (6.7, 0.5), (0, 0.5)],
        [0, 0.3, 0.12, 0.12, 0.3, 0],
    )
    soil = lathe([(7.5, 11.7), (5.0, 12.2), (0, 12.4)], 1.0)
    green = colours.mixed("#2f5a36", "#3f6e3c", (look.seed % 5) / 5)
    blades, edges = _snake_leaves(look.seed)
    return [
        part(place(pot, (0, 0, 0.5)), clay),
        part(saucer, clay),
        part(
            place(soil, (0, 0, 0.3)), Material(kind="food", color="#3a2a1f", roughness=0.95), tile=3
        ),
        Part(blades, Material(kind="paint", color=green, roughness=0.34, two_sided=True)),
        Part(edges, Material(kind="paint", color="#c3c275", roughness=0.38, two_sided=True)),
    ]


def _snake_leaves(seed: int) -> tuple[Mesh, Mesh]:
    """Upright sword leaves from the middle of the pot: the green blades and their pale margins."""
    rng = np.random.default_rng(seed)
    blades, margins = [], []
    for k in range(11):
        turn = k * 137.5 + rng.uniform(-15, 15)
        root = 0.5 + 3.2 * (k / 11) ** 0.7
        tall = rng.uniform(24, 31) * (1 - 0.33 * k / 11)
        lean = rng.uniform(0.05, 0.13) + 0.016 * k
        wide = rng.uniform(1.35, 1.7)
        sheet = _leaf(tall, wide, lean, rng.uniform(-0.6, 0.6), rng.uniform(0, 6))
        where = (root * np.cos(np.radians(turn)), root * np.sin(np.radians(turn)), 11.6)
        blade, left, right = (place(grid(part_), where, (0, 0, turn)) for part_ in sheet)
        blades.append(blade)
        margins += [left, right]
    return merge(*blades), merge(*margins)


def _leaf(tall: float, wide: float, lean: float, twist: float, phase: float) -> list[F64]:
    """Point grids of a leaf growing up from the origin, bowing towards +x: blade and margins."""
    shape = monotone([0, 0.25, 0.6, 0.85, 1], [0.62, 0.9, 1.0, 0.62, 0.02])
    strips = []
    for low, high, count in ((-0.86, 0.86, 13), (-1.0, -0.86, 3), (0.86, 1.0, 3)):
        t, s = np.meshgrid(np.linspace(0, 1, 48), np.linspace(low, high, count), indexing="ij")
        half = wide * shape(t)
        side, fold = s * half, 0.42 * np.abs(s) ** 1.6 * half
        sway = 0.35 * np.sin(3.5 * t + phase) * t
        turn = twist * t**1.5
        x = lean * tall * t**2 + fold * np.cos(turn) - side * np.sin(turn)
        y = side * np.cos(turn) + fold * np.sin(turn) + sway
        strips.append(np.stack([x, y, tall * (t - 0.12 * lean * t**2)], -1))
    return strips
