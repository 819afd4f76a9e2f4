"""Electronics: phones, tablets, laptops, power banks."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene.geometry import Vec3, disc, lathe, merge, place, rounded_box
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .dress import finished, metal, paint, printed, second, skin
from .shaping import ALONG_X, BACKWARDS, TO_FRONT, UPRIGHT, copies, moved, of, slab, standing

GLASS_BLACK = paint("#08090a", 0.06, 1.0)
SCREEN = Material(kind="screen")


def _front(width: float, height: float, corner: float, y: float, border: float) -> list[Part]:
    """Cover glass and lit display of a device whose front lies at `y`, centred on the origin."""
    glass = place(slab(width, height, 0.06, corner, 0.05), at=(0, y, 0), turn=UPRIGHT)
    lit = slab(width - 2 * border, height - 2 * border, 0.012, max(corner - border, 0.1), 0)
    return [*of(GLASS_BLACK, glass), Part(place(lit, at=(0, y - 0.055, 0), turn=UPRIGHT), SCREEN)]


def _lens(radius: float) -> tuple[Mesh, Mesh]:
    """Ring and glass of a small camera, along z from 0."""
    r = radius
    ring = lathe(
        [(0, 0), (r, 0), (r, 0.16), (0.8 * r, 0.16), (0.8 * r, 0.1)], [0, 0, 0.05, 0.03, 0]
    )
    return ring, lathe([(0, 0.07), (0.8 * r, 0.07), (0.55 * r, 0.12), (0, 0.13)], [0, 0, 0.1, 0])


def _cameras(x: float, z: float, y: float, shell: Material, ring: Material) -> list[Part]:
    """A pill with two cameras and a light on the back."""
    turn = BACKWARDS
    island = place(slab(2.3, 5.3, 0.16, 1.1, 0.07), at=(x, y, z), turn=turn)
    parts = of(shell, island)
    for dz in (1.35, -0.35):
        rim, glass = _lens(0.78)
        parts += of(ring, place(rim, at=(x, y + 0.14, z + dz), turn=turn))
        parts += of(GLASS_BLACK, place(glass, at=(x, y + 0.14, z + dz), turn=turn))
    flash = lathe([(0, 0), (0.3, 0), (0.3, 0.04), (0, 0.05)], [0, 0, 0.02, 0])
    light = paint("#f3ead2", 0.2, 0.6)
    return [*parts, *of(light, place(flash, at=(x, y + 0.15, z - 1.75), turn=turn))]


def _handset(look: Look) -> list[Part]:
    """One phone, upright, its foot at z = 0."""
    shell = skin(look, paint("#3a4650", 0.34, 0.5))
    frame = metal(look, "titanium", 0.3)
    body = place(slab(7.2, 14.9, 0.8, 1.08, 0.2), at=(0, 0.4, 0), turn=UPRIGHT)
    back = place(slab(6.98, 14.68, 0.08, 0.98, 0.06), at=(0, 0.35, 0), turn=BACKWARDS)
    parts = [*of(frame, body), *of(shell, back), *_front(7.0, 14.7, 0.98, -0.38, 0.22)]
    eye = place(disc(0.17), at=(0, -0.45, 6.75), turn=TO_FRONT)
    keys = [
        rounded_box((0.16, 0.3, 1.7), 0.07, (3.58, 0, 2.2)),
        rounded_box((0.16, 0.3, 0.95), 0.07, (-3.58, 0, 3.6)),
        rounded_box((0.16, 0.3, 0.95), 0.07, (-3.58, 0, 2.3)),
    ]
    parts += of(frame, *keys)
    parts += of(paint("#020203", 0.2), eye)
    parts += _cameras(-1.95, 4.2, 0.42, finished(look, shell), frame)
    if look.text:
        mark = place(slab(3.4, 0.9, 0.01, 0.05, 0), at=(0, 0.432, -1.2), turn=BACKWARDS)
        parts += of(printed(look, shell, 3.4 / 0.9, "badge"), mark)
    return moved(parts, at=(0, 0, 7.45))


@archetype(
    "smartphone",
    category="electronics",
    words=("smartphone", "phone", "mobile phone", "cell phone", "cellphone", "mobile", "handset"),
    yaw=-4,
    elevation=8,
)
def smartphone(look: Look) -> list[Part]:
    """Two of the same phone, one from the front and one from behind."""
    phone = _handset(look)
    return [
        *moved(phone, at=(-2.5, -2.2, 0), turn=(0, 0, -20)),
        *moved(phone, at=(3.1, 2.0, 0), turn=(0, 0, 164)),
    ]


@archetype(
    "tablet",
    category="electronics",
    words=("tablet", "tablet computer", "e-reader", "ereader", "drawing tablet", "e-book reader"),
    yaw=-22,
)
def tablet(look: Look) -> list[Part]:
    """A tablet on a slim stand, its pen in front."""
    shell = skin(look, Material(kind="metal", metal="alu", roughness=0.32))
    body = place(slab(17.6, 24.6, 0.62, 1.25, 0.16), at=(0, 0.31, 0), turn=UPRIGHT)
    parts = [*of(shell, body), *_front(17.4, 24.4, 1.15, -0.3, 0.85)]
    eye = place(disc(0.13), at=(0, -0.36, 11.77), turn=TO_FRONT)
    parts += of(paint("#15181d", 0.2), eye)
    parts += of(shell, rounded_box((0.14, 0.26, 1.6), 0.06, (8.78, 0, 8.8)))
    lean = -18.0
    parts = moved(standing(parts), at=(0, -2.4, 0.75), turn=(lean, 0, 0))
    stand_paint = metal(look, "alu", 0.4)
    foot = slab(9.0, 9.5, 0.35, 1.2, 0.1)
    lip = rounded_box((9.0, 0.3, 1.1), 0.12, (0, -3.4, 0.55))
    ledge = rounded_box((9.0, 1.3, 0.3), 0.12, (0, -2.85, 0.5))
    back = place(slab(9.0, 11.0, 0.35, 1.2, 0.1), at=(0, 0.2, 5.6), turn=(90 + lean, 0, 0))
    parts += of(stand_paint, place(foot, at=(0, 1.2, 0)), lip, ledge, back)
    return [*parts, *_pen((2.0, -8.2, 0.43), 12.0)]


def _pen(at: Vec3, turn: float) -> list[Part]:
    body = lathe(
        [(0, -8), (0.08, -7.95), (0.42, -6.2), (0.42, 8), (0, 8.1)], [0, 0.05, 0.4, 0.15, 0]
    )
    tip = lathe([(0, -8.02), (0.13, -7.75), (0.14, -7.6)], 0.05)
    lying = [place(m, at=at, turn=(0, 90, turn)) for m in (body, tip)]
    return [*of(paint("#f0efec", 0.35), lying[0]), *of(paint("#9a9a9c", 0.5), lying[1])]


def _keys(rows: list[list[float]], pitch: float, size: float, height: float) -> Mesh:
    """Flat key caps in rows from the back; a row lists its keys' widths in pitches."""
    out = []
    for r, row in enumerate(rows):
        x = -sum(row) / 2
        for w in row:
            cap = rounded_box((w * pitch - (pitch - size), size, height), 0.06, steps=3)
            out.append(place(cap, at=((x + w / 2) * pitch, -r * pitch, height / 2)))
            x += w
    return merge(*out)


