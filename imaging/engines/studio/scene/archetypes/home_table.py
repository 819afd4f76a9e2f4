"""Home: what stands on a table or a stove."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import (
    lathe,
    merge,
    place,
    rounded_box,
    torus,
)
from imaging.engines.studio.scene.geometry_outline import label_band
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .finishes import bare_metal, dark, decal, part, second, surface, trim

_CLAY = "#c9b08f"


def _printed(look: Look, below: Material, band: Mesh, aspect: float) -> list[Part]:
    """The look's text on the front; tableware is plain unless the prompt asks for print."""
    return [decal(band, look, below, aspect=aspect)] if look.text else []


@archetype(
    "mug",
    category="home",
    words=(
        "mug",
        "coffee mug",
        "tea mug",
        "travel mug",
        "cup",
        "coffee cup",
        "tea cup",
        "teacup",
        "espresso cup",
        "beaker",
    ),
    yaw=-28,
    elevation=15,
)
def mug(look: Look) -> list[Part]:
    glaze = surface(look, "#e9e5dc", "ceramic", roughness=0.16, clearcoat=0.6)
    inside = second(look, glaze.color, "ceramic", roughness=0.16, clearcoat=0.6)
    outer = lathe(
        [(3.0, 0.25), (3.35, 0.3), (4.15, 1.2), (4.15, 9.5), (3.98, 9.5)],
        [0, 0.15, 1.3, 0.1, 0],
        around=144,
        steps=12,
    )
    inner = lathe(
        [(3.98, 9.5), (3.8, 9.5), (3.8, 1.3), (3.0, 0.75), (0, 0.75)],
        [0, 0.1, 0.9, 0.5, 0],
        around=144,
    )
    foot = lathe([(0, 0.2), (2.75, 0.2), (2.75, 0), (3.05, 0), (3.2, 0.34)], [0, 0, 0.06, 0.06, 0])
    path = spline(
        [
            (3.9, 0, 7.9),
            (5.2, 0, 7.95),
            (6.35, 0, 6.9),
            (6.5, 0, 5.1),
            (5.75, 0, 3.3),
            (3.95, 0, 2.4),
        ],
        72,
    )
    handle = sweep(path, (0.36, 0.58, 2.3), up=(0, 1, 0), around=32)
    name = label_band(4.15, 3.4, 7.4, 92, lift=0.006, facing=-90)
    turned = place(name, turn=(0, 0, 14))
    return [
        part(merge(outer, handle), glaze),
        part(inner, inside if look.color2 else glaze),
        Part(foot, Material(kind="stoneware", color=_CLAY)),
        *_printed(look, glaze, turned, 6.66 / 4.0),
    ]


@archetype(
    "bowl",
    category="home",
    words=(
        "bowl",
        "salad bowl",
        "serving bowl",
        "fruit bowl",
        "soup bowl",
        "ramen bowl",
        "cereal bowl",
        "mixing bowl",
        "pet bowl",
        "dog bowl",
        "dish",
        "ceramics",
        "pottery",
    ),
    elevation=22,
)
def bowl(look: Look) -> list[Part]:
    glaze = surface(look, "#7f9096", "stoneware", roughness=0.35, metal_too=True)
    inside = (
        glaze if not look.color2 else Material(kind=glaze.kind, color=look.color2, roughness=0.3)
    )
    wall = [(4.0, 0.75), (6.6, 1.6), (8.4, 4.0), (9.2, 7.4), (9.05, 7.5)]
    outer = lathe([(3.6, 0.7), *wall], [0, 0.5, 2.0, 3.0, 0.1, 0], around=160, steps=14)
    inner = lathe(
        [(9.05, 7.5), (8.85, 7.4), (8.0, 4.1), (6.2, 2.0), (3.4, 1.2), (0, 1.2)],
        [0, 0.1, 3.0, 2.0, 1.0, 0],
        around=160,
        steps=14,
    )
    foot = lathe(
        [(0, 0.5), (3.4, 0.5), (3.5, 0), (4.05, 0), (4.0, 0.9)], [0, 0.1, 0.08, 0.12, 0], around=128
    )
    return [
        part(outer, glaze),
        part(inner, inside),
        part(foot, Material(kind="stoneware", color=_CLAY) if glaze.kind != "metal" else glaze),
    ]


def _plate(radius: float, rise: float) -> Mesh:
    """A coupe plate: flat in the middle, its rim raised; stands on z = 0."""
    r = radius
    profile = [
        (0, 0.28),
        (0.52 * r, 0.28),
        (0.53 * r, 0),
        (0.58 * r, 0),
        (0.62 * r, 0.35),
        (0.86 * r, 0.5 * rise),
        (r, rise),
        (r - 0.22, rise + 0.12),
        (0.84 * r, 0.5 * rise + 0.32),
        (0.58 * r, 0.62),
        (0, 0.62),
    ]
    radii = [0, 0.05, 0.1, 0.1, 0.6, 3.0, 0.12, 0.1, 3.0, 1.5, 0]
    return lathe(profile, radii, around=176, steps=10)


