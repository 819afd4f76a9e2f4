"""One packshot: a cut-out product, a look, a light -> a finished picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from imaging.engines.base import EngineError, Pixels, SourceType, Watch
from imaging.engines.picture import Plane
from imaging.engines.studio import compose, finish
from imaging.engines.studio.compose import Frame, Placed
from imaging.engines.studio.cutout import MIN_CONFIDENCE, CutOut, cut_out
from imaging.engines.studio.fidelity import share_kept
from imaging.engines.studio.finish import Correction
from imaging.engines.studio.looks import Backdrop, Place, Props, ShadowKind, backdrop_of
from imaging.engines.studio.variation import Variation, matching

_MARGIN = 0.04  # of the product's longer side, kept around it when it is worked on


@dataclass(frozen=True, kw_only=True)
class Look:
    """How a packshot shall look. `background` is text for `backdrop_of` or one of
    `presets.AUTOMATIC`; `surface` the words of a rendered set, empty for none; `place` what is
    painted behind it, `props` what stands around the product. The `open_` fields say what the
    request left to us, so that a series may vary it."""

    background: str = "white"
    shadow: ShadowKind = "soft"
    fill: float = 0.8
    centre: float = 0.5
    baseline: float | None = None
    headroom: float = 0.0
    surface: str = ""
    place: Place | None = None
    props: Props | None = None
    open_shadow: bool = False
    open_background: bool = False


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One finished picture and what must be said about it; `placed` is the product in it."""

    pixels: Pixels
    source_type: SourceType
    fidelity: float | None = None
    notes: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    placed: Placed | None = None


@dataclass(frozen=True, kw_only=True)
class Product:
    """A product ready to be set anywhere: cut out, corrected, cropped to its box.

    `colours` (h, w, 3) uint8 and `alpha` (h, w) are what is delivered; `photo` (h, w, 3) is the
    same part of the source photo after the colour correction alone, to compare with.
    """

    colours: Pixels
    alpha: Plane
    photo: Pixels
    sharpness: float
    confidence: float
    notes: tuple[str, ...] = ()


def separate(photo: Pixels, correction: Callable[[Pixels], Correction]) -> Product | None:
    """The product of a photo, or None where it cannot be told from its background surely.

    `correction` decides on light and colour from the whole photo.
    """
    cut = cut_out(photo)
    if cut.confidence < MIN_CONFIDENCE or not (cut.alpha > 0.5).any():
        return None
    return prepared(photo, cut, correction(photo))


def prepared(photo: Pixels, cut: CutOut, correction: Correction) -> Product:
    """The product within a cut-out photo, corrected."""
    left, top, right, bottom = compose.box_of(cut.alpha)
    margin = round(_MARGIN * max(right - left, bottom - top)) + 2
    rows = slice(max(0, top - margin), bottom + margin)
    columns = slice(max(0, left - margin), right + margin)
    colours = np.clip(cut.foreground[rows, columns] * 255 + np.float32(0.5), 0, 255)
    corrected = finish.apply(colours.astype(np.uint8), replace(correction, sharpness=0.0))
    return Product(
        colours=corrected,
        alpha=np.ascontiguousarray(cut.alpha[rows, columns], np.float32),
        photo=finish.recolour(np.ascontiguousarray(photo[rows, columns, :3]), correction),
        sharpness=correction.sharpness,
        confidence=float(cut.confidence),
        notes=tuple(cut.notes),
    )


def shoot(
    product: Product, look: Look, size: tuple[int, int], varied: Variation, watch: Watch
) -> Shot:
    """The product in its look at exactly `size` (width, height).

    A rendered set that cannot be made here becomes the look's plain backdrop, and a note says
    so.
    """
    if not look.surface:
        return on_backdrop(product, look, size, varied)
    try:
        return _on_set(product, look, size, varied, watch)
    except EngineError as error:
        if error.kind != "model_missing":
            raise
        shot = on_backdrop(product, look, size, varied)
        note = f"{error.reason} The product was set on a plain backdrop instead."
        return replace(shot, notes=(*shot.notes, note))


