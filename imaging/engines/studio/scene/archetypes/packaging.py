"""Home: boxes, cartons and bags that goods are sold and given in."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import (
    F64,
    Vec3,
    disc,
    grid,
    lathe,
    merge,
    place,
    rounded_box,
    sphere,
    torus,
)
from imaging.engines.studio.scene.geometry_outline import label_band, label_panel
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .dress import metal, paint, printed, second, skin, sticker
from .shaping import of, slab, standing

PARCEL_TAPE = paint("#e0c89c", 0.25, 0.5)


def _band(width: float, depth: float, bottom: float, top: float, wide: float) -> list[Mesh]:
    """Ribbon over a box: two upright loops crossing on its top, `wide` cm across."""
    h, mid = top - bottom, (top + bottom) / 2
    return [
        rounded_box((width + 0.12, wide, h + 0.1), 0.05, (0, 0, mid + 0.03)),
        rounded_box((wide, depth + 0.12, h + 0.1), 0.05, (0, 0, mid + 0.03)),
    ]


def bow(reach: float, wide: float) -> list[Mesh]:
    """A tied bow on z = 0 about the z axis: four loops, a knot and two tails."""
    made: list[Mesh] = []
    for size, turn, lift in ((1.0, 8, 0.0), (0.82, 62, 0.25)):
        for side in (0, 180):
            r = reach * size
            path = spline(
                [
                    (0, 0, 0.15),
                    (0.35 * r, 0, 0.36 * r),
                    (0.78 * r, 0, 0.5 * r),
                    (1.02 * r, 0, 0.3 * r),
                    (0.86 * r, 0, 0.1 * r),
                    (0.45 * r, 0, 0.08 * r),
                    (0, 0, 0.22),
                ],
                70,
            )
            wing = sweep(path, (0.045, wide / 2, 6.0), up=(0, 1, 0), round_ends=False)
            made.append(place(wing, at=(0, 0, lift), turn=(0, 0, turn + side)))
    knot = sphere((0.62 * wide, 0.55 * wide, 0.42 * wide), (0, 0, 0.5), around=40)
    made.append(knot)
    for side in (-1, 1):
        path = spline(
            [
                (0, 0, 0.3),
                (side * 0.35 * reach, -0.4 * reach, 0.34 * reach),
                (side * 0.6 * reach, -0.85 * reach, 0.06 * reach),
                (side * 0.8 * reach, -1.25 * reach, 0.1),
            ],
            50,
        )
        made.append(sweep(path, (0.045, wide / 2, 6.0), up=(1, 0.4 * side, 0), round_ends=False))
    return made


@archetype(
    "gift_box",
    category="home",
    words=(
        "gift box",
        "gift",
        "present",
        "gift set",
        "ribbon box",
        "hat box",
        "hamper",
        "christmas gift",
        "birthday gift",
    ),
    yaw=-30,
    elevation=20,
)
def gift_box(look: Look) -> list[Part]:
    paper = skin(look, Material(kind="paper", color="#e9e0d2", roughness=0.55))
    ribbon = paint(second(look, "#8f2c34"), 0.3, 0.3)
    if look.metal:
        ribbon = metal(look, "gold", 0.3)
    side, tall, over = 16.0, 10.5, 3.2
    body = rounded_box((side, side, tall), 0.12, (0, 0, tall / 2))
    lid = rounded_box((side + 0.5, side + 0.5, over), 0.14, (0, 0, tall - over / 2 + 0.6))
    top = tall + 0.6
    bands = _band(side, side, 0, tall - over + 0.6, 2.2)
    bands += _band(side + 0.5, side + 0.5, tall - over + 0.6, top, 2.2)
    tie = [place(m, at=(0, 0, top + 0.06)) for m in bow(5.6, 2.2)]
    return standing([*of(paper, body, lid), *of(ribbon, *bands, *tie)])


@archetype(
    "carton",
    category="home",
    words=(
        "carton",
        "cardboard box",
        "shipping box",
        "parcel",
        "moving box",
        "mailer box",
        "delivery box",
        "package",
        "mailer",
        "storage box",
        "subscription box",
        "crate",
    ),
    yaw=-32,
    elevation=22,
)
def carton(look: Look) -> list[Part]:
    board = skin(look, Material(kind="cardboard", color="#b98f5f"))
    w, d, h = 30.0, 22.0, 17.0
    walls = rounded_box((w, d, h), 0.18, (0, 0, h / 2))
    flaps = [
        place(
            rounded_box((w - 0.1, d / 2 - 0.12, 0.35), 0.13),
            at=(0, s * (d / 4 + 0.03), h + 0.14),
            turn=(s * -0.7, 0, 0),
        )
        for s in (-1, 1)
    ]
    parts = of(board, walls, *flaps)
    tape = [rounded_box((w + 0.06, 4.6, 0.03), 0.01, (0, 0, h + 0.36))]
    tape += [
        rounded_box((0.03, 4.6, 5.2), 0.01, (s * (w / 2 + 0.012), 0, h - 2.25)) for s in (-1, 1)
    ]
    parts += of(PARCEL_TAPE, *tape)
    label = label_panel(9.6, 6.4, (8.6, -d / 2 - 0.012, 11.6), corner=0.2)
    parts += of(sticker(look, "#f4f1ea", 1.5, "label", "#23211f"), label)
    if look.text:
        print_ = label_panel(15, 5, (-5.0, -d / 2 - 0.01, 7.0))
        parts += of(printed(look, board, 3.0, "badge"), print_)
    return standing(parts)


@archetype(
    "product_box",
    category="home",
    words=(
        "box",
        "product box",
        "tea box",
        "cereal box",
        "packaging",
        "folding box",
        "pack",
        "food box",
        "paper box",
        "retail box",
        "software box",
        "pill box",
        "medicine box",
        "vitamin",
        "supplement",
        "cereal",
        "tea",
        "packaging box",
    ),
    yaw=-32,
    elevation=14,
)
def product_box(look: Look) -> list[Part]:
    """A folding carton printed on its front and side."""
    card = skin(look, Material(kind="paper", color="#3f6f66", roughness=0.42))
    w, d, h = 11.5, 5.2, 16.5
    body = rounded_box((w, d, h), 0.07, (0, 0, h / 2))
    flap = place(
        rounded_box((w - 0.3, d - 0.1, 0.06), 0.025), at=(0, 0.02, h + 0.03), turn=(-0.6, 0, 0)
    )
    parts = of(card, body, flap)
    front = label_panel(w - 0.12, h - 0.12, (0, -d / 2 - 0.008, h / 2))
    parts += of(printed(look, card, w / h, "pack"), front)
    aside = label_panel(d - 0.1, 4.0, (0, -w / 2 - 0.008, 10.0))
    parts += of(printed(look, card, d / 4.0, "label"), place(aside, turn=(0, 0, 90)))
    shade = Material(kind="paper", color=colours.shaded(card.color, 0.82))
    slot = rounded_box((1.6, 0.1, 0.5), 0.04, (0, -d / 2 + 0.03, h - 0.1))
    return standing([*parts, *of(shade, slot)])


def _panels(w: float, d: float, h: float, tuck: float) -> list[Mesh]:
    """Walls of an open paper bag, creased where it folds flat; each panel seen from both sides."""
    z = np.linspace(0, h, 30)
    t = z / h

    def wall(a: F64, b: F64) -> Mesh:
        share = np.linspace(0, 1, 16)[None, :, None]
        flat = a[:, None] * (1 - share) + b[:, None] * share
        across = np.sin(np.pi * share[..., 0]) * np.sin(np.pi * t)[:, None]
        flat[..., 1] += 0.10 * np.sign(flat[..., 1]) * across
        return merge(grid(flat), grid(flat * [0.994, 0.985, 1.0], flip=True))

    half = w / 2 - 0.25 * t
    corner = [
        np.stack([sx * half, np.full(30, sy * d / 2) * (1 - 0.06 * t), z], -1)
        for sx, sy in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]
    inner = w / 2 - tuck * t**1.4
    right, left = (np.stack([s * inner, 0 * z, z], -1) for s in (1, -1))
    return [
        wall(corner[0], corner[1]),
        wall(corner[1], right),
        wall(right, corner[2]),
        wall(corner[2], corner[3]),
        wall(corner[3], left),
        wall(left, corner[0]),
    ]


def _tissue(rng: np.random.Generator, at: Vec3, size: float, turn: float) -> Mesh:
    """A crumpled sheet standing out of the bag, seen from both sides."""
    u, v = np.meshgrid(np.linspace(-1, 1, 40), np.linspace(0, 1, 30))
    wave = sum(
        a * np.sin(p * u + q * v + r)
        for a, p, q, r in rng.uniform([0.1, 2, 1, 0], [0.5, 7, 6, 6.3], (7, 4))
    )
    peak = 1 - 0.65 * np.abs(u) ** 1.3 + 0.12 * np.sin(5 * u + rng.uniform(0, 6))
    points = np.stack([size * u * (0.6 + 0.4 * v), 0.5 * wave * (0.3 + v), size * v * peak], -1)
    both = merge(grid(points), grid(points + np.array([0, 0.02, 0]), flip=True))
    return place(both, at=at, turn=(float(rng.uniform(-14, 14)), 0, turn))


@archetype(
    "shopping_bag",
    category="home",
    words=(
        "paper bag",
        "shopping bag",
        "gift bag",
        "carrier bag",
        "kraft bag",
        "paper shopping bag",
        "boutique bag",
        "retail bag",
        "party bag",
    ),
    yaw=-26,
    elevation=14,
)
def shopping_bag(look: Look) -> list[Part]:
    paper = skin(look, Material(kind="paper", color="#d9cdb8", roughness=0.6))
    w, d, h = 22.0, 10.0, 27.0
    floor = slab(w, d * 0.98, 0.15, 0.3, 0.05)
    parts = of(paper, *_panels(w, d, h, 2.6), floor)
    cord = Material(
        kind="fabric",
        color=second(look, colours.shaded(paper.color, 0.62)),
        threads=40,
        uv_scale=(14, 1),
    )
    eyelet = place(torus(0.42, 0.12, around=32, across=12), turn=(90, 0, 0))
    brass = metal(look, "brass")
    for face in (-1, 1):
        y = face * (d / 2 * 0.945 + 0.06)
        path = spline(
            [
                (-4.6, y - face * 0.2, h - 1.9),
                (-4.7, y + face * 0.25, h - 1.3),
                (-4.4, y, h + 3.0),
                (-2.4, y - face * 0.7, h + 7.2),
                (0, y - face * 0.9, h + 8.3),
                (2.4, y - face * 0.7, h + 7.2),
                (4.4, y, h + 3.0),
                (4.7, y + face * 0.25, h - 1.3),
                (4.6, y - face * 0.2, h - 1.9),
            ],
            120,
        )
        parts += of(cord, sweep(path, 0.26, around=14))
        parts += of(brass, *(place(eyelet, at=(s * 4.65, y, h - 1.7)) for s in (-1, 1)))
    rng = np.random.default_rng(look.seed)
    tissue = Material(kind="paper", color="#f6f1ea", two_sided=True)
    sheets = [
        _tissue(rng, (float(x), float(y), h - 5.0), 8.6, float(turn))
        for x, y, turn in ((-3.2, -1.2, 12), (3.4, 0.2, -16), (0.2, 1.6, 4), (0.8, -2.4, 30))
    ]
    parts += of(tissue, *sheets)
    front = label_panel(14, 8.4, (0, -d / 2 * 0.97 - 0.11, 14.5))
    parts += of(printed(look, paper, 14 / 8.4, "label"), front)
    return standing(parts)


@archetype(
    "tin",
    category="home",
    words=(
        "tin",
        "tea tin",
        "tin box",
        "canister",
        "tea caddy",
        "metal tin",
        "cookie tin",
        "coffee tin",
        "tin can",
        "food can",
    ),
    yaw=0,
    elevation=16,
)
def tin(look: Look) -> list[Part]:
    """A round caddy with a pressed lid and a printed band."""
    coat = skin(look, paint("#2f4f4a", 0.42, 0.3))
    rim = metal(look, "brass", 0.22)
    body = lathe([(0, 0), (4.1, 0), (4.1, 11.0), (0, 11.0)], [0, 0.25, 0.05, 0])
    lid = lathe(
        [(4.0, 9.6), (4.28, 9.6), (4.28, 12.4), (3.5, 12.75), (3.3, 12.6), (0, 12.6)],
        [0, 0.06, 0.3, 0.15, 0.1, 0],
    )
    beads = [place(torus(4.12, 0.11), at=(0, 0, z)) for z in (0.35, 9.35)]
    knob = merge(
        lathe([(0, 12.6), (0.42, 12.6), (0.4, 13.1), (0, 13.1)], 0.05),
        sphere((0.85, 0.85, 0.6), (0, 0, 13.5), around=40),
    )
    parts = [*of(coat, body, lid), *of(rim, *beads, knob)]
    paper = sticker(look, look.color2 or "#efe6d4", 4.1 * np.radians(150) / 6.2, "label")
    return [
        *parts,
        *of(paper, label_band(4.1, 1.6, 7.8, 150)),
        *of(coat, disc(4.0, 0.01, up=False)),
    ]
