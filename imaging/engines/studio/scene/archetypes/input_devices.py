"""Electronics: keyboards, mice, game controllers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import implicit
from imaging.engines.studio.scene.geometry import Vec3, lathe, merge, place, rounded_box
from imaging.engines.studio.scene.implicit import smooth_max, smooth_min
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import sweep

from .dress import darker, finished, metal, paint, second, skin
from .shaping import ALONG_X, moved, of, ribbed, slab, standing, tapered

_ROWS = [
    [1.0] * 13 + [2.0],
    [1.5] + [1.0] * 12 + [1.5],
    [1.75] + [1.0] * 11 + [2.25],
    [2.25] + [1.0] * 10 + [1.75, 1.0],
    [1.25, 1.25, 1.25, 6.25, 1.0, 1.0, 1.0, 1.0, 1.0],
]
_ACCENTS = {(0, 0), (2, 12)}  # escape and enter
_EDGES = ({0, 13}, {0, 13}, {0, 12}, {0, 11, 12}, {0, 1, 2, 4, 5, 6, 7, 8})


@lru_cache(maxsize=12)
def _cap(width: float) -> Mesh:
    box = rounded_box((width * 1.9 - 0.12, 1.78, 0.95), 0.16, (0, 0, 0.475), steps=4)
    return tapered(box, 0.8 if width < 2 else 0.86, 0, 0.95)


def _caps() -> tuple[Mesh, Mesh, Mesh]:
    """Letter keys, the darker keys round them and the two accented ones."""
    groups: tuple[list[Mesh], list[Mesh], list[Mesh]] = ([], [], [])
    for r, row in enumerate(_ROWS):
        x = -7.5
        for k, w in enumerate(row):
            which = 2 if (r, k) in _ACCENTS else 1 if k in _EDGES[r] else 0
            at: Vec3 = ((x + w / 2) * 1.9, -r * 1.9 + 3.8, 0.03 * abs(r - 2.5))
            groups[which].append(place(_cap(w), at=at, turn=(3.0 * (2 - r), 0, 0)))
            x += w
    letters, modifiers, accents = (merge(*g) for g in groups)
    return letters, modifiers, accents


@archetype(
    "keyboard",
    category="electronics",
    words=("keyboard", "mechanical keyboard", "gaming keyboard", "computer keyboard", "keypad"),
    yaw=-20,
    elevation=38,
)
def keyboard(look: Look) -> list[Part]:
    case = skin(look, paint("#e4ded2", 0.5, 0.1))
    light = case.color if look.color else "#efebe2"
    letters, modifiers, accents = _caps()
    lower = place(slab(30.6, 11.4, 1.5, 0.9, 0.3), at=(0, 0, 0))
    well = place(slab(29.2, 10.1, 0.03, 0.4, 0), at=(0, 0, 1.485))
    keys = [
        *of(paint(light, 0.55), letters),
        *of(paint(look.color2 or "#b3aa9c", 0.55), modifiers),
        *of(paint(look.color2 or "#d9704a", 0.5), accents),
    ]
    parts = [*of(case, lower), *of(paint("#2b2a29", 0.6), well), *moved(keys, at=(0, 0, 1.75))]
    return standing(moved(parts, turn=(4.5, 0, 0)))


def _mouse_field(p: F32) -> F32:
    """A low dome, 6.4 x 11.4 x 3.9 cm, its nose towards -y."""
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    waist = 1 - 0.06 * np.cos(y / 5.7 * np.pi * 1.1)
    dome = np.array([3.2, 5.7, 3.9], np.float32)
    q = np.abs(np.stack([x / waist, y - 0.0, np.maximum(z, 0) + 0 * x], -1) / dome)
    rise = 1.0 - 0.16 * np.clip(-(y + 0.5) / 5.7, 0, 1) - 0.05 * np.clip(y / 5.7, 0, 1)
    q[..., 2] = q[..., 2] / rise
    body = ((q**2.55).sum(axis=-1) ** np.float32(1 / 2.55) - 1) * 2.6
    return smooth_max(body, 0.16 - z, 0.25)


@lru_cache(maxsize=1)
def _mouse() -> tuple[Mesh, Mesh]:
    """Shell with seams, and the dark core that shows in them."""

    def shell(p: F32) -> F32:
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        ahead = y + 1.0
        split = np.maximum(np.abs(x) - 0.05, ahead)  # between the two buttons
        slot = np.maximum(np.hypot(np.abs(x), np.maximum(np.abs(y + 3.3) - 0.75, 0)) - 0.45, -9)
        across = np.abs(ahead + 0.05 * x * x) - 0.045
        side = np.abs(z - 1.25 - 0.06 * (y - 1) * 0.6) - 0.045
        seam = smooth_min(np.minimum(split, across + (z < 1.25)), slot, 0.02)
        seam = np.minimum(seam, np.maximum(side, 0 * side - 1))
        depth = -(_mouse_field(p) + 0.14)
        return smooth_max(_mouse_field(p), -np.maximum(seam, -depth - 0.14 + 0 * seam), 0.04)

    low, high = (-3.5, -6.1, 0), (3.5, 6.1, 4.2)
    outer = implicit.surface(shell, low, high, cells=190, slope=3.0)
    core = implicit.surface(lambda p: _mouse_field(p) + 0.12, low, high, cells=70, slope=2.0)
    return outer, core


@archetype(
    "computer_mouse",
    category="electronics",
    words=("computer mouse", "mouse", "wireless mouse", "gaming mouse", "ergonomic mouse"),
    yaw=-38,
    elevation=28,
)
def computer_mouse(look: Look) -> list[Part]:
    shell = skin(look, paint("#e6e3dd", 0.42, 0.15))
    outer, core = _mouse()
    rubber = Material(kind="rubber", color=look.color2 or "#2a2b2d")
    wheel = ribbed(0.95, -0.3, 0.3, ribs=40, depth=0.09, bevel=0.08)
    hub = lathe([(0, -0.3), (0.85, -0.3), (0.85, 0.3), (0, 0.3)], 0.05)
    at = (0, -3.3, 2.62)
    parts = [*of(shell, outer), *of(paint("#131314", 0.5), core)]
    parts += of(rubber, place(wheel, at=at, turn=ALONG_X))
    parts += of(metal(look, "alu"), place(hub, at=at, turn=ALONG_X))
    return standing(parts)


_STICKS = ((-4.7, 1.9), (2.5, -0.9))


def _pad_field(p: F32) -> F32:
    """Body of the controller lying face up: a slab with two grips towards -y."""
    x, y, z = np.abs(p[..., 0]), p[..., 1], p[..., 2]
    q = np.stack([x, y, z], -1)
    body = implicit.box(q, (0, 1.6, 3.0), (5.6, 2.5, 1.5), 1.4)
    shoulder = implicit.ellipsoid(q, (4.6, 1.4, 2.9), (3.3, 3.3, 1.95))
    grip = implicit.capsule(q, (5.6, 0.6, 2.8), (6.7, -4.6, 1.7), 2.1, 1.45)
    pad = smooth_min(smooth_min(body, shoulder, 1.2), grip, 1.6)
    for at in _STICKS:  # bowls under the sticks
        pad = smooth_max(pad, -implicit.ellipsoid(p, (*at, 5.05), (1.5, 1.5, 0.95)), 0.12)
    return pad


@lru_cache(maxsize=1)
def _pad() -> tuple[Mesh, Mesh]:
    """Upper shell and lower shell, a fine seam between them."""

    def seam(p: F32) -> F32:
        return p[..., 2] - 2.75 + 0.16 * np.clip(-p[..., 1], 0, 9)

    def upper(p: F32) -> F32:
        return smooth_max(_pad_field(p), 0.03 - seam(p), 0.12)

    def lower(p: F32) -> F32:
        return smooth_max(_pad_field(p), seam(p) + 0.03, 0.12)

    low, high = (-8.6, -6.6, 0.0), (8.6, 5.2, 5.4)
    return (
        implicit.surface(upper, low, high, cells=130, slope=1.6),
        implicit.surface(lower, low, high, cells=120, slope=1.6),
    )


def _stick(x: float, y: float, z: float, cap: Material) -> list[Part]:
    stem = lathe([(0.85, -0.5), (0.6, 0.1), (0.5, 0.8), (0, 0.8)], [0, 0.3, 0.1, 0])
    head = lathe(
        [(0, 0.75), (0.95, 0.75), (1.02, 1.1), (0.85, 1.18), (0.6, 1.08), (0, 1.05)],
        [0, 0.15, 0.15, 0.1, 0.1, 0],
    )
    grip = ribbed(1.04, 0.86, 1.06, ribs=44, depth=0.04)
    return moved(of(cap, stem, head, grip), at=(x, y, z))


@archetype(
    "game_controller",
    category="electronics",
    words=("game controller", "gamepad", "controller", "joystick", "game pad", "joypad"),
    yaw=-16,
    elevation=40,
)
def game_controller(look: Look) -> list[Part]:
    shell = skin(look, paint("#e9e8e4", 0.45, 0.1))
    dark = Material(kind="rubber", color=second(look, "#232427"))
    upper, lower = _pad()
    parts = [*of(shell, upper), *of(finished(look, paint(darker(shell.color), 0.55)), lower)]
    parts += _stick(*_STICKS[0], 4.85, dark) + _stick(*_STICKS[1], 4.75, dark)
    arms = [rounded_box(s, 0.16, (-2.7, -0.7, 4.62)) for s in ((2.3, 0.78, 0.5), (0.78, 2.3, 0.5))]
    parts += of(paint(dark.color, 0.35, 0.3), *arms)
    button = lathe([(0, -0.2), (0.56, -0.2), (0.56, 0.3), (0, 0.36)], [0, 0, 0.12, 0])
    accent = look.color2 or "#d9704a"
    inks = (dark.color, accent, dark.color, dark.color)
    for (dx, dy), ink in zip(((0, 1.15), (1.15, 0), (0, -1.15), (-1.15, 0)), inks, strict=True):
        parts += of(paint(ink, 0.25, 0.8), place(button, at=(4.8 + dx, 2.0 + dy, 4.72)))
    small = [slab(0.85, 0.42, 0.12, 0.2, 0.05), slab(0.85, 0.42, 0.12, 0.2, 0.05)]
    spots = [(-1.2, 2.6, 4.46), (1.2, 2.6, 4.46)]
    parts += of(dark, *(place(m, at=s) for m, s in zip(small, spots, strict=True)))
    lamp = lathe([(0, 0), (0.5, 0), (0.5, 0.12), (0, 0.15)], [0, 0, 0.06, 0])
    parts += of(metal(look, "alu"), place(lamp, at=(0, 1.5, 4.46)))
    for side in (-1, 1):
        bar = sweep(
            [(side * 3.2, 4.25, 3.9), (side * 4.8, 4.45, 3.75), (side * 6.5, 3.75, 3.4)],
            (0.45, 0.6, 2.6),
            up=(0, 1, 0),
        )
        parts += of(paint(dark.color, 0.4), bar)
    return standing(moved(parts, turn=(12, 0, 0)))
