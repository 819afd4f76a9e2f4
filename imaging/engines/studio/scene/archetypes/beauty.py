"""Beauty: bottles, jars and tubes."""

from __future__ import annotations

from functools import partial

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import F64, grid, lathe, merge, place, rounded_box
from imaging.engines.studio.scene.geometry_outline import (
    drape,
    extrude,
    fluted,
    label_band,
    label_panel,
)
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .finishes import dark, decal, label, part, second, surface, trim


def _cap_color(look: Look, body: str) -> str:
    """A cap that belongs to the body without repeating it."""
    own = look.color or body
    return colours.shaded(own, 0.4) if not dark(look, body) else colours.mixed(own, "#101114", 0.6)


def fluted_collar(radius: float, bottom: float, top: float, flutes: int = 48) -> Mesh:
    """A ribbed screw collar with a smooth bead at its foot."""
    ribs = extrude(fluted(radius, flutes, 0.07, per_flute=6), top - bottom - 0.12, bevel=0.02)
    bead = lathe(
        [(0, bottom), (radius + 0.03, bottom), (radius + 0.03, bottom + 0.16), (0, bottom + 0.16)],
        [0, 0.05, 0.05, 0],
    )
    return merge(place(ribs, (0, 0, bottom + 0.12)), bead)


@archetype(
    "pump_bottle",
    category="beauty",
    words=(
        "pump bottle",
        "shampoo",
        "shampoo bottle",
        "conditioner",
        "lotion",
        "lotion bottle",
        "body lotion",
        "body wash",
        "shower gel",
        "hand wash",
        "hand soap",
        "liquid soap",
        "soap dispenser",
        "dispenser",
        "cleanser",
        "face wash",
        "sanitizer",
        "hand sanitizer",
        "moisturizer bottle",
        "cosmetic bottle",
        "skincare bottle",
    ),
)
def pump_bottle(look: Look) -> list[Part]:
    body = surface(look, "#d9d3c7", roughness=0.36, clearcoat=0.15)
    pump = second(look, "#1d1e20" if not dark(look, "#d9d3c7") else "#ece8e0", roughness=0.32)
    flask = lathe(
        [(0, 0.15), (3.0, 0), (3.55, 0), (3.55, 13.6), (1.45, 15.3), (1.45, 15.9), (0, 15.9)],
        [0, 0.3, 0.55, 1.7, 0.5, 0.08, 0],
        steps=12,
    )
    stem = lathe([(0, 17), (0.42, 17), (0.42, 18.9), (0, 18.9)], 0.02)
    sleeve = lathe(
        [(0, 17.2), (1.5, 17.2), (1.05, 17.55), (0.78, 17.6), (0.78, 18.1), (0, 18.1)],
        [0, 0.15, 0.15, 0.1, 0.12, 0],
    )
    neck = lathe([(1.4, 15.5), (1.52, 15.5), (1.52, 15.78), (1.4, 15.78)], 0.04)
    print_ = label_band(3.55, 4.0, 10.8, 98)
    return [
        part(flask, body),
        part(neck, pump),
        Part(
            merge(
                fluted_collar(1.62, 15.8, 17.35),
                sleeve,
                stem,
                place(_pump_head(), turn=(0, 0, -24)),
            ),
            pump,
        ),
        decal(print_, look, body, aspect=6.07 / 6.8),
    ]


def _pump_head() -> Mesh:
    """The button and its spout, pointing right and drooping at the tip."""
    button = lathe(
        [(0, 18.7), (0.8, 18.7), (0.98, 19.3), (0.98, 19.75), (0, 19.85)],
        [0, 0.12, 0.3, 0.22, 0],
    )
    path = spline([(0.2, 0, 19.35), (1.6, 0, 19.42), (2.8, 0, 19.3), (3.35, 0, 18.75)], 48)
    width = np.interp(np.linspace(0, 1, 48), [0, 0.45, 0.8, 1], [0.44, 0.4, 0.3, 0.26])
    return merge(button, sweep(path, width, up=(0, 1, 0), around=28, round_ends=False))


