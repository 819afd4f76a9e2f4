"""Food: fruit."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import grid, lathe, merge, place, sphere
from imaging.engines.studio.scene.geometry_outline import extrude, rounded_outline
from imaging.engines.studio.scene.implicit import box_uv
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .dress import tinted
from .shaping import moved, of, standing


def _leaf(length: float, width: float) -> Mesh:
    """A leaf growing along +x from the origin, cupped and drooping, both faces."""
    u = np.linspace(0, 1, 40)
    v = np.linspace(-1, 1, 17)
    half = width / 2 * np.sin(np.pi * u**0.85) ** 0.8
    x, y = np.broadcast_arrays((length * u)[:, None], half[:, None] * v)
    z = 0.22 * length * np.sin(np.pi * 0.9 * u)[:, None] - 0.12 * length * u[:, None] ** 2
    z = z + 0.16 * width * np.abs(v) ** 1.5 + 0.03 * np.cos(26 * u[:, None] - 6 * np.abs(v))
    upper = np.stack([x, y, z + 0 * y], -1)
    both = [grid(upper, flip=True), grid(upper - np.array([0, 0, 0.03]))]
    top, under = both
    return Mesh(
        np.concatenate([top.vertices, under.vertices]),
        np.concatenate([top.normals, under.normals]),
        np.concatenate([top.faces, under.faces + len(top.vertices)]).astype(np.int32),
        np.concatenate([top.uv, under.uv]),
    )


_LEAF = Material(kind="paint", color="#3f6b2c", roughness=0.38, two_sided=True)
_STEM = Material(kind="wood", color="#5b4026")


def _pome(radius: float, tall: float, taper: float) -> Mesh:
    """An apple-like body: hollows at stem and calyx, five soft lobes below."""
    t = np.linspace(0, np.pi, 140)[:, None]
    phi = np.pi / 2 + np.linspace(0, 2 * np.pi, 161)
    # Fuller above the middle, with a hollow for the stem above and a small one for the calyx.
    r = np.sin(t) ** 0.92 * (1 - 0.055 * np.cos(t) * taper)
    z = -np.cos(t) * 0.95
    z = z - 0.36 * np.exp(-((np.sin(t) / 0.36) ** 2)) * (t > np.pi / 2)
    z = z + 0.20 * np.exp(-((np.sin(t) / 0.30) ** 2)) * (t < np.pi / 2)
    low = np.clip(np.cos(t), 0, 1)
    lobes = 1 + 0.035 * low * np.cos(5 * phi) + 0.018 * np.cos(3 * phi + 1)
    x, y = r * lobes * np.cos(phi), r * lobes * np.sin(phi)
    zz = z * tall + 0 * phi - 0.05 * low * np.cos(5 * phi)
    return grid(np.stack([radius * x, radius * y, radius * zz], -1))


@archetype(
    "apple",
    category="food",
    words=("apple", "red apple", "green apple", "apple fruit", "fruit"),
    yaw=20,
    elevation=14,
)
def apple(look: Look) -> list[Part]:
    usual = "#7fa53a" if "green" in look.word else "#a3231c"
    peel = tinted(look, Material(kind="wax", color=usual, roughness=0.2))
    body = _pome(3.85, 0.98, 1.0)
    crown = float(body.vertices[: 161 * 140].reshape(-1, 3)[-1, 2])
    stem = spline([(0, 0, crown - 0.1), (0.05, 0, crown + 1.0), (0.35, 0.1, crown + 2.1)], 24)
    twig = sweep(stem, np.linspace(0.12, 0.2, 24))
    leaf = place(_leaf(3.8, 2.0), at=(0.1, 0, crown + 1.1), turn=(38, -16, -22))
    return standing([*of(peel, body), *of(_STEM, twig), *of(_LEAF, leaf)])


def citrus_slice(rind: Material, flesh: str, radius: float) -> list[Part]:
    """A round slice standing in the xz plane, its centre at the origin."""
    k = radius / 2.8
    disk = lathe(
        [(0, -0.3), (2.55, -0.3), (2.8, -0.15), (2.8, 0.15), (2.55, 0.3), (0, 0.3)],
        [0, 0.05, 0.1, 0.1, 0.05, 0],
    )
    pith = lathe([(0, -0.33), (2.6, -0.33), (2.6, 0.33), (0, 0.33)], 0.03)
    wedges = []
    for at in range(10):
        arc = np.radians(np.linspace(36 * at + 2.0, 36 * at + 34.0, 9))
        start = 0.26 * np.array([[np.cos(arc.mean()), np.sin(arc.mean())]])
        rim = 2.38 * np.stack([np.cos(arc), np.sin(arc)], -1)
        outline = rounded_outline(np.concatenate([start, rim]), 0.12)
        wedges.append(extrude(outline, 0.76, bevel=0.045))
    pulp = place(merge(*wedges), at=(0, 0, -0.38))
    made = [
        (rind, disk),
        (Material(kind="wax", color="#f4e4bd"), pith),
        (Material(kind="liquid", color=flesh, roughness=0.2), pulp),
    ]
    return [Part(place(m, turn=(90, 0, 0), scale=(k, k, 1)), mat) for mat, m in made]


def _citrus(peel: Material, radius: float, stretch: float) -> list[Part]:
    body = box_uv(sphere((radius, radius, radius * stretch), around=96), 0.16)
    star = [
        (0.34 * np.cos(a) * (1 if k % 2 else 0.5), 0.34 * np.sin(a) * (1 if k % 2 else 0.5))
        for k, a in enumerate(np.linspace(0, 2 * np.pi, 10, endpoint=False))
    ]
    top = radius * stretch
    points = [(x, y, top - 0.02 + 0.05) for x, y in star]
    calyx = grid(np.stack([np.array([*points, points[0]]), np.full((11, 3), [0, 0, top + 0.06])]))
    leaf = place(_leaf(4.2, 2.0), at=(0, 0, top), turn=(34, -12, -20))
    return [*of(peel, body, tile=7), *of(_LEAF, calyx, leaf)]


@archetype(
    "citrus_fruit",
    category="food",
    words=(
        "orange fruit",
        "citrus fruit",
        "citrus",
        "fresh orange",
        "clementine",
        "mandarin",
        "grapefruit",
        "lemon fruit",
        "lime fruit",
    ),
    yaw=0,
    elevation=14,
)
def citrus_fruit(look: Look) -> list[Part]:
    """A whole fruit with a leaf and a half in front, its cut to the camera."""
    usual = "#de7d12"
    for name, color in (("lemon", "#e3c02c"), ("lime", "#7da32f"), ("grapefruit", "#dd8a4a")):
        usual = color if name in look.word else usual
    peel = tinted(look, Material(kind="leather", color=usual, roughness=0.3, bump=0.8))
    stretch = 1.18 if "lemon" in look.word else 0.94
    whole = standing(_citrus(peel, 3.9, stretch))
    half = box_uv(sphere((3.75, 3.75, 3.75), around=80), 0.16)
    behind = half._replace(vertices=half.vertices * np.array([1, 1, 1], np.float32))
    keep = behind.vertices[behind.faces].mean(axis=1)[:, 1] > -0.02
    cup = behind._replace(faces=behind.faces[keep])
    flesh = colours.mixed(peel.color, "#f7a83a" if usual == "#de7d12" else "#fbe9b0", 0.45)
    if "grapefruit" in look.word:
        flesh = "#d8503f"
    cut = citrus_slice(peel, flesh, 3.75)
    front = moved([*of(peel, cup, tile=7), *cut], turn=(-14, 0, 16))
    front = standing(moved(front, at=(4.3, -3.6, 0)))
    return [*moved(whole, at=(-2.4, 0.8, 0)), *front]