@archetype(
    "plates",
    category="home",
    words=(
        "plate",
        "dinner plate",
        "side plate",
        "plate set",
        "tableware",
        "dinnerware",
        "dinner set",
        "crockery",
        "dish set",
        "saucer",
        "platter",
    ),
    elevation=24,
)
def plates(look: Look) -> list[Part]:
    glaze = surface(look, "#e4ddcf", "stoneware", roughness=0.34, metal_too=True)
    upper = second(look, colours.mixed(glaze.color, "#5d6f6d", 0.55), "stoneware", roughness=0.34)
    dinner = merge(_plate(13.2, 2.1), place(_plate(13.1, 2.1), (0.1, -0.05, 0.95)))
    side = place(_plate(10.2, 1.9), (-0.05, 0.1, 1.9))
    small = place(_plate(10.1, 1.9), (0.1, 0, 2.8))
    cup = lathe(
        [
            (0, 0),
            (2.9, 0),
            (3.4, 0.3),
            (6.1, 2.0),
            (7.2, 5.6),
            (7.0, 5.7),
            (5.8, 2.4),
            (3.0, 0.9),
            (0, 0.9),
        ],
        [0, 0.15, 0.6, 3, 0.12, 0.1, 2.5, 1.5, 0],
        around=144,
        steps=12,
    )
    return [
        part(dinner, glaze),
        part(merge(side, small), upper),
        part(place(cup, (0, 0, 3.55)), glaze),
    ]


@archetype(
    "cooking_pot",
    category="home",
    words=(
        "cooking pot",
        "pot",
        "saucepan",
        "casserole",
        "dutch oven",
        "stockpot",
        "cocotte",
        "cookware",
        "enamel pot",
        "cast iron pot",
        "pressure cooker",
    ),
    yaw=-16,
    elevation=16,
)
def cooking_pot(look: Look) -> list[Part]:
    enamel = surface(look, "#a8421f", "ceramic", roughness=0.14, clearcoat=0.8, metal_too=False)
    if look.metal and not look.color:
        enamel = bare_metal(look, look.metal)
    rim = Material(kind="metal", metal="gunmetal", roughness=0.4)
    body = lathe(
        [(0, 0.3), (8.6, 0.3), (8.8, 0), (9.6, 0), (11.4, 2.2), (11.9, 10.6), (11.2, 10.6)],
        [0, 0.1, 0.2, 0.5, 2.4, 0.3, 0],
        around=176,
        steps=12,
    )
    edge = lathe(
        [(11.0, 10.5), (12.05, 10.5), (12.05, 10.82), (11.0, 10.82)], [0, 0.14, 0.1, 0], around=176
    )
    lid = lathe(
        [(11.6, 10.84), (12.0, 10.84), (12.0, 11.4), (10.4, 12.0), (3.0, 13.5), (0, 13.6)],
        [0, 0.1, 0.3, 1.4, 6, 0],
        around=176,
        steps=14,
    )
    ridges = [torus(r, 0.12, around=160) for r in (9.3, 7.7)]
    rings = [place(t, (0, 0, z)) for t, z in zip(ridges, (12.18, 12.52), strict=True)]
    knob = lathe(
        [(0, 13.5), (0.9, 13.5), (0.75, 14.2), (2.1, 14.9), (2.1, 15.5), (0, 15.8)],
        [0, 0.1, 0.4, 0.35, 0.4, 0],
    )
    handles = [place(_ear(), turn=(0, 0, a)) for a in (0, 180)]
    return [
        part(merge(body, lid, *rings, *handles), enamel),
        Part(edge, rim),
        Part(knob, trim(look, "steel", 0.18)),
    ]


def _ear() -> Mesh:
    """A loop handle at the right of a pot."""
    path = spline(
        [(11.2, -3.8, 8.9), (13.3, -3.5, 9.2), (14.3, 0, 9.35), (13.3, 3.5, 9.2), (11.2, 3.8, 8.9)],
        64,
    )
    return sweep(path, (0.75, 0.48, 2.6), up=(0, 0, 1), around=28)


@archetype(
    "frying_pan",
    category="home",
    words=("frying pan", "pan", "skillet", "wok", "saute pan", "griddle", "crepe pan"),
    yaw=-38,
    elevation=30,
)
def frying_pan(look: Look) -> list[Part]:
    outside = surface(look, "#2b2c2e", roughness=0.4, clearcoat=0.2)
    if look.metal and not look.color:
        outside = bare_metal(look, look.metal)
    coating = Material(kind="paint", color="#222325", roughness=0.45)
    shell = lathe(
        [(0, 0), (10.2, 0), (11.6, 1.0), (13.2, 4.6), (13.0, 4.7)],
        [0, 0.5, 1.6, 0.12, 0],
        around=176,
        steps=12,
    )
    well = lathe(
        [(13.0, 4.7), (12.85, 4.55), (11.3, 1.3), (9.9, 0.45), (0, 0.4)],
        [0, 0.1, 1.6, 1.0, 0],
        around=176,
        steps=12,
    )
    path = spline([(15.6, 0, 4.6), (20, 0, 5.9), (26, 0, 7.2), (31.5, 0, 7.9)], 80)
    t = np.linspace(0, 1, 80)
    width = 1.0 + 0.35 * np.sin(np.pi * np.clip(t * 1.1, 0, 1))
    grip = place(sweep(path, width, up=(0, 1, 0), around=32), scale=(1, 1, 1))
    stem = sweep(
        spline([(12.4, 0, 3.5), (14.2, 0, 4.1), (16.4, 0, 4.85)], 24), (0.35, 0.9, 4), up=(0, 1, 0)
    )
    plate = rounded_box((0.5, 3.4, 1.9), 0.2, (12.55, 0, 3.1))
    rivets = [
        place(lathe([(0, 0), (0.34, 0), (0, 0.2)], 0.1), (12.0, y, 3.2), (0, -70, 0))
        for y in (-1, 1)
    ]
    handle = (
        second(look, "#8a5a33", "wood")
        if look.material in ("wood", None)
        else second(look, "#1d1e20")
    )
    return [
        part(shell, outside),
        Part(well, coating),
        part(grip, handle),
        Part(merge(stem, plate, *rivets), trim(look, "steel", 0.25)),
    ]


