"""Food and drink in paper and foil: chocolate, coffee, crisps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import (
    F64,
    as_mesh,
    grid,
    lathe,
    merge,
    place,
    rounded_box,
)
from imaging.engines.studio.scene.geometry_outline import drape, label_panel
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype

from .dress import paint, printed, second, skin, sticker
from .shaping import UPRIGHT, copies, moved, of, standing, tapered

_PIECE = 2.45  # pitch of the bar's pieces
_CHOCOLATES = {"milk": "#6b3f22", "white": "#e9dcc0", "ruby": "#b5646c", "dark": "#2e1a11"}


def _piece() -> Mesh:
    """One bevelled piece lying on z = 0, 0.55 cm high."""
    box = rounded_box((_PIECE - 0.16, _PIECE - 0.16, 0.6), 0.1, (0, 0, 0.25), steps=4)
    return tapered(box, 0.84, 0, 0.55)


def _torn(width: float, z: float, y: float, rng: np.random.Generator) -> Mesh:
    """A crumpled strip of foil facing -y with a ragged upper edge, 1.6 cm tall at most."""
    x = np.linspace(-width / 2, width / 2, 61)
    top = 0.7 + 0.4 * np.abs(np.sin(x * 1.9 + 1)) + rng.uniform(0, 0.35, len(x))
    rows = np.linspace(0, 1, 7)[:, None]
    crumple = 0.05 * np.sin(3.1 * x + 5 * rows) * rows + 0.04 * rng.standard_normal((7, 61)) * rows
    points = np.stack(
        np.broadcast_arrays(x, y - 0.05 - 0.22 * rows**2 - crumple, z + rows * top), -1
    )
    return grid(points)


@archetype(
    "chocolate_bar",
    category="food",
    words=(
        "chocolate bar",
        "bar of chocolate",
        "dark chocolate",
        "milk chocolate",
        "white chocolate",
        "candy bar",
        "chocolate tablet",
        "cacao bar",
    ),
    yaw=-20,
    elevation=14,
)
def chocolate_bar(look: Look) -> list[Part]:
    """A bar half out of its foil and paper sleeve, two pieces broken off in front."""
    cocoa = next((c for name, c in _CHOCOLATES.items() if name in look.word), "#3f2416")
    chocolate = Material(kind="wax", color=cocoa, roughness=0.36)
    paper = skin(look, Material(kind="paper", color="#24463f"))
    width, height, back = 3 * _PIECE, 6 * _PIECE, 0.5
    bar = place(rounded_box((width, height, back), 0.1), at=(0, 0, 0.25))
    spots = [
        ((c - 1) * _PIECE, (r - 2.5) * _PIECE, back)
        for r in range(6)
        for c in range(3)
        if (r, c) != (5, 2)
    ]
    blocks = copies(_piece(), spots)
    upright = [place(m, at=(0, 0, height / 2 + 0.1), turn=UPRIGHT) for m in (bar, blocks)]
    parts = of(chocolate, *upright)
    cover = height * 0.62
    sleeve = rounded_box((width + 0.24, 1.34, cover), 0.12, (0, -0.54, cover / 2))
    parts += of(paper, sleeve)
    rng = np.random.default_rng(look.seed)
    foil = Material(kind="metal", metal=look.metal or "gold", roughness=0.3, two_sided=True)
    torn = _torn(width + 0.1, cover - 0.25, -1.1, rng)
    behind = place(_torn(width + 0.1, cover - 0.25, -0.1, rng), turn=(0, 0, 180))
    parts += of(foil, torn, behind)
    face = label_panel(width, cover - 0.3, (0, -1.222, cover / 2))
    gold = look.color2 or ("#d9b25f" if colours.lightness(paper.color) < 0.5 else "")
    art = printed(look, paper, width / (cover - 0.3), "cover")
    parts += of(_inked(art, gold), face)
    parts = moved(parts, turn=(-6, 0, 0))
    loose = _loose(chocolate)
    return [*standing(parts), *loose]


def _inked(art: Material, ink: str) -> Material:
    return Material(
        kind=art.kind,
        color=art.color,
        color2=ink or art.color2,
        text=art.text,
        art=art.art,
        aspect=art.aspect,
        on=art.on,
    )


def _loose(chocolate: Material) -> list[Part]:
    base = rounded_box((_PIECE - 0.04, _PIECE - 0.04, 0.5), 0.08, (0, 0, 0.25))
    piece = merge(base, place(_piece(), at=(0, 0, 0.5)))
    flat = place(piece, at=(3.6, -4.6, 0), turn=(0, 0, 22))
    leaning = place(piece, at=(1.6, -4.2, 0.72), turn=(34, 0, -38))
    lift = float(leaning.vertices[:, 2].min())
    return of(chocolate, flat, place(leaning, at=(0, 0, -lift)))


def _bag_surface(
    half_width: Callable[[F64], F64], half_depth: Callable[[F64], F64], tuck: float, seed: int
) -> Callable[[F64, F64], F64]:
    """(angle, z) -> points (..., 3) of a bag whose sides are tucked in and whose foil is
    softly creased. Angle -90 degrees is the front, 0 the right side."""
    rng = np.random.default_rng(seed)
    waves = rng.uniform([0.4, 0.25, 0, 0.3], [1.5, 0.8, 6.3, 1.0], (9, 4))

    def surface(angle: F64, z: F64) -> F64:
        a, b = half_width(z), half_depth(z)
        c, s = np.cos(angle), np.sin(angle)
        power = 2 / (2.4 + 2.2 * np.clip(b / 3.2, 0, 1))
        x = a * np.sign(c) * np.abs(c) ** power
        y = b * np.sign(s) * np.abs(s) ** power
        fold = tuck * np.clip(b / 1.5, 0, 1) * np.exp(-((s / 0.42) ** 2))
        x = x - np.sign(c) * fold
        full = np.clip(b / 1.2, 0, 1)
        ripple = (
            sum(w * np.sin(p * x + q * z + r) for p, q, r, w in waves) * 0.035 * full * np.sign(s)
        )
        points: F64 = np.stack(np.broadcast_arrays(x, y + ripple, z), -1)
        return points

    return surface


def _front_print(
    surface: Callable[[F64, F64], F64], degrees: float, low: float, high: float
) -> Mesh:
    """A patch printed flat on the film: its u runs with x, not with the angle round the bag."""

    def front(u: F64, v: F64) -> F64:
        return np.asarray(surface(u, v) + np.array([0, -0.03, 0]))

    across = np.radians([-90 - degrees, -90 + degrees])
    patch = drape(front, (float(across[0]), float(across[1])), (low, high), columns=80)
    x = patch.vertices[:, 0]
    u = (x - x.min()) / np.ptp(x)
    return patch._replace(uv=np.column_stack([u, patch.uv[:, 1]]).astype(np.float32))


def _bag(surface: Callable[[F64, F64], F64], levels: F64, around: int = 160) -> Mesh:
    angle = -np.pi + np.linspace(0, 2 * np.pi, around + 1) - np.pi / 2
    z, phi = np.meshgrid(levels, angle, indexing="ij")
    return grid(surface(phi, z))


def _crimp(width: float, z: float, height: float, lines: int) -> Mesh:
    """A sealed flat edge with pressed horizontal lines."""
    zz = np.linspace(0, height, lines * 10 + 1)
    wave = 0.06 + 0.03 * np.sin(2 * np.pi * lines * zz / height)
    front = np.stack(
        np.broadcast_arrays(
            np.linspace(-width / 2, width / 2, 3), -wave[:, None], (z + zz)[:, None]
        ),
        -1,
    )
    one = grid(front)
    return merge(
        one,
        place(one, turn=(0, 0, 180)),
        rounded_box((width, 0.1, height), 0.04, (0, 0, z + height / 2)),
    )


@archetype(
    "coffee_bag",
    category="food",
    words=(
        "coffee bag",
        "bag of coffee",
        "coffee",
        "coffee pouch",
        "coffee beans",
        "pouch",
        "stand-up pouch",
        "tea bag pouch",
        "granola",
        "pet food",
        "dog food",
        "cat food",
        "protein powder",
        "rice bag",
        "flour bag",
        "pasta bag",
    ),
    yaw=-18,
    elevation=10,
)
def coffee_bag(look: Look) -> list[Part]:
    """A gusseted bag with a flat sealed top, a tin tie, a valve and a label."""
    wrap = skin(look, paint("#2c2f31", 0.5, 0.1))
    body_top = 18.4

    def half_width(z: F64) -> F64:
        return 5.6 + 0.25 * np.clip(z / body_top, 0, 1) - 0.4 * np.exp(-z / 0.35)

    def half_depth(z: F64) -> F64:
        t = np.clip(z / body_top, 0, 1)
        return 3.3 * (1 - t**3.2) ** 0.85 * (1 - 0.14 * np.exp(-z / 0.4)) + 0.09

    surface = _bag_surface(half_width, half_depth, 0.75, look.seed)
    levels = body_top * np.linspace(0, 1, 110) ** 0.9
    parts = of(wrap, _bag(surface, levels), _base(surface))
    parts += of(wrap, _crimp(11.7, body_top - 0.05, 3.4, 9))
    tie = rounded_box((12.4, 0.42, 0.85), 0.08, (0, 0, body_top + 1.1))
    parts += of(paint(second(look, "#c9a25a"), 0.4, 0.2), tie)
    at = surface(np.array(-np.pi / 2), np.array(15.6))
    valve = lathe(
        [(0, 0), (0.85, 0), (0.85, 0.1), (0.6, 0.12), (0.55, 0.06), (0, 0.06)],
        [0, 0, 0.04, 0.03, 0.03, 0],
    )
    parts += of(
        paint(colours.shaded(wrap.color, 0.8), 0.4),
        place(valve, at=(0, float(at[1]) - 0.02, 15.6), turn=(72, 0, 0)),
    )
    low, high = 3.6, 13.4
    label = _front_print(surface, 62, low, high)
    width = float(np.ptp(label.vertices[:, 0]))
    paper = second(look, "#e8dfce")
    parts += of(sticker(look, paper, width / (high - low), "label"), label)
    return parts


def _base(surface: Callable[[F64, F64], F64]) -> Mesh:
    """The bag's floor."""
    angle = np.linspace(0, 2 * np.pi, 161)
    rim = surface(angle, np.zeros_like(angle))
    share = np.array([1.0, 0.0])[:, None, None]
    flat = rim * np.concatenate([share, share, share * 0 + 1], -1)
    flat[..., 2] = 0.004
    index = np.arange(160)
    faces = np.stack([index, index + 161, index + 1], -1)
    normals = np.broadcast_to([0, 0, -1.0], flat.shape)
    return as_mesh(flat, normals, faces, flat[..., :2] / 12)