@archetype(
    "dropper",
    category="beauty",
    words=(
        "dropper",
        "dropper bottle",
        "serum",
        "face serum",
        "facial oil",
        "face oil",
        "essential oil",
        "oil bottle",
        "beard oil",
        "hair oil",
        "cbd oil",
        "tincture",
        "ampoule",
        "elixir",
        "pipette bottle",
        "vial",
    ),
)
def dropper(look: Look) -> list[Part]:
    glass = surface(look, "#8a4a14", "glass", roughness=0.05)
    flask = lathe(
        [
            (0, 0.25),
            (1.4, 0.12),
            (1.7, 0),
            (2.0, 0),
            (2.0, 6.3),
            (0.92, 7.3),
            (0.92, 7.9),
            (0, 7.9),
        ],
        [0, 0.2, 0.1, 0.3, 0.9, 0.35, 0.1, 0],
        steps=12,
    )
    collar = lathe(
        [(0, 7.55), (1.16, 7.55), (1.16, 9.0), (0.84, 9.0), (0.84, 8.95), (0, 8.95)],
        [0, 0.05, 0.1, 0.04, 0, 0],
    )
    bulb = lathe(
        [(0, 8.9), (0.84, 8.9), (0.84, 9.3), (0.7, 9.45), (0.66, 11.0), (0.42, 12.0), (0, 12.05)],
        [0, 0.02, 0.1, 0.2, 0.8, 0.36, 0],
    )
    return [
        part(flask, glass),
        Part(collar, trim(look, "gold")),
        Part(bulb, second(look, "#1c1d1f", "rubber", roughness=0.5)),
        label(label_band(2.0, 1.3, 5.2, 150), look, aspect=5.23 / 3.9),
    ]


@archetype(
    "perfume",
    category="beauty",
    words=(
        "perfume",
        "perfume bottle",
        "fragrance",
        "fragrance bottle",
        "cologne",
        "eau de parfum",
        "eau de toilette",
        "scent",
        "parfum",
        "aftershave",
        "body mist",
    ),
    yaw=-24,
)
def perfume(look: Look) -> list[Part]:
    tint = look.color or "#e7b48f"
    frosted = look.finish == "frosted"
    glass = Material(kind="frosted" if frosted else "glass", color=tint, roughness=0.04)
    flask = rounded_box((6.2, 3.2, 6.6), 0.42, (0, 0, 4.1), steps=8)
    # The heavy clear foot of a scent bottle; the part above holds the juice.
    foot = rounded_box((6.2, 3.2, 0.95), 0.3, (0, 0, 0.475), steps=8)
    neck = lathe([(0, 7.3), (1.0, 7.3), (1.0, 7.55), (0.8, 7.6), (0.8, 8.2), (0, 8.2)], 0.04)
    cap = rounded_box((2.4, 2.2, 2.7), 0.16, (0, 0, 9.45))
    cap_material = (
        second(look, "#17181a", roughness=0.16, clearcoat=0.7)
        if look.metal is None or look.color2
        else trim(look, "gold")
    )
    front = label_panel(3.3, 2.5, (0, -1.63, 3.5))
    return [
        Part(flask, glass),
        Part(foot, Material(kind="glass", color="#f6f8f8")),
        Part(neck, trim(look, "gold")),
        part(cap, cap_material),
        label(front, look, aspect=3.3 / 2.5),
    ]


