"""Fashion: folded garments, caps and hats."""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from imaging.engines.studio.scene import colours, implicit
from imaging.engines.studio.scene.geometry import F64, lathe, merge, place, rounded_box
from imaging.engines.studio.scene.geometry_outline import drape
from imaging.engines.studio.scene.implicit import on_surface, smooth_max
from imaging.engines.studio.scene.look import F32, Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import lengths, resample, stitches, sweep

from .fashion_bags import thread_on
from .finishes import decal, part
from .home_textiles import cloth

_HALF_WIDE, _LONG = 13.5, 17.5


def _neck(p: F32) -> F32:
    """Signed distance, in the plane, to the neck opening of a garment lying with its hem to -y."""
    x, y = p[..., 0] / 7.4, (p[..., 1] - _LONG - 0.2) / 9.2
    return np.asarray((np.hypot(x, y) - 1) * 7.4, np.float32)


def _lie(p: F32, seed: int) -> F32:
    """How high the cloth lies at a place: creases that run from the fold and from the neck."""
    rng = np.random.default_rng(seed)
    x, y = p[..., 0], p[..., 1]
    out = np.zeros_like(x)
    for _ in range(4):
        a, k = rng.uniform(-0.5, 0.5), rng.uniform(0.25, 0.5)
        wave = np.sin((x * np.cos(a) + y * np.sin(a)) * k + rng.uniform(0, 6))
        out += wave * np.exp(-(((y + rng.uniform(-12, 14)) / 9) ** 2))
    for _ in range(3):  # two or three soft drag lines
        cx, a = rng.uniform(-10, 10), rng.uniform(-0.7, 0.7)
        d = (x - cx) * np.cos(a) + (y + rng.uniform(-10, 8)) * np.sin(a)
        out += 1.1 * np.exp(-((d / 0.9) ** 2)) * np.exp(-((y / 12) ** 2)) * rng.choice([-1, 1])
    return np.asarray(out * 0.1, np.float32)


def _plan(p: F32) -> F32:
    """Signed distance to the folded outline: straight sides, shoulders sloping to the neck."""
    x, y = np.abs(p[..., 0]), p[..., 1]
    sides = np.maximum(x - _HALF_WIDE - 0.18 * np.sin(0.35 * y), -y - _LONG)
    shoulder = (y - _LONG) * 0.962 + (x - 6.6) * 0.273
    return smooth_max(np.asarray(sides, np.float32), np.asarray(shoulder, np.float32), 1.6)


@lru_cache(maxsize=6)
def _folded_shirt(layers: int, thick: float, seed: int) -> tuple[Mesh, Mesh]:
    """The body, folded to `layers` of `thick` cm, and the back of the neck seen inside."""
    tall = layers * thick

    def body(p: F32) -> F32:
        lift = _lie(p, seed) * np.clip(p[..., 2] / tall, 0, 1)
        level = np.abs(p[..., 2] - lift - tall / 2) - tall / 2
        flat = _plan(p) + 0.12 * np.sin(0.5 * p[..., 0] + 0.6 * p[..., 1] + 2 * p[..., 2])
        slab = implicit.plate(
            np.asarray(flat, np.float32), np.asarray(level, np.float32), thick * 0.62
        )
        for k in range(1, layers):  # the edges of the layers below
            z = p[..., 2] - k * thick - 0.12 * np.sin(0.4 * p[..., 0] + k) - 0.5 * lift
            groove = np.maximum(np.abs(z) - 0.05, -(flat + 0.55))
            slab = smooth_max(slab, -np.asarray(groove, np.float32), 0.3)
        scoop = np.maximum(_neck(p), (tall - thick * 0.75) - p[..., 2])
        return smooth_max(slab, -scoop.astype(np.float32), 0.14) * np.float32(0.85)

    high = tall + 1.2
    outside = implicit.surface(body, (-15.5, -19.5, -0.6), (15.5, 19.5, high), cells=190, slope=1.8)
    z = tall - thick * 0.6
    back = drape(lambda u, v: np.stack([u, v, z + 0.05 * np.sin(u)], -1), (-6.6, 6.6), (9.0, 17.2))
    return outside, back


