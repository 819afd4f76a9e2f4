"""Home: books, notebooks and pens."""

from __future__ import annotations

import numpy as np

from imaging.engines.studio.scene.geometry import Vec3, grid, lathe, merge, place, rounded_box
from imaging.engines.studio.scene.geometry_outline import extrude, label_panel
from imaging.engines.studio.scene.look import Look, Material, Mesh, Part, archetype
from imaging.engines.studio.scene.sweep import spline, sweep

from .dress import metal, paint, printed, second, skin
from .shaping import moved, of, slab, standing

PAGES = Material(kind="paper", color="#efe6d3", art="pages")


def _spine(thick: float, tall: float) -> Mesh:
    """The rounded back of a hardcover whose boards end at x = 0."""
    t = np.radians(np.linspace(90, 270, 40))
    half = thick / 2
    outer = np.stack([0.62 * half * np.cos(t), half * np.sin(t)], -1)
    inner = np.stack([(0.62 * half - 0.24) * np.cos(t), (half - 0.24) * np.sin(t)], -1)[::-1]
    return extrude(np.concatenate([outer, inner]), tall, bevel=0.06)


@archetype(
    "book",
    category="home",
    words=(
        "book",
        "hardcover",
        "novel",
        "hardback",
        "cookbook",
        "coffee table book",
        "textbook",
        "photo book",
        "bible",
        "magazine",
        "comic book",
        "children's book",
        "storybook",
    ),
    yaw=28,
    elevation=14,
)
def book(look: Look) -> list[Part]:
    """A cloth-bound book standing on its foot, its spine to the left."""
    cloth = skin(look, Material(kind="fabric", color="#24424a", threads=260))
    w, h, thick = 14.6, 21.6, 3.6
    boards = [
        rounded_box((w, 0.3, h), 0.09, (w / 2 + 0.25, s * (thick / 2 - 0.15), h / 2))
        for s in (-1, 1)
    ]
    back = place(_spine(thick, h), at=(0.02, 0, 0))
    groove = [
        rounded_box((0.35, 0.16, h - 0.1), 0.07, (0.12, s * (thick / 2 - 0.2), h / 2))
        for s in (-1, 1)
    ]
    parts = of(cloth, *boards, back, *groove)
    block = rounded_box((w - 0.7, thick - 0.62, h - 0.8), 0.04, (w / 2 + 0.1, 0, h / 2))
    top = slab(w - 0.75, thick - 0.66, 0.01, 0.04, 0)
    across = top._replace(uv=top.uv[:, ::-1].copy())
    parts += of(PAGES, block, place(across, at=(w / 2 + 0.1, 0, h - 0.398)))
    band = Material(kind="fabric", color=second(look, "#b5893f"), threads=40)
    heads = [rounded_box((0.5, thick - 0.7, 0.22), 0.1, (-0.1, 0, z)) for z in (0.32, h - 0.32)]
    parts += of(band, *heads)
    ink = second(look, "#d9b878")
    cover = label_panel(w - 0.5, h - 0.3, (w / 2 + 0.3, -thick / 2 - 0.008, h / 2))
    art = printed(Look(text=look.text, color2=ink), cloth, (w - 0.5) / (h - 0.3), "cover")
    parts += of(art, cover)
    title = printed(Look(text=look.text, color2=ink), cloth, 9.5 / 2.0, "badge")
    return standing([*parts, *of(title, _spine_title(thick, 13.0, 9.5))])


def _spine_title(thick: float, middle: float, length: float) -> Mesh:
    """A patch on the spine that reads from the top down."""
    t = np.radians(np.linspace(142, 218, 24))
    z = np.linspace(middle - length / 2, middle + length / 2, 20)[:, None]
    x, y = 0.01 + (0.31 * thick + 0.012) * np.cos(t), (thick / 2 + 0.012) * np.sin(t)
    points = np.stack(np.broadcast_arrays(x, y, z), -1)[:, ::-1]
    u = (z.max() - points[..., 2]) / length
    v = (points[..., 1].max() - points[..., 1]) / np.ptp(points[..., 1])
    return grid(points, flip=True, uv=np.stack([u, v], -1))


