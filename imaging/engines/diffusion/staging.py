"""The product's own pixels in a generated scene.

Networks redraw what they are shown: labels blur, logos change. So a packshot's scene is drawn
empty and the product laid into it, with a shadow that fits the scene's light and colours brought
only so far towards it that the product still counts as unchanged (see `studio.fidelity`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np

from imaging.engines import presets
from imaging.engines.base import Pixels, Recipe
from imaging.engines.picture import Linear, to_linear, to_srgb
from imaging.engines.studio import compose, shadows, wording
from imaging.engines.studio.compose import Frame, Placed
from imaging.engines.studio.fidelity import share_kept
from imaging.engines.studio.looks import ShadowKind, shadow_of
from imaging.engines.studio.shadows import Lamp
from imaging.engines.studio.shot import Product, separate
from imaging.engines.studio.treatment import correction_for
from imaging.engines.studio.variation import variation

MAY_ALTER = (
    "The product was redrawn together with its surroundings and may differ in detail from the "
    "photo."
)
NOT_FOUND = "The product could not be told surely from its background."

# How far a product's channels follow the scene: 6 % is less than a just noticeable difference
# of most colours twice over, which is what the fidelity score tolerates.
_FOLLOWS = 0.12
_MOST_GAIN = 1.06
_DEFAULT_FILL = 0.6
_BASELINE = 0.84

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Staged:
    """A finished picture, how far the product in it is the photo's, and what was measured."""

    pixels: Pixels
    fidelity: float
    details: dict[str, object]


def product_of(photo: Pixels, request: str) -> Product | None:
    """The product of a photo, corrected as the request wants; None where it cannot be told from
    its background surely enough to be cut out."""
    plan = wording.read(request)
    return separate(photo, lambda whole: correction_for(whole, plan))


def light_side(recipe: Recipe) -> Side:
    """Where the light of a series comes from: asked for in the scene's words."""
    return "right" if variation(recipe.seed, 0).lamp.side > 0 else "left"


def stage(product: Product, scene: Pixels, recipe: Recipe) -> Staged:
    """The product standing in `scene` (H, W, 3) of the finished size; its shadow falls away from
    the scene's light."""
    height, width = scene.shape[:2]
    style = presets.style(recipe.style)
    frame = Frame(
        width=width,
        height=height,
        fill=style.fill if recipe.style else _DEFAULT_FILL,
        centre=style.centre,
        baseline=style.baseline or _BASELINE,
    )
    placed = compose.place(product.colours, product.alpha, frame, sharpness=product.sharpness)
    light = to_linear(scene)
    lamp = lamp_of(light, expected=light_side(recipe))
    gains = _gains(light, placed)
    placed = replace(placed, light=placed.light * gains)
    pixels = _laid(light, placed, _shadow(recipe, placed, (height, width), lamp))
    return Staged(
        pixels=pixels,
        fidelity=_fidelity(product, pixels, placed),
        details={
            "light_side": round(lamp.side, 3),
            "colour_gains": [round(float(gain), 4) for gain in gains],
            "cutout_confidence": round(product.confidence, 3),
        },
    )


def lamp_of(light: Linear, *, expected: Side) -> Lamp:
    """Where a scene's light comes from, as far as its own brightness says: a wall lit from the
    left is brighter there. An even scene is lit from the side that its words asked for."""
    small = cv2.resize(light, (32, 32), interpolation=cv2.INTER_AREA).mean(axis=2)
    left, right = float(small[:, :10].mean()), float(small[:, -10:].mean())
    lean = (right - left) / max(right + left, 1e-4)
    asked = 0.6 if expected == "right" else -0.6
    # Under a twentieth the difference may be the scene's things and not its light.
    side = float(np.clip(lean * 4, -0.9, 0.9)) if abs(lean) > 0.05 else asked
    return Lamp(side=side, height=0.55)


def _gains(light: Linear, placed: Placed) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(3,) factors that bring the product's white a little towards the scene's around it."""
    height, width = placed.alpha.shape
    around = light[
        max(0, placed.y - height // 4) : placed.y + height,
        max(0, placed.x - width // 2) : placed.x + width + width // 2,
    ]
    mean = around.reshape(-1, 3).mean(axis=0) + np.float32(1e-3)
    tint = mean / mean.mean()
    return np.asarray(np.clip(tint**_FOLLOWS, 1 / _MOST_GAIN, _MOST_GAIN), np.float32)


def _shadow(
    recipe: Recipe, placed: Placed, size: tuple[int, int], lamp: Lamp
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """(H, W) share of the scene's light that is left around the product."""
    matte = np.zeros(size, np.float32)
    height, width = placed.alpha.shape
    matte[placed.y : placed.y + height, placed.x : placed.x + width] = placed.alpha
    kind: ShadowKind = shadow_of(recipe.shadow) if recipe.shadow else "soft"
    if kind == "reflection":
        kind = "soft"  # a drawn surface is not known to be glossy
    left = shadows.transmittance(kind, matte, lamp)
    large = cv2.resize(left, (size[1], size[0]), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.asarray(large, np.float32), 0, 1)


def _laid(
    light: Linear, placed: Placed, left: np.ndarray[tuple[int, ...], np.dtype[np.float32]]
) -> Pixels:
    """Scene x shadow, the product over it, in linear light."""
    mixed = light * left[..., None]
    height, width = placed.alpha.shape
    under = mixed[placed.y : placed.y + height, placed.x : placed.x + width]
    under *= 1 - placed.alpha[..., None]
    under += placed.light
    return to_srgb(mixed)


def _fidelity(product: Product, pixels: Pixels, placed: Placed) -> float:
    height, width = placed.alpha.shape
    left, top, right, bottom = compose.box_of(product.alpha)
    part = pixels[placed.y : placed.y + height, placed.x : placed.x + width]
    return share_kept(
        product.photo[top:bottom, left:right], part, product.alpha[top:bottom, left:right]
    )
