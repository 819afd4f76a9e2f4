"""Toys: plush animals and the rubber duck."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import F64, Vec3, place, sphere
from imaging.engines.studio.scene.implicit import (
    capsule,
    ellipsoid,
    on_surface,
    smooth_max,
    smooth_min,
    surface,
)
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import loop, spline, stitches, sweep

from .dress import finished, paint, second, tinted
from .shaping import copies, of, standing

_HEAD: Vec3 = (0, -0.9, 20.6)


def _mirrored(p: F32) -> F32:
    """The point's image on the right side, so that limbs are described once."""
    q = p.copy()
    q[..., 0] = np.abs(q[..., 0])
    return q


def _fluff(p: F32) -> F32:
    """Unevenness of stuffing and pile, a millimetre or so."""
    x, y, z = p[..., 0], p[..., 1], p[..., 2]
    lumps = 0.10 * np.sin(1.1 * x + 2) * np.sin(1.3 * y + 1) * np.sin(0.9 * z)
    tufts = 0.035 * np.sin(5.3 * x + 3 * z) * np.sin(4.9 * y + 1.7 * x) * np.sin(5.7 * z + y)
    out: F32 = (lumps + tufts).astype(np.float32)
    return out


def _torso(p: F32) -> F32:
    q = _mirrored(p)
    body = ellipsoid(q, (0, 0.2, 8.6), (6.4, 5.6, 8.2))
    arms = capsule(q, (4.9, -0.8, 14.0), (8.6, -4.6, 7.8), 2.35, 2.6)
    legs = capsule(q, (4.0, -2.0, 3.4), (6.4, -9.4, 3.5), 3.0, 3.25)
    limbs = smooth_min(arms, legs, 0.3)
    return smooth_min(body, limbs, 0.55)


def _head(p: F32) -> F32:
    q = _mirrored(p)
    skull = ellipsoid(q, _HEAD, (6.5, 5.8, 5.7))
    cheek = ellipsoid(q, (2.6, -3.2, 18.9), (3.4, 3.0, 2.9))
    return smooth_min(skull, cheek, 1.2)


def _bear_ears(p: F32) -> F32:
    q = _mirrored(p)
    ear = ellipsoid(q, (4.9, -0.2, 25.4), (2.5, 1.3, 2.5))
    dish = ellipsoid(q, (4.9, -1.75, 25.4), (1.6, 0.9, 1.6))
    return smooth_max(ear, -dish, 0.4)


def _rabbit_ears(p: F32) -> F32:
    q = _mirrored(p)
    # Upright ears that lean apart; flattened front to back.
    squeezed = q.copy()
    squeezed[..., 1] = (squeezed[..., 1] + 0.2) * 1.9 - 0.2
    ear = capsule(squeezed, (2.6, -0.2, 25.0), (4.6, 0.6, 35.5), 1.5, 1.9) * np.float32(0.62)
    dish = capsule(squeezed, (2.9, -2.6, 27.5), (4.5, -2.4, 34.5), 0.7, 1.1) * np.float32(0.62)
    return smooth_max(ear, -dish, 0.5)


@lru_cache(maxsize=2)
def _fur(rabbit: bool) -> tuple[Mesh, Mesh]:
    """Body and head with ears."""
    ears, top = (_rabbit_ears, 38.5) if rabbit else (_bear_ears, 29.0)

    def head(p: F32) -> F32:
        return smooth_min(_head(p), ears(p), 0.35) + _fluff(p)

    def body(p: F32) -> F32:
        return smooth_max(_torso(p) + _fluff(p), -p[..., 2], 0.4)

    low = surface(body, (-12, -13.5, -0.3), (12, 6.8, 17.6), cells=116, slope=1.8, texture=0.09)
    high = surface(head, (-8.4, -8, 14), (8.4, 6, top), cells=112, slope=2.2, texture=0.09)
    return low, high


def _muzzle(p: F32) -> F32:
    q = _mirrored(p)
    lobe = ellipsoid(q, (1.0, -6.0, 18.7), (2.0, 2.0, 1.75))
    return smooth_min(lobe, ellipsoid(q, (0, -5.9, 19.4), (1.9, 2.0, 1.6)), 0.5)


@lru_cache(maxsize=1)
def _muzzle_mesh() -> Mesh:
    return surface(
        lambda p: _muzzle(p) + _fluff(p), (-3.6, -8.6, 16), (3.6, -3, 21.6), cells=70, texture=0.12
    )


