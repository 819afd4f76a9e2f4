"""Food: bread and pastry."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import (
    F64,
    grid,
    lathe,
    merge,
    place,
    sphere,
    torus,
)
from imaging.engines.studio.scene.implicit import smooth_max
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .dress import paint, second, tinted
from .shaping import moved, of, standing

_SUGAR = ("#e0567a", "#f4c542", "#5ab0d8", "#f6f2ea", "#7cc47a")


def _loaf_field(p: F32, half: tuple[float, float, float]) -> F32:
    """A rounded loaf along x resting on z = 0."""
    x, y, z = p[..., 0] / half[0], p[..., 1] / half[1], p[..., 2]
    q = np.stack([np.abs(x), np.abs(y), np.abs(z - 0.42 * half[2]) / (0.62 * half[2])], -1)
    body = ((q**2.35).sum(axis=-1) ** np.float32(1 / 2.35) - 1) * np.float32(half[1] * 0.8)
    lumps = 0.09 * np.sin(1.3 * p[..., 0] + 0.7) * np.cos(1.1 * p[..., 1]) + 0.05 * np.sin(
        2.3 * p[..., 0] + 1.7 * p[..., 2]
    )
    return smooth_max(body + lumps.astype(np.float32), -z, 0.6)


@lru_cache(maxsize=4)
def _loaf(half: tuple[float, float, float], cuts: int) -> tuple[Mesh, Mesh]:
    """Crust with slanting cuts, and the paler crumb that opens in them."""

    pitch = 1.55 * half[0] / cuts
    middles = (np.arange(cuts) - (cuts - 1) / 2) * pitch

    def slash(p: F32) -> F32:
        along = p[..., 0] + 0.55 * p[..., 1]
        nearest = np.clip(np.round(along / pitch + (cuts - 1) / 2), 0, cuts - 1).astype(int)
        across = np.abs(along - middles[nearest])
        taper = 0.85 - 0.72 * (p[..., 1] / (0.86 * half[1])) ** 2
        cut = np.maximum(across - taper, 0.45 * half[2] - p[..., 2])
        return np.asarray(cut, np.float32)

    def crust(p: F32) -> F32:
        body = _loaf_field(p, half)
        deep: F32 = np.maximum(slash(p), -(body + 0.42))
        return smooth_max(body, -deep, 0.22)

    def crumb(p: F32) -> F32:
        rough: F32 = 0.05 * np.sin(5.1 * p[..., 0]) * np.sin(4.7 * p[..., 1] + 1)
        return np.asarray(_loaf_field(p, half) + np.float32(0.2) + rough, np.float32)

    a, b, c = half
    low, high = (-a - 0.5, -b - 0.5, -0.2), (a + 0.5, b + 0.5, c * 1.2)
    cells = 170 if a > 2 * b else 140
    return (
        implicit.surface(crust, low, high, cells=cells, slope=2.4, texture=0.07),
        implicit.surface(crumb, low, high, cells=90, slope=2.0, texture=0.16),
    )


@archetype(
    "bread",
    category="food",
    words=("bread", "bread loaf", "loaf of bread", "loaf", "sourdough", "baguette", "bun", "roll"),
    yaw=-28,
    elevation=18,
)
def bread(look: Look) -> list[Part]:
    crust = tinted(look, Material(kind="food", color="#b3702f", roughness=0.6))
    if "baguette" in look.word:
        shell, crumb = _loaf((16.0, 2.9, 4.6), 6)
    elif look.word in ("bun", "roll"):
        shell, crumb = _loaf((4.6, 4.2, 5.6), 1)
    else:
        shell, crumb = _loaf((10.5, 6.2, 8.6), 4)
    inside = Material(kind="food", color=colours.mixed(crust.color, "#f3e2bd", 0.72), roughness=0.8)
    return standing([*of(crust, shell), *of(inside, crumb)])


def _croissant_grid() -> F64:
    """(rows, columns, 3): a crescent of overlapping layers, its horns towards -y."""
    u, phi = np.linspace(-1, 1, 420)[:, None], np.linspace(0, 2 * np.pi, 121)[None]
    bend = 1.18 * u
    centre = np.stack([6.6 * np.sin(bend), 6.6 * np.cos(bend) - 4.4, 0 * u], -1)
    out = np.stack([np.sin(bend), np.cos(bend), 0 * u], -1)
    up = np.array([0.0, 0.0, 1.0])
    size = 2.5 * np.cos(np.pi / 2 * np.abs(u) ** 1.25) ** 0.62 + 0.12
    # Each layer starts with a lip and thins towards the horn; the lips lean round the roll.
    layer = np.abs(u) * 4.6 + 0.5 + 0.10 * np.cos(phi) + 0.05 * np.sin(3 * phi + 5 * u)
    within = layer - np.floor(layer)
    lip = np.where(within < 0.1, within / 0.1, 1 - 0.75 * (within - 0.1))
    r = size * (0.90 + 0.17 * lip) * (1 + 0.012 * np.sin(9 * phi + 11 * u))
    side, high = r * np.cos(phi), 0.86 * r * np.sin(phi)
    flat = np.where(high < 0, 0.72 * high, high)
    points: F64 = centre + side[..., None] * out + flat[..., None] * up
    return points


@archetype(
    "croissant",
    category="food",
    words=("croissant", "pastry", "viennoiserie", "puff pastry"),
    yaw=12,
    elevation=28,
)
def croissant(look: Look) -> list[Part]:
    crust = tinted(
        look,
        Material(
            kind="food", color="#b8742f", roughness=0.4, clearcoat=0.2, uv_scale=(1.4, 3), bump=0.3
        ),
    )
    return standing(of(crust, grid(_croissant_grid())))


@lru_cache(maxsize=1)
def _icing() -> Mesh:
    """The glaze on a doughnut whose ring is 3.0 and tube 1.75 cm, with a running edge."""

    def field(p: F32) -> F32:
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        angle = np.arctan2(y, x)
        around = np.hypot(x, y)
        tube = np.hypot(around - 3.0, z * 1.12) - 1.9
        edge = -0.02 + 0.2 * np.sin(5 * angle) + 0.13 * np.sin(11 * angle + 1)
        edge = edge - 0.25 * (around < 3.0)
        return smooth_max(tube.astype(np.float32), (edge - z).astype(np.float32), 0.3)

    return implicit.surface(field, (-5.1, -5.1, -1.2), (5.1, 5.1, 2.1), cells=130, slope=1.8)


def _sprinkles(rng: np.random.Generator) -> list[Mesh]:
    """One mesh per sugar colour, scattered over the glaze and lying on it."""
    groups: list[list[Mesh]] = [[] for _ in _SUGAR]
    for k in range(95):
        angle, tilt = rng.uniform(0, 2 * np.pi), rng.uniform(-1.15, 1.05)
        normal = np.array(
            [np.sin(tilt) * np.cos(angle), np.sin(tilt) * np.sin(angle), np.cos(tilt)]
        )
        at = np.array([3.0 * np.cos(angle), 3.0 * np.sin(angle), 0]) + 1.9 * normal * [1, 1, 0.9]
        way = np.cross(normal, rng.standard_normal(3))
        way = way / np.linalg.norm(way) * 0.2
        rod = sweep([at - way, at, at + way], 0.085, around=8)
        groups[k % len(_SUGAR)].append(rod)
    return [merge(*g) for g in groups]


@archetype(
    "donut",
    category="food",
    words=("donut", "doughnut", "glazed donut", "bagel"),
    yaw=0,
    elevation=34,
)
def donut(look: Look) -> list[Part]:
    dough = Material(kind="food", color="#c58a44", roughness=0.7, uv_scale=(5, 2))
    ring = place(torus(3.0, 1.78, around=160, across=48), scale=(1, 1, 0.9))
    parts = of(dough, ring)
    if look.word == "bagel":
        return standing(parts)
    glaze = tinted(look, paint("#e58aa6", 0.2, 0.8))
    parts += of(glaze, _icing())
    rng = np.random.default_rng(look.seed)
    for color, rods in zip(_SUGAR, _sprinkles(rng), strict=True):
        parts += of(paint(look.color2 or color, 0.3, 0.5), rods)
    return standing(moved(parts, turn=(10, 0, 0)))


def _pleated(low: float, high: float, tall: float, pleats: int) -> Mesh:
    """A paper case, open above, its wall folded in `pleats`; both faces."""
    t = np.linspace(0, 2 * np.pi, pleats * 8 + 1)
    level = np.linspace(0, 1, 12)[:, None]
    fold = 2 * np.abs((t * pleats / (2 * np.pi)) % 1 - 0.5)
    r = low + (high - low) * level + (0.05 + 0.13 * level) * (fold - 0.5)
    z = tall * level + 0.05 * (fold - 0.5) * (level > 0.99)
    points = np.stack(np.broadcast_arrays(r * np.cos(t), r * np.sin(t), z), -1)
    # One face for each flank of a fold keeps the creases crisp.
    outer = grid(points)
    return merge(outer, grid(points * [0.985, 0.985, 1], flip=True))


def _swirl(height: float, radius: float, tiers: float) -> Mesh:
    """Piped cream: a star section that narrows and turns as it rises."""
    t = np.linspace(0, 1, 150)[:, None]
    phi = np.linspace(0, 2 * np.pi, 241)[None]
    turn = phi + 2.6 * t
    coil = t * tiers + phi / (2 * np.pi)  # the rope climbs once per turn
    rope = np.abs(np.sin(np.pi * coil)) ** 0.7
    envelope = radius * (1 - t**1.35) ** 0.8 * (1 - 0.16 * np.exp(-t / 0.05))
    ridges = 1 - 0.055 * np.abs(np.sin(5.5 * turn)) ** 0.6
    r = envelope * (0.80 + 0.22 * rope) * ridges
    x, y = r * np.cos(phi), r * np.sin(phi)
    lean = 0.12 * radius * t**3
    return grid(np.stack([x + lean, y, height * t + 0 * x], -1))


@archetype(
    "cupcake",
    category="food",
    words=("cupcake", "muffin", "cake", "fairy cake", "birthday cake"),
    yaw=0,
    elevation=16,
)
def cupcake(look: Look) -> list[Part]:
    case = Material(kind="paper", color=second(look, "#efe4d2"), two_sided=True)
    cream = tinted(look, Material(kind="wax", color="#f0c4cc", roughness=0.5))
    sponge = Material(kind="food", color="#a8662f", roughness=0.7)
    top = lathe([(0, 3.9), (3.3, 3.9), (3.75, 4.4), (3.2, 5.0), (0, 5.1)], [0, 0.1, 0.4, 0.5, 0])
    base = lathe([(0, 0.02), (2.45, 0.02), (3.2, 4.2), (0, 4.2)], [0, 0.1, 0.1, 0])
    parts = [*of(case, _pleated(2.5, 3.55, 4.6, 44)), *of(sponge, top, base)]
    parts += of(cream, place(_swirl(4.9, 3.45, 3.0), at=(0, 0, 4.75)))
    cherry = sphere(0.95, around=48)
    stalk = spline([(0, 0, 0.75), (0.15, 0, 1.6), (0.9, 0.1, 2.6)], 24)
    parts += moved(
        [*of(paint("#9c1426", 0.12, 1.0), cherry), *of(paint("#55702f", 0.5), sweep(stalk, 0.07))],
        at=(0.35, -0.1, 9.6),
    )
    rng = np.random.default_rng(look.seed)
    pearls = []
    for _ in range(26):
        t, a = rng.uniform(0.08, 0.62), rng.uniform(0, 2 * np.pi)
        r = 3.45 * (1 - t**1.35) ** 0.8 * 0.93
        pearls.append(
            place(sphere(0.11, around=12), at=(r * np.cos(a), r * np.sin(a), 4.75 + 4.9 * t))
        )
    return [*parts, *of(Material(kind="metal", metal=look.metal or "gold"), merge(*pearls))]


def _macaron(shell: Material, filling: Material) -> list[Part]:
    """One macaron lying on z = 0, 3 cm high."""
    dome = lathe(
        [(2.25, 0.32), (2.38, 0.5), (2.25, 0.95), (1.2, 1.22), (0, 1.25)], [0, 0.1, 0.4, 1.0, 0]
    )
    t = np.linspace(0, 2 * np.pi, 241)
    level = np.linspace(0, 1, 10)[:, None]
    ruffle = 0.06 * np.sin(37 * t + 9 * level) * np.sin(23 * t + 1) * np.sin(np.pi * level)
    r = 2.2 + 0.17 * np.sin(np.pi * level) + ruffle
    foot = grid(np.stack(np.broadcast_arrays(r * np.cos(t), r * np.sin(t), 0.34 * level), -1))
    cream = lathe([(1.9, -0.36), (2.12, 0), (1.9, 0.36)], [0, 0.3, 0])
    flat = lathe([(0, 0), (2.2, 0)])
    upper = moved(of(shell, dome, foot, flat), at=(0, 0, 1.75))
    lower = [
        Part(place(p.mesh, at=(0, 0, 1.25), turn=(180, 0, 0)), p.material)
        for p in of(shell, dome, foot, flat)
    ]
    return [*upper, *lower, *of(filling, place(cream, at=(0, 0, 1.5)))]


@archetype(
    "macarons",
    category="food",
    words=("macaron", "macaroon", "cookie", "biscuit", "confectionery", "sweets", "praline"),
    yaw=0,
    elevation=14,
)
def macarons(look: Look) -> list[Part]:
    """A stack of three and one leaning against it."""
    tones = ("#e6a9b4", "#b7cfa2", "#e9d3a1", "#b9a6cf")
    if look.color:
        tones = (look.color, look.color2 or colours.mixed(look.color, "#ffffff", 0.4)) * 2
    filling = Material(kind="wax", color="#f3e8d6")
    parts: list[Part] = []
    rng = np.random.default_rng(look.seed)
    for k in range(3):
        shell = Material(kind="wax", color=tones[k], roughness=0.5)
        dx, dy = (float(v) for v in rng.uniform(-0.18, 0.18, 2))
        parts += moved(_macaron(shell, filling), at=(dx, dy, 3.0 * k), turn=(0, 0, 40.0 * k))
    side = _macaron(Material(kind="wax", color=tones[3], roughness=0.5), filling)
    side = standing(moved(side, turn=(0, 66, 0)))
    return [*parts, *moved(side, at=(3.3, -1.6, 0), turn=(0, 0, -20))]