_LAPTOP_ROWS = [
    [1.0] * 15,
    [1.0] * 13 + [2.0],
    [1.5] + [1.0] * 12 + [1.5],
    [1.75] + [1.0] * 11 + [2.25],
    [2.25] + [1.0] * 10 + [2.75],
    [1.0, 1.0, 1.0, 1.25, 5.5, 1.25, 1.0, 1.0, 1.0, 1.0],
]


@archetype(
    "laptop",
    category="electronics",
    words=("laptop", "notebook computer", "computer", "ultrabook", "chromebook", "laptop computer"),
    yaw=-24,
    elevation=20,
)
def laptop(look: Look) -> list[Part]:
    shell = skin(look, Material(kind="metal", metal="alu", roughness=0.34))
    well = paint("#17181a", 0.5)
    base = place(slab(31, 21.6, 1.15, 1.0, 0.3), at=(0, 0, 0.15))
    parts = of(shell, base)
    parts += of(well, place(slab(27.6, 10.9, 0.03, 0.3, 0), at=(0, 3.2, 1.285)))
    keys = _keys(_LAPTOP_ROWS, 1.8, 1.55, 0.14)
    parts += of(paint(second(look, "#212225"), 0.5), place(keys, at=(0, 7.7, 1.3)))
    rim = slab(11.9, 6.9, 0.016, 0.45, 0)
    parts += of(paint("#5d5f62", 0.5), place(rim, at=(0, -6.3, 1.29)))
    pad = place(slab(11.78, 6.78, 0.03, 0.4, 0.01), at=(0, -6.3, 1.285))
    parts += of(shell, pad)
    feet = slab(3, 0.8, 0.2, 0.4, 0.05)
    spots = [(sx * 12, sy * 8.6, 0) for sx in (-1, 1) for sy in (-1, 1)]
    parts += of(Material(kind="rubber", color="#1b1b1c"), copies(feet, spots))
    hinge = place(lathe([(0, -12), (0.42, -12), (0.42, 12), (0, 12)], 0.08), turn=ALONG_X)
    parts += of(metal(look, "gunmetal", 0.4), place(hinge, at=(0, 10.35, 1.2)))
    lid = of(shell, place(slab(31, 20.4, 0.5, 1.0, 0.16), at=(0, 0.25, 10.3), turn=UPRIGHT))
    lid += moved(_front(30.5, 19.9, 0.85, -0.24, 0.55), at=(0, 0, 10.3))
    lid += of(paint("#1d2430", 0.2), place(disc(0.14), at=(0, -0.31, 19.97), turn=TO_FRONT))
    return [*parts, *moved(lid, at=(0, 10.5, 1.2), turn=(-17, 0, 0))]


