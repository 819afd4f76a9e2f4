"""What stands or lies around a product: a crown of water, blocks, baubles, leaves.

Positions are in world units about the product, which stands at the origin and is about one unit
tall. The product's own pixels are laid over the picture last, so nothing here may stand before
it: in front there is only what is flat on the floor.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from imaging.engines.studio.looks import Props

from . import colours, foliage, geometry, splash
from .bsdf import Shading, metal, principled, spectrum, two_sided
from .geometry import F64
from .geometry_outline import extrude
from .look import Mesh
from .spec import Setting
from .sweep import sweep

_BESIDE = 0.72  # of the footprint, which reaches round the product's farthest corner
_LEAST_FOOT, _MOST_FOOT = 0.2, 0.46

Made = dict[str, tuple[Mesh, Shading]]
"""Meshes by name, with what they look like."""


def around(setting: Setting, footprint: float) -> Made:
    """The props of a setting. `footprint` is the radius that the product stands on."""
    if setting.props is None:
        return {}
    # Of a wide product a part hides what stands behind it; props keep within the picture.
    foot = float(np.clip(_BESIDE * footprint, _LEAST_FOOT, _MOST_FOOT))
    return _PROPS[setting.props](foot, np.random.default_rng(setting.seed + 5))


def _painted(colour: str, roughness: float = 0.5, **lobes: float) -> Shading:
    return {"bsdf": two_sided(principled(colour, roughness, 0.4, **lobes))}


# --- A splash ------------------------------------------------------------------------------------


def _splash(foot: float, rng: Generator) -> Made:
    """A crown of water that leaps up behind and beside the product, and drops in the air."""
    water: Shading = {
        "bsdf": {
            "type": "dielectric",
            "int_ior": 1.33,
            "specular_transmittance": spectrum((0.93, 0.975, 0.99)),
        }
    }
    crown, tips = splash.crown(foot, rng)
    drops = [geometry.sphere(size, at, around=32) for at, size in splash.drops(tips, rng)]
    return {"crown": (crown, water), "drops": (geometry.merge(*drops), water)}


# --- Blocks --------------------------------------------------------------------------------------


def _shapes(foot: float, rng: Generator) -> Made:
    """An arch, a ball on a block, a half disc: a still life of plain bodies."""
    side = float(rng.choice([-1.0, 1.0]))
    arch = _standing(_arch_outline(0.62, 0.36, 0.95), 0.3)
    arch = geometry.place(arch, (-side * (foot + 0.34), 1.15, 0))
    block = geometry.lathe([(1e-3, 0), (0.26, 0), (0.26, 0.42), (1e-3, 0.42)], [0, 0.012, 0.015, 0])
    block = geometry.place(block, (side * (foot + 0.5), 0.62, 0))
    ball = geometry.sphere(0.17, (side * (foot + 0.5), 0.62, 0.59))
    turn = np.linspace(0, np.pi, 60)
    fan = _standing(0.52 * np.stack([np.cos(turn), np.sin(turn)], -1), 0.12)
    fan = geometry.place(fan, (side * (foot + 0.78), 1.35, 0))
    small = geometry.sphere(0.085, (-side * (foot + 0.52), 0.42, 0.085))
    return {
        "arch": (arch, _painted("#e2a07f", 0.75)),
        "block": (block, _painted("#f1e2d0", 0.7)),
        "ball": (ball, _painted("#c4694a", 0.45)),
        "fan": (fan, _painted("#d9b38c", 0.75)),
        "small": (small, {"bsdf": metal("brass", 0.22)}),
    }


def _arch_outline(outer: float, inner: float, straight: float) -> F64:
    """(N, 2) outline of a gate, x across and y up."""
    turn = np.linspace(0, np.pi, 48)
    round_top = np.stack([np.cos(turn), np.sin(turn)], -1)
    outside = np.concatenate([[[outer, 0]], round_top * outer + [0, straight], [[-outer, 0]]])
    inside = np.concatenate(
        [[[-inner, 0]], (round_top * inner + [0, straight])[::-1], [[inner, 0]]]
    )
    return np.concatenate([outside, inside])


def _standing(outline: F64, deep: float) -> Mesh:
    """An outline (N, 2) as a plate `deep` thick that stands on the floor, facing the camera."""
    plate = extrude(outline, deep, bevel=0.008)
    return geometry.place(plate, (0, deep / 2, 0), (90, 0, 0))


# --- Light ---------------------------------------------------------------------------------------


def _neon_ring(foot: float, rng: Generator) -> Made:
    """A ring of two neon tubes behind the product, its foot sunk in the floor."""
    made: Made = {}
    size, middle, gap = max(0.56, foot + 0.22), 0.46, 0.05
    low = float(np.arcsin(-middle / size)) if middle < size else -np.pi / 2
    top = float(rng.uniform(0.36, 0.64)) * np.pi  # where the two colours meet
    for name, colour, start, end in (
        ("blue", "#3fd0ff", low, top - gap),
        ("pink", "#ff4fa8", top + gap, np.pi - low),
    ):
        turn = np.linspace(start, end, 96)
        path = np.stack(
            [size * np.cos(turn), np.full(96, 0.7), size * np.sin(turn) + middle + 0.02], -1
        )
        # Hardly brighter than white is shown: more would leave stairs along the edge.
        glow = colours.linear(colours.rgb(colour)) * 0.75 + 0.12
        made[name] = (
            sweep(path, 0.021, around=16),
            {
                "bsdf": {"type": "diffuse", "reflectance": spectrum((0, 0, 0))},
                "emitter": {"type": "area", "radiance": spectrum(glow.astype(np.float32))},
            },
        )
    return made


# --- Seasons -------------------------------------------------------------------------------------


def _baubles(foot: float, rng: Generator) -> Made:
    """Glass balls and a parcel with a ribbon."""
    made: Made = {}
    red, gold = "#a31621", "#c9a04a"
    places = (
        (foot + 0.30, 0.16, 0.17, red),
        (foot + 0.62, 0.45, 0.13, gold),
        (-foot - 0.62, 0.10, 0.12, gold),
        (-foot - 0.34, 0.95, 0.15, red),
    )
    for number, (x, y, size, colour) in enumerate(places):
        lean = float(rng.uniform(-25, 25))
        ball = geometry.sphere(size, (0, 0, 0))
        cap = geometry.lathe(
            [
                (1e-3, size * 0.97),
                (0.2 * size, size * 0.97),
                (0.2 * size, size * 1.12),
                (1e-3, size * 1.12),
            ],
            [0, 0.004, 0.004, 0],
        )
        eye = geometry.place(
            geometry.torus(0.1 * size, 0.02 * size), (0, 0, size * 1.2), (90, 0, 0)
        )
        at = (x, y, size * 0.985)
        shade = spectrum(colours.linear(colours.rgb(colour)))
        made[f"bauble{number}"] = (
            geometry.place(ball, at),
            {
                "bsdf": principled(
                    shade, 0.16, 0.5, metallic=0.75, clearcoat=1.0, clearcoat_gloss=0.97
                )
            },
        )
        fitting = geometry.merge(cap, eye)
        made[f"cap{number}"] = (
            geometry.place(fitting, at, (20, lean, 0)),
            {"bsdf": metal("gold", 0.25)},
        )
    return {**made, **_parcel((-foot - 0.5, 0.62), 0.42, 24)}


def _parcel(at: tuple[float, float], size: float, turn: float) -> Made:
    """A wrapped box with a ribbon both ways and a bow."""
    tall, wide, x, y = 0.72 * size, 0.14 * size, *at
    box = geometry.rounded_box((size, size, tall), 0.012, (0, 0, tall / 2))
    skin = size + 0.008
    bands = [
        geometry.rounded_box((wide, skin, tall + 0.008), 0.004, (0, 0, tall / 2)),
        geometry.rounded_box((skin, wide, tall + 0.008), 0.004, (0, 0, tall / 2)),
    ]
    for way in (-1.0, 1.0):
        bow = geometry.place(geometry.torus(0.5, 0.14), scale=(0.2 * size, 0.11 * size, 0.3 * size))
        bands.append(
            geometry.place(bow, (way * 0.19 * size, 0, tall + 0.07 * size), (0, -way * 24, 0))
        )
    ribbon = geometry.merge(*bands)
    place = ((x, y, 0.0), (0.0, 0.0, turn))
    return {
        "parcel": (geometry.place(box, *place), _painted("#1f4a3c", 0.6)),
        "ribbon": (geometry.place(ribbon, *place), _painted("#b8232f", 0.35, sheen=0.6)),
    }


def _petals(foot: float, rng: Generator) -> Made:
    """Fallen petals."""
    leaves = foliage.fallen(foot, rng, count=34, size=(0.05, 0.085), width=0.62, cup=0.3)
    half = len(leaves) // 2
    return {
        "petals": (geometry.merge(*leaves[:half]), _painted("#f3c3d0", 0.6, sheen=0.3)),
        "pale": (geometry.merge(*leaves[half:]), _painted("#fbe6ea", 0.6, sheen=0.3)),
    }


def _leaves(foot: float, rng: Generator) -> Made:
    """Fallen leaves in three colours."""
    leaves = foliage.fallen(foot, rng, count=30, size=(0.1, 0.2), width=0.46, cup=0.16)
    shades = ("#b5481f", "#d98a2b", "#8a2f1b")
    return {
        f"leaves{k}": (geometry.merge(*leaves[k::3]), _painted(shade, 0.55))
        for k, shade in enumerate(shades)
    }


def _pebbles(foot: float, rng: Generator) -> Made:
    """River stones beside the product and a spray of leaves behind it."""
    stones: list[Mesh] = []
    spots = (
        (1.0, 0.12, 0.2),
        (1.32, 0.4, 0.13),
        (0.72, 0.62, 0.26),
        (-0.98, 0.5, 0.17),
        (-0.74, -0.02, 0.1),
    )
    for x, y, size in spots:
        at = (np.sign(x) * (foot + abs(x) - 0.5), y)
        flat = size * float(rng.uniform(0.42, 0.6))
        radii = (size * float(rng.uniform(0.95, 1.25)), size * float(rng.uniform(0.8, 1)), flat)
        stone = geometry.ripple(
            geometry.sphere(radii, around=72), 0.06 * size, 1.3 * size, int(rng.integers(99))
        )
        low = float(stone.vertices[:, 2].min())
        stones.append(
            geometry.place(
                stone, (float(at[0]), float(at[1]), -low - 0.004), (0, 0, float(rng.uniform(0, 90)))
            )
        )
    sprays = [
        foliage.spray((-foot - 0.62, 0.75), 1.05, lean, rng) for lean in (-34.0, -12.0, 8.0, 26.0)
    ]
    return {
        "stones": (geometry.merge(*stones[::2]), _painted("#7d7a74", 0.62)),
        "dark": (geometry.merge(*stones[1::2]), _painted("#55534f", 0.55)),
        "spray": (geometry.merge(*sprays), _painted("#4f7a45", 0.5, sheen=0.2)),
    }


def _shells(foot: float, rng: Generator) -> Made:
    """A few pale pebbles and a starfish in the sand."""
    stones = []
    for x, y, size in (
        (0.9, 0.2, 0.1),
        (1.08, 0.36, 0.06),
        (-0.95, 0.42, 0.08),
        (0.74, -0.12, 0.045),
    ):
        at = (float(np.sign(x)) * (foot + abs(x) - 0.5), y)
        stone = geometry.sphere((size, 0.8 * size, 0.5 * size), (*at, 0.3 * size), around=48)
        stones.append(geometry.ripple(stone, 0.05 * size, size, int(rng.integers(99))))
    star = geometry.place(
        _star(0.2), (-foot - 0.36, 0.1, -0.005), (0, 0, float(rng.uniform(0, 72)))
    )
    return {
        "stones": (geometry.merge(*stones), _painted("#efe6d8", 0.5)),
        "star": (star, _painted("#d98a5f", 0.8)),
    }


def _star(size: float) -> Mesh:
    """A starfish: five rounded arms that rise to the middle."""
    t = np.linspace(0, 2 * np.pi, 241)[None]
    r = np.linspace(0, 1, 24)[:, None]
    arm = 0.5 + 0.5 * np.cos(5 * t)
    edge = size * (0.3 + 0.7 * arm**1.8)
    high = 0.26 * size * np.sqrt(np.clip(1 - r**2, 0, 1)) * (0.45 + 0.55 * (1 - r) ** 0.6)
    points = np.stack([r * edge * np.cos(t), r * edge * np.sin(t), high * np.ones_like(t)], -1)
    points[:, -1] = points[:, 0]
    return geometry.grid(points, flip=True)


_PROPS: dict[Props, Callable[[float, Generator], Made]] = {
    "splash": _splash,
    "shapes": _shapes,
    "neon_ring": _neon_ring,
    "baubles": _baubles,
    "pebbles": _pebbles,
    "petals": _petals,
    "leaves": _leaves,
    "shells": _shells,
}
