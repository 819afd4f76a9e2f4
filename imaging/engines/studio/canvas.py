"""A photo on the way through an edit: its pixels, and once it is cut out the product's matte and
what stands behind it.

Everything of a canvas has one size, so that cutting, resizing and expanding do the same to all.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from imaging.engines.base import EngineError, Pixels
from imaging.engines.picture import Plane, resize, resize_plane, to_linear
from imaging.engines.studio import compose, fit
from imaging.engines.studio.compose import Frame, Placed
from imaging.engines.studio.cutout import MIN_CONFIDENCE, cut_out
from imaging.engines.studio.fit import Box
from imaging.engines.studio.looks import Backdrop, ShadowKind
from imaging.engines.studio.shadows import Lamp
from imaging.engines.studio.upscale import enlarge

TRANSPARENT = Backdrop(kind="transparent")
UNSURE = "The product could not be told from its background with enough certainty."


@dataclass(frozen=True, kw_only=True)
class Canvas:
    """`colours` (h, w, 3) as edited, `photo` the same with no more than colour changed (to compare
    with). `alpha` (h, w): the product, once it is cut out; `backdrop` then stands behind it."""

    colours: Pixels
    photo: Pixels
    alpha: Plane | None = None
    backdrop: Backdrop = TRANSPARENT
    shadow: ShadowKind = "none"
    confidence: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.colours.shape[1], self.colours.shape[0]

    def noting(self, *notes: str) -> Canvas:
        return replace(self, notes=(*self.notes, *notes))


def canvas_of(picture: Pixels) -> Canvas:
    """The canvas of a photo; one with transparency is cut out already."""
    rgb = np.ascontiguousarray(picture[..., :3])
    canvas = Canvas(colours=rgb, photo=rgb)
    if picture.shape[2] == 3:
        return canvas
    alpha = picture[..., 3].astype(np.float32) / np.float32(255)
    return replace(canvas, alpha=alpha, confidence=1.0)


def cut(canvas: Canvas) -> Canvas:
    """The product cut out, if it is not yet; nothing stands behind it then.

    Raises EngineError("bad_input") where it cannot be told from its background surely.
    """
    if canvas.alpha is not None:
        return canvas
    found = cut_out(canvas.colours)
    if found.confidence < MIN_CONFIDENCE or not (found.alpha > 0.5).any():
        raise EngineError("bad_input", UNSURE)
    product = np.clip(found.foreground * 255 + np.float32(0.5), 0, 255).astype(np.uint8)
    return replace(
        canvas,
        colours=product,
        alpha=np.ascontiguousarray(found.alpha, np.float32),
        confidence=float(found.confidence),
        notes=(*canvas.notes, *found.notes),
    )


def product_box(canvas: Canvas) -> Box:
    """Where the product is."""
    if canvas.alpha is None:
        return fit.subject_box(canvas.colours)
    return Box(*compose.box_of(canvas.alpha))


def window(canvas: Canvas, box: Box) -> Canvas:
    """The part `box` of the canvas; what lies beyond it continues what stands behind."""
    width, height = canvas.size
    inside = box.left >= 0 and box.top >= 0 and box.right <= width and box.bottom <= height
    if canvas.alpha is None and not inside:
        subject = product_box(canvas)
        return replace(
            canvas,
            colours=fit.cut(canvas.colours, box, subject),
            photo=fit.cut(canvas.photo, box, subject),
        )
    return replace(
        canvas,
        colours=_part(canvas.colours, box),
        photo=_part(canvas.photo, box),
        alpha=None if canvas.alpha is None else _part(canvas.alpha, box),
    )


def _part(plane: NDArray[Any], box: Box) -> NDArray[Any]:
    """The part `box` of (h, w) or (h, w, 3), zero beyond it."""
    height, width = plane.shape[:2]
    inside = plane[max(0, box.top) : box.bottom, max(0, box.left) : box.right]
    around = (
        (max(0, -box.top), max(0, box.bottom - height)),
        (max(0, -box.left), max(0, box.right - width)),
    )
    return np.ascontiguousarray(np.pad(inside, around + ((0, 0),) * (plane.ndim - 2)))


def resized(canvas: Canvas, width: int, height: int) -> Canvas:
    """The canvas at exactly width x height."""
    if canvas.size == (width, height):
        return canvas
    grows = width > canvas.size[0] and height > canvas.size[1]
    scale = enlarge if grows else resize
    return replace(
        canvas,
        colours=scale(_bled(canvas), width, height),
        photo=resize(canvas.photo, width, height),
        alpha=None if canvas.alpha is None else resize_plane(canvas.alpha, width, height),
    )


def _bled(canvas: Canvas) -> Pixels:
    """The colours, the product's own carried past its edge once it is cut out."""
    if canvas.alpha is None:
        return canvas.colours
    return compose.bled(canvas.colours, canvas.alpha)


def painted(canvas: Canvas, lamp: Lamp) -> Pixels:
    """The canvas as a picture: (h, w, 3), or (h, w, 4) where nothing stands behind."""
    alpha = canvas.alpha
    if alpha is None:
        return canvas.colours
    if canvas.backdrop.kind == "transparent" and canvas.shadow == "none":
        return np.dstack([canvas.colours, (alpha * 255 + 0.5).astype(np.uint8)])
    width, height = canvas.size
    left, top, right, bottom = compose.box_of(alpha)
    inside = (slice(top, bottom), slice(left, right))
    matte = np.ascontiguousarray(alpha[inside])
    product = compose.bled(np.ascontiguousarray(canvas.colours[inside]), matte)
    placed = Placed(light=to_linear(product) * matte[..., None], alpha=matte, x=left, y=top)
    frame = Frame(width=width, height=height)
    return compose.compose(placed, frame, canvas.backdrop, shadow=canvas.shadow, lamp=lamp)