def _plug(shell: Material) -> list[Part]:
    """A cable's plug pointing down, its tip at the origin."""
    tip = place(slab(0.85, 0.26, 0.7, 0.13, 0.03), at=(0, 0, -0.1))
    grip = place(slab(1.2, 0.62, 2.0, 0.3, 0.1), at=(0, 0, 0.5))
    sleeve = lathe([(0, 2.4), (0.29, 2.4), (0.25, 3.6), (0, 3.6)], [0, 0.1, 0.08, 0])
    return [*of(Material(kind="metal", metal="steel"), tip), *of(shell, grip, sleeve)]


@archetype(
    "power_bank",
    category="electronics",
    words=("power bank", "powerbank", "portable charger", "battery pack", "charger"),
    yaw=-26,
    elevation=14,
)
def power_bank(look: Look) -> list[Part]:
    """A charging slab on its end with a plugged-in cable."""
    shell = skin(look, paint("#2f3a44", 0.5, 0.15))
    trim = paint(second(look, "#1d2024"), 0.4)
    body = place(slab(7.0, 14.2, 2.0, 1.0, 0.5), at=(0, 1.0, 7.1), turn=UPRIGHT)
    parts = of(shell, body)
    led = place(lathe([(0, 0), (0.1, 0), (0.1, 0.03), (0, 0.04)]), turn=TO_FRONT)
    dots = copies(led, [(x, -0.99, 11.9) for x in (-0.75, -0.25, 0.25)])
    parts += of(Material(kind="emit", color="#eaf6ff", power=2.2), dots)
    parts += of(paint("#59626a", 0.4), copies(led, [(0.75, -0.99, 11.9)]))
    button = rounded_box((0.16, 0.5, 1.5), 0.07, (3.52, 0, 10.6))
    parts += of(trim, button)
    ports = copies(slab(1.0, 0.4, 0.04, 0.2, 0), [(-1.5, 0, 14.175), (1.5, 0, 14.175)])
    parts += of(paint("#0b0c0d", 0.5), ports)
    mark = place(slab(4.4, 1.4, 0.01, 0.05, 0), at=(0, -0.995, 6.8), turn=UPRIGHT)
    parts += of(printed(look, shell, 4.4 / 1.4, "badge"), mark)
    cable_skin = Material(
        kind="fabric", color=look.color2 or "#d7d3cb", threads=60, uv_scale=(8, 1)
    )
    parts += moved(_plug(trim), at=(1.5, 0, 14.0))
    path = spline(
        [
            (1.5, 0, 17.2),
            (1.9, 0, 18.6),
            (4.0, 0.3, 19.4),
            (6.3, 0.8, 15),
            (6.2, 1.2, 6.5),
            (7.0, 0.4, 1.4),
            (8.6, -2.0, 0.25),
            (7.2, -5.2, 0.24),
            (3.2, -5.6, 0.24),
        ],
        160,
    )
    path[:, 2] = np.maximum(path[:, 2], 0.23)
    parts += of(cable_skin, sweep(path, 0.22, around=14))
    end = moved(_plug(trim), turn=(0, 0, 90))
    return [*parts, *moved(end, at=(0.0, -5.95, 0.32), turn=(0, 90, 8))]