@archetype(
    "cream_jar",
    category="beauty",
    words=(
        "cream jar",
        "jar",
        "cream",
        "face cream",
        "night cream",
        "day cream",
        "hand cream jar",
        "moisturizer",
        "moisturiser",
        "body butter",
        "balm",
        "face mask",
        "hair mask",
        "scrub",
        "pomade",
        "cosmetic jar",
        "skincare",
        "skincare product",
        "cosmetic",
    ),
)
def cream_jar(look: Look) -> list[Part]:
    body = surface(look, "#efe9e1", roughness=0.25, clearcoat=0.5)
    pot = lathe(
        [(0, 0.2), (2.6, 0.1), (2.8, 0), (3.5, 0), (3.5, 3.55), (3.2, 3.85), (0, 3.85)],
        [0, 0.1, 0.1, 0.6, 0.35, 0.1, 0],
        steps=12,
        around=160,
    )
    lid = lathe([(0, 3.95), (3.56, 3.95), (3.56, 5.75), (0, 5.8)], [0, 0.08, 0.24, 0], around=160)
    gap = lathe([(0, 3.7), (3.34, 3.7), (3.34, 4.1), (0, 4.1)], 0, around=160)
    top = second(look, "#1b1c1e", roughness=0.25) if look.color2 else trim(look, "brass", 0.2)
    return [
        part(pot, body),
        Part(gap, Material(kind="paint", color="#e6e2da", roughness=0.5)),
        Part(lid, top),
        decal(label_band(3.5, 0.75, 3.1, 110), look, body, aspect=6.72 / 2.35),
    ]


@archetype(
    "tube",
    category="beauty",
    words=(
        "tube",
        "cosmetic tube",
        "cream tube",
        "hand cream",
        "toothpaste",
        "sunscreen",
        "sun cream",
        "suncream",
        "lotion tube",
        "face scrub",
        "squeeze tube",
        "ointment",
        "gel",
        "hair gel",
        "bb cream",
        "concealer",
        "foundation tube",
    ),
)
def tube(look: Look) -> list[Part]:
    body = surface(look, "#e6d9cb", roughness=0.34, clearcoat=0.2)
    cap = second(look, _cap_color(look, "#e6d9cb"), roughness=0.35)
    if look.metal:
        cap = trim(look, "gold")
    rows = np.linspace(0, 1, 64)
    phi = np.pi / 2 + np.linspace(0, 2 * np.pi, 121)
    v, u = np.meshgrid(rows, phi, indexing="ij")
    ribs = merge(
        place(extrude(fluted(2.3, 72, 0.06, per_flute=6), 2.0, bevel=0.02), (0, 0, 0.2)),
        lathe([(0, 0), (2.3, 0), (2.3, 0.24), (2.2, 0.24)], [0, 0.2, 0.03, 0]),
        lathe([(2.2, 2.12), (2.3, 2.12), (2.3, 2.3), (0, 2.3)], [0, 0.03, 0.08, 0]),
    )
    shoulder = lathe([(2.0, 2.3), (2.32, 2.38), (2.36, 2.6), (2.3, 2.9)], 0.1)
    front = drape(partial(_tube_surface, lift=0.012), (1.24 * np.pi, 1.76 * np.pi), (0.2, 0.78))
    return [
        part(grid(_tube_surface(u, v)), body),
        part(_crimp(), body),
        Part(shoulder, body),
        Part(ribs, cap),
        decal(front, look, body, aspect=4.4 / 7.0),
    ]


def _tube_surface(phi: F64, t: F64, lift: float = 0.0) -> F64:
    """Round at the cap (t = 0), flat at the crimp (t = 1); phi runs rightwards in front."""
    wide = 2.3 + 0.55 * t**1.3 + lift
    deep = 2.3 * (1 - t) ** 0.62 + 0.06 + lift
    return np.stack([wide * np.cos(phi), deep * np.sin(phi), 2.7 + 11.9 * t], -1)


def _crimp() -> Mesh:
    """The pressed seal across the end, with its fine ridges."""
    t = np.linspace(0, 1, 120)
    front = 0.1 - 0.035 * (np.sin(t * np.pi * 9) > 0.3)
    profile = np.concatenate(
        [np.column_stack([front, t]), [(0, 1.0)], np.column_stack([-front, t])[::-1]]
    )
    bar = extrude(profile * [1, 1.5], 5.72, crease=20)
    return place(bar, (-2.86, 0, 14.3), (90, 0, 90))