def _rib(layers: int, thick: float, seed: int, width: float) -> tuple[Mesh, Mesh]:
    """The ribbed collar, front and back, and the stitches beneath it."""
    t = np.linspace(np.pi * 1.02, np.pi * 1.98, 90)
    at = np.column_stack([7.55 * np.cos(t), _LONG + 0.2 + 9.35 * np.sin(t), 0 * t]).astype(
        np.float32
    )
    z = layers * thick + _lie(at, seed) + 0.03
    front = np.column_stack([at[:, :2], z])
    up = np.column_stack([np.cos(t) * 9.35, np.sin(t) * 7.55, 0 * t])
    collar = sweep(front, (thick * 0.2, width / 2, 4), up=up, around=32)
    below = front + np.column_stack([np.cos(t), np.sin(t), 0 * t]) * (width / 2 + 0.35)
    b = np.linspace(0.1, np.pi - 0.1, 60)
    rear = np.column_stack(
        [7.1 * np.cos(b), _LONG - 1.1 + 1.1 * np.sin(b), 0 * b + layers * thick - 0.05]
    )
    back = sweep(rear, (thick * 0.22, width / 2, 4), up=(0, 0.45, 1), around=32)
    sewn = resample(below, int(lengths(below)[-1] / 0.15))
    sewn[:, 2] = layers * thick + _lie(sewn.astype(np.float32), seed) + 0.02
    return merge(collar, back), stitches(sewn, length=0.3, gap=0.2, radius=0.035, around=5)


_KNITS = ("sweater", "jumper", "pullover", "cardigan", "knitwear", "sweatshirt", "hoodie")


@archetype(
    "folded_shirt",
    category="fashion",
    words=(
        "t-shirt",
        "tshirt",
        "t shirt",
        "tee",
        "shirt",
        "top",
        "blouse",
        "polo",
        "tank top",
        "sweater",
        "jumper",
        "pullover",
        "cardigan",
        "knitwear",
        "sweatshirt",
        "hoodie",
        "garment",
        "clothing",
        "clothes",
        "apparel",
        "jersey",
        "pyjamas",
    ),
    yaw=-16,
    elevation=42,
    flat=True,
)
def folded_shirt(look: Look) -> list[Part]:
    knitted = look.word in _KNITS or look.material in ("wool", "knit", "knitted", "cashmere")
    layers, thick, width = (3, 1.35, 2.5) if knitted else (3, 0.72, 1.9)
    fabric = cloth(look, "#b7a68f" if knitted else "#e7e4dd", "knit" if knitted else "fabric", 210)
    body, back = _folded_shirt(layers, thick, look.seed % 4)
    collar, sewn = _rib(layers, thick, look.seed % 4, width)
    inner = colours.shaded(fabric.color, 0.86)
    trim_color = look.color2 or colours.shaded(fabric.color, 0.95)
    rib = Material(kind="knit", color=trim_color, bump=0.7)
    tile = 26.0 if knitted else 9.0
    tag = place(
        rounded_box((2.6, 0.05, 1.7), 0.02), (0, _LONG - 1.35, layers * thick - 0.9), (28, 0, 0)
    )
    parts = [
        part(body, fabric, tile=tile),
        part(back, Material(kind=fabric.kind, color=inner, threads=210), tile=tile),
        part(collar, rib, tile=9),
        Part(sewn, thread_on(fabric)),
        Part(tag, Material(kind="fabric", color="#2a2a2c")),
    ]
    if look.text:
        chest = drape(
            partial(_chest, tall=layers * thick, seed=look.seed % 4), (-5.5, 5.5), (-4.5, 2.8)
        )
        parts.append(decal(chest, look, fabric, aspect=11 / 7.3, repeats=(11 / tile, 7.3 / tile)))
    return parts


def _chest(u: F64, v: F64, tall: float, seed: int) -> F64:
    """The top of the garment a hair above the cloth, for print."""
    at = np.stack([u, v, 0 * u], -1)
    at[..., 2] = tall + _lie(at.astype(np.float32), seed) + 0.035
    return at


@lru_cache(maxsize=1)
def _cap_shapes() -> tuple[Mesh, Mesh, Mesh, Mesh]:
    """Crown, brim, stitches and eyelets of a six-panel cap whose brim faces -y."""
    crown = implicit.surface(_crown, (-10, -11, -0.5), (10, 11, 13.5), cells=120, slope=1.6)
    brim = implicit.surface(_brim, (-11, -19, -5), (11, -2, 3), cells=150, slope=2.0)
    sewn, holes = [], []
    for k in range(6):
        a = np.radians(60 * k + 30)
        way = np.array([np.cos(a), np.sin(a), 0])
        tilt = np.linspace(0.02, np.pi / 2 - 0.09, 60)[:, None]
        start = way * 16 * np.cos(tilt) + np.array([0, 0, 1]) * (1.0 + 18 * np.sin(tilt))
        for side in (-0.22, 0.22):
            off = np.cross(way, (0, 0, 1)) * side
            path = _from_outside(start + off)
            sewn.append(stitches(resample(path, 90), length=0.3, gap=0.16, radius=0.04, around=5))
        b = a + np.radians(30)
        eye = np.array([np.cos(b) * 12.5, np.sin(b) * 12.5, 14.0])
        holes.append(_eyelet(_from_outside(eye[None])[0]))
    rows = [_brim_row(inset) for inset in (0.5, 1.2, 1.9, 2.6, 3.3)]
    sewn += [stitches(row, length=0.32, gap=0.16, radius=0.04, around=5) for row in rows]
    return crown, brim, merge(*sewn), merge(*holes)