def _pen_lying(at: Vec3, turn: float, barrel: Material, trim: Material) -> list[Part]:
    """A capped pen, 13.6 cm, lying at `at`."""
    body = lathe([(0, 0), (0.3, 0.02), (0.5, 1.2), (0.56, 7.0), (0, 7.0)], [0, 0.15, 1, 0.05, 0])
    cap = lathe(
        [(0, 6.95), (0.62, 6.95), (0.6, 12.6), (0.4, 13.6), (0, 13.65)], [0, 0.04, 1.0, 0.25, 0]
    )
    rings = [
        lathe([(0.6, z), (0.65, z + 0.03), (0.65, z + 0.22), (0.6, z + 0.25)], 0.02)
        for z in (6.95, 7.35)
    ]
    clip = sweep(
        [(0.75, 0, 12.9), (0.86, 0, 12.2), (0.82, 0, 9.4), (0.72, 0, 8.9)],
        (0.07, 0.2, 4.0),
        up=(0, 1, 0),
    )
    foot = rounded_box((0.35, 0.4, 0.3), 0.08, (0.65, 0, 12.95))
    made = [*of(barrel, body, cap), *of(trim, *rings, clip, foot)]
    # Rolled so that the clip looks up and to the front.
    made = moved(made, turn=(0, 0, -62))
    return moved(made, at=at, turn=(0, 90, turn))


@archetype(
    "notebook",
    category="home",
    words=(
        "notebook",
        "journal",
        "diary",
        "planner",
        "sketchbook",
        "agenda",
        "notepad",
        "bullet journal",
        "stationery",
        "stationery set",
    ),
    yaw=-18,
    elevation=42,
)
def notebook(look: Look) -> list[Part]:
    """A bound notebook with an elastic band and a marker ribbon, a pen beside it."""
    cover = skin(look, Material(kind="leather", color="#39433f", bump=0.7))
    w, h = 14.2, 21.0
    sides = [slab(w, h, 0.22, 0.9, 0.07), place(slab(w, h, 0.22, 0.9, 0.07), at=(0, 0, 1.5))]
    spine = rounded_box((0.5, h - 0.9, 1.72), 0.24, (-w / 2 + 0.16, 0, 0.86))
    parts = of(cover, *sides, spine)
    block = rounded_box((w - 0.55, h - 0.5, 1.3), 0.04, (0, 0, 0.86))
    parts += of(Material(kind="paper", color="#f1e9d8", art="pages"), _edges(block))
    accent = second(look, "#c98b4a")
    band = rounded_box((0.62, h + 0.16, 1.86), 0.06, (w / 2 - 1.5, 0, 0.87))
    parts += of(Material(kind="fabric", color=accent, threads=30, uv_scale=(1, 14)), band)
    tail = spline(
        [(-2.2, -9.5, 0.9), (-2.2, -10.6, 0.85), (-2.5, -11.8, 0.3), (-2.2, -13.2, 0.06)], 40
    )
    tail[:, 2] = np.maximum(tail[:, 2], 0.04)
    marker = sweep(tail, (0.03, 0.3, 6.0), up=(1, 0, 0), round_ends=False)
    parts += of(Material(kind="fabric", color=accent, threads=40), marker)
    print_ = place(slab(7.6, 3.2, 0.006, 0.05, 0), at=(-0.8, 1.5, 1.722))
    parts += of(printed(look, cover, 7.6 / 3.2, "badge"), print_)
    lacquer = paint("#20242a", 0.15, 0.9)
    return standing([*parts, *_pen_lying((10.8, -6.6, 0.86), -97, lacquer, metal(look, "gold"))])


