"""Fashion: wallets and belts."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene import colours
from imaging.engines.studio.scene.geometry import F64, merge, place, rounded_box, stand
from imaging.engines.studio.scene.geometry_outline import extrude, rounded_rectangle
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import loop, spline, stitches, sweep

from .fashion_bags import hide, thread_on
from .finishes import part, trim


def _round_seam(wide: float, tall: float, z: float) -> Mesh:
    """Stitches round a rounded rectangle (x-y), left open along its left side."""
    outline = rounded_rectangle(wide, tall, 0.6)
    turned = np.roll(
        outline,
        -int(np.argmin(np.hypot(outline[:, 0] + wide / 2, outline[:, 1] - tall / 2))),
        axis=0,
    )
    kept = turned[turned[:, 0] > -wide / 2 + 0.7]
    start = int(np.argmax(np.hypot(*np.diff(kept, axis=0).T)))
    kept = np.roll(kept, -(start + 1), axis=0)
    path = np.column_stack([kept, np.full(len(kept), z)])
    return stitches(path, length=0.26, gap=0.13, radius=0.035, around=5)


@archetype(
    "wallet",
    category="fashion",
    words=(
        "wallet",
        "purse wallet",
        "billfold",
        "card holder",
        "cardholder",
        "leather wallet",
        "coin purse",
        "passport holder",
        "clutch",
    ),
    yaw=22,
    elevation=17,
)
def wallet(look: Look) -> list[Part]:
    leather = hide(look, "#6f3d1f")
    lining = Material(
        kind="leather", color=look.color2 or colours.shaded(leather.color, 0.72), bump=0.4
    )
    wide, tall, thick = 11.4, 9.4, 0.42
    cover = place(extrude(rounded_rectangle(wide, tall, 0.9), thick, bevel=0.16), (wide / 2, 0, 0))
    seam = place(_round_seam(wide - 0.7, tall - 0.7, thick), (wide / 2, 0, 0))
    pockets = [
        place(
            extrude(rounded_rectangle(wide - 0.6, 6.6 - 1.35 * k, 0.35), 0.16, bevel=0.05),
            (wide / 2, -1.3 - 0.66 * k, -0.2 - 0.14 * k),
        )
        for k in range(3)
    ]
    cards = [
        place(extrude(rounded_rectangle(8.4, 5.2, 0.4), 0.08, bevel=0.02), (wide / 2 + dx, dy, dz))
        for dx, dy, dz in ((0.1, 0.55, -0.26), (-0.1, -0.75, -0.4))
    ]
    opened = 30.0
    upright = (90.0, 0.0, 0.0)  # x stays, y becomes z, the outside (+z) faces -y
    front = [place(place(m, turn=upright), (0, -0.35, 0), (0, 0, opened)) for m in (cover, seam)]
    mirrored = [place(m, scale=(1, 1, -1)) for m in (cover, seam)]
    back = [place(place(m, turn=upright), (0, 0.35, 0), (0, 0, opened + 48)) for m in mirrored]
    inside = [
        place(place(m, turn=upright, scale=(1, 1, 1)), (0, -0.35, 0), (0, 0, opened))
        for m in pockets
    ]
    inner = [
        place(place(m, turn=upright, scale=(1, 1, -1)), (0, 0.35, 0), (0, 0, opened + 48))
        for m in (*pockets, *cards)
    ]
    spine = sweep([(0.1, 0, -tall / 2 + 0.5), (0.1, 0, 0), (0.1, 0, tall / 2 - 0.5)], 0.58)
    body, sewn, lined, plastic = stand(
        merge(front[0], back[0], spine),
        merge(front[1], back[1]),
        merge(*inside, *inner[:3]),
        merge(*inner[3:]),
    )
    return [
        part(body, leather, tile=7),
        Part(sewn, thread_on(leather)),
        part(lined, lining, tile=7),
        Part(plastic, Material(kind="paint", color="#d8d4ca", roughness=0.3)),
    ]


def _coil(turns: float, inner: float, gap: float) -> F64:
    """(N, 3) a spiral that opens outwards, its end running off to the right in front."""
    t = np.linspace(0, turns * 2 * np.pi, 420)
    r = inner + gap * t / (2 * np.pi)
    phase = -np.pi / 2 - turns * 2 * np.pi
    path = np.column_stack([r * np.cos(t + phase), 0.86 * r * np.sin(t + phase), 0 * t])
    way = path[-1] - path[-2]
    way = way / np.linalg.norm(way)
    s = np.linspace(0.3, 7.5, 30)[:, None]
    tail = path[-1] + way * s + np.array([0, 0.012, 0]) * s**2
    return spline(np.concatenate([path[::6], tail[::4]]), 420)


@archetype(
    "belt",
    category="fashion",
    words=("belt", "leather belt", "waist belt", "dress belt", "strap", "dog collar", "leash"),
    yaw=-14,
    elevation=24,
)
def belt(look: Look) -> list[Part]:
    leather = hide(look, "#5a3119")
    metal = trim(look, "steel", 0.14)
    path = _coil(3.0, 3.4, 0.78)
    strap = sweep(path, (0.19, 1.65, 6), up=(0, 0, 1), around=36)
    along = np.gradient(path, axis=0)
    out = np.column_stack([along[:, 1], -along[:, 0], 0 * along[:, 0]])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    rows = [path + 0.19 * out + np.array([0, 0, z]) for z in (-1.36, 1.36)]
    sewn = merge(*(stitches(r[200:], length=0.34, gap=0.16, radius=0.035, around=5) for r in rows))
    end, way = path[-1], along[-1] / np.linalg.norm(along[-1])
    turn = (90.0, 0.0, float(np.degrees(np.arctan2(way[1], way[0]))))
    frame = rounded_rectangle(4.6, 4.9, 0.9, steps=10)
    buckle = loop(np.column_stack([frame, 0 * frame[:, 0]]), (0.26, 0.34, 3.0), up=(0, 0, 1))
    prong = sweep([(-2.0, 0, 0.12), (0.4, 0, 0.4), (2.3, 0, 0.36)], 0.17)
    post = sweep([(-1.9, -1.9, 0), (-1.9, 0, 0), (-1.9, 1.9, 0)], 0.24)
    at = tuple(float(v) for v in end + way * 1.7)
    fittings = place(merge(buckle, prong, post), (at[0], at[1], 0.0), turn)
    keeper_at = path[-46]
    keeper = place(
        rounded_box((1.0, 0.85, 3.9), 0.2),
        (float(keeper_at[0]), float(keeper_at[1]), 0),
        (0, 0, turn[2] - 4),
    )
    hides, hardware, thread = stand(merge(strap, keeper), fittings, sewn)
    return [part(hides, leather, tile=8), Part(hardware, metal), Part(thread, thread_on(leather))]
