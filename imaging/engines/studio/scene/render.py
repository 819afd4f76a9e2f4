"""Path tracing in passes, denoising and development of a picture."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import numpy as np

from imaging.engines.base import Pixels, Unwatched, Watch

from . import camera, sets, tone
from .assemble import Placed, Scene, load, place, uv_width
from .bsdf import Shading
from .camera import View
from .denoise import denoise
from .look import F32, Mesh, Part
from .materials import shading
from .spec import Setting
from .variant import mitsuba

SAMPLES = 16
_PASSES = 4
_FEATURE_SAMPLES = 8


@dataclass(frozen=True)
class Rendered:
    """A finished render.

    `linear` is (H, W, 3) float32 light before exposure and tone curve; `exposure` the factor
    that was applied; `pixels` the developed picture. `view.project` maps world points to pixels.
    """

    linear: F32
    exposure: float
    pixels: Pixels
    view: View
    seconds: dict[str, float] = field(default_factory=dict)


def preview(parts: list[Part], *, size: int = 384, spp: int = 16, yaw: float = 0.0) -> Pixels:
    """(size, size, 3) uint8: the parts on a plain sweep under soft light, turned by `yaw`."""
    return render_parts(parts, Setting(), size, size, yaw=yaw, samples=spp).pixels


def render_parts(
    parts: Sequence[Part],
    setting: Setting,
    width: int,
    height: int,
    *,
    yaw: float = 0.0,
    samples: int = SAMPLES,
    watch: Watch | None = None,
) -> Rendered:
    """The product in its setting. Same arguments and variant: same pixels."""
    start = perf_counter()
    placed = place(parts, yaw=yaw, lift=sets.podium_height(setting))
    view = camera.frame(
        placed.points, width, height, elevation=setting.elevation, fill=setting.fill
    )
    shapes = product_shapes(placed, setting.seed)
    return _render(shapes, setting, view, placed.footprint, samples, watch or Unwatched(), start)


def product_shapes(placed: Placed, seed: int) -> dict[str, tuple[Mesh, Shading]]:
    return {
        f"product{index:02d}": (mesh, shading(material, uv_width(mesh), seed))
        for index, (mesh, material) in enumerate(placed.groups)
    }


def _render(
    shapes: dict[str, tuple[Mesh, Shading]],
    setting: Setting,
    view: View,
    footprint: float,
    samples: int,
    watch: Watch,
    start: float,
) -> Rendered:
    shapes = {**shapes, **sets.furniture(setting, footprint)}
    with tempfile.TemporaryDirectory(prefix="softbox-") as folder:
        scene = load(shapes, setting, view, Path(folder))
    loaded = perf_counter()
    halves = trace(scene, samples, setting.seed, watch)
    traced = perf_counter()
    features = feature_buffers(scene, setting.seed)
    featured = perf_counter()
    linear = denoise(halves[0], halves[1], features)
    factor = tone.exposure(linear, setting.light)
    pixels = tone.develop(linear, setting.light, factor=factor)
    done = perf_counter()
    seconds = {
        "build": loaded - start,
        "trace": traced - loaded,
        "features": featured - traced,
        "finish": done - featured,
    }
    return Rendered(linear, factor, pixels, view, seconds)


def trace(scene: Scene, samples: int, seed: int, watch: Watch) -> tuple[F32, F32]:
    """Two independent (H, W, 3) linear renders of `samples` / 2 samples per pixel each."""
    mi = mitsuba()
    shape = (scene.view.height, scene.view.width, 3)
    halves = (np.zeros(shape, np.float32), np.zeros(shape, np.float32))
    each = max(1, samples // _PASSES)
    for index in range(_PASSES):
        watch.step(index, _PASSES + 2, "Tracing light")
        image = mi.render(scene.loaded, spp=each, seed=(seed * 64 + index) % 2**32)
        halves[index % 2][...] += np.array(image, np.float32)[..., :3] * (2 / _PASSES)
    watch.step(_PASSES, _PASSES + 2, "Cleaning up")
    return halves


def feature_buffers(scene: Scene, seed: int) -> F32:
    """(H, W, 7): albedo, shading normal and depth of what the camera sees first."""
    mi = mitsuba()
    aovs = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal,depth:depth"})
    image = mi.render(
        scene.loaded, spp=_FEATURE_SAMPLES, seed=(seed * 64 + 63) % 2**32, integrator=aovs
    )
    return np.array(image, np.float32)[..., -7:]
