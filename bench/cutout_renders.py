"""Path-traced product photos with known alpha, for measuring cut-outs.

Development scenes show every other archetype, held-out scenes the rest; no seed is shared.
Renders are kept under var/bench/cutout/ and drawn again only when they are missing.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from imaging.engines.studio.scene import archetypes, assemble, camera, sets, tone
from imaging.engines.studio.scene.bsdf import two_sided
from imaging.engines.studio.scene.denoise import denoise
from imaging.engines.studio.scene.look import ARCHETYPES, Look
from imaging.engines.studio.scene.materials import shading
from imaging.engines.studio.scene.spec import LIGHTS, SURFACES, Setting
from imaging.engines.studio.scene.variant import mitsuba

FOLDER = Path(__file__).resolve().parent.parent / "var" / "bench" / "cutout"
SIDE = 640
SAMPLES = 8

Split = Literal["development", "held-out"]
Group = Literal["plain", "set", "cluttered"]
GROUPS: tuple[Group, ...] = ("plain", "set", "cluttered")

_FIRST_SEED = {"development": 1000, "held-out": 500_000}
_BACKDROPS = ("#ffffff", "#f4f1ec", "#d9d9d9", "#8b8d90", "#2d3a4a", "#e7d6c8", "#b8c8c0")
_COLOURS = ("#1b1b1d", "#f1f0ee", "#8e4b22", "#b3201f", "#2f6b45", "#24519c", "#cdb79b", "#8b8d90",
            "#e6b422", "#e3a0ad", "#1d6a70", "#5d3520")  # fmt: skip


@dataclass(frozen=True)
class Neighbour:
    """A thing that belongs to the set, beside and behind the product."""

    archetype: str
    x: float
    y: float
    size: float
    look: Look


@dataclass(frozen=True)
class Shot:
    """One picture to be rendered."""

    name: str
    group: Group
    archetype: str
    look: Look
    setting: Setting
    yaw: float
    shift: tuple[float, float]  # how far the product is off the middle, shares of the frame
    shape: tuple[int, int]  # width, height
    neighbours: tuple[Neighbour, ...] = ()


def shots(split: Split, count: int) -> list[Shot]:
    """`count` shots, the groups in turn. The same arguments always give the same shots."""
    assert archetypes  # importing the package registers them
    kinds = sorted(ARCHETYPES)[split == "held-out" :: 2]
    return [_shot(split, _FIRST_SEED[split] + i, GROUPS[i % 3], kinds) for i in range(count)]


def _shot(split: Split, seed: int, group: Group, kinds: list[str]) -> Shot:
    rng = np.random.default_rng(seed)
    kind = str(rng.choice(kinds))
    look = _look(rng, seed)
    plain = group == "plain" or (group == "cluttered" and rng.random() < 0.4)
    setting = Setting(
        surface=None if plain else SURFACES[int(rng.integers(len(SURFACES)))],
        backdrop=str(rng.choice(_BACKDROPS)) if plain or rng.random() < 0.5 else None,
        light=LIGHTS[int(rng.choice(5, p=[0.4, 0.25, 0.1, 0.15, 0.1]))],
        elevation=float((ARCHETYPES[kind].elevation or 12) + rng.uniform(-4, 8)),
        fill=float(rng.uniform(0.45, 0.78)),
        seed=seed,
    )
    shape = (SIDE, SIDE) if seed % 2 else (SIDE, 512)
    shift = (float(rng.uniform(-0.08, 0.08)), float(rng.uniform(-0.04, 0.04)))
    yaw = float(rng.uniform(-30, 30))
    shot = Shot(f"{split}-{seed}", group, kind, look, setting, yaw, shift, shape)
    if group != "cluttered":
        return shot
    around = tuple(_neighbour(rng, kinds, seed + 31 * i) for i in range(int(rng.integers(1, 4))))
    return replace(shot, neighbours=around)


def _look(rng: np.random.Generator, seed: int) -> Look:
    color = str(rng.choice(_COLOURS)) if rng.random() < 0.7 else None
    return Look(color=color, text=str(rng.choice(["", "AURA", "NORD"])), word="product", seed=seed)


def _neighbour(rng: np.random.Generator, kinds: list[str], seed: int) -> Neighbour:
    side = float(rng.choice([-1, 1]))
    return Neighbour(
        archetype=str(rng.choice(kinds)),
        x=side * float(rng.uniform(0.7, 1.2)),
        y=float(rng.uniform(0.5, 1.5)),
        size=float(rng.uniform(0.25, 0.6)),
        look=_look(rng, seed),
    )


def rendered(shot: Shot) -> tuple[np.ndarray, np.ndarray]:
    """(H, W, 3) uint8 sRGB picture and (H, W) 0..1 coverage of the product alone."""
    picture, matte = FOLDER / f"{shot.name}.png", FOLDER / f"{shot.name}-alpha.png"
    if not (picture.exists() and matte.exists()):
        FOLDER.mkdir(parents=True, exist_ok=True)
        pixels, alpha = _render(shot)
        cv2.imwrite(str(picture), pixels[..., ::-1])
        cv2.imwrite(str(matte), (alpha * 255 + 0.5).astype(np.uint8))
    alpha = cv2.imread(str(matte), cv2.IMREAD_GRAYSCALE).astype(np.float32) / 255
    return np.ascontiguousarray(cv2.imread(str(picture))[..., ::-1]), alpha


def _render(shot: Shot) -> tuple[np.ndarray, np.ndarray]:
    made = ARCHETYPES[shot.archetype]
    placed = assemble.place(made.build(shot.look), yaw=made.yaw + shot.yaw, lift=0.0)
    view = _shifted(shot, placed.points)
    product = _shapes(placed, shot.look.seed, "product")
    around = dict(product)
    for index, neighbour in enumerate(shot.neighbours):
        around |= _beside(neighbour, f"neighbour{index}")
    around |= sets.furniture(shot.setting, placed.footprint)
    grey = {"bsdf": two_sided({"type": "diffuse"})}
    silhouettes = {name: (mesh, grey) for name, (mesh, _) in product.items()}
    with tempfile.TemporaryDirectory() as folder:
        pixels = _photo(assemble.load(around, shot.setting, view, Path(folder)))
    with tempfile.TemporaryDirectory() as folder:
        scene = assemble.load(silhouettes, shot.setting, view, Path(folder), alpha=True)
        coverage = np.array(mitsuba().render(scene.loaded, spp=48, seed=3), np.float32)[..., 3]
    return pixels, np.clip(coverage, 0, 1)


def _shifted(shot: Shot, points: np.ndarray) -> camera.View:
    """The camera, moved sideways so that the product is not always in the middle."""
    width, height = shot.shape
    setting = shot.setting
    view = camera.frame(
        points, width, height, elevation=setting.elevation, fill=setting.fill
    )
    _, right, up = view.axes
    across, down = view.slopes
    room = 1 - setting.fill
    move = -right * shot.shift[0] * 2 * across + up * shot.shift[1] * 2 * down
    move = move * view.distance * min(1.0, room / 0.3)
    return replace(view, eye=view.eye + move, target=view.target + move)


def _shapes(placed: assemble.Placed, seed: int, prefix: str) -> assemble.Shapes:
    return {
        f"{prefix}{i:02d}": (mesh, shading(material, assemble.uv_width(mesh), seed))
        for i, (mesh, material) in enumerate(placed.groups)
    }


def _beside(neighbour: Neighbour, prefix: str) -> assemble.Shapes:
    made = ARCHETYPES[neighbour.archetype]
    placed = assemble.place(made.build(neighbour.look), yaw=made.yaw, lift=0.0)
    moved: assemble.Shapes = {}
    for name, (mesh, look) in _shapes(placed, neighbour.look.seed, prefix).items():
        at = mesh.vertices * neighbour.size + [neighbour.x, neighbour.y, 0]
        moved[name] = (mesh._replace(vertices=at.astype(np.float32)), look)
    return moved


def _photo(scene: Any) -> np.ndarray:
    """A quick render: two halves, denoised and developed."""
    mi = mitsuba()
    halves = [
        np.array(mi.render(scene.loaded, spp=SAMPLES // 2, seed=seed), np.float32)[..., :3]
        for seed in (1, 2)
    ]
    aovs = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal,depth:depth"})
    seen = np.array(mi.render(scene.loaded, spp=16, seed=7, integrator=aovs), np.float32)
    linear = denoise(halves[0], halves[1], seen[..., -7:])
    return tone.develop(linear, scene.light)
