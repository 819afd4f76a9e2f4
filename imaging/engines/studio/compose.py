"""A cut-out product set into a frame: scaled, lit from a side, mixed in linear light.

The product's own pixels are laid over everything else; nothing redraws them.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import EngineError, Pixels
from imaging.engines.picture import Linear, Plane, resize, resize_plane, to_linear, to_srgb
from imaging.engines.studio import backdrops, shadows
from imaging.engines.studio.finish import sharpen
from imaging.engines.studio.looks import Backdrop, ShadowKind
from imaging.engines.studio.shadows import Lamp
from imaging.engines.studio.strips import painted
from imaging.engines.studio.upscale import enlarge

_VISIBLE = 0.06  # alpha that counts as product when its box is measured


@dataclass(frozen=True, kw_only=True)
class Frame:
    """Where the product goes. `fill` is the share of the frame's width or height (whichever is
    reached first) that it takes up; `centre` its middle across; `baseline` the row its foot
    stands on (both 0 to 1); without a baseline it is centred in height. A product on a baseline
    leaves `headroom`, a share of the frame's height, free above it."""

    width: int
    height: int
    fill: float = 0.8
    centre: float = 0.5
    baseline: float | None = None
    headroom: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Placed:
    """A product at its final size. `light` is (h, w, 3) linear, premultiplied by `alpha` (h, w);
    `x`, `y` its upper left corner in the frame (it lies wholly inside)."""

    light: Linear
    alpha: Plane
    x: int
    y: int


def box_of(alpha: Plane) -> tuple[int, int, int, int]:
    """(left, top, right, bottom) of what is visible, right and bottom exclusive.

    Raises EngineError("bad_input") where nothing is.
    """
    seen = alpha > _VISIBLE
    rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    if not len(rows):
        raise EngineError("bad_input", "No product was found in the picture.")
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def place(colours: Pixels, alpha: Plane, frame: Frame, *, sharpness: float = 0.3) -> Placed:
    """The product of (H, W, 3) uint8 `colours` and its matte, scaled into `frame`."""
    left, top, right, bottom = box_of(alpha)
    matte = np.ascontiguousarray(alpha[top:bottom, left:right])
    product = bled(np.ascontiguousarray(colours[top:bottom, left:right]), matte)
    tallest = frame.fill
    if frame.baseline is not None:
        tallest = min(tallest, frame.baseline - frame.headroom)
    scale = min(frame.width * frame.fill / matte.shape[1], frame.height * tallest / matte.shape[0])
    width = min(frame.width, max(1, round(matte.shape[1] * scale)))
    height = min(frame.height, max(1, round(matte.shape[0] * scale)))
    sized = enlarge(product, width, height) if scale > 1 else resize(product, width, height)
    if sharpness > 0:
        sized = sharpen(sized, sharpness, 0.003, radius=0.9 if scale < 1.5 else 1.3)
    edge = resize_plane(matte, width, height)
    if scale > 1:
        edge = np.clip((edge - 0.5) * np.float32(min(2.0, scale**0.6)) + np.float32(0.5), 0, 1)
    x = round(frame.width * frame.centre - width / 2)
    y = round((frame.height - height) / 2)
    if frame.baseline is not None:
        y = round(frame.height * frame.baseline - height)
    return Placed(
        light=to_linear(sized) * edge[..., None],
        alpha=edge,
        x=min(max(x, 0), frame.width - width),
        y=min(max(y, 0), frame.height - height),
    )


def bled(colours: Pixels, alpha: Plane) -> Pixels:
    """`colours` with the product's own colours carried past its edge, so that no resampling
    mixes in whatever lies under transparency.

    Close to solid product its colours replace those of the soft edge as well, in which some of
    the old background is left; fine chains and hair, which are nowhere solid, keep their own.
    """
    if alpha.min() >= 0.95:
        return colours
    filled = np.zeros(colours.shape, np.float32)
    trust = np.ones(alpha.shape, np.float32)
    known = np.zeros(alpha.shape, bool)
    for least, most, reaches in ((0.75, 0.95, (3, 7)), (0.05, 0.95, (3, 9, 27, 81))):
        weight = np.clip((alpha - least) / (most - least), 0, 1).astype(np.float32)
        near = np.zeros(alpha.shape, bool)
        for reach in reaches:
            share = np.asarray(cv2.blur(weight, (reach, reach)), np.float32)
            mean = np.asarray(cv2.blur(colours * weight[..., None], (reach, reach)), np.float32)
            fresh = (share > 0.02) & ~known & ~near
            filled[fresh] = mean[fresh] / share[fresh][:, None]
            near |= fresh
        trusted = (0.6, 0.95) if least > 0.5 else (0.25, 0.5)
        trust[near] = np.clip((alpha[near] - trusted[0]) / (trusted[1] - trusted[0]), 0, 1)
        known |= near
    mixed = colours * trust[..., None] + filled * (1 - trust[..., None])
    return np.asarray(np.clip(mixed + 0.5, 0, 255), np.uint8)


