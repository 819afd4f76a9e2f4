"""Home: things for exercise."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import implicit
from imaging.engines.studio.scene.geometry import F64, grid, lathe, merge, place
from imaging.engines.studio.scene.geometry_outline import extrude, label_panel, rounded_outline
from imaging.engines.studio.scene.implicit import smooth_max, smooth_min
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import loop, spline, sweep

from .dress import metal, paint, printed, second, skin, tinted
from .shaping import ALONG_X, moved, of, ribbed, standing


def _hexagon(across: float, corner: float) -> F64:
    """Outline of a hexagon standing on a flat side, `across` flats."""
    a = np.radians(np.arange(6) * 60 + 30 - 30)
    r = across / np.sqrt(3)
    return rounded_outline(np.stack([r * np.cos(a), r * np.sin(a)], -1), corner)


@archetype(
    "dumbbell",
    category="home",
    words=(
        "dumbbell",
        "weight",
        "hand weight",
        "hex dumbbell",
        "barbell",
        "gym weight",
        "fitness equipment",
        "gym equipment",
    ),
    yaw=-38,
    elevation=18,
)
def dumbbell(look: Look) -> list[Part]:
    rubber = tinted(look, Material(kind="rubber", color="#26272a"))
    steel = metal(look, "steel", 0.2)
    outline = _hexagon(9.6, 0.8)
    core = extrude(outline, 6.0, bevel=0.5, steps=5)
    step = extrude(_hexagon(8.6, 0.7), 7.0, bevel=0.5, steps=5)
    # Built along z, flats up and down once it lies along x.
    head = [place(m, turn=(0, 0, 30)) for m in (core, place(step, at=(0, 0, -0.5)))]
    grip = lathe(
        [(0, -6.6), (1.35, -6.6), (1.5, -4.6), (1.7, 0), (1.5, 4.6), (1.35, 6.6), (0, 6.6)],
        [0, 0.05, 1, 8, 1, 0.05, 0],
    )
    knurl = merge(
        *(
            place(
                ribbed(1.66 - 0.012 * abs(z) ** 1.6, -0.42, 0.42, ribs=44, depth=0.09, bevel=0.08),
                at=(0, 0, z),
                turn=(0, 0, 4 * z),
            )
            for z in np.arange(-3.6, 3.61, 0.9)
        )
    )
    collar = lathe([(1.3, 0), (2.1, 0), (2.1, 0.7), (1.3, 0.8)], [0, 0.15, 0.2, 0])
    parts = of(
        steel,
        grip,
        knurl,
        place(collar, at=(0, 0, 5.4)),
        place(collar, at=(0, 0, -5.4), turn=(180, 0, 0)),
    )
    for sign in (0, 180):
        parts += [
            Part(place(m, at=(0, 0, 6.3 * (1 if sign == 0 else -1)), turn=(sign, 0, 0)), rubber)
            for m in head
        ]
    parts = moved(parts, turn=ALONG_X)
    text = Look(text=look.text or "10 KG", color2=look.color2)
    mark = place(label_panel(5.4, 2.2, (0, -12.83, 0)), turn=(0, 0, -90))
    other = place(label_panel(5.4, 2.2, (0, -12.83, 0)), turn=(0, 0, 90))
    return standing([*parts, *of(printed(text, rubber, 5.4 / 2.2, "badge"), mark, other)])


def _bell(p: F32) -> F32:
    body = implicit.ellipsoid(p, (0, 0, 9.4), (9.6, 9.6, 9.6))
    body = smooth_max(body, 0.9 - p[..., 2], 0.8)
    # The handle follows the outline of a rounded rectangle in the xz plane.
    corner = np.abs(np.stack([p[..., 0], p[..., 2] - 19.2], -1)) - np.array([1.4, 2.6], np.float32)
    outline = np.linalg.norm(np.maximum(corner, 0), axis=-1) + np.minimum(corner.max(axis=-1), 0)
    handle: F32 = np.hypot(outline - 4.9, p[..., 1]) - np.float32(1.62)
    return smooth_min(body, handle, 1.6)


@lru_cache(maxsize=1)
def _kettlebell() -> Mesh:
    return implicit.surface(_bell, (-10.2, -10.2, 0), (10.2, 10.2, 28.4), cells=120, slope=1.8)


@archetype(
    "kettlebell",
    category="home",
    words=("kettlebell", "kettle bell", "kettle weight"),
    yaw=-24,
    elevation=12,
)
def kettlebell(look: Look) -> list[Part]:
    iron = skin(look, paint("#2b2c2f", 0.55, 0.1))
    parts = of(iron, _kettlebell())
    text = Look(text=look.text or "16 KG", color2=look.color2)
    u, v = np.meshgrid(np.linspace(-0.36, 0.36, 30), np.linspace(-0.17, 0.17, 16))
    r = 9.63
    face = np.stack(
        [r * np.sin(u) * np.cos(v), -r * np.cos(u) * np.cos(v), 9.4 + r * np.sin(v)], -1
    )
    parts += of(printed(text, iron, 2.1, "badge"), grid(face))
    band = paint(second(look, "#c9a13a"), 0.45)
    for side in (-1, 1):
        t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        lean = np.array([0.0, 0.0, 1.0])
        e1 = np.cross([0.0, 1.0, 0.0], lean)
        centre = np.array([side * 6.3, 0, 20.2])
        hoop = centre + 1.68 * (np.cos(t)[:, None] * e1 + np.sin(t)[:, None] * [0.0, 1.0, 0.0])
        parts += of(band, loop(hoop, (0.06, 0.42, 5.0), up=tuple(lean)))
    return standing(parts)


def _roll(inner: float, thick: float, turns: float, length: float) -> tuple[Mesh, float]:
    """A sheet rolled up about the x axis, and its outer radius. The free end lies at the front."""
    count = int(turns * 90)
    t = np.linspace(0, turns * 2 * np.pi, count)
    r0 = inner + thick * 1.04 * t / (2 * np.pi)
    wobble = 0.035 * np.sin(3 * t + 1) + 0.02 * np.sin(5 * t)
    r0 = r0 + wobble
    outer = float(r0[-1] + thick)
    x = np.linspace(-length / 2, length / 2, 3)

    def sheet(r: F64, *, flip: bool) -> Mesh:
        y, z = r * np.cos(t), r * np.sin(t)
        p = np.stack(np.broadcast_arrays(x[:, None], y[None], z[None]), -1)
        return grid(p, flip=flip)

    edge = 0.12
    made = [sheet(r0 + thick, flip=False), sheet(r0, flip=True)]
    for side in (-1, 1):
        rows = []
        for share, bulge in ((0, 0.0), (0.2, 0.7), (0.5, 1.0), (0.8, 0.7), (1, 0.0)):
            r = r0 + thick * share
            rows.append(
                np.stack(
                    [
                        np.full(count, side * (length / 2 + edge * bulge)),
                        r * np.cos(t),
                        r * np.sin(t),
                    ],
                    -1,
                )
            )
        made.append(grid(np.array(rows), flip=side > 0))
    lip = np.linspace(r0[-1], r0[-1] + thick, 4)
    end = np.stack(
        np.broadcast_arrays(
            x[None], (lip * np.cos(t[-1]))[:, None], (lip * np.sin(t[-1]))[:, None]
        ),
        -1,
    )
    made.append(grid(end))
    return merge(*made), outer


@archetype(
    "yoga_mat",
    category="home",
    words=(
        "yoga mat",
        "exercise mat",
        "fitness mat",
        "gym mat",
        "pilates mat",
        "mat",
        "sleeping mat",
        "camping mat",
    ),
    yaw=-40,
    elevation=20,
)
def yoga_mat(look: Look) -> list[Part]:
    """A rolled mat held by two straps and a carrying loop."""
    foam = tinted(look, Material(kind="rubber", color="#6f7f86", uv_scale=(6, 6)))
    roll, outer = _roll(1.2, 0.62, 6.6, 34.0)
    parts = of(foam, roll)
    web = Material(kind="fabric", color=second(look, "#d8cfc0"), threads=24, uv_scale=(8, 1))
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    for x in (-9.5, 9.5):
        hoop = np.stack([np.full(120, x), (outer + 0.1) * np.cos(t), (outer + 0.1) * np.sin(t)], -1)
        parts += of(web, loop(hoop, (0.1, 1.1, 6.0), up=(1, 0, 0)))
    carry = spline(
        [
            (-9.5, -0.5, outer + 0.1),
            (-8.8, -0.8, outer + 1.6),
            (-4, -1.4, outer + 3.2),
            (0, -1.5, outer + 3.5),
            (4, -1.4, outer + 3.2),
            (8.8, -0.8, outer + 1.6),
            (9.5, -0.5, outer + 0.1),
        ],
        90,
    )
    parts += of(web, sweep(carry, (0.12, 1.0, 6.0), up=(0, 1, 0.2)))
    buckle = extrude(
        rounded_outline([(-1.5, -1.0), (1.5, -1.0), (1.5, 1.0), (-1.5, 1.0)], 0.3), 0.3, bevel=0.1
    )
    for x in (-9.5, 9.5):
        parts += of(
            metal(look, "steel"),
            place(buckle, at=(x, -outer * 0.72, outer * 0.72), turn=(45, 0, 0)),
        )
    return standing(parts)
