"""What a photo's measurements and its owner's words together say about light and colour."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from imaging.engines.base import Pixels
from imaging.engines.picture import flatten
from imaging.engines.studio import measure
from imaging.engines.studio.finish import Correction, automatic, balance, held_back
from imaging.engines.studio.wording import Plan

_LEAST_NOISE = 0.008  # removed where it was asked for, even if hardly any is measured


def correction_for(pixels: Pixels, plan: Plan) -> Correction:
    """The safe automatic correction, changed by what was asked for.

    The automatic part is held back where it would harm; what was asked for is done as asked.
    A cut-out is judged on white: by itself a brown bag is no brown light.
    """
    pixels = flatten(pixels)
    safe = _without_what_is_kept(held_back(pixels, automatic(pixels)), plan)
    gains = safe.gains
    if plan.neutral:
        light = measure.light(pixels)
        gains = balance(light, max(light.belief, 0.7))
    if plan.warmth:
        red, green, blue = gains
        gains = (red * float(np.exp(plan.warmth)), green, blue * float(np.exp(-plan.warmth)))
    noise = safe.noise
    if plan.remove_noise is not None:
        noise = max(measure.noise(pixels), _LEAST_NOISE) if plan.remove_noise else 0.0
    # Black and white is no place for the automatic touch of colour.
    added = plan.vividness if plan.vividness <= -1 else safe.vividness + plan.vividness
    return replace(
        safe,
        gains=gains,
        stops=safe.stops + plan.stops,
        contrast=float(np.clip(safe.contrast + plan.contrast, -0.6, 0.8)),
        vividness=max(-1.0, min(1.0, added)),
        sharpness=safe.sharpness if plan.sharpness is None else plan.sharpness,
        noise=noise,
    )


def _without_what_is_kept(correction: Correction, plan: Plan) -> Correction:
    if plan.keep_colours:
        correction = replace(correction, gains=(1.0, 1.0, 1.0), vividness=0.0)
    if plan.keep_light:
        correction = replace(correction, stops=0.0, black=0.0, gamma=1.0, contrast=0.0)
    return correction