def _edges(block: Mesh) -> Mesh:
    """The block with u running through the pages on its front and back edges too."""
    front = np.abs(block.normals[:, 1]) > 0.7
    uv = block.uv.copy()
    uv[front] = uv[front][:, ::-1]
    side = np.abs(block.normals[:, 0]) > 0.7
    uv[side] = uv[side][:, ::-1]
    return block._replace(uv=uv)


def _nib() -> Mesh:
    """A fountain pen's nib along z, its point at z = 0, curved about the axis."""
    z = np.linspace(0, 2.1, 40)
    half = np.interp(z, [0, 0.25, 1.0, 1.5, 2.1], [0.015, 0.1, 0.36, 0.36, 0.3])
    angle = np.linspace(-1, 1, 25)
    r = 0.40
    x = r * np.sin(np.clip(half / r, 0, 1.4)[:, None] * angle)
    y = -r * np.cos(np.clip(half / r, 0, 1.4)[:, None] * angle) + 0.1
    points = np.stack(np.broadcast_arrays(x, y, z[:, None]), -1)
    return merge(grid(points), grid(points + np.array([0, 0.03, 0]), flip=True))


@archetype(
    "pen",
    category="home",
    words=(
        "pen",
        "fountain pen",
        "ballpoint pen",
        "ballpoint",
        "writing pen",
        "rollerball",
        "marker",
        "pencil",
    ),
    yaw=0,
    elevation=30,
)
def pen(look: Look) -> list[Part]:
    """A fountain pen, its cap off and lying beside it."""
    lacquer = skin(look, paint("#1c2a3a", 0.12, 1.0))
    trim = metal(look, "gold", 0.18)
    barrel = lathe(
        [(0, 5.2), (0.52, 5.2), (0.6, 7.5), (0.56, 12.0), (0.34, 13.7), (0, 13.75)],
        [0, 0.05, 2, 2, 0.25, 0],
    )
    grip = lathe([(0.3, 1.9), (0.46, 1.95), (0.4, 2.4), (0.5, 4.7), (0.5, 5.0)], 0.12)
    collar = lathe([(0.48, 4.9), (0.54, 4.93), (0.54, 5.2), (0.5, 5.24)], 0.02)
    end = lathe([(0.36, 13.5), (0.4, 13.55), (0.3, 13.9), (0, 13.95)], 0.05)
    feed = sweep([(0, -0.05, 0.55), (0, -0.1, 1.2), (0, -0.1, 2.1)], np.array([0.05, 0.22, 0.3]))
    cap = lathe(
        [(0.5, 0.0), (0.66, 0.0), (0.66, 4.6), (0.42, 5.7), (0, 5.75)], [0, 0.04, 1.4, 0.25, 0]
    )
    hollow = lathe([(0.5, 0.0), (0.5, 0.9), (0, 0.9)][::-1], 0.05)
    rings = [
        lathe([(0.65, z), (0.7, z + 0.03), (0.7, z + w), (0.65, z + w + 0.03)], 0.02)
        for z, w in ((0.15, 0.45), (0.8, 0.1))
    ]
    clip = sweep(
        [(0.62, 0, 5.2), (0.92, 0, 5.0), (0.9, 0, 2.3), (0.74, 0, 1.8)],
        (0.07, 0.2, 4.0),
        up=(0, 1, 0),
    )
    body = [
        *of(lacquer, barrel),
        *of(paint("#121214", 0.2, 0.8), grip, feed),
        *of(trim, collar, end, _nib()),
    ]
    lid = [*of(lacquer, cap), *of(trim, *rings, clip), *of(paint("#0d0d0e"), hollow)]
    lid = moved(lid, turn=(0, 0, 115))
    writing = standing(moved(moved(body, turn=(0, 0, 200)), turn=(0, 87.6, 24)))
    return [*writing, *standing(moved(lid, at=(3.4, 3.4, 0), turn=(0, 90, 14)))]
