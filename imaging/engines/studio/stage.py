"""A photographed product in a path-traced set: real shadows, reflections and bounced light around
the product's own pixels.

A proxy of the product (see `proxy`) stands in the set while it is rendered; the photo's pixels
are laid over it last, so the product itself is never redrawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np

from imaging.engines.base import Pixels, Watch
from imaging.engines.picture import Plane, luma, resize, to_linear
from imaging.engines.studio import compose, shadows
from imaging.engines.studio.compose import Frame, Placed
from imaging.engines.studio.looks import Place, Props
from imaging.engines.studio.proxy import Body, Card, body_of, proxy
from imaging.engines.studio.scene import camera, phrases, sets
from imaging.engines.studio.scene.camera import View
from imaging.engines.studio.scene.create import native_size
from imaging.engines.studio.scene.render import SAMPLES, render_set
from imaging.engines.studio.scene.set_words import read_set
from imaging.engines.studio.scene.spec import Light, Setting
from imaging.engines.studio.shadows import Lamp
from imaging.engines.studio.upscale import enlarge

_TEXTURE_SIDE = 512
_CONTACT = 0.75  # of a drawn contact shadow: creases that the smooth proxy does not have
# A hint of the set's light on the product, too little for `fidelity` to call it a change.
_TINTS: Mapping[Light, tuple[float, float, float]] = {
    "sun": (1.025, 1.0, 0.95),
    "sunset": (1.03, 0.995, 0.93),
    "lowkey": (0.93, 0.93, 0.94),
    "neon": (1.0, 0.96, 1.03),
    "dappled": (1.015, 1.0, 0.97),
}
_UNEVEN = 0.08  # relative difference of light left and right from which its side is certain


@dataclass(frozen=True, kw_only=True)
class Staged:
    """A finished picture (H, W, 3), the product in it, and what the set was."""

    pixels: Pixels
    placed: Placed
    details: Mapping[str, Any]


def stage(
    colours: Pixels,
    alpha: Plane,
    surface: str,
    size: tuple[int, int],
    *,
    place: Place | None = None,
    props: Props | None = None,
    fill: float,
    seed: int,
    watch: Watch,
    sharpness: float = 0.3,
    samples: int = SAMPLES,
) -> Staged:
    """The product of (h, w, 3) `colours` and its matte in the set that `surface` describes, before
    a painted `place` and among `props` where they are given.

    The set is rendered at 1024 px at most and resampled beyond; the product is laid over it at
    the full `size` (width, height). Where the photo is lit from the right the set is, too.
    Raises EngineError("model_missing") without Mitsuba, Cancelled through the watch.
    """
    left, top, right, bottom = compose.box_of(alpha)
    matte = np.ascontiguousarray(alpha[top:bottom, left:right])
    product = compose.bled(np.ascontiguousarray(colours[top:bottom, left:right]), matte)
    mirrored = lit_from_right(product, matte)
    shape = matte[:, ::-1] if mirrored else matte
    body = body_of(np.ascontiguousarray(shape))
    setting = setting_of(surface, seed, elevation=elevation_of(body), fill=fill)
    setting = replace(setting, place=place, props=props)
    card, view = framed(body, setting, matte.shape[1] / matte.shape[0], native_size(*size))
    texture = _texture(product[:, ::-1] if mirrored else product)
    mesh = proxy(body, card, view)
    rendered = render_set(setting, mesh, texture, view, watch=watch, samples=samples)
    behind = rendered.pixels[:, ::-1] if mirrored else rendered.pixels
    frame = _frame(card, view, size, fill)
    placed = compose.place(colours, alpha, frame, sharpness=sharpness)
    tint = np.array(_TINTS.get(setting.light, (1, 1, 1)), np.float32)
    placed = replace(placed, light=np.minimum(placed.light * tint, placed.alpha[..., None]))
    lamp = Lamp(side=0.7 if mirrored else -0.7)
    pixels = _laid_over(placed, frame, np.ascontiguousarray(behind), lamp)
    return Staged(pixels=pixels, placed=placed, details=_details(setting, view, mirrored))


def setting_of(surface: str, seed: int, *, elevation: float, fill: float) -> Setting:
    """The set that words such as "oak table in window light, beige wall" describe."""
    said = read_set(phrases.clauses(f"on {surface}"), -1, 0)
    return Setting(
        surface=said.surface,
        backdrop=said.backdrop,
        podium=said.podium,
        light=said.light or Setting().light,
        elevation=elevation if said.elevation is None else said.elevation,
        fill=fill,
        seed=seed,
    )


def elevation_of(body: Body) -> float:
    """The angle in degrees from which the photo looks down, as far as the base line shows it.

    A round base is half an ellipse whose flatness is the sine of that angle; the corner of a box
    sags alike. A straight base says nothing and gets the usual angle.
    """
    standing = np.flatnonzero(body.touch > shadows.STANDS)
    if len(standing) < 8:
        return Setting().elevation
    first, last = int(standing[0]), int(standing[-1])
    chord = np.interp(np.arange(first, last + 1), [first, last], body.line[[first, last]])
    sag = float((body.line[first : last + 1] - chord).max())
    # The ends of the ellipse are too steep to count as standing, so this is rather too little;
    # rounded bottoms, which are common, make up for it.
    seen = float(np.degrees(np.arcsin(min(1.0, 2 * sag / (last - first)))))
    return float(np.clip(seen, 8.0, 24.0)) if seen > 3 else Setting().elevation


def framed(body: Body, setting: Setting, aspect: float, size: tuple[int, int]) -> tuple[Card, View]:
    """Where the product's box stands and the camera that sees it; `aspect` is width / height,
    `size` (width, height) in pixels."""
    tall = 1.0 / max(1.0, 0.72 * aspect)
    deep = float(body.thickness[-max(2, len(body.thickness) // 8) :].max()) / len(body.thickness)
    foot = np.array([0.0, -0.5 * deep * tall, sets.podium_height(setting)])
    card = Card(width=tall * aspect, height=tall, foot=foot)
    elevation = np.radians(setting.elevation)
    corners = card.corners(np.array([0.0, np.sin(elevation), np.cos(elevation)]))
    view = camera.frame(corners, *size, elevation=setting.elevation, fill=setting.fill)
    return card, view


def lit_from_right(product: Pixels, matte: Plane) -> bool:
    """Whether the right half of the product is clearly the brighter one."""
    small = (64, 64)
    light = luma(to_linear(resize(product, *small)))
    inside = np.asarray(cv2.resize(matte, small, interpolation=cv2.INTER_AREA)) > 0.9
    left, right = (light[:, half][inside[:, half]] for half in (slice(0, 32), slice(32, 64)))
    if not len(left) or not len(right):
        return False
    return bool(right.mean() > left.mean() * (1 + _UNEVEN))


def _texture(product: Pixels) -> Pixels:
    scale = min(1.0, _TEXTURE_SIDE / max(product.shape[:2]))
    width, height = (max(2, round(side * scale)) for side in product.shape[1::-1])
    return resize(np.ascontiguousarray(product), width, height)


def _frame(card: Card, view: View, size: tuple[int, int], fill: float) -> Frame:
    """The frame in which `compose.place` puts the product exactly before its proxy."""
    corners = view.project(card.corners(view.axes[2]))  # (4, 2)
    return Frame(
        width=size[0],
        height=size[1],
        fill=fill,
        centre=float(corners[:, 0].mean()) / view.width,
        baseline=float(corners[:, 1].max()) / view.height,
    )


def _laid_over(placed: Placed, frame: Frame, behind: Pixels, lamp: Lamp) -> Pixels:
    """The product over the rendered set, with a little contact shadow between them."""
    if behind.shape[1::-1] != (frame.width, frame.height):
        behind = enlarge(behind, frame.width, frame.height)
    matte = np.zeros((frame.height, frame.width), np.float32)
    rows, columns = compose.where(placed)
    matte[rows, columns] = placed.alpha
    left = shadows.transmittance("contact", matte, lamp, _CONTACT)
    return compose.over(placed, frame, to_linear(behind), left)


def _details(setting: Setting, view: View, mirrored: bool) -> dict[str, Any]:
    return {
        "background": "set",
        "surface": setting.surface or "sweep",
        "backdrop": sets.backdrop_colour(setting),
        "podium": setting.podium,
        **({"place": setting.place} if setting.place else {}),
        **({"props": setting.props} if setting.props else {}),
        "light": {"rig": setting.light, "from": "right" if mirrored else "left"},
        "elevation": round(setting.elevation, 1),
        "rendered": [view.width, view.height],
    }
