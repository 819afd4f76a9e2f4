"""Shapes that several products share: slabs, ribbed rings, seams and slots."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from imaging.engines.studio.scene.geometry import Vec3, as_mesh, grid_faces, place, tile_uv
from imaging.engines.studio.scene.geometry_outline import extrude, rounded_rectangle
from imaging.engines.studio.scene.look import Material, Mesh, Part

UPRIGHT: Vec3 = (90, 0, 0)
"""Turn that stands a plate up: its upper face looks to the front, its y becomes z."""
BACKWARDS: Vec3 = (-90, 180, 0)
"""Turn that stands a plate up with its upper face to the back."""
ALONG_X: Vec3 = (0, 90, 0)
"""Turn that lays what was built along z down along x."""
TO_FRONT: Vec3 = (90, 0, 0)
"""Turn that points what was built along z to the front."""


def slab(
    width: float, depth: float, height: float, corner: float, bevel: float, *, steps: int = 10
) -> Mesh:
    """A plate lying on z = 0 about the z axis, corners rounded by `corner`, rims by `bevel`."""
    outline = rounded_rectangle(width, depth, corner, steps=steps)
    return extrude(outline, height, bevel=bevel, steps=5)


def ribbed(
    radius: float, bottom: float, top: float, *, ribs: int, depth: float, bevel: float = 0.0
) -> Mesh:
    """A knurled ring about z without caps; the ribs run along z and rise `depth`."""
    t = np.linspace(0, 2 * np.pi, ribs * 8 + 1)
    wave = np.clip(1.6 * np.cos(ribs * t), -1, 1)
    rise = bevel * np.array([-1.0, 0.0, 0.0, -1.0])
    level = np.array([bottom, bottom + bevel, top - bevel, top])
    r = radius + depth * (wave - 1) / 2 + rise[:, None]
    ring = np.stack(np.broadcast_arrays(r * np.cos(t), r * np.sin(t), level[:, None]), -1)
    slope = -depth / 2 * np.gradient(wave, t)
    out = np.stack([np.cos(t), np.sin(t), 0 * t], -1)
    along = np.stack([-np.sin(t), np.cos(t), 0 * t], -1)
    normal = out + along * (slope / radius)[:, None]
    tilt = np.array([-0.7, 0.0, 0.0, 0.7]) * (bevel > 0)
    normals = normal[None] + tilt[:, None, None] * [0.0, 0.0, 1.0]
    v, u = np.meshgrid(np.linspace(0, 1, 4), np.linspace(0, 1, len(t)), indexing="ij")
    return as_mesh(ring, normals, grid_faces(4, len(t)), np.stack([u, v], -1))


def tapered(mesh: Mesh, top: float, low: float, high: float) -> Mesh:
    """The mesh narrowed in x and y, evenly from 1 at z = `low` to `top` at z = `high`."""
    v = mesh.vertices.astype(np.float64)
    rate = (top - 1) / (high - low)
    share = 1 + rate * (v[:, 2] - low)
    n = mesh.normals.astype(np.float64)
    out = v.copy()
    out[:, :2] *= share[:, None]
    # Inverse transpose of the map's Jacobian.
    flat = n[:, :2] / share[:, None]
    up = n[:, 2] - (v[:, :2] * flat).sum(axis=1) * rate
    return as_mesh(out, np.column_stack([flat, up]), mesh.faces, mesh.uv)


def moved(parts: list[Part], at: Vec3 = (0, 0, 0), turn: Vec3 = (0, 0, 0)) -> list[Part]:
    """All parts turned, then moved together."""
    return [Part(place(p.mesh, at=at, turn=turn), p.material) for p in parts]


def standing(parts: list[Part]) -> list[Part]:
    """The parts dropped together onto z = 0."""
    drop = min(float(p.mesh.vertices[:, 2].min()) for p in parts)
    return moved(parts, at=(0, 0, -drop))


_TEXTURED = frozenset(
    [
        "leather",
        "fabric",
        "knit",
        "plush",
        "wood",
        "rubber",
        "paper",
        "cardboard",
        "food",
        "stoneware",
        "concrete",
    ]
)


def of(material: Material, *meshes: Mesh, tile: float = 10.0) -> list[Part]:
    """The meshes in one material. A texture spans `tile` cm, unless the material scales its uv
    itself or prints pages across it."""
    own_uv = material.uv_scale != (1.0, 1.0) or material.art == "pages"
    if material.kind in _TEXTURED and not own_uv:
        meshes = tuple(tile_uv(mesh, tile) for mesh in meshes)
    return [Part(mesh, material) for mesh in meshes]


def copies(mesh: Mesh, places: ArrayLike) -> Mesh:
    """The mesh at each of the places (K, 3), as one."""
    at = np.asarray(places, np.float32)
    k, n = len(at), len(mesh.vertices)
    starts = (np.arange(k, dtype=np.int32) * n)[:, None, None]
    return Mesh(
        (mesh.vertices[None] + at[:, None]).reshape(-1, 3),
        np.tile(mesh.normals, (k, 1)),
        (mesh.faces[None] + starts).reshape(-1, 3),
        np.tile(mesh.uv, (k, 1)),
    )
