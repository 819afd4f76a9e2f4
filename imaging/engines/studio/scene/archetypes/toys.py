"""Toys: blocks, vehicles, stacking and spinning toys, games."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import (
    Vec3,
    lathe,
    merge,
    place,
    rounded_box,
    sphere,
)
from imaging.engines.studio.scene.geometry_outline import extrude, label_panel
from imaging.engines.studio.scene.implicit import plate, smooth_max, smooth_min
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype

from .dress import finished, metal, paint, printed, second, skin, tinted
from .shaping import TO_FRONT, copies, moved, of, slab, standing

WOOD = Material(kind="wood", color="#d3ad78", roughness=0.5)
RAINBOW = ("#c2473d", "#d9843a", "#e0b53c", "#5f9a5b", "#3f7bb0", "#7a5a9c")


def palette(look: Look, count: int) -> list[str]:
    """Toy colours: muted primaries, or steps between the colours that the prompt names."""
    if look.color is None:
        start = look.seed % len(RAINBOW) if look.color2 else 0
        return [RAINBOW[(start + k) % len(RAINBOW)] for k in range(count)]
    far = look.color2 or colours.mixed(look.color, "#f6f1e6", 0.7)
    return [colours.mixed(look.color, far, k / max(count - 1, 1)) for k in range(count)]


@archetype(
    "building_blocks",
    category="toys",
    words=(
        "building block",
        "wooden block",
        "toy block",
        "block",
        "alphabet block",
        "wooden toy",
        "toy",
        "wooden cube",
        "letter block",
    ),
    yaw=-24,
    elevation=16,
)
def building_blocks(look: Look) -> list[Part]:
    """Six wooden letter cubes in a pyramid with a roof beside it."""
    letters = [c for c in look.text.upper() if c.isalnum()] or list("ABCDEF")
    tones = palette(look, 6)
    cube = rounded_box((4, 4, 4), 0.28, (0, 0, 2))
    rng = np.random.default_rng(look.seed)
    wood = finished(look, WOOD)
    parts: list[Part] = []
    spots = [(-4.2, 0), (0, 0), (4.2, 0), (-2.1, 4.0), (2.1, 4.0), (0, 8.0)]
    # Read from the top row down, left to right.
    for k, index in enumerate((5, 3, 4, 0, 1, 2)):
        x, z = spots[index]
        block = of(wood, cube)
        for turn, step in ((0, 0), (90, 2), (180, 1), (270, 3)):
            letter = letters[(k + step) % len(letters)]
            face = Material(
                kind="label",
                color=tones[(k + step) % 6],
                color2="#f6f1e6",
                text=letter,
                art="badge",
                aspect=1.0,
                roughness=0.45,
            )
            panel = place(label_panel(3.0, 3.0, (0, -2.006, 2), corner=0.35), turn=(0, 0, turn))
            block += of(face, panel)
        wobble = float(rng.uniform(-7, 7))
        at: Vec3 = (x, float(rng.uniform(-0.15, 0.15)), z)
        parts += moved(block, at=at, turn=(0, 0, wobble))
    roof = extrude([(-2.9, 0), (2.9, 0), (0, 2.9)], 2.6, bevel=0.12)
    lying = place(roof, at=(8.4, -1.6, 0.0), turn=(90, 0, 32))
    drum = lathe([(0, 0), (1.5, 0), (1.5, 4), (0, 4)], [0, 0.25, 0.25, 0])
    rolled = place(drum, at=(-10.2, -3.6, 1.5), turn=(0, 90, 24))
    return [*parts, *of(paint(tones[0], 0.45, 0.2), lying), *of(paint(tones[4], 0.45, 0.2), rolled)]


def _car_outline(p: F32, grow: float) -> F32:
    """Side view in the xz plane."""
    x, z = p[..., 0], p[..., 2]
    q = np.stack([x, 0 * x, z], -1)
    hull = implicit.box(q, (0, 0, 2.9), (7.0, 9, 1.5), 1.2)
    roof = implicit.ellipsoid(q, (0.7, 0, 4.2), (4.3, 99, 3.2))
    body = smooth_min(hull, roof, 0.9)
    for side in (-4.3, 4.3):  # wheel arches
        arch = np.hypot(x - side, z - 1.75) - 1.98
        body = smooth_max(body, -arch, 0.2)
    return body - np.float32(grow)


@lru_cache(maxsize=1)
def _car() -> Mesh:
    def field(p: F32) -> F32:
        x, z = p[..., 0], p[..., 2]
        q = np.stack([x, 0 * x, z], -1)
        window = implicit.ellipsoid(q, (0.7, 0, 4.25), (3.35, 99, 2.3))
        pillar = np.abs(x - 0.7) - 0.3
        pane = smooth_max(smooth_max(window, -pillar, 0.3), 4.35 - z, 0.3)
        side = smooth_max(_car_outline(p, 0), -pane, 0.15)
        return plate(side, np.abs(p[..., 1]) - np.float32(2.5), 0.35)

    return implicit.surface(
        field, (-7.4, -2.7, 0.9), (7.4, 2.7, 7.8), cells=190, slope=1.6, texture=0.07
    )


@archetype(
    "toy_car",
    category="toys",
    words=("toy car", "wooden car", "toy vehicle", "toy truck", "model car", "push car"),
    yaw=-26,
    elevation=14,
)
def toy_car(look: Look) -> list[Part]:
    body = skin(look, WOOD)
    rim = finished(look, Material(kind="wood", color="#8a5a34"))
    hub = paint(second(look, "#c2473d"), 0.4, 0.3)
    tyre = lathe([(0, 0), (1.75, 0), (1.75, 1.1), (0, 1.1)], [0, 0.3, 0.3, 0])
    cap = lathe([(0, 1.0), (1.0, 1.08), (0.95, 1.28), (0, 1.34)], [0, 0.05, 0.12, 0])
    axle = lathe([(0, 1.2), (0.3, 1.3), (0.26, 1.55), (0, 1.58)], [0, 0.02, 0.1, 0])
    wheel = [*of(rim, tyre), *of(hub, cap), *of(WOOD, axle)]
    parts = of(body, _car())
    for x in (-4.3, 4.3):
        for turn, y in ((TO_FRONT, -2.35), ((-90, 0, 0), 2.35)):
            parts += moved(wheel, at=(x, y, 1.75), turn=turn)
    lamp = lathe([(0, 0), (0.55, 0), (0.5, 0.25), (0, 0.3)], [0, 0, 0.12, 0])
    lamps = [place(lamp, at=(-6.9, y, 3.1), turn=(0, -90, 0)) for y in (-1.4, 1.4)]
    return standing([*parts, *of(paint("#efe3c0", 0.3, 0.6), *lamps)])


@archetype(
    "stacking_rings",
    category="toys",
    words=("stacking ring", "stacking toy", "ring stacker", "baby toy", "stacker", "ring tower"),
    elevation=14,
)
def stacking_rings(look: Look) -> list[Part]:
    tones = palette(look, 6)
    wood = finished(look, WOOD)
    base = lathe([(0, 0), (5.6, 0), (5.6, 1.3), (0, 1.5)], [0, 0.3, 0.6, 0])
    pole = lathe([(0, 1.2), (0.95, 1.2), (0.75, 15.5), (0, 15.5)], [0, 0, 0.1, 0])
    parts = of(wood, base, pole)
    z = 1.45
    rng = np.random.default_rng(look.seed)
    for k in range(5):
        outer, tall = 5.1 - 0.62 * k, 2.35 - 0.06 * k
        ring = lathe(
            [
                (1.1, 0.5),
                (1.4, 0.05),
                (outer, 0.0),
                (outer, tall),
                (1.4, tall - 0.05),
                (1.1, tall - 0.5),
                (1.1, 0.5),
            ],
            [0, 0.3, tall * 0.48, tall * 0.48, 0.3, 0.3, 0],
            steps=14,
        )
        turn = (float(rng.uniform(-1, 1)), float(rng.uniform(-1, 1)), 0.0)
        parts += of(
            tinted(Look(finish=look.finish), paint(tones[k], 0.34, 0.5)),
            place(ring, at=(0, 0, z), turn=turn),
        )
        z += tall + 0.03
    ball = sphere(1.75, (0, 0, z + 1.45))
    return [*parts, *of(paint(tones[5], 0.3, 0.6), ball)]


@archetype(
    "spinning_top",
    category="toys",
    words=("spinning top", "top toy", "humming top", "wooden top", "gyroscope"),
    elevation=18,
)
def spinning_top(look: Look) -> list[Part]:
    """A turned top resting on its tip and rim."""
    tones = palette(look, 4)
    edges = [(0.0, 5.4), (1.15, 5.35), (2.35, 5.2), (3.4, 4.9), (4.2, 4.4)]
    parts: list[Part] = []
    for k in range(4):
        (r0, z0), (r1, z1) = edges[k + 1], edges[k]
        lip = 0.035
        band = lathe(
            [(r0, z0 - 0.06), (r0 - lip, z0 + lip), (r1 + lip, z1 + lip), (r1, z1 - 0.06)],
            [0, 0.03, 0.03, 0],
        )
        parts += of(paint(tones[k], 0.26, 0.8), band)
    wood = finished(look, WOOD)
    below = lathe(
        [(0, 0), (0.22, 0.06), (0.5, 1.4), (3.4, 3.1), (4.35, 3.9), (4.2, 4.42)],
        [0, 0.15, 1.2, 0.9, 0.4, 0],
        steps=12,
    )
    stem = lathe(
        [(0.75, 5.3), (0.6, 5.7), (0.52, 8.6), (0.75, 9.0), (0.75, 9.4), (0, 9.7)],
        [0, 0.2, 0.6, 0.2, 0.3, 0],
    )
    tip = lathe([(0, -0.08), (0.24, 0.05), (0.26, 0.3)], 0.1)
    parts += [*of(wood, below, stem), *of(metal(look, "brass"), tip)]
    return standing(moved(parts, turn=(26, -34, 0)))


def _die() -> list[Part]:
    body = rounded_box((1.6, 1.6, 1.6), 0.26, (0, 0, 0.8))
    pip = lathe([(0, -0.04), (0.17, -0.04), (0.16, 0.012), (0, 0.012)], 0.01)
    five = [(a, b) for a in (-0.42, 0.42) for b in (-0.42, 0.42)]
    three = [(-0.42, -0.42), (0.0, 0.0), (0.42, 0.42)]
    pips = [copies(pip, [(a, b, 1.6) for a, b in [*five, (0.0, 0.0)]])]
    up = place(pip, turn=TO_FRONT)
    pips.append(copies(up, [(a, -0.8, 0.8 + b) for a, b in three]))
    side = place(pip, turn=(0, 90, 0))
    pips.append(copies(side, [(0.8, a, 0.8 + a) for a in (-0.4, 0.4)]))
    ink = paint("#26262a", 0.4)
    return [*of(paint("#f2ede1", 0.25, 0.7), body), *of(ink, *pips)]


def _pawn() -> Mesh:
    return lathe(
        [
            (0, 0),
            (1.0, 0),
            (1.0, 0.35),
            (0.42, 1.3),
            (0.36, 2.0),
            (0.6, 2.15),
            (0.3, 2.3),
            (0, 2.3),
        ],
        [0, 0.15, 0.2, 0.6, 0.15, 0.1, 0.05, 0],
    )


@archetype(
    "board_game",
    category="toys",
    words=(
        "board game",
        "game box",
        "puzzle",
        "jigsaw puzzle",
        "jigsaw",
        "game",
        "card game",
        "puzzle box",
    ),
    yaw=-28,
    elevation=28,
)
def board_game(look: Look) -> list[Part]:
    """A lidded game box with two dice and three pawns in front."""
    card = tinted(look, Material(kind="paper", color="#2f5560", roughness=0.5))
    lower = rounded_box((19.6, 19.6, 4.4), 0.1, (0, 0, 2.2))
    lid = rounded_box((20, 20, 4.2), 0.14, (0, 0, 2.9))
    parts = [*of(paint("#e9e0cd", 0.6), lower), *of(card, lid)]
    top = place(slab(19.7, 19.7, 0.006, 0.05, 0), at=(0, 0, 5.0))
    parts += of(printed(look, card, 1.0, "cover"), top)
    name = label_panel(13, 2.6, (0, -10.007, 2.9))
    parts += of(printed(look, card, 5.0, "badge"), name)
    aside = place(label_panel(13, 2.6, (0, -10.007, 2.9)), turn=(0, 0, 90))
    parts += of(printed(look, card, 5.0, "badge"), aside)
    parts += moved(_die(), at=(2.2, -13.6, 0), turn=(0, 0, 24))
    parts += moved(_die(), at=(4.9, -12.7, 0), turn=(0, 0, -18))
    tones = (second(look, "#d9a93a"), "#c2473d", "#efe9da")
    for (x, y), tone in zip(((-4.0, -13.2), (-6.8, -12.6), (-5.4, -15.0)), tones, strict=True):
        pawn = merge(_pawn(), sphere(0.72, (0, 0, 2.75)))
        parts += of(paint(tone, 0.25, 0.8), place(pawn, at=(x, y, 0)))
    return parts
