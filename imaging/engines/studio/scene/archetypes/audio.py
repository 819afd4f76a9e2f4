"""Electronics: headphones, earbuds, loudspeakers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import implicit
from imaging.engines.studio.scene.geometry import Vec3, disc, lathe, place, rounded_box
from imaging.engines.studio.scene.geometry_outline import label_panel
from imaging.engines.studio.scene.implicit import smooth_max, smooth_min
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, stitches, sweep

from .dress import darker, finished, metal, paint, printed, second, skin
from .shaping import ALONG_X, TO_FRONT, UPRIGHT, copies, moved, of, ribbed, slab, standing

_CUP_X, _CUP_Z, _CUP_SIZE = 8.2, 5.4, (1.0, 1.18, 1.0)


def _cup(side: float, shell: Material, face: Material, cushion: Material) -> list[Part]:
    """One ear cup, its axis along x, the outside towards `side`."""
    back = lathe([(0, 0), (2.9, 0), (3.7, 0.7), (3.75, 2.1), (0, 2.1)], [0, 0.5, 0.8, 0.25, 0])
    ring = lathe([(2.2, -0.03), (2.75, -0.03), (2.85, 0.12)], [0, 0.06, 0])
    cap = lathe([(0, -0.1), (2.2, -0.1), (2.35, 0.1)], [0, 0.12, 0])
    pad = lathe(
        [
            (1.9, 2.3),
            (2.0, 2.05),
            (3.6, 2.05),
            (4.0, 2.6),
            (3.8, 3.5),
            (2.9, 3.9),
            (2.05, 3.4),
            (1.9, 2.3),
        ],
        [0, 0.1, 0.3, 0.6, 0.6, 0.7, 0.5, 0],
    )
    gap = lathe([(3.45, 2.0), (3.5, 2.2)])
    mesh = lathe([(2.1, 2.6), (0, 2.75)])
    turn: Vec3 = (0, -90 * side, 0)
    made = [
        (shell, back),
        (face, ring),
        (face, cap),
        (cushion, pad),
        (paint("#101011"), gap),
        (Material(kind="fabric", color="#1c1c1e", threads=60), mesh),
    ]
    at = (side * (_CUP_X + 1.9), 0, _CUP_Z)
    # Built along z, so the tall axis of the cup is x before it is laid down.
    tall = (_CUP_SIZE[1], _CUP_SIZE[0], 1.0)
    return [Part(place(m, at=at, turn=turn, scale=tall), mat) for mat, m in made]


def _yoke(side: float, arm: Material) -> list[Part]:
    """Fork that carries the cup, and the slider into the band."""
    t = np.radians(np.linspace(0, 180, 40))
    fork = np.stack(
        [np.full(40, side * (_CUP_X + 0.95)), 4.05 * np.cos(t), _CUP_Z + 5.0 * np.sin(t)], -1
    )
    pins = lathe([(0, -4.4), (0.42, -4.4), (0.42, 4.4), (0, 4.4)], 0.08)
    slider = spline(
        [
            (side * (_CUP_X + 0.95), 0, _CUP_Z + 4.8),
            (side * (_CUP_X + 0.75), 0, _CUP_Z + 6.4),
            (side * (_CUP_X + 0.1), 0, _CUP_Z + 8.6),
        ],
        30,
    )
    return of(
        arm,
        sweep(fork, (0.2, 0.42, 3.5), up=(1, 0, 0)),
        place(pins, at=(side * (_CUP_X + 0.95), 0, _CUP_Z), turn=TO_FRONT),
        sweep(slider, (0.16, 0.75, 4.0), up=(0, 1, 0)),
    )


@archetype(
    "headphones",
    category="electronics",
    words=("headphones", "headphone", "headset", "over-ear headphones", "on-ear headphones"),
    yaw=-36,
    elevation=10,
)
def headphones(look: Look) -> list[Part]:
    shell = skin(look, paint("#26282c", 0.42, 0.1))
    trim = metal(look, "alu", 0.28)
    soft = Material(kind="leather", color=look.color2 or darker(shell.color), uv_scale=(3, 1))
    if shell.kind == "metal":
        soft = Material(kind="leather", color=look.color2 or "#2a2523", uv_scale=(3, 1))
    t = np.radians(np.linspace(12, 168, 100))
    arc = np.stack([8.35 * np.cos(t), 0 * t, 11.0 + 9.2 * np.sin(t)], 1)
    parts = of(shell, sweep(arc, (0.3, 1.5, 5.0), up=(0, 1, 0), around=48))
    inner = t[18:82]
    rest = np.stack([7.95 * np.cos(inner), 0 * inner, 11.0 + 8.65 * np.sin(inner)], 1)
    parts += of(soft, sweep(rest, (0.5, 1.4, 2.6), up=(0, 1, 0), around=40))
    for edge in (-1.32, 1.32):
        line = np.stack([8.66 * np.cos(t), 0 * t + edge, 11.0 + 9.51 * np.sin(t)], 1)[6:-6]
        thread = paint(soft.color, 0.8)
        parts += of(thread, stitches(line, length=0.34, gap=0.16, radius=0.045))
    for side in (-1.0, 1.0):
        parts += _cup(side, shell, trim, soft) + _yoke(side, trim)
        mark = place(slab(2.6, 0.8, 0.01, 0.05, 0), turn=UPRIGHT)
        if look.text:
            spot = place(mark, at=(side * (_CUP_X + 2.02), 0, _CUP_Z), turn=(0, 0, 90 * side))
            parts += of(printed(look, trim, 2.6 / 0.8, "badge"), spot)
    return standing(parts)


def _pebble(p: F32) -> F32:
    """The closed case, 6.4 x 3.2 x 4.8 cm on a small flat foot."""
    # Shifted apart along x: two blended round ends make a soft oblong.
    q = np.abs(p / np.array([3.2, 1.6, 2.4], np.float32) - np.array([0, 0, 1], np.float32))
    body = ((q**3.2).sum(axis=-1) ** np.float32(1 / 3.2) - 1) * 1.5
    return smooth_max(body, 0.12 - p[..., 2], 0.15)


@lru_cache(maxsize=1)
def _case_halves() -> tuple[Mesh, Mesh, Mesh]:
    """Bottom with two wells, lid upside down opened, inner lining."""
    split = 3.0

    def bottom(p: F32) -> F32:
        wells = smooth_min(
            implicit.ellipsoid(p, (-1.35, 0, 3.0), (0.98, 0.86, 1.4)),
            implicit.ellipsoid(p, (1.35, 0, 3.0), (0.98, 0.86, 1.4)),
            0.05,
        )
        return smooth_max(smooth_max(_pebble(p), p[..., 2] - split, 0.1), -wells, 0.08)

    def lid(p: F32) -> F32:
        shell = smooth_max(_pebble(p), -(_pebble(p) + 0.22), 0.1)
        return smooth_max(shell, split + 0.02 - p[..., 2], 0.06)

    low, high = (-3.5, -1.9, -0.1), (3.5, 1.9, 5.0)
    cut = implicit.surface(bottom, low, (3.5, 1.9, 3.2), cells=110, slope=2.5)
    return cut, implicit.surface(lid, (-3.5, -1.9, 2.8), high, cells=130, slope=2.5), cut


@lru_cache(maxsize=1)
def _bud() -> tuple[Mesh, Mesh]:
    """One in-ear bud and its soft tip; it stands on its nozzle side, 2.4 cm tall."""

    def body(p: F32) -> F32:
        head = implicit.ellipsoid(p, (0, 0, 1.35), (0.92, 0.8, 0.72))
        inner = implicit.ellipsoid(p, (0.1, 0, 0.7), (0.66, 0.6, 0.8))
        nozzle = implicit.capsule(p, (0.1, 0, 0.6), (0.35, 0, -0.35), 0.34)
        return smooth_min(smooth_min(head, inner, 0.35), nozzle, 0.3)

    tip = lathe([(0.2, -0.62), (0.3, -0.66), (0.52, -0.2), (0.56, 0.1), (0.3, 0.2)], 0.12)
    soft = place(tip, at=(0.33, 0, -0.2), turn=(0, -18, 0))
    return implicit.surface(body, (-1.1, -1.0, -0.9), (1.2, 1.0, 2.2), cells=70), soft


def _placed_bud(shell: Material, trim: Material, at: Vec3, turn: Vec3) -> list[Part]:
    body, tip = _bud()
    touch = lathe([(0, 0), (0.42, 0), (0.42, 0.05), (0, 0.06)], [0, 0, 0.03, 0])
    rubber = Material(kind="rubber", color="#2b2c2e")
    made = [
        (shell, body),
        (rubber, tip),
        (trim, place(touch, at=(-0.05, 0, 2.04), turn=(0, -4, 0))),
    ]
    return moved([Part(m, mat) for mat, m in made], at=at, turn=turn)


@archetype(
    "earbuds",
    category="electronics",
    words=("earbuds", "earbud", "wireless earbuds", "earphones", "earphone", "in-ear headphones"),
    yaw=-20,
    elevation=20,
)
def earbuds(look: Look) -> list[Part]:
    """An open charging case, one bud in it and one in front."""
    shell = skin(look, paint("#e9e7e2", 0.28, 0.6))
    bud = finished(look, paint(second(look, shell.color), 0.28, 0.6))
    trim = metal(look, "silver", 0.2)
    cut, lid, _ = _case_halves()
    parts = of(shell, cut)
    hinge = np.array([0, 1.5, 3.0])
    opened = place(lid, at=(0, -1.5, -3.0))
    parts += of(shell, place(opened, at=tuple(hinge), turn=(-84, 0, 0)))
    pin = place(lathe([(0, -0.9), (0.14, -0.9), (0.14, 0.9), (0, 0.9)], 0.03), turn=ALONG_X)
    parts += of(trim, place(pin, at=(0, 1.52, 3.02)))
    led = lathe([(0, 0), (0.09, 0), (0.09, 0.02), (0, 0.03)])
    glow = Material(kind="emit", color="#a9ffc4", power=2.0)
    parts += of(glow, place(led, at=(0, -1.595, 2.2), turn=TO_FRONT))
    parts += _placed_bud(bud, trim, (-1.35, 0, 2.4), (0, 0, 180))
    parts += _placed_bud(bud, trim, (1.35, 0, 2.4), (0, 0, 0))
    return standing(parts)


@archetype(
    "speaker",
    category="electronics",
    words=(
        "speaker",
        "bluetooth speaker",
        "loudspeaker",
        "portable speaker",
        "wireless speaker",
        "boombox",
        "radio",
        "sound box",
    ),
    yaw=-24,
    elevation=14,
)
def speaker(look: Look) -> list[Part]:
    """A cabinet with a cloth front, three knobs and a carrying strap."""
    shell = skin(look, paint("#3b4a4a", 0.5, 0.1))
    trim = metal(look, "brass", 0.22)
    cloth = Material(kind="fabric", color=look.color2 or "#b9b2a5", threads=44, uv_scale=(2.2, 1.4))
    body = place(slab(22, 13.5, 9.0, 1.7, 0.45), at=(0, 4.5, 6.75 + 0.5), turn=UPRIGHT)
    parts = of(shell, body)
    frame = place(slab(20.4, 11.9, 0.25, 1.15, 0.1), at=(0, -4.42, 7.25), turn=UPRIGHT)
    front = place(slab(19.8, 11.3, 0.5, 0.95, 0.35), at=(0, -4.45, 7.25), turn=UPRIGHT)
    parts += [*of(trim, frame), *of(cloth, front)]
    foot = lathe([(0, 0), (0.8, 0), (0.95, 0.6), (0, 0.6)], [0, 0.1, 0, 0])
    spots = [(sx * 8.5, sy * 3.0, 0) for sx in (-1, 1) for sy in (-1, 1)]
    parts += of(Material(kind="rubber", color="#1c1c1d"), copies(foot, spots))
    for k, x in enumerate((2.6, 5.2, 7.8)):
        parts += _knob(trim, (x, -0.6, 14.0), turn=-35.0 + 50 * k)
    parts += _strap(look, trim)
    plate = place(rounded_box((3.6, 0.16, 1.0), 0.07), at=(0, -5.0, 3.2))
    parts += of(trim, plate)
    tag = label_panel(3.3, 0.8, (0, -5.086, 3.2))
    ink = printed(look, trim, 3.3 / 0.8, "badge")
    return [*parts, *of(ink, tag)]


def _knob(trim: Material, at: Vec3, turn: float) -> list[Part]:
    side = ribbed(0.82, 0.1, 1.05, ribs=36, depth=0.05, bevel=0.06)
    top = lathe([(0, 1.05), (0.78, 1.05), (0.6, 1.0), (0, 1.0)][::-1], [0, 0.05, 0.03, 0])
    skirt = lathe([(0, 0), (0.95, 0), (0.95, 0.14), (0, 0.14)], [0, 0.02, 0.04, 0])
    dot = place(rounded_box((0.08, 0.4, 0.06), 0.02, (0, 0.5, 1.06)), turn=(0, 0, turn))
    lid = place(disc(0.8, 1.045))
    return [
        *moved(of(trim, side, top, skirt, lid), at=at),
        *moved(of(paint("#2a2622"), dot), at=at),
    ]


def _strap(look: Look, trim: Material) -> list[Part]:
    leather = Material(kind="leather", color="#5b3a24", uv_scale=(4, 1))
    path = spline(
        [
            (-10.9, 0, 9.8),
            (-10.95, 0, 12.2),
            (-9.6, 0, 14.9),
            (-4, 0, 16.0),
            (0, 0, 16.2),
            (4, 0, 16.0),
            (9.6, 0, 14.9),
            (10.95, 0, 12.2),
            (10.9, 0, 9.8),
        ],
        120,
    )
    path[:, 0] = np.sign(path[:, 0]) * np.minimum(np.abs(path[:, 0]), 11.25)
    parts = of(leather, sweep(path, (0.16, 0.95, 5.0), up=(0, 1, 0)))
    for edge in (-0.75, 0.75):
        line = path[4:-4] + np.array([0, edge, 0.0])
        away = np.gradient(line, axis=0)
        out = np.stack([-away[:, 2], 0 * away[:, 0], away[:, 0]], -1)
        line = line + 0.15 * out / np.linalg.norm(out, axis=1, keepdims=True)
        parts += of(paint("#c9a878", 0.8), stitches(line, length=0.35, gap=0.2, radius=0.05))
    for side in (-1, 1):
        stud = lathe([(0, 0), (0.55, 0), (0.5, 0.22), (0, 0.26)], [0, 0.05, 0.12, 0])
        parts += of(trim, place(stud, at=(side * 11.0, 0, 10.5), turn=(0, 90 * side, 0)))
    return parts


@archetype(
    "smart_speaker",
    category="electronics",
    words=("smart speaker", "voice assistant", "home speaker", "soundbar speaker"),
    yaw=0,
    elevation=18,
)
def smart_speaker(look: Look) -> list[Part]:
    """A cloth-covered drum with a lit ring on top."""
    cloth = Material(kind="fabric", color=look.color or "#8d9096", threads=64, uv_scale=(4, 1.6))
    shell = finished(look, paint(second(look, "#1d1f22"), 0.3, 0.5))
    foot = lathe([(0, 0), (4.6, 0), (5.0, 0.5), (5.0, 1.0), (0, 1.0)], [0, 0.2, 0.3, 0.05, 0])
    sleeve = lathe([(0, 0.8), (5.25, 0.8), (5.5, 7.0), (5.1, 14.2), (0, 14.2)], [0, 0.4, 8, 0.6, 0])
    top = lathe(
        [(0, 14.0), (4.6, 14.0), (4.6, 14.32), (3.9, 14.26), (0, 14.2)], [0, 0, 0.1, 0.3, 0]
    )
    glow = lathe([(4.28, 14.2), (4.42, 14.33), (4.16, 14.31)], 0.02)
    parts = [*of(shell, foot, top), *of(cloth, sleeve)]
    parts += of(Material(kind="emit", color="#8fd0ff", power=1.6), place(glow, at=(0, 0, 0.02)))
    bar = slab(1.1, 0.16, 0.05, 0.08, 0.02)
    signs = [place(bar, at=(x, 0, 14.21)) for x in (-2.2, 2.2)]
    signs.append(place(bar, at=(2.2, 0, 14.212), turn=(0, 0, 90)))
    parts += of(paint("#8b8d90"), *signs)
    dot = lathe([(0, 0), (0.42, 0), (0.42, 0.05), (0, 0.05)], [0, 0, 0.02, 0])
    return [*parts, *of(paint("#8b8d90"), place(dot, at=(0, 0, 14.2)))]