@archetype(
    "snack_bag",
    category="food",
    words=(
        "snack bag",
        "bag of chips",
        "chips bag",
        "potato chips",
        "chips",
        "crisps",
        "snack",
        "snack packet",
        "candy bag",
        "bag of candy",
        "popcorn bag",
        "pillow bag",
    ),
    yaw=-14,
    elevation=8,
)
def snack_bag(look: Look) -> list[Part]:
    """A puffed pillow bag sealed at both ends."""
    wrap = skin(look, paint("#c9442f", 0.28, 0.5))
    top = 20.0

    def half_width(z: F64) -> F64:
        t = np.clip(z / top, 0, 1)
        return 6.9 - 0.75 * np.sin(np.pi * t) ** 0.7

    def half_depth(z: F64) -> F64:
        t = np.clip(z / top, 1e-4, 1 - 1e-4)
        return 3.0 * np.sin(np.pi * t) ** 0.75 + 0.09

    surface = _bag_surface(half_width, half_depth, 0.0, look.seed + 1)
    body = _bag(surface, np.linspace(0, top, 120))
    parts = of(wrap, body, _crimp(13.8, -1.5, 1.55, 6), _crimp(13.8, top - 0.05, 1.55, 6))
    label = _front_print(surface, 60, 2.2, 17.8)
    art = printed(look, wrap, float(np.ptp(label.vertices[:, 0])) / 15.6, "pack")
    return standing(moved([*parts, *of(art, label)], turn=(-4, 0, 0)))
