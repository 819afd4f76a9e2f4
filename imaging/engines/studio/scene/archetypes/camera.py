"""Electronics: photo cameras."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene.geometry import Vec3, disc, lathe, merge, place, rounded_box
from imaging.engines.studio.scene.geometry_outline import extrude, label_panel, rounded_outline
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .dress import metal, paint, printed, second, skin
from .shaping import TO_FRONT, UPRIGHT, copies, moved, of, ribbed, slab

_TOP = 7.1  # height of the shoulders
_AXIS: Vec3 = (0.6, 0, 3.75)  # of the lens


def _lens() -> tuple[Mesh, Mesh, Mesh, Mesh]:
    """Bright rings, dark barrel, dark mirror-like glass and engraved marks, along z from 0."""
    bright = merge(
        lathe([(0, 0), (3.05, 0), (3.05, 0.35), (0, 0.35)], [0, 0.05, 0.08, 0]),
        ribbed(2.82, 1.05, 1.75, ribs=60, depth=0.09, bevel=0.06),
        lathe([(2.55, 1.05), (2.8, 1.05)]),
        lathe([(2.8, 1.75), (2.55, 1.75)]),
        lathe([(2.5, 4.52), (2.62, 4.52), (2.62, 4.64), (2.5, 4.66)], 0.03),
    )
    dark = merge(
        lathe([(2.72, 0.3), (2.72, 1.05), (2.6, 1.1), (2.6, 2.0), (2.74, 2.05), (2.74, 2.2)], 0.04),
        ribbed(2.8, 2.2, 3.6, ribs=48, depth=0.12, bevel=0.07),
        lathe([(2.74, 3.58), (2.74, 3.8), (2.62, 3.85), (2.62, 4.5)], 0.04),
        lathe([(2.5, 4.66), (2.3, 4.3), (1.75, 3.9), (1.7, 3.75)], [0, 0.1, 0.1, 0]),
    )
    bulge = [(2.05 * np.sin(a), 3.5 + 2.05 * np.cos(a) * 0.36) for a in np.linspace(1.2, 0, 14)]
    tick = rounded_box((0.05, 0.22, 0.02), 0.008, steps=2)
    marks = merge(
        *(place(place(tick, at=(0, 0, 2.61)), turn=(90, 0, a)) for a in range(0, 360, 24))
    )
    return bright, dark, lathe(bulge), place(marks, at=(0, 0, 1.9))


def _dial(x: float, radius: float, height: float, material: Material) -> list[Part]:
    side = ribbed(radius, 0, height, ribs=round(radius * 34), depth=0.06, bevel=0.06)
    lid = lathe([(radius * 0.96, height), (radius * 0.8, height - 0.03), (0, height)], 0.02)
    dot = place(disc(0.07, height + 0.005), at=(0, -radius * 0.62, 0))
    return [
        *moved(of(material, side, lid), at=(x, 0.1, _TOP)),
        *moved(of(paint("#c2473d", 0.4), dot), at=(x, 0.1, _TOP)),
    ]


def _strap(leather: Material, hardware: Material) -> list[Part]:
    """A strap from both lugs, falling behind and beside the body onto the table."""
    path = spline(
        [
            (6.65, 0.2, 5.7),
            (7.3, 0.5, 4.6),
            (7.9, 1.6, 2.0),
            (8.3, 3.4, 0.25),
            (6.5, 5.8, 0.2),
            (1.5, 6.9, 0.2),
            (-4.5, 6.3, 0.2),
            (-8.0, 4.0, 0.25),
            (-7.9, 1.7, 2.0),
            (-7.3, 0.5, 4.6),
            (-6.65, 0.2, 5.7),
        ],
        200,
    )
    path[:, 2] = np.maximum(path[:, 2], 0.6)  # it stands on its edge
    parts = of(leather, sweep(path, (0.11, 0.55, 5.0), up=(0, 0, 1)))
    for side in (-1, 1):
        t = np.linspace(0, 2 * np.pi, 28, endpoint=False)
        ring = np.stack([side * 6.52 + 0.36 * np.cos(t), 0 * t + 0.1, 5.95 + 0.36 * np.sin(t)], -1)
        parts += of(hardware, sweep(ring, 0.07, closed=True))
    return parts


@archetype(
    "camera",
    category="electronics",
    words=(
        "camera",
        "photo camera",
        "digital camera",
        "film camera",
        "mirrorless camera",
        "dslr",
        "vintage camera",
        "analog camera",
    ),
    yaw=-24,
    elevation=14,
)
def camera(look: Look) -> list[Part]:
    chrome = metal(look, "silver", 0.26)
    grip = skin(look, Material(kind="leather", color="#1d1d1f", uv_scale=(1.2, 1), bump=1.4))
    black = paint(second(look, "#17181a"), 0.42, 0.1)
    body = place(slab(13.0, 3.4, 6.9, 1.5, 0.2), at=(0, 0, 0))
    wrap = place(slab(13.12, 3.52, 4.35, 1.56, 0.06), at=(0, 0, 0.85))
    parts = [*of(chrome, body), *of(grip, wrap)]
    hump = rounded_outline(
        [(-2.5, 0), (2.5, 0), (2.05, 1.35), (1.25, 1.95), (-1.25, 1.95), (-2.05, 1.35)],
        [0.25, 0.25, 0.5, 0.4, 0.4, 0.5],
    )
    roof = place(extrude(hump, 3.3, bevel=0.16), at=(_AXIS[0], 1.6, 6.75), turn=UPRIGHT)
    parts += of(chrome, roof)
    bright, dark, glass, marks = (place(m, turn=TO_FRONT) for m in _lens())
    at = (_AXIS[0], -1.55, _AXIS[2])
    for mesh, mat in (
        (bright, chrome),
        (dark, black),
        (glass, paint("#10091a", 0.03, 1.0)),
        (marks, paint("#e8e6e0", 0.5)),
    ):
        parts += moved(of(mat, mesh), at=at)
    parts += _dial(4.6, 0.85, 0.75, chrome) + _dial(-4.3, 1.0, 0.6, chrome)
    button = lathe(
        [(0, 0), (0.62, 0), (0.62, 0.32), (0.36, 0.38), (0.34, 0.62), (0, 0.56)],
        [0, 0.02, 0.08, 0.03, 0.1, 0],
    )
    parts += of(chrome, place(button, at=(2.75 + 0.55, -0.55, 6.9)))
    shoe = [
        rounded_box((0.22, 1.6, 0.28), 0.05, (_AXIS[0] + dx, 0.1, 8.82)) for dx in (-0.85, 0.85)
    ]
    parts += of(black, *shoe, rounded_box((1.7, 1.6, 0.06), 0.02, (_AXIS[0], 0.1, 8.71)))
    window = place(slab(1.5, 0.95, 0.06, 0.2, 0.03), at=(-4.55, -1.7, 6.1), turn=UPRIGHT)
    lamp = place(
        lathe([(0, 0), (0.22, 0), (0.22, 0.06), (0, 0.08)]), at=(4.3, -1.7, 6.0), turn=TO_FRONT
    )
    parts += [*of(paint("#0a0b10", 0.05, 1.0), window), *of(paint("#d98a3a", 0.2, 0.6), lamp)]
    lugs = copies(rounded_box((0.3, 0.5, 0.5), 0.12), [(-6.5, 0.1, 6.15), (6.5, 0.1, 6.15)])
    parts += of(chrome, lugs)
    if look.text:
        sign = label_panel(2.6, 0.75, (_AXIS[0], -1.712, 7.75))
        parts += of(printed(look, chrome, 2.6 / 0.75, "badge"), sign)
    strap = Material(kind="leather", color="#6b4023", uv_scale=(6, 0.4))
    return parts + _strap(strap, chrome)