def _face(thread: Material) -> list[Part]:
    """Eyes, nose and a stitched smile."""
    at = on_surface(_head, [(2.5, -12.0, 21.9)], (0, 1, 0))[0]
    eye = sphere((0.78, 0.55, 0.82), around=40)
    eyes = copies(eye, [(s * at[0], at[1] - 0.18, at[2]) for s in (-1, 1)])
    nose = surface(
        lambda p: smooth_min(
            ellipsoid(p, (0, -7.75, 20.0), (1.05, 0.6, 0.55)),
            ellipsoid(p, (0, -7.8, 19.5), (0.5, 0.55, 0.6)),
            0.3,
        ),
        (-1.4, -8.8, 18.5),
        (1.4, -6.8, 21),
        cells=50,
    )
    lines = [np.linspace([0, 0, 19.2], [0, 0, 18.3], 8)]
    for side in (-1, 1):
        t = np.linspace(0, 1, 16)
        lines.append(np.stack([side * 1.35 * t, 0 * t, 18.3 - 0.75 * np.sin(np.pi * 0.72 * t)], -1))
    sewn = []
    for line in lines:
        front = on_surface(_muzzle, line + np.array([0, -14.0, 0]), (0, 1, 0))
        sewn.append(sweep(front + np.array([0, -0.02, 0]), 0.1, around=8))
    black = paint("#15110f", 0.06, 1.0)
    return [*of(black, eyes), *of(paint("#2a1c16", 0.3, 0.5), nose), *of(thread, *sewn)]


def _pads(color: str) -> list[Part]:
    """Soles and inner ears in a paler pile."""
    sole = sphere((2.35, 0.55, 2.35), around=40)
    soles = [place(sole, at=(s * 6.85, -12.25, 3.55), turn=(0, 0, s * 17.0)) for s in (-1, 1)]
    return of(Material(kind="plush", color=color, uv_scale=(1.5, 1.0)), *soles)


def _bow(material: Material) -> list[Part]:
    """A ribbon round the neck, tied in front."""
    t = np.linspace(0, 2 * np.pi, 80, endpoint=False)
    neck = np.stack([5.0 * np.cos(t), -0.5 + 4.7 * np.sin(t), 15.5 + 0.5 * np.sin(t)], -1)
    parts = of(material, loop(neck, (0.14, 0.75, 5.0), up=(0, 0, 1)))
    for side in (-1, 1):
        wing = spline(
            [
                (0, -5.7, 15.2),
                (side * 1.7, -6.4, 16.5),
                (side * 3.3, -6.1, 15.9),
                (side * 3.2, -5.9, 14.6),
                (side * 1.6, -6.2, 14.5),
                (0, -5.8, 15.1),
            ],
            60,
        )
        parts += of(material, sweep(wing, (0.09, 0.8, 5.0), up=(0, -1, 0.25)))
        tail = spline([(0, -5.8, 15.0), (side * 1.3, -6.6, 13.0), (side * 2.1, -7.0, 10.9)], 30)
        parts += of(material, sweep(tail, (0.07, 0.7, 5.0), up=(1, 0, 0.2), round_ends=False))
    knot = sphere((0.85, 0.75, 0.85), (0, -6.05, 15.1), around=32)
    return [*parts, *of(material, knot)]


def _plush(look: Look, usual: str, *, rabbit: bool) -> list[Part]:
    fur = tinted(look, Material(kind="plush", color=usual))
    pale = colours.mixed(fur.color, "#fff4e2", 0.5)
    body, head = _fur(rabbit)
    parts = of(fur, body, head)
    parts += of(Material(kind="plush", color=pale), _muzzle_mesh())
    parts += _pads(pale) + _face(paint("#2a1c16", 0.8))
    if rabbit:
        inner = [
            place(
                sphere((1.0, 0.28, 4.0), around=36),
                at=(s * 3.75, -1.15, 30.8),
                turn=(4, s * 11.0, 0),
            )
            for s in (-1, 1)
        ]
    else:
        inner = [sphere((1.6, 0.4, 1.6), (s * 4.9, -1.25, 25.4), around=36) for s in (-1, 1)]
    parts += of(Material(kind="plush", color=pale), *inner)
    seam = np.stack([np.zeros(60), np.full(60, -14.0), np.linspace(5.5, 13.5, 60)], -1)
    line = on_surface(lambda p: _torso(p) + _fluff(p), seam, (0, 1, 0))
    thread = paint(colours.shaded(fur.color, 0.6), 0.9)
    parts += of(thread, stitches(line, length=0.5, gap=0.35, radius=0.06))
    ribbon = Material(kind="fabric", color=second(look, "#a8392f"), threads=90, uv_scale=(3, 0.4))
    return standing([*parts, *_bow(ribbon)])


