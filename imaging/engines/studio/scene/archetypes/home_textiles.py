"""Home: cushions, towels and blankets."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import (
    F64,
    as_mesh,
    grid,
    merge,
    place,
    ripple,
    stand,
)
from imaging.engines.studio.scene.look import Look, Material, MaterialKind, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import resample, sweep

from .finishes import part

_SOFT: dict[str, MaterialKind] = {
    "velvet": "plush",
    "suede": "plush",
    "fleece": "plush",
    "felt": "plush",
    "fur": "plush",
    "wool": "knit",
    "knit": "knit",
    "knitted": "knit",
    "cashmere": "knit",
    "leather": "leather",
}


def cloth(look: Look, color: str, kind: MaterialKind, threads: int = 150) -> Material:
    """The look's textile, else the usual one."""
    chosen = _SOFT.get((look.material or "").lower(), kind)
    if look.material in ("linen", "cotton", "canvas", "denim", "fabric"):
        chosen = "fabric"
    return Material(kind=chosen, color=look.color or color, threads=threads)


@lru_cache(maxsize=8)
def _pillow(side: float, thick: float, seed: int) -> tuple[Mesh, F64]:
    """A stuffed square in the x-z plane about the origin, and its closed seam (N, 3)."""
    rng = np.random.default_rng(seed)
    t = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 121))  # denser where the surface turns
    v, u = np.meshgrid(t, t, indexing="ij")
    x, z = _between_seams(u, v, side)
    full = ((1 - u**2) * (1 - v**2)).clip(0) ** 0.5
    # Gathers run in from the seams and fade towards the middle.
    rim = np.maximum(np.abs(u), np.abs(v))
    along = np.where(np.abs(u) > np.abs(v), v, u) * 3.2
    folds = np.zeros_like(u)
    for _ in range(6):
        folds += np.sin(along * rng.uniform(2.5, 9) + rng.uniform(0, 6)) * rng.uniform(0.3, 1)
    gather = 0.016 * side * folds / 3 * np.clip(rim - 0.35, 0, 1) * np.clip(1.02 - rim, 0, 0.3)
    dent = 1 - 0.1 * np.exp(-(((u - 0.1) / 0.5) ** 2) - (((v - 0.45) / 0.4) ** 2))
    depth = thick / 2 * full * dent + gather * 9
    depth[[0, -1]] = 0
    depth[:, [0, -1]] = 0
    front = grid(np.stack([x, -depth, z], -1))
    back = grid(np.stack([x, depth, z], -1), flip=True)
    ends = np.linspace(-1, 1, 60, endpoint=False)
    sides = [
        (ends, -1 + 0 * ends),
        (1 + 0 * ends, ends),
        (-ends, 1 + 0 * ends),
        (-1 + 0 * ends, -ends),
    ]
    seam = [np.stack(_between_seams(a, b, side), -1) for a, b in sides]
    flat = np.concatenate(seam)
    return merge(front, back), np.column_stack([flat[:, 0], 0 * flat[:, 0], flat[:, 1]])


def _between_seams(u: F64, v: F64, side: float) -> tuple[F64, F64]:
    """Stuffing draws the sides in between the corners."""
    half = side / 2
    return half * u * (1 - 0.065 * (1 - v**2)), half * v * (1 - 0.065 * (1 - u**2))


@archetype(
    "cushion",
    category="home",
    words=(
        "cushion",
        "pillow",
        "throw pillow",
        "scatter cushion",
        "sofa cushion",
        "decorative pillow",
        "cushion cover",
        "pillow case",
        "pillowcase",
    ),
    yaw=-22,
    elevation=10,
)
def cushion(look: Look) -> list[Part]:
    cover = cloth(look, "#b9694a", "fabric", threads=110)
    pillow, seam = _pillow(44.0, 19.0, look.seed % 6)
    piping = sweep(_softened(seam), 0.5, closed=True, around=12)
    edge = Material(
        kind=cover.kind, color=look.color2 or colours.shaded(cover.color, 0.78), threads=60
    )
    tilted = [place(m, turn=(-14, 3, 0)) for m in (pillow, piping)]
    body, trim = stand(*tilted)
    return [part(body, cover, tile=14), part(trim, edge, tile=6)]


def _softened(seam: F64) -> F64:
    """The seam with its corners rounded a little, so that piping can turn there."""
    padded = np.concatenate([seam[-4:], seam, seam[:4]])
    kernel = np.ones(9) / 9
    return np.stack([np.convolve(padded[:, k], kernel, "valid") for k in range(3)], -1)


