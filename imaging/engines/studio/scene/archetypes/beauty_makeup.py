"""Beauty: make-up and soap."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import (
    F64,
    disc,
    grid,
    lathe,
    merge,
    place,
    rounded_box,
    scale_uv,
)
from imaging.engines.studio.scene.geometry_outline import (
    extrude,
    label_band,
    label_panel,
    rounded_rectangle,
)
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype

from .finishes import decal, label, part, second, surface, trim


@lru_cache(maxsize=1)
def _bullet() -> Mesh:
    """A lipstick: a stick cut off aslant, its edge softly rounded."""

    def field(p: F32) -> F32:
        stick = implicit.cylinder(p, (0, 0, 2), 0.58, 3, 0.05)
        slant = (p[..., 2] - 4.45 + 0.95 * p[..., 1]) * np.float32(0.72)
        dome = implicit.ellipsoid(p, (0, 0.1, 2.6), (0.75, 0.75, 2.5))
        return implicit.smooth_max(implicit.smooth_max(stick, slant, 0.12), dome, 0.2)

    return implicit.surface(field, (-0.7, -0.7, 1.8), (0.7, 0.7, 5.4), cells=110)


@archetype(
    "lipstick",
    category="beauty",
    words=("lipstick", "lip stick", "lip balm", "lip colour", "lip color", "lip tint", "rouge"),
    yaw=-28,
)
def lipstick(look: Look) -> list[Part]:
    case = second(look, "#17181a", roughness=0.18, clearcoat=0.6)
    metal = trim(look, "gold", 0.12)
    shade = Material(kind="wax", color=look.color or "#a3172a", roughness=0.33)
    base = lathe([(0, 0), (0.92, 0), (0.92, 2.6), (0, 2.6)], [0, 0.06, 0.05, 0])
    ring = lathe([(0, 2.5), (0.86, 2.5), (0.86, 2.75), (0, 2.75)], [0, 0.02, 0.03, 0])
    sleeve = lathe(
        [(0, 2.7), (0.72, 2.7), (0.72, 4.2), (0.64, 4.2), (0.64, 3.9), (0, 3.9)],
        [0, 0.03, 0.03, 0.03, 0, 0],
    )
    bullet = place(_bullet(), (0, 0, 1.4))
    cap = lathe([(0, 0), (0.94, 0), (0.94, 4.3), (0, 4.3)], [0, 0.05, 0.12, 0])
    band = lathe([(0.9, 0), (0.96, 0), (0.96, 0.22), (0.9, 0.22)], 0.015)
    return [
        Part(merge(base, place(cap, (2.6, 0.9, 0))), case),
        Part(merge(ring, sleeve, place(band, (2.6, 0.9, 0))), metal),
        Part(bullet, shade),
    ]


@archetype(
    "nail_polish",
    category="beauty",
    words=(
        "nail polish",
        "nail varnish",
        "nail lacquer",
        "nail enamel",
        "nail colour",
        "nail color",
    ),
    yaw=-22,
)
def nail_polish(look: Look) -> list[Part]:
    lacquer = look.color or "#b3122f"
    flask = extrude(rounded_rectangle(3.1, 2.3, 0.75), 4.0, bevel=0.32, steps=8)
    shoulder = lathe([(0, 3.9), (0.95, 3.98), (0.72, 4.4), (0.72, 4.7), (0, 4.7)], 0.12)
    cap = lathe([(0, 4.45), (0.86, 4.45), (0.62, 8.6), (0, 8.65)], [0, 0.06, 0.2, 0])
    metallic = look.finish == "metallic"
    paint = Material(kind="paint", color=lacquer, roughness=0.3 if metallic else 0.1, clearcoat=1.0)
    cap_material = trim(look, "gold") if look.metal else second(look, "#141416", clearcoat=0.6)
    name = label_panel(1.9, 1.2, (0, -1.154, 1.9))
    return [
        Part(merge(flask, shoulder), paint),
        Part(cap, cap_material),
        decal(name, look, paint, aspect=1.9 / 1.2),
    ]


@lru_cache(maxsize=1)
def _bar() -> Mesh:
    """A pressed bar: pillowed, with a shallow oval dish on top."""

    def field(p: F32) -> F32:
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        swell = (
            0.16
            * np.cos(np.clip(x / 4.4, -1, 1) * np.pi / 2)
            * np.cos(np.clip(y / 3.0, -1, 1) * np.pi / 2)
        )
        q = np.stack([x, y, z * (1.3 / (1.14 + swell))], -1)
        bar = implicit.box(q, (0, 0, 0), (4.2, 2.8, 1.3), 0.85)
        dish = implicit.ellipsoid(p, (0, 0, 6.1), (5.6, 3.9, 5.0))
        return implicit.smooth_max(bar, -dish, 0.14) * np.float32(0.9)

    return implicit.surface(field, (-4.6, -3.2, -1.7), (4.6, 3.2, 1.7), cells=150)


@archetype(
    "soap",
    category="beauty",
    words=("soap", "soap bar", "bar soap", "bar of soap", "shampoo bar", "handmade soap"),
    yaw=-30,
    elevation=26,
)
def soap(look: Look) -> list[Part]:
    wax = Material(kind="wax", color=look.color or "#d9cdb4", roughness=0.42)
    under = Material(kind="wax", color=look.color2 or colours.mixed(wax.color, "#ffffff", 0.35))
    below = place(_bar(), (-0.4, 0.5, 1.32), (0, 0, 9))
    leaning = place(_bar(), (0.5, -0.2, 3.62), (0, 0, -12))
    sleeve = place(_sleeve(), (0.5, -0.2, 3.62), (0, 0, -12))
    front = place(label_panel(3.2, 1.7, (0, -2.925, 0)), (0.5, -0.2, 3.62), (0, 0, -12))
    paper = "#efe8da"
    return [
        Part(below, under),
        Part(leaning, wax),
        Part(sleeve, Material(kind="paper", color=paper)),
        label(front, look, aspect=3.2 / 1.7, color=paper),
    ]


def _sleeve() -> Mesh:
    """A paper band round the middle of the bar, across its short side."""
    around = extrude(rounded_rectangle(5.82, 2.72, 0.9), 3.3, bevel=0.005, steps=1)
    return place(around, (-1.65, 0, 0), (90, 0, 90))


@archetype(
    "compact",
    category="beauty",
    words=(
        "compact",
        "makeup compact",
        "powder compact",
        "compact powder",
        "powder",
        "face powder",
        "pressed powder",
        "blush",
        "blusher",
        "bronzer",
        "highlighter",
        "eyeshadow",
        "eye shadow",
        "makeup",
        "make-up",
        "makeup palette",
        "foundation",
        "cushion foundation",
        "pocket mirror",
    ),
    yaw=-26,
    elevation=24,
)
def compact(look: Look) -> list[Part]:
    of_powder = look.word in ("blush", "blusher", "bronzer", "highlighter", "eyeshadow")
    case_color = (look.color2 if of_powder else look.color) or "#1b1b1e"
    powder_color = (look.color if of_powder else look.color2) or "#d9a58c"
    case = surface(Look(color=case_color, finish=look.finish), case_color, roughness=0.2)
    if look.metal and not look.color:
        case = trim(look, "gold", 0.15)
    base = lathe(
        [(0, 0), (3.6, 0), (3.75, 1.05), (3.35, 1.05), (3.35, 0.75), (0, 0.75)],
        [0, 0.45, 0.1, 0.06, 0.04, 0],
        around=160,
    )
    lid = lathe(
        [(0, 0), (3.6, 0), (3.75, 0.75), (3.4, 0.75), (3.4, 0.55), (0, 0.55)],
        [0, 0.4, 0.1, 0.05, 0.04, 0],
        around=160,
    )
    rim = lathe([(3.1, 0.74), (3.36, 0.74), (3.36, 0.92), (3.1, 0.92)], 0.05, around=160)
    hinge = place(rounded_box((1.9, 0.5, 0.5), 0.2), (0, 3.85, 1.05))
    clasp = rounded_box((1.3, 0.22, 0.42), 0.1, (0, -3.72, 0.72))
    # Lying open behind the hinge the lid shows its inside; then it is raised.
    opened = [place(m, (0, 3.75, 0)) for m in (lid, disc(3.4, 0.58))]
    tilted = [place(m, (0, 3.9, 1.1), (74, 0, 0)) for m in opened]
    return [
        Part(merge(base, tilted[0], hinge), case),
        Part(merge(rim, clasp), trim(look, "gold", 0.14)),
        Part(tilted[1], Material(kind="metal", metal="silver", roughness=0.03)),
        Part(_pressed_powder(), Material(kind="paint", color=powder_color, roughness=0.95)),
    ]


def _pressed_powder() -> Mesh:
    """The pan, pressed with a sunburst of shallow rays."""
    r, t = np.meshgrid(np.linspace(0.001, 3.12, 90), np.linspace(0, 2 * np.pi, 289), indexing="ij")
    ray = np.cos(24 * t) * 0.035 * np.clip((r - 0.6) / 0.5, 0, 1) * np.clip((2.9 - r) / 0.3, 0, 1)
    ring = 0.05 * np.exp(-(((r - 0.45) / 0.09) ** 2)) + 0.05 * np.exp(-(((r - 2.95) / 0.08) ** 2))
    z = 0.84 + ray + ring
    uv = np.stack([r * np.cos(t), r * np.sin(t)], -1)
    points: F64 = np.concatenate([uv, z[..., None]], -1)
    return scale_uv(grid(points, flip=True, uv=uv), 0.16, 0.16)


@archetype(
    "mascara",
    category="beauty",
    words=("mascara", "lip gloss", "lipgloss", "eyeliner", "brow gel", "concealer wand"),
)
def mascara(look: Look) -> list[Part]:
    gloss = look.word in ("lip gloss", "lipgloss")
    body = surface(look, "#c9596b" if gloss else "#19191b", roughness=0.16, clearcoat=0.8)
    wand = second(look, "#19191b" if gloss else "#232326", roughness=0.22, clearcoat=0.5)
    vial = lathe([(0, 0), (0.82, 0), (0.82, 6.2), (0.6, 6.4), (0, 6.4)], [0, 0.14, 0.12, 0.05, 0])
    ring = lathe([(0, 6.3), (0.83, 6.3), (0.83, 6.75), (0, 6.75)], [0, 0.03, 0.03, 0])
    cap = lathe([(0, 6.78), (0.82, 6.78), (0.78, 12.4), (0, 12.45)], [0, 0.04, 0.16, 0])
    from_front = label_band(0.82, 1.2, 5.4, 90, lift=0.004)
    return [
        part(vial, body),
        Part(ring, trim(look, "gold", 0.14)),
        Part(cap, wand),
        decal(from_front, look, body, aspect=1.29 / 4.2),
    ]