@archetype(
    "teddy_bear",
    category="toys",
    words=(
        "teddy bear",
        "teddy",
        "plush bear",
        "stuffed bear",
        "plush",
        "plush toy",
        "soft toy",
        "stuffed animal",
        "stuffed toy",
        "cuddly toy",
        "plushie",
    ),
    yaw=-22,
    elevation=10,
)
def teddy_bear(look: Look) -> list[Part]:
    return _plush(look, "#a9723f", rabbit=False)


@archetype(
    "plush_rabbit",
    category="toys",
    words=("plush rabbit", "plush bunny", "bunny", "stuffed bunny", "stuffed rabbit", "toy rabbit"),
    yaw=-22,
    elevation=10,
)
def plush_rabbit(look: Look) -> list[Part]:
    return _plush(look, "#cdbfae", rabbit=True)


def _duck_field(p: F32) -> F32:
    """A swimming duck looking towards -y, its flat bottom at z = 0."""
    q = _mirrored(p)
    body = ellipsoid(q, (0, 0.6, 3.4), (3.9, 5.2, 3.3))
    chest = ellipsoid(q, (0, -2.2, 3.7), (3.3, 3.0, 3.1))
    tail = capsule(q, (0, 4.4, 4.6), (0, 6.4, 6.6), 1.5, 0.55)
    head = ellipsoid(q, (0, -2.5, 8.8), (2.85, 2.9, 2.75))
    neck = capsule(q, (0, -2.4, 5.6), (0, -2.5, 7.6), 2.0)
    bird = smooth_min(smooth_min(body, chest, 1.0), tail, 1.6)
    bird = smooth_min(smooth_min(bird, neck, 0.9), head, 0.5)
    wing_at = q - np.array([3.25, 1.2, 4.1], np.float32)
    wing_at[..., 2] -= 0.10 * wing_at[..., 1]
    wing = ellipsoid(wing_at, (0, 0, 0), (0.95, 3.0, 1.75))
    tip = ellipsoid(wing_at, (0.1, 2.4, 0.8), (0.7, 1.5, 0.9))
    bird = smooth_min(bird, smooth_min(wing, tip, 0.5), 0.22)
    return smooth_max(bird, 0.25 - p[..., 2], 0.5)


def _beak(p: F32) -> F32:
    q = _mirrored(p)
    x, y, z = q[..., 0], q[..., 1], q[..., 2]
    upper = ellipsoid(
        np.stack([x, y, z - 0.07 * (y + 5.2) ** 2], -1), (0, -5.4, 8.35), (1.35, 1.7, 0.48)
    )
    lower = ellipsoid(
        np.stack([x, y, z + 0.05 * (y + 5.2) ** 2], -1), (0, -5.1, 7.75), (1.1, 1.35, 0.4)
    )
    return smooth_min(upper, lower, 0.12)


@lru_cache(maxsize=1)
def _duck() -> tuple[Mesh, Mesh]:
    bird = surface(_duck_field, (-4.8, -6.2, 0), (4.8, 7.4, 11.9), cells=130, slope=1.8)
    return bird, surface(_beak, (-1.7, -7.4, 7), (1.7, -3.2, 9.5), cells=70, slope=1.8)


@archetype(
    "rubber_duck",
    category="toys",
    words=("rubber duck", "rubber ducky", "bath duck", "duck", "bath toy", "ducky"),
    yaw=-38,
    elevation=12,
)
def rubber_duck(look: Look) -> list[Part]:
    vinyl = tinted(look, paint("#efc12f", 0.22, 0.6))
    bird, beak = _duck()
    parts = [*of(vinyl, bird), *of(finished(look, paint(second(look, "#e0702a"), 0.25, 0.5)), beak)]
    at = on_surface(_duck_field, [(1.45, -9.0, 9.6)], (0, 1, 0))[0]
    ball: F64 = np.array([1.45, at[1], 9.6])
    for side in (-1, 1):
        eye = place(
            sphere((0.46, 0.2, 0.6), around=32),
            at=(side * ball[0], float(ball[1]) + 0.08, 9.6),
            turn=(-14, 0, side * 28.0),
        )
        shine = sphere(0.1, (side * (ball[0] + 0.02), float(ball[1]) - 0.12, 9.84), around=16)
        parts += [*of(paint("#141210", 0.06, 1.0), eye), *of(paint("#ffffff", 0.3), shine)]
    return standing(parts)