def folded(width: float, depth: float, thick: float, layers: int, seed: int) -> Mesh:
    """A cloth folded in half and again: `layers` (2 or 4) lie within one round fold in front.

    `width` runs along x; the fold faces -y; it stands on z = 0, about layers * thick tall.
    """
    t = thick
    back, front = depth / 2, -depth / 2
    path: list[tuple[float, float]] = [(back, (layers - 0.5) * t)]
    outer = layers / 2 * t - t / 2
    path += _bend(front + outer + t / 2, layers / 2 * t, outer, -1)
    if layers == 4:
        path += _bend(back - t, 1.0 * t, t / 2, 1, rising=True)
        path += _bend(front + 1.5 * t + t, 2.0 * t, t / 2, -1, rising=True)
        path += [(back - 0.6, 2.5 * t)]
    else:
        path += [(back - 0.3, 0.5 * t)]
    line = resample(np.asarray(path), 260)
    curve = np.column_stack([0 * line[:, 0], line])
    sheet = sweep(curve, (0.485 * t, width / 2, 14), up=(1, 0, 0), around=96)
    return ripple(sheet, 0.1 * t, 9.0, seed)


def _bend(
    y: float, z: float, radius: float, way: int, *, rising: bool = False
) -> list[tuple[float, float]]:
    """A half turn about (y, z) on the side `way`, from the top down, or rising from below."""
    a = np.linspace(np.pi / 2, -np.pi / 2, 15)
    if rising:
        a = a[::-1]
    return [(y + way * radius * float(np.cos(k)), z + radius * float(np.sin(k))) for k in a]


_BLANKETS = (
    "blanket",
    "throw",
    "throw blanket",
    "wool blanket",
    "knitted blanket",
    "plaid",
    "bedspread",
)


@archetype(
    "towels",
    category="home",
    words=(
        "towel",
        "bath towel",
        "hand towel",
        "beach towel",
        "towel set",
        "tea towel",
        "bathrobe",
        "bed linen",
        "bedding",
        "bed sheet",
        "sheet",
        "duvet cover",
        "tablecloth",
        "napkin",
        *_BLANKETS,
    ),
    yaw=-30,
    elevation=14,
)
def towels(look: Look) -> list[Part]:
    terry = cloth(look, "#d9d2c6", "plush")
    if look.word in ("bed linen", "bedding", "sheet", "bed sheet", "tablecloth", "napkin"):
        terry = cloth(look, "#d9d2c6", "fabric", threads=200)
    elif look.word in _BLANKETS:
        terry = cloth(look, "#c6b79f", "knit")
    pale = look.color2 or colours.mixed(terry.color, "#ffffff", 0.45)
    tones = (terry.color, pale, terry.color)
    parts, height = [], 0.0
    for k, (tone, wide, deep) in enumerate(zip(tones, (33, 32, 30.5), (23, 22.5, 22), strict=True)):
        towel = folded(wide, deep, 1.75, 4, look.seed * 3 + k)
        turn = (0.0, 0.0, (-1.2, 1.5, -0.6)[k])
        cloth_ = Material(kind=terry.kind, color=tone, threads=terry.threads)
        parts.append(part(place(towel, (0, 0, height), turn), cloth_, tile=11))
        if terry.kind == "plush":
            bands = [_band(wide, deep, 1.75, at) for at in (-4.4, -6.6)]
            border = Material(kind="fabric", color=colours.shaded(tone, 0.9), threads=60)
            parts.append(part(place(merge(*bands), (0, 0, height), turn), border, tile=6))
        height += 6.75
    return parts


def _band(width: float, depth: float, thick: float, y: float) -> Mesh:
    """The flat woven stripe across the top layer of a towel."""
    path = [(-width / 2 + 0.2, y, 3.99 * thick), (width / 2 - 0.2, y, 3.99 * thick)]
    return sweep(np.linspace(path[0], path[1], 40), (0.07, 0.7, 6), up=(0, 1, 0), around=24)


def quilted(mesh: Mesh, pitch: float, depth: float) -> Mesh:
    """The mesh pressed in along a diamond grid in x-z, as quilting does."""
    a = (mesh.vertices[:, 0] + mesh.vertices[:, 2]) * np.pi / pitch
    b = (mesh.vertices[:, 0] - mesh.vertices[:, 2]) * np.pi / pitch
    puff = np.minimum(np.abs(np.sin(a)), np.abs(np.sin(b))) ** 0.5 - 1
    moved = mesh.vertices + mesh.normals * (depth * puff)[:, None].astype(np.float32)
    return as_mesh(moved, mesh.normals, mesh.faces, mesh.uv)
