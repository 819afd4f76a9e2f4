"""Fashion: shoes."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from skimage.measure import find_contours

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import F64, merge
from imaging.engines.studio.scene.implicit import Field, on_surface, smooth_max, smooth_min
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import (
    lengths,
    loop,
    monotone,
    resample,
    stitches,
    sweep,
)

from .fashion_last import distance, last, outline, sole, spring
from .finishes import part

_LOW, _HIGH = (-16.5, -6.5, -0.2), (17.0, 6.5, 14.0)
_ANKLE = (-6.8, 0.0)
# Height of the collar by the angle from the heel, degrees.
_COLLAR = monotone([0, 35, 85, 125, 155, 180], [8.9, 8.0, 6.6, 7.4, 9.3, 10.2])


def _collar(p: F32) -> F32:
    """Height of the points above the collar line."""
    turn = np.degrees(np.arctan2(np.abs(p[..., 1] - _ANKLE[1]), -(p[..., 0] - _ANKLE[0])))
    table = _COLLAR(np.linspace(0, 180, 181))
    line = np.interp(turn, np.linspace(0, 180, 181), table)
    return np.asarray(p[..., 2] - line, np.float32)


def _throat(p: F32) -> F32:
    """Negative in the opening under the laces."""
    x, y = p[..., 0], p[..., 1]
    half = 0.75 + 0.085 * np.clip(7.2 - x, 0, 12)
    inside = np.abs(y - 0.15) - half
    front = np.hypot(np.clip(x - 6.4, 0, None), y - 0.15) - 0.85
    slot = np.where(x > 6.4, front, inside)
    return np.asarray(np.maximum(slot, -5.0 - x), np.float32)


def _opening(p: F32) -> F32:
    """Negative where the upper is cut away: above the collar, and in the throat."""
    above = np.where(p[..., 0] < 3.2, -_collar(p) * np.float32(0.8), np.float32(9))
    return smooth_min(np.asarray(above, np.float32), _throat(p), 0.8)


def _shell(inner: float, outer: float) -> Field:
    def field(p: F32) -> F32:
        d = distance(p)
        out: F32 = np.maximum(d - np.float32(outer), np.float32(inner) - d)
        return out

    return field


def _upper(p: F32) -> F32:
    """The outer leather, padded where it ends round the ankle."""
    d = distance(p)
    pad = np.exp(-(((_collar(p) + 0.8) / 0.75) ** 2)) * (p[..., 0] < 1.5)
    wall = np.maximum(d - 0.2 * pad, -0.42 - 0.5 * pad - d).astype(np.float32)
    return smooth_max(smooth_max(wall, -_opening(p), 0.5), 0.9 - p[..., 2], 0.1)


def _overlay(region: Field, lift: float = 0.13) -> Field:
    """A piece of leather sewn on: where `region` is negative, `lift` cm proud of the upper."""
    wall = _shell(-0.2, lift)

    def field(p: F32) -> F32:
        cut = smooth_max(region(p), -_opening(p) + np.float32(0.02), 0.2)
        return smooth_max(smooth_max(wall(p), cut, 0.09), 0.9 - p[..., 2], 0.1)

    return field


def _toe(p: F32) -> F32:
    x, y, z = (p[..., k] for k in range(3))
    wing = 9.7 - 0.10 * (y - 0.4) ** 2 - 0.5 * np.clip(3.6 - z, 0, 4) ** 1.2
    return np.asarray((wing - x) * 0.8, np.float32)


def _eyestay(p: F32) -> F32:
    x, z = p[..., 0], p[..., 2]
    around = _throat(p) - (1.55 + 0.05 * np.clip(4 - x, 0, 9))
    return smooth_max(np.asarray(around, np.float32), np.maximum(x - 7.9, 5.0 - z), 0.3)


def _counter(p: F32) -> F32:
    x, z = p[..., 0], p[..., 2]
    sweep_line = x + 8.6 - 0.16 * (z - 2.5) ** 1 + 0.05 * np.clip(z - 2, 0, 9) ** 2
    return smooth_max(np.asarray(sweep_line * 0.9, np.float32), z - 6.0, 0.5)


def _heel_tab(p: F32) -> F32:
    x, z = p[..., 0], p[..., 2]
    return smooth_max(np.asarray(x + 11.3, np.float32), 5.3 - z + 0.12 * (x + 14.2), 0.3)


def _lining(p: F32) -> F32:
    wall = _shell(-1.0, -0.5)(p)
    inside = smooth_max(wall, _collar(p) + np.float32(1.5), 0.1)
    return smooth_max(np.maximum(inside, p[..., 0] - 3.5), 2.2 - p[..., 2], 0.1)


def _insole(p: F32) -> F32:
    level = np.abs(p[..., 2] - 2.6) - np.float32(0.3)
    return smooth_max(distance(p) + np.float32(0.4), level, 0.1)


def _tongue(p: F32) -> F32:
    x, y, z = (p[..., k] for k in range(3))
    wall = _shell(-0.62, 0.06)(p)
    half = 1.75 + 0.09 * np.clip(5 - x, 0, 12)
    top = np.hypot(np.clip(-(x + 2.2), 0, None) * 1.1, y * 0.55) - 1.6
    sides = np.abs(y - 0.1) - half
    cut = smooth_max(np.asarray(sides, np.float32), np.maximum(top, x - 8.0), 0.6)
    return smooth_max(smooth_max(wall, cut, 0.28), 5.5 - z, 0.2)


def _sole_layer(bottom: float, top: float, grow: float, edge: float) -> Field:
    """A layer of the sole between two heights, `grow` wider than the last."""

    def field(p: F32) -> F32:
        x = p[..., 0]
        z = p[..., 2] - spring(x)
        rise = 0.45 * np.clip((x - 9) / 6, 0, 1) ** 2 + 0.35 * np.clip((-x - 6) / 8, 0, 1)
        upto = top + (rise if top > 1 else 0 * x)
        slab = np.abs(z - (bottom + upto) / 2) - (upto - bottom) / 2
        return implicit.plate(sole(p) - np.float32(grow), np.asarray(slab, np.float32), edge)

    return field


def _midsole(p: F32) -> F32:
    body = _sole_layer(0.45, 2.75, 0.3, 0.3)(p)
    # The groove in which the sole is stitched to the upper.
    x = p[..., 0]
    line = 2.18 + 0.45 * np.clip((x - 9) / 6, 0, 1) ** 2 + 0.35 * np.clip((-x - 6) / 8, 0, 1)
    z = p[..., 2] - spring(x) - line
    groove = np.hypot(sole(p) - 0.3, z) - 0.11
    return smooth_max(body, -np.asarray(groove, np.float32), 0.06)


def _tread(p: F32) -> F32:
    x, z = p[..., 0], p[..., 2] - spring(p[..., 0])
    cuts = (np.abs(np.mod(x, 0.95) - 0.475) - 0.1) * 0.7
    cuts = np.maximum(cuts, -(sole(p) + 0.15))
    cuts = np.maximum(cuts, z - 0.28)
    return np.maximum(_sole_layer(0.0, 0.6, 0.25, 0.12)(p), -np.asarray(cuts, np.float32))


class _Shoe(NamedTuple):
    """The meshes of a sneaker, by what they are made of."""

    upper: Mesh
    overlays: Mesh
    tab: Mesh
    lining: Mesh
    midsole: Mesh
    tread: Mesh
    laces: Mesh
    thread: Mesh
    eyelets: Mesh


@lru_cache(maxsize=1)
def _sneaker() -> _Shoe:
    def cut(
        field: Field, low: tuple[float, float, float], high: tuple[float, float, float], cells: int
    ) -> Mesh:
        return implicit.surface(field, low, high, cells=cells, slope=1.7)

    overlays = [
        cut(_overlay(_toe), (4, -6, 0.5), (16, 6, 7), 80),
        cut(_overlay(_eyestay), (-6, -5, 4.5), (9, 5, 12), 100),
        cut(_overlay(_counter), (-16, -5, 0.5), (-5, 5, 7.5), 76),
    ]
    rows = np.linspace(-1.7, 6.1, 7)
    return _Shoe(
        upper=merge(cut(_upper, _LOW, _HIGH, 150), cut(_tongue, (-6, -4, 5), (9, 4, 14), 90)),
        overlays=merge(*overlays),
        tab=cut(_overlay(_heel_tab, 0.2), (-16, -4, 4), (-9, 4, 10), 56),
        lining=merge(
            cut(_lining, (-15.5, -4.5, 2), (4, 4.5, 11), 80), cut(_insole, _LOW, _HIGH, 70)
        ),
        midsole=cut(_midsole, _LOW, (17, 6.5, 5), 150),
        tread=cut(_tread, _LOW, (17, 6.5, 2.6), 170),
        laces=merge(*(_bar(x) for x in rows)),
        thread=merge(*_seams()),
        eyelets=merge(*(_eyelet(x, side) for x in rows for side in (-1, 1))),
    )


def _bar(x: float) -> Mesh:
    """One flat lace across the throat, tucked into its eyelets."""
    reach = _eyelet_y(x)
    y = np.linspace(-reach, reach, 25) + 0.15
    above = np.column_stack([np.full_like(y, x), y, np.full_like(y, 16)])
    path = on_surface(distance, above, (0, 0, -1))
    sag = np.interp(np.abs(y - 0.15) / reach, [0, 0.7, 0.88, 1], [0.3, 0.27, 0.2, -0.12])
    path[:, 2] += sag
    path[:, 0] += 0.08 * np.sin(x * 9) * (y / reach)
    return sweep(path, (0.09, 0.42, 3.0), up=(1, 0, 0.45), around=20)


def _eyelet_y(x: float) -> float:
    return 0.75 + 0.085 * (7.2 - x) + 0.72


def _eyelet(x: float, side: int) -> Mesh:
    y = side * _eyelet_y(x) + 0.15
    at = on_surface(distance, [(x, y, 16.0)], (0, 0, -1))[0]
    out = _normals(at[None])[0]
    first = np.cross(out, (1, 0, 0))
    first /= np.linalg.norm(first)
    second = np.cross(out, first)
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)[:, None]
    ring = at + out * 0.15 + 0.3 * (np.cos(t) * first + np.sin(t) * second)
    return loop(ring, 0.09)


def _normals(at: F64) -> F64:
    """(N, 3) unit normals of the last at points (N, 3)."""
    taps = (np.eye(3) * 0.08).astype(np.float32)
    p = at.astype(np.float32)[:, None]
    slope = (distance(p + taps) - distance(p - taps)).astype(np.float64)
    out: F64 = slope / np.linalg.norm(slope, axis=1, keepdims=True)
    return out


def _seams() -> list[Mesh]:
    """Stitching a little inside the edges of the overlays, and round the sole."""
    seams = [_welt_thread(), _sewn(_edge(_toe, 0, (4.0, 12.0), (-4.6, 4.4)))]
    for side in (-1, 1):
        seams.append(_sewn(_edge(_eyestay, side, (-6.0, 8.6), (4.9, 11.0))))
        seams.append(_sewn(_edge(_counter, side, (-12.5, -5.0), (2.9, 6.4))))
    return seams


def _sewn(path: F64, lift: float = 0.13) -> Mesh:
    line = resample(path, max(8, int(lengths(path)[-1] / 0.12)))
    line = line + _normals(line) * (lift + 0.01)
    return stitches(line, length=0.26, gap=0.12, radius=0.04, around=5)


def _edge(region: Field, side: int, across: tuple[float, float], up: tuple[float, float]) -> F64:
    """(N, 3) on the last: the longest run of a line just inside a region's edge.

    Seen from one side (-1 or 1; `across` is x, `up` is z) or from above (0; `up` is then y).
    """
    x, other = np.linspace(*across, 80), np.linspace(*up, 60)
    grid_x, grid_other = np.meshgrid(x, other, indexing="ij")
    hit = _seen(grid_x.ravel(), grid_other.ravel(), side).reshape(*grid_x.shape, 3)
    p = hit.astype(np.float32)
    missed = (np.abs(hit[..., 1]) < 0.4) & (side != 0)
    runs = find_contours(np.where(missed, 5.0, region(p)).astype(np.float64), -0.22)
    longest = max(runs, key=len)
    steps = [np.arange(len(x)), np.arange(len(other))]
    line = [np.interp(longest[:, k], steps[k], v) for k, v in enumerate((x, other))]
    path = _seen(line[0], line[1], side)
    return path[_opening(path.astype(np.float32)) > 0.2]


def _seen(x: F64, other: F64, side: int) -> F64:
    """(N, 3) points of the last seen at (x, z) from a side, or at (x, y) from above."""
    if side == 0:
        start = np.column_stack([x, other, np.full_like(x, 16.0)])
        return on_surface(last, start, (0, 0, -1), reach=16.0)
    start = np.column_stack([x, np.full_like(x, side * 8.0), other])
    return on_surface(last, start, (0, -side, 0), reach=8.0)


def _welt_thread() -> Mesh:
    """The stitches in the groove of the sole."""
    edge = np.concatenate([outline(), outline()[:1]])
    along = np.gradient(edge, axis=0)
    out = np.column_stack([along[:, 1], -along[:, 0]])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    at = edge + out * 0.25
    x = at[:, 0]
    z = 2.18 + 0.45 * np.clip((x - 9) / 6, 0, 1) ** 2 + 0.35 * np.clip((-x - 6) / 8, 0, 1)
    path = np.column_stack([at, z + spring(x.astype(np.float32))])
    return stitches(resample(path, 600), length=0.5, gap=0.16, radius=0.065, around=5)


@archetype(
    "sneaker",
    category="fashion",
    words=(
        "sneaker",
        "sneakers",
        "shoe",
        "shoes",
        "trainer",
        "trainers",
        "running shoe",
        "tennis shoe",
        "gym shoe",
        "skate shoe",
        "sports shoe",
        "sport shoe",
        "footwear",
        "kicks",
        "canvas shoe",
    ),
    yaw=-24,
    elevation=16,
)
def sneaker(look: Look) -> list[Part]:
    shoe = _sneaker()
    body = look.color or "#efeeeb"
    pale = colours.lightness(body) > 0.7
    woven = look.material in ("canvas", "fabric", "knit", "mesh", "cotton", "denim", "linen")
    upper = Material(kind="fabric" if woven else "leather", color=body, threads=110, bump=0.5)
    sewn_on = colours.shaded(body, 0.93) if pale else colours.mixed(body, "#0c0c0d", 0.22)
    overlay = Material(kind="leather", color=sewn_on, bump=0.35, roughness=0.5)
    tab_color = look.color2 or ("#a87a52" if pale else colours.mixed(body, "#ffffff", 0.75))
    tab = Material(kind="leather", color=tab_color, bump=0.35, roughness=0.55)
    foam = Material(kind="rubber", color="#f1eee6", roughness=0.5)
    gum = Material(kind="rubber", color=look.color2 or "#b98c5c", roughness=0.55)
    thread = colours.mixed(body, "#b9b2a5" if pale else "#e9e4da", 0.6)
    lace = "#f5f3ee" if pale else colours.mixed(body, "#f5f3ee", 0.85)
    return [
        part(shoe.upper, upper, tile=7),
        part(shoe.overlays, overlay, tile=7),
        part(shoe.tab, tab, tile=7),
        part(
            shoe.lining, Material(kind="fabric", color=colours.mixed(body, "#d8cfc2", 0.7)), tile=6
        ),
        part(shoe.midsole, foam),
        part(shoe.tread, gum),
        part(shoe.laces, Material(kind="fabric", color=lace, threads=60, bump=0.4), tile=3),
        Part(shoe.thread, Material(kind="paint", color=thread, roughness=0.8)),
        Part(
            shoe.eyelets, Material(kind="paint", color=colours.shaded(sewn_on, 0.8), roughness=0.4)
        ),
    ]
