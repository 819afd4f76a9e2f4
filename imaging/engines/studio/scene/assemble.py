"""Parts and a setting become one Mitsuba scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from . import geometry, lights, sets
from .bsdf import Shading
from .camera import FIELD_OF_VIEW, View
from .look import F32, Material, Mesh, Part
from .spec import Light, Setting
from .variant import mitsuba

MAX_DEPTH = 9

Shapes = dict[str, tuple[Mesh, Shading]]
"""Meshes in world units by name, with what they look like."""

# Aperture radius per unit of distance: how quickly the set falls out of focus.
_APERTURES: dict[Light, float] = {
    "softbox": 0.006,
    "highkey": 0.003,
    "lowkey": 0.004,
    "sun": 0.010,
    "sunset": 0.010,
    "neon": 0.008,
    "open": 0.010,
    "dappled": 0.006,
}


_PAINTED_APERTURE = 0.0015


class Placed(NamedTuple):
    """A product in world units, standing where it will be rendered."""

    groups: list[tuple[Mesh, Material]]
    points: F32  # (N, 3) sample of its surface
    footprint: float  # radius about the z axis


@dataclass(frozen=True)
class Scene:
    """A loaded Mitsuba scene and the view it is seen from."""

    loaded: Any
    view: View
    aperture: float

    def sensor(self, samples: int, rows: tuple[int, int] | None = None) -> Any:
        """A loaded camera for the scene, for `samples` per pixel."""
        camera = sensor(self.view, self.aperture, rows=rows, samples=samples)
        return mitsuba().load_dict(camera)


def place(parts: Sequence[Part], *, yaw: float, lift: float) -> Placed:
    """The parts about one unit large, centred over the origin, turned by `yaw` degrees,
    standing `lift` above the floor; parts of one material are merged."""
    turn = geometry.rotation(z=yaw)
    cloud = np.concatenate([_sample(part.mesh.vertices) for part in parts]) @ turn.T
    low, high = cloud.min(0), cloud.max(0)
    low[2] = min(float(part.mesh.vertices[:, 2].min()) for part in parts)  # none sinks in
    across, deep, tall = high - low
    scale = 1.0 / max(tall, 0.72 * across, 0.5 * deep)
    centre = np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, low[2]])

    by_material: dict[Material, list[Mesh]] = {}
    for part in parts:
        by_material.setdefault(part.material, []).append(part.mesh)
    groups = []
    for material, meshes in by_material.items():
        mesh = geometry.merge(*meshes)
        # A hair above the floor: coplanar faces would flicker.
        vertices = (mesh.vertices @ turn.T - centre) * scale + [0, 0, lift + 5e-4]
        turned = mesh._replace(
            vertices=vertices.astype(np.float32),
            normals=(mesh.normals @ turn.T).astype(np.float32),
        )
        groups.append((turned, material))
    points = (cloud - centre) * scale + [0, 0, lift]
    footprint = float(np.hypot(points[:, 0], points[:, 1]).max())
    return Placed(groups, points.astype(np.float32), footprint)


def _sample(vertices: F32, most: int = 3000) -> F32:
    return vertices[:: max(1, len(vertices) // most)]


def uv_width(mesh: Mesh) -> float:
    """World length of one unit of u or v: the root of the ratio of the areas."""
    corners, coords = mesh.vertices[mesh.faces], mesh.uv[mesh.faces]
    edges, spans = corners[:, 1:] - corners[:, :1], coords[:, 1:] - coords[:, :1]
    world = float(np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=-1).sum())
    flat = float(np.abs(spans[:, 0, 0] * spans[:, 1, 1] - spans[:, 0, 1] * spans[:, 1, 0]).sum())
    return float(np.sqrt(world / flat)) if flat > 1e-12 else 1.0


def load(
    shapes: Shapes, setting: Setting, view: View, folder: Path, *, alpha: bool = False
) -> Scene:
    """The shapes under the setting's light, seen from the view. Meshes pass through `folder`.

    With `alpha` there is only one lamp and the film keeps coverage.
    """
    mi = mitsuba()
    scene: dict[str, Any] = {
        "type": "scene",
        "integrator": {"type": "path", "max_depth": MAX_DEPTH, "rr_depth": 5},
        "sensor": sensor(view, aperture(setting), alpha=alpha),
    }
    for name, (mesh, shading) in shapes.items():
        scene[name] = {"type": "ply", "filename": write_ply(mesh, folder / f"{name}.ply")}
        scene[name].update(shading)
    if alpha:
        scene["lamp"] = {"type": "point", "position": [0, -5, 5], "intensity": 1.0}
    else:
        turn = float(np.random.default_rng(setting.seed + 1).uniform(-7, 7))
        podium = sets.podium_height(setting)
        scene.update(lights.rig(setting.light, view, podium=podium, turn=turn))
    # Optimising a scene sorts its shapes by address; the order decides which lamp a random
    # number picks, so the same seed would give another picture.
    return Scene(mi.load_dict(scene, optimize=False), view, aperture(setting))


def aperture(setting: Setting) -> float:
    # A sweep has nothing behind the product to blur; only its own depth would go soft. What is
    # painted is blurred already, and a soft table edge before it would need many more samples.
    if setting.place is not None:
        return _PAINTED_APERTURE
    return _APERTURES[setting.light] * (1 if setting.surface else 0.4)


def sensor(
    view: View,
    aperture_share: float,
    *,
    rows: tuple[int, int] | None = None,
    samples: int = 8,
    alpha: bool = False,
) -> dict[str, Any]:
    """Mitsuba's thin-lens camera for the view, or for its `rows` from first to last (excluded).

    The sampler spreads a pixel's samples evenly (correlated multi-jittering): measured, eight of
    them are as good as sixteen independent ones at three quarters of the time.
    """
    mi = mitsuba()
    first, last = rows or (0, view.height)
    return {
        "type": "thinlens",
        "fov": FIELD_OF_VIEW,
        "fov_axis": "smaller",
        "aperture_radius": float(max(view.distance * aperture_share, 1e-5)),
        "focus_distance": view.focus,
        "near_clip": view.near,
        "to_world": mi.ScalarTransform4f().look_at(
            origin=[float(v) for v in view.eye],
            target=[float(v) for v in view.target],
            up=[0, 0, 1],
        ),
        "film": {
            "type": "hdrfilm",
            "width": view.width,
            "height": view.height,
            "crop_offset_x": 0,
            "crop_offset_y": first,
            "crop_width": view.width,
            "crop_height": last - first,
            "rfilter": {"type": "box"},
            "pixel_format": "rgba" if alpha else "rgb",
            "component_format": "float32",
        },
        "sampler": {"type": "multijitter", "sample_count": samples},
    }


def write_ply(mesh: Mesh, path: Path) -> str:
    """Write a binary PLY with normals and texture coordinates; returns the path as text."""
    fields = ("x", "y", "z", "nx", "ny", "nz", "u", "v")
    columns = np.column_stack([mesh.vertices, mesh.normals, mesh.uv]).astype("<f4")
    faces = np.empty(len(mesh.faces), dtype=[("count", "u1"), ("index", "<i4", 3)])
    faces["count"], faces["index"] = 3, mesh.faces
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(columns)}"]
    header += [f"property float {name}" for name in fields]
    header += [f"element face {len(faces)}", "property list uchar int vertex_indices"]
    with path.open("wb") as file:
        file.write("\n".join([*header, "end_header\n"]).encode())
        file.write(columns.tobytes())
        file.write(faces.tobytes())
    return str(path)