@archetype(
    "flask",
    category="home",
    words=(
        "water bottle",
        "bottle",
        "flask",
        "thermos",
        "drink bottle",
        "drinking bottle",
        "sports bottle",
        "insulated bottle",
        "vacuum flask",
        "gym bottle",
        "reusable bottle",
        "hydration bottle",
    ),
)
def flask(look: Look) -> list[Part]:
    coat = surface(look, "#2d4a53", roughness=0.45, clearcoat=0.12, metal_too=True)
    cap = second(look, "#1c1d1f" if dark(look, "#2d4a53") else "#2a2b2d", roughness=0.5)
    body = lathe(
        [(0, 0.2), (3.1, 0), (3.6, 0), (3.6, 18.2), (2.0, 21.2), (2.0, 22.0), (0, 22.0)],
        [0, 0.2, 0.4, 2.8, 0.9, 0.1, 0],
        around=144,
        steps=14,
    )
    ring = lathe([(1.9, 21.75), (2.1, 21.75), (2.1, 22.2), (1.9, 22.2)], [0, 0.08, 0.08, 0])
    lid = lathe([(0, 22.25), (2.2, 22.25), (2.2, 24.9), (0, 25.1)], [0, 0.12, 0.5, 0])
    t = np.linspace(0.0, np.pi, 48)
    arc = np.stack([1.75 * np.cos(t), 0 * t, 24.6 + 2.3 * np.sin(t)], -1)
    loop = sweep(arc, (0.26, 0.62, 3.2), up=(0, 1, 0), around=32)
    return [
        part(body, coat),
        Part(ring, trim(look, "steel")),
        Part(merge(lid, loop), cap),
        decal(label_band(3.6, 6.5, 14.5, 95, lift=0.006), look, coat, aspect=5.97 / 8.0),
    ]


@archetype(
    "teapot",
    category="home",
    words=("teapot", "tea pot", "kettle", "coffee pot", "tea kettle", "jug", "pitcher"),
    yaw=0,
    elevation=14,
)
def teapot(look: Look) -> list[Part]:
    glaze = surface(look, "#d8d2c4", "stoneware", roughness=0.3, metal_too=True)
    belly = lathe(
        [
            (0, 0.2),
            (4.6, 0.2),
            (4.8, 0),
            (5.3, 0),
            (8.2, 3.4),
            (7.8, 8.4),
            (4.2, 11.4),
            (3.7, 11.4),
        ],
        [0, 0.1, 0.15, 0.4, 4.6, 5.0, 0.25, 0],
        around=160,
        steps=18,
    )
    lid = lathe(
        [(3.9, 11.3), (4.25, 11.45), (3.6, 12.1), (0.9, 12.9), (0, 12.9)], [0, 0.15, 0.9, 0.4, 0]
    )
    knob = lathe(
        [(0, 12.7), (0.55, 12.7), (0.6, 13.1), (1.15, 13.8), (0.8, 14.6), (0, 14.7)],
        [0, 0.2, 0.3, 0.5, 0.4, 0],
    )
    path = spline([(-6.4, 0, 4.2), (-9.0, 0, 5.4), (-10.4, 0, 8.3), (-12.4, 0, 10.6)], 72)
    spout = sweep(
        path,
        np.interp(np.linspace(0, 1, 72), [0, 0.45, 1], [1.9, 1.2, 0.72]),
        around=32,
        round_ends=False,
    )
    hole = sweep(
        path[-1] + np.array([(0.2, 0, -0.2), (-0.012, 0, 0.012)]), 0.52, around=24, round_ends=False
    )
    grip = spline(
        [(6.6, 0, 9.6), (9.6, 0, 10.6), (11.9, 0, 8.7), (11.2, 0, 5.4), (7.6, 0, 3.4)], 80
    )
    handle = sweep(grip, (0.5, 0.72, 2.4), up=(0, 1, 0), around=32)
    return [
        part(merge(belly, lid, knob, spout, handle), glaze),
        Part(hole, Material(kind="paint", color="#2a2622", roughness=0.8)),
    ]