def on_backdrop(product: Product, look: Look, size: tuple[int, int], varied: Variation) -> Shot:
    """The product on a plain backdrop."""
    backdrop = varied.backdrop(_backdrop(product, look, varied), is_open=look.open_background)
    shadow = varied.shadow(look.shadow, is_open=look.open_shadow)
    frame = Frame(
        width=size[0],
        height=size[1],
        fill=look.fill,
        centre=look.centre,
        baseline=_baseline(look, backdrop, shadow, _share_of_height(product, look, size)),
        headroom=look.headroom,
    )
    placed = compose.place(product.colours, product.alpha, frame, sharpness=product.sharpness)
    pixels = compose.compose(
        placed, frame, backdrop, shadow=shadow, strength=varied.strength, lamp=varied.lamp
    )
    return Shot(
        pixels=pixels,
        source_type="compositeSynthetic",
        fidelity=_fidelity(product, pixels, placed),
        placed=placed,
        details={
            "background": backdrop.kind,
            "colour": "#{:02x}{:02x}{:02x}".format(*backdrop.colour),
            "shadow": shadow,
            "light": {"side": round(varied.lamp.side, 3), "height": round(varied.lamp.height, 3)},
        },
    )


def _backdrop(product: Product, look: Look, varied: Variation) -> Backdrop:
    if look.background == "auto:pastel":
        return matching("pastel", product.colours, product.alpha, varied.index)
    if look.background == "auto:complement":
        return matching("complement", product.colours, product.alpha, varied.index)
    if look.background == "auto:tonal":
        return matching("tonal", product.colours, product.alpha, varied.index)
    return backdrop_of(look.background)


def _share_of_height(product: Product, look: Look, size: tuple[int, int]) -> float:
    """How much of the frame's height the product takes up."""
    left, top, right, bottom = compose.box_of(product.alpha)
    width, height = size
    return look.fill * min(1.0, width * (bottom - top) / (right - left) / height)


def _baseline(look: Look, backdrop: Backdrop, shadow: ShadowKind, tall: float) -> float | None:
    """Where the product, `tall` of the frame, stands. On sweeps and gloss it needs floor before
    it; a flat product stands a little low, as on a table."""
    if look.baseline is not None:
        return look.baseline
    if look.headroom:
        return min(0.9, (look.headroom + 0.9 + tall) / 2)
    half = (look.fill + tall) / 4
    if shadow == "reflection":
        return min(0.88, 0.5 + half)
    if shadow == "floating":
        return min(0.84, 0.5 + half)
    if backdrop.kind in ("sweep", "spot", "gradient"):
        return min(0.93, 0.52 + half)
    return None


def _fidelity(product: Product, pixels: Pixels, placed: Placed) -> float:
    height, width = placed.alpha.shape
    left, top, right, bottom = compose.box_of(product.alpha)
    part = pixels[placed.y : placed.y + height, placed.x : placed.x + width]
    return share_kept(
        product.photo[top:bottom, left:right], part, product.alpha[top:bottom, left:right]
    )


def _on_set(
    product: Product, look: Look, size: tuple[int, int], varied: Variation, watch: Watch
) -> Shot:
    """The product in a rendered set. Raises EngineError("model_missing") where sets cannot be
    rendered."""
    # The renderer is loaded only by those who render.
    from imaging.engines.studio.stage import stage

    staged = stage(
        product.colours,
        product.alpha,
        look.surface,
        size,
        place=look.place,
        props=look.props,
        fill=look.fill,
        seed=varied.seed,
        watch=watch,
        sharpness=product.sharpness,
    )
    return Shot(
        pixels=staged.pixels,
        source_type="compositeSynthetic",
        fidelity=_fidelity(product, staged.pixels, staged.placed),
        placed=staged.placed,
        details=staged.details,
    )
