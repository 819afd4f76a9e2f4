"""Path tracing in passes, denoising and development of a picture.

Three ways in: `render_scene` for a product that the engine draws, `render_set` for a set around
a given shape (the cut-out of a photo), `preview` for looking at parts while they are modelled.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from time import perf_counter

import numpy as np

from imaging.engines.base import Pixels, Unwatched, Watch

from . import archetypes, camera, sets, tone
from .assemble import Placed, Scene, Shapes, load, place, uv_width
from .bsdf import picture, two_sided
from .camera import View
from .denoise import denoise
from .look import ARCHETYPES, F32, Mesh, Part
from .materials import shading
from .spec import SceneSpec, Setting
from .stand_in import YAW as STAND_IN_YAW
from .stand_in import stand_in
from .variant import mitsuba

SAMPLES = 16
"""Per pixel, taken in two independent halves."""

_FEATURE_SAMPLES = 8
_ALPHA_SAMPLES = 64
_MATTE_SAMPLES = 16


@dataclass(frozen=True)
class Rendered:
    """A finished render.

    `linear` is (H, W, 3) float32 light before exposure and tone curve, `exposure` the factor
    that was applied to it, `pixels` the developed picture. `view.project` maps world points to
    pixel positions. `seconds` is the time each phase took, `printed` what is written on a drawn
    product, each label and print by itself.
    """

    linear: F32
    exposure: float
    pixels: Pixels
    view: View
    seconds: dict[str, float] = field(default_factory=dict)
    printed: tuple[str, ...] = ()


def preview(parts: list[Part], *, size: int = 384, spp: int = SAMPLES, yaw: float = 0.0) -> Pixels:
    """(size, size, 3) uint8: the parts on a plain sweep under soft light, turned by `yaw`."""
    start = perf_counter()
    setting = Setting()
    placed, view = _placed(parts, setting, size, size, yaw)
    shapes = _product_shapes(placed, setting.seed)
    return _picture(shapes, setting, view, placed.footprint, spp, Unwatched(), start).pixels


def render_scene(
    spec: SceneSpec, width: int, height: int, *, watch: Watch | None = None, samples: int = SAMPLES
) -> Rendered:
    """The product of the spec in its setting. Same arguments, same variant: same pixels.

    `samples` per pixel, an even number, are taken in two halves.
    Raises Cancelled (through the watch) between two bands of rows.
    """
    start = perf_counter()
    parts, yaw = product(spec)
    placed, view = _placed(parts, spec.setting, width, height, yaw)
    shapes = _product_shapes(placed, spec.look.seed)
    watch = watch or Unwatched()
    made = _picture(shapes, spec.setting, view, placed.footprint, samples, watch, start)
    if sets.is_white(spec.setting):
        matte = render_alpha(spec, width, height, _MATTE_SAMPLES)
        made = replace(made, pixels=tone.whitened(made.pixels, matte))
    return replace(made, printed=tuple(p.material.text for p in parts if p.material.text))


def render_set(
    setting: Setting,
    proxy: Mesh,
    texture: Pixels | None,
    view: View,
    *,
    watch: Watch | None = None,
    samples: int = SAMPLES,
) -> Rendered:
    """The set around a shape that stands for a photographed product.

    `proxy` is in world units: about one unit large, its feet at `sets.podium_height(setting)`,
    in front of the camera that `camera.frame` gave as `view` (frame the points that should fill
    the picture first; `view.eye` and `view.axes` help to build a proxy that hides behind the
    product's silhouette). It casts shadows and is mirrored like any product; `texture`
    (H, W, 3) sRGB, top row first, is seen on it through the mesh's uv (v up). None is mid grey.
    Lay the product's own pixels over `pixels`, or over `linear` * `exposure` before developing.
    """
    start = perf_counter()
    if texture is None:
        colour = {"type": "rgb", "value": [0.4, 0.4, 0.4]}
    else:
        upright = np.asarray(texture[::-1, :, :3] / 255, np.float32)
        colour = picture(upright, clamp=True)
    surface = two_sided({"type": "diffuse", "reflectance": colour})
    floor = proxy.vertices[:, :2]
    footprint = float(np.hypot(floor[:, 0], floor[:, 1]).max())
    shapes: Shapes = {"product00": (proxy, {"bsdf": surface})}
    return _picture(shapes, setting, view, footprint, samples, watch or Unwatched(), start)


def render_alpha(spec: SceneSpec, width: int, height: int, samples: int = _ALPHA_SAMPLES) -> F32:
    """(H, W) exact coverage of the product in `render_scene`'s picture, 0..1, depth of field
    included. For measuring cut-outs."""
    mi = mitsuba()
    parts, yaw = product(spec)
    placed, view = _placed(parts, spec.setting, width, height, yaw)
    plain = {"bsdf": two_sided({"type": "diffuse"})}
    shapes: Shapes = {f"product{i:02d}": (mesh, plain) for i, (mesh, _) in enumerate(placed.groups)}
    with tempfile.TemporaryDirectory(prefix="softbox-") as folder:
        scene = load(shapes, spec.setting, view, Path(folder), alpha=True)
    image = mi.render(scene.loaded, spp=samples, seed=3)
    return np.asarray(np.clip(np.array(image, np.float32)[..., 3], 0, 1))


def product(spec: SceneSpec) -> tuple[list[Part], float]:
    """The parts of the spec's product and the angle to show it at: the archetype's own, varied
    a little by the seed."""
    assert archetypes  # importing the package registers them
    sway = float(np.random.default_rng(spec.look.seed).uniform(-5, 5))
    made = ARCHETYPES.get(spec.archetype)
    if made is None:
        return stand_in(spec.look), STAND_IN_YAW + sway
    parts = made.build(spec.look)
    if spec.look.blank:
        parts = [_unprinted(part) for part in parts]
    return parts, made.yaw + sway


def _unprinted(part: Part) -> Part:
    if part.material.kind not in ("label", "decal"):
        return part
    return part._replace(material=replace(part.material, text="", art="blank"))


def _placed(
    parts: Sequence[Part], setting: Setting, width: int, height: int, yaw: float
) -> tuple[Placed, View]:
    placed = place(parts, yaw=yaw, lift=sets.podium_height(setting))
    view = camera.frame(
        placed.points, width, height, elevation=setting.elevation, fill=setting.fill
    )
    return placed, view


def _product_shapes(placed: Placed, seed: int) -> Shapes:
    return {
        f"product{index:02d}": (mesh, shading(material, uv_width(mesh), seed))
        for index, (mesh, material) in enumerate(placed.groups)
    }


def _picture(
    shapes: Shapes,
    setting: Setting,
    view: View,
    footprint: float,
    samples: int,
    watch: Watch,
    start: float,
) -> Rendered:
    """Furnish the set, trace, denoise, develop."""
    bands = _bands(view.height)
    steps = 2 * len(bands) + 2
    watch.step(0, steps, "Building the set")
    furnished = {**shapes, **sets.furniture(setting, footprint, view)}
    with tempfile.TemporaryDirectory(prefix="softbox-") as folder:
        scene = load(furnished, setting, view, Path(folder))
    loaded = perf_counter()
    halves: list[F32] = []
    for half in range(2):
        rows = []
        for index, band in enumerate(bands):
            done = half * len(bands) + index
            watch.step(done + 1, steps, "Tracing light")
            rows.append(_trace(scene, samples // 2, band, setting.seed * 64 + done))
        halves.append(np.concatenate(rows))
    traced = perf_counter()
    watch.step(steps - 1, steps, "Cleaning up")
    features = _features(scene, setting.seed)
    featured = perf_counter()
    linear = denoise(halves[0], halves[1], features)
    factor = tone.exposure(linear, setting.light, is_exact=setting.place is not None)
    pixels = tone.develop(linear, setting.light, factor=factor)
    seconds = {
        "build": loaded - start,
        "trace": traced - loaded,
        "features": featured - traced,
        "finish": perf_counter() - featured,
    }
    return Rendered(linear, factor, pixels, view, seconds)


def _bands(height: int) -> list[tuple[int, int]]:
    """Rows to trace at a time: small enough for progress and for stopping half-way."""
    count = max(1, min(4, height // 192))
    edges = [round(height * i / count) for i in range(count + 1)]
    return list(pairwise(edges))


def _trace(scene: Scene, samples: int, rows: tuple[int, int], seed: int) -> F32:
    """(rows, W, 3) linear light with `samples` per pixel."""
    image = mitsuba().render(
        scene.loaded, sensor=scene.sensor(samples, rows), spp=samples, seed=seed % 2**32
    )
    return np.array(image, np.float32)[..., :3]


def _features(scene: Scene, seed: int) -> F32:
    """(H, W, 7): albedo, shading normal and depth of what the camera sees first.

    Rendered by themselves: as part of the path integrator they would double its cost.
    """
    mi = mitsuba()
    aovs = mi.load_dict({"type": "aov", "aovs": "albedo:albedo,normal:sh_normal,depth:depth"})
    image = mi.render(
        scene.loaded,
        sensor=scene.sensor(_FEATURE_SAMPLES),
        spp=_FEATURE_SAMPLES,
        seed=(seed * 64 + 63) % 2**32,
        integrator=aovs,
    )
    return np.array(image, np.float32)[..., -7:]