def compose(
    placed: Placed,
    frame: Frame,
    backdrop: Backdrop,
    *,
    shadow: ShadowKind = "soft",
    strength: float = 1.0,
    lamp: Lamp | None = None,
) -> Pixels:
    """The finished picture: (H, W, 3) uint8, or (H, W, 4) on a transparent backdrop.

    A flat backdrop is exact to the bit wherever no shadow falls, and none reaches the frame.
    On a backdrop too dark for shadows a soft one becomes a faint reflection.
    """
    lamp = lamp or Lamp()
    if backdrop.is_dark and backdrop.kind != "transparent" and shadow == "soft":
        shadow = "reflection"
    matte = np.zeros((frame.height, frame.width), np.float32)
    rows, columns = where(placed)
    matte[rows, columns] = placed.alpha
    left = shadows.transmittance(shadow, matte, lamp, strength)
    if backdrop.kind == "transparent":
        return _cut_out_with_shadow(placed, frame, _at_size(left, frame))
    foot = (placed.y + placed.alpha.shape[0]) / frame.height
    horizon = min(0.9, max(0.35, foot - 0.1))
    side = 1 if lamp.side > 0 else -1
    behind = backdrops.paint(backdrop, frame.width, frame.height, horizon=horizon, side=side)
    mirrored = _mirrored(placed, frame) if shadow == "reflection" else None
    return over(placed, frame, behind, left, mirrored)


def where(placed: Placed) -> tuple[slice, slice]:
    """The rows and columns of the frame that the product's box covers."""
    height, width = placed.alpha.shape
    return slice(placed.y, placed.y + height), slice(placed.x, placed.x + width)


def _at_size(plane: Plane, frame: Frame) -> Plane:
    """A soft plane enlarged to the frame; what was exactly 1 or 0 stays so."""
    size = (frame.width, frame.height)
    large = np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return np.where(large > 0.9995, np.float32(1), np.clip(large, 0, 1))


def _mirrored(placed: Placed, frame: Frame) -> Placed:
    """The reflection, faded out before the frame ends."""
    light, alpha = shadows.reflection(placed.light, placed.alpha)
    rows = min(light.shape[0], frame.height - placed.y)
    to_end = (frame.height - 1 - placed.y - np.arange(rows, dtype=np.float32)) / frame.height
    fade = np.clip((to_end - 0.03) / 0.06, 0, 1).astype(np.float32)
    return Placed(
        light=light[:rows] * fade[:, None, None],
        alpha=alpha[:rows] * fade[:, None],
        x=placed.x,
        y=placed.y,
    )


def over(
    placed: Placed, frame: Frame, behind: Linear, left: Plane, mirrored: Placed | None = None
) -> Pixels:
    """Backdrop x shadow, reflection over it, product over that; (H, W, 3) uint8.

    `behind` (any size; one pixel is a flat colour) and `left`, the light that shadows leave of
    it, are enlarged to the frame. Worked strip by strip.
    """
    left = _at_size(left, frame)
    flat = behind.shape[:2] == (1, 1)
    size = (frame.width, frame.height)
    if not flat and behind.shape[1::-1] != size:
        behind = np.asarray(cv2.resize(behind, size, interpolation=cv2.INTER_CUBIC), np.float32)

    def paint(top: int, bottom: int) -> Pixels:
        ground = np.broadcast_to(behind, (1, 1, 3)) if flat else behind[top:bottom]
        light = ground * left[top:bottom, :, None]
        for layer in (mirrored, placed):
            if layer is not None:
                _lay_over(light, layer, top, bottom)
        exact = left[top:bottom] >= 1 if flat else None
        return _coded(light, top, exact)

    return painted((frame.height, frame.width, 3), paint)


def _lay_over(light: Linear, layer: Placed, top: int, bottom: int) -> None:
    """Lay the rows `top` to `bottom` of a premultiplied layer over `light`, in place."""
    height, width = layer.alpha.shape
    first, last = max(top, layer.y), min(bottom, layer.y + height)
    if first >= last:
        return
    inside = slice(first - layer.y, last - layer.y)
    under = light[first - top : last - top, layer.x : layer.x + width]
    under *= 1 - layer.alpha[inside][..., None]
    under += layer.light[inside]


_GRAIN = np.random.default_rng(7).random((256, 256)).astype(np.float32)


def _coded(light: Linear, top: int, exact: NDArray[np.bool_] | None) -> Pixels:
    """Linear light -> sRGB codes, dithered against banding except where `exact`."""
    codes = to_srgb(light)
    # One code up or down in linear light, about; a little noise of that size hides the steps.
    slope = np.float32(2.2 / 255) * np.power(np.clip(light, 0.001, 1), np.float32(0.55))
    rows = (np.arange(top, top + light.shape[0]) % 256)[:, None]
    grain = _GRAIN[rows, np.arange(light.shape[1]) % 256] - np.float32(0.5)
    dithered = to_srgb(light + slope * grain[..., None])
    if exact is None:
        return dithered
    return np.where(exact[..., None], codes, dithered)


def _cut_out_with_shadow(placed: Placed, frame: Frame, left: Plane) -> Pixels:
    """RGBA with straight alpha: the product, and its shadow as black of partial opacity."""
    rows, columns = where(placed)
    # Whoever lays this on a page mixes codes, not light: the opacity that looks the same there.
    alpha = np.asarray(1 - np.power(left, np.float32(1 / 2.2)), np.float32)
    alpha[rows, columns] = placed.alpha + alpha[rows, columns] * (1 - placed.alpha)
    light = np.zeros((frame.height, frame.width, 3), np.float32)
    light[rows, columns] = placed.light
    light /= np.maximum(alpha, np.float32(1e-4))[..., None]
    return np.dstack([to_srgb(light), (alpha * 255 + 0.5).astype(np.uint8)])