def _crown(p: F32) -> F32:
    x, y, z = (p[..., k] for k in range(3))
    panel = 1 + 0.012 * np.abs(np.cos(3 * (np.arctan2(y, x)))) * np.clip(z / 8, 0, 1)
    q = np.stack([x / panel, y / panel, z - 0.6 * np.exp(-(((y + 5) / 5) ** 2))], -1)
    soft = (np.abs(q[..., 0] / 8.6) ** 2.35 + np.abs(q[..., 1] / 9.6) ** 2.35) ** (2 / 2.35)
    dome = (np.sqrt(soft + np.clip(q[..., 2] / 10.9, 0, None) ** 2.0) - 1) * 8.8
    wall = np.maximum(dome, -dome - 0.45)
    cut: F32 = smooth_max(np.asarray(wall, np.float32), -z, 0.15) * np.float32(0.85)
    return cut


def _brim_height(x: F32 | F64, y: F32 | F64) -> F64:
    reach = np.clip(-np.asarray(y, np.float64) - 6.5, 0, None)
    return np.asarray(
        1.3 - 0.034 * np.asarray(x, np.float64) ** 2 - 0.10 * reach - 0.006 * reach**2
    )


def _brim(p: F32) -> F32:
    x, y, z = (p[..., k] for k in range(3))
    plan = (np.sqrt((x / 8.9) ** 2 + (np.clip(y + 5.5, None, 0) / 11.4) ** 2) - 1) * 8.9
    inside = 1 - np.sqrt((x / 8.5) ** 2 + (y / 9.45) ** 2)
    flat = np.maximum(plan, inside * 8.5)
    level = np.abs(z - _brim_height(x, y)) * 0.82 - 0.17
    edge = implicit.plate(flat.astype(np.float32), level.astype(np.float32), 0.13)
    cut: F32 = np.maximum(edge, y + np.float32(2.5))
    return cut


def _brim_row(inset: float) -> F64:
    a = np.radians(np.linspace(200, 340, 120))
    x = (8.9 - inset) * np.cos(a)
    y = -5.5 + (11.4 - inset) * np.sin(a)
    keep = (x / 8.6) ** 2 + (y / 9.55) ** 2 > 1.02
    x, y = x[keep], y[keep]
    return resample(np.column_stack([x, y, _brim_height(x, y) + 0.2]), 160)


def _from_outside(start: F64) -> F64:
    """(N, 3) where rays to the middle of the cap first meet the crown."""
    middle = np.column_stack([0 * start[:, :2], np.minimum(start[:, 2], 3.0)])
    return on_surface(_crown, start, middle - start)


def _eyelet(at: F64) -> Mesh:
    out = at - [0, 0, 3.0]
    out = out / np.linalg.norm(out)
    e1 = np.cross(out, (0, 0, 1))
    e1 /= np.linalg.norm(e1)
    e2 = np.cross(out, e1)
    t = np.linspace(0, 2 * np.pi, 24, endpoint=False)[:, None]
    ring = at + out * 0.03 + 0.28 * (np.cos(t) * e1 + np.sin(t) * e2)
    return sweep(ring, 0.1, closed=True, around=10)


@archetype(
    "cap",
    category="fashion",
    words=(
        "cap",
        "baseball cap",
        "hat",
        "snapback",
        "trucker hat",
        "dad hat",
        "sun visor",
        "headwear",
    ),
    yaw=-34,
    elevation=15,
)
def cap(look: Look) -> list[Part]:
    twill = cloth(look, "#2f3f4f", "fabric", 150)
    crown, brim, sewn, holes = _cap_shapes()
    bill = Material(kind=twill.kind, color=look.color2 or twill.color, threads=150)
    top = float(crown.vertices[:, 2].max()) - 0.12
    button = place(
        lathe([(0, 0), (0.75, 0), (0.7, 0.35), (0, 0.5)], [0, 0.15, 0.3, 0]), (0, 0, top)
    )
    drop = -float(brim.vertices[:, 2].min())
    raise_ = (0.0, 0.0, max(drop, 0.0))
    cloth_ = [place(m, raise_) for m in (merge(crown, button), brim, sewn, holes)]
    parts = [
        part(cloth_[0], twill, tile=9),
        part(cloth_[1], bill, tile=9),
        Part(cloth_[2], thread_on(twill)),
        part(
            cloth_[3],
            Material(kind="fabric", color=colours.shaded(twill.color, 0.8), threads=50),
            tile=2,
        ),
    ]
    return parts
