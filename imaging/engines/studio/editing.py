"""Edits: one photo, changed step by step in the order of the request."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from imaging.engines.base import (
    ASPECT_RATIOS,
    EngineError,
    Made,
    Picture,
    Pixels,
    Recipe,
    SourceType,
    Watch,
)
from imaging.engines.picture import fit_within, resize
from imaging.engines.studio import canvas as canvases
from imaging.engines.studio import finish
from imaging.engines.studio.canvas import Canvas, canvas_of, cut, painted, product_box, window
from imaging.engines.studio.enhance import MODEL
from imaging.engines.studio.fidelity import share_kept
from imaging.engines.studio.finish import Correction
from imaging.engines.studio.fit import Box
from imaging.engines.studio.looks import backdrop_of, shadow_of
from imaging.engines.studio.treatment import correction_for
from imaging.engines.studio.variation import variation
from imaging.engines.studio.wording import Plan

LARGEST, SMALLEST = 4096, 16  # pixels on a side
SHRUNK = f"The photo was worked on at {LARGEST} pixels on its longer side."
HELD_BACK = f"The picture was enlarged to {LARGEST} pixels on its longer side, no further."
NO_SHADOW = "No shadow was added: the photo still has its own background."

Step = Mapping[str, Any]


def edit(recipe: Recipe, picture: Pixels, watch: Watch) -> Made:
    """The photo after every step of `recipe`, at the size that they lead to.

    Raises EngineError("bad_input") where a product must be cut out and cannot be, and where a
    crop or an expansion leads to a size that is out of bounds.
    """
    started = time.perf_counter()
    canvas = _opened(picture)
    for done, step in enumerate(recipe.steps):
        watch.step(done, len(recipe.steps), str(step["operation"]))
        canvas = _STEPS[step["operation"]](canvas, step)
        _check_size(canvas)
    pixels = painted(canvas, variation(recipe.seed, 0).lamp)
    watch.step(len(recipe.steps), len(recipe.steps), "Finished")
    fidelity = share_kept(canvas.photo, pixels[..., :3], canvas.alpha)
    details: dict[str, Any] = {"seconds": round(time.perf_counter() - started, 3)}
    if canvas.confidence is not None:
        details["cutout_confidence"] = round(canvas.confidence, 3)
    return Made(
        pictures=(Picture(pixels=pixels, source_type=_source_type(canvas)),),
        model=MODEL,
        notes=tuple(dict.fromkeys(canvas.notes)),
        fidelity=round(fidelity, 4),
        details=details,
    )


def _opened(picture: Pixels) -> Canvas:
    height, width = picture.shape[:2]
    if max(width, height) <= LARGEST:
        return canvas_of(picture)
    return canvas_of(resize(picture, *fit_within((width, height), LARGEST))).noting(SHRUNK)


def _check_size(canvas: Canvas) -> None:
    if min(canvas.size) < SMALLEST:
        raise EngineError("bad_input", f"The crop leaves less than {SMALLEST} pixels.")
    if max(canvas.size) > LARGEST:
        raise EngineError("bad_input", f"The picture would be over {LARGEST} pixels on a side.")


def _source_type(canvas: Canvas) -> SourceType:
    drawn = canvas.backdrop.kind != "transparent" or canvas.shadow != "none"
    return "compositeSynthetic" if canvas.alpha is not None and drawn else "algorithmicallyEnhanced"


# --- What stands behind --------------------------------------------------------------------------


def _remove_background(canvas: Canvas, step: Step) -> Canvas:
    return replace(cut(canvas), backdrop=canvases.TRANSPARENT, shadow="none")


def _background(canvas: Canvas, step: Step) -> Canvas:
    return replace(cut(canvas), backdrop=backdrop_of(step["background"]))


def _shadow(canvas: Canvas, step: Step) -> Canvas:
    if canvas.alpha is None:
        return canvas.noting(NO_SHADOW)
    return replace(canvas, shadow=shadow_of(step["shadow"]))


# --- Light and colour ----------------------------------------------------------------------------


def _relight(canvas: Canvas, step: Step) -> Canvas:
    correction = _correction(canvas, step)
    return replace(
        canvas,
        colours=finish.apply(canvas.colours, correction),
        photo=finish.recolour(canvas.photo, correction),
    )


def _correction(canvas: Canvas, step: Step) -> Correction:
    if step.get("automatic"):
        # A cut-out is judged on white, not on whatever colour lies under its transparency.
        seen = canvas.colours
        if canvas.alpha is not None:
            seen = np.dstack([seen, (canvas.alpha * 255 + 0.5).astype(np.uint8)])
        return correction_for(seen, Plan())
    warmth = float(step.get("warmth", 0)) * 0.25  # log units between neutral and candle light
    return Correction(
        gains=(float(np.exp(warmth)), 1.0, float(np.exp(-warmth))),
        stops=float(step.get("brightness", 0)),
        contrast=float(step.get("contrast", 0)) * 0.6,
        vividness=float(step.get("vividness", 0)),
    )


# --- Size and part -------------------------------------------------------------------------------


def _expand(canvas: Canvas, step: Step) -> Canvas:
    width, height = canvas.size
    if "aspectRatio" in step:
        wide, tall = _around(canvas.size, step["aspectRatio"])
        left, top = (wide - width) // 2, (tall - height) // 2
        box = Box(-left, -top, wide - left, tall - top)
    else:
        box = Box(
            -round(step["left"] * width),
            -round(step["top"] * height),
            width + round(step["right"] * width),
            height + round(step["bottom"] * height),
        )
    if max(box.width, box.height) > LARGEST:
        raise EngineError("bad_input", f"The picture would be over {LARGEST} pixels on a side.")
    return window(canvas, box)


def _around(size: tuple[int, int], ratio: str) -> tuple[int, int]:
    """The smallest (width, height) of that ratio that holds `size`."""
    across, down = ASPECT_RATIOS[ratio]
    width, height = size
    return max(width, round(height * across / down)), max(height, round(width * down / across))


def _crop(canvas: Canvas, step: Step) -> Canvas:
    width, height = canvas.size
    if "margin" in step:
        return window(canvas, _with_margin(product_box(canvas), step["margin"], canvas.size))
    if "aspectRatio" in step:
        across, down = ASPECT_RATIOS[step["aspectRatio"]]
        return _cropped_to(canvas, across / down)
    left, top = round(step["left"] * width), round(step["top"] * height)
    right = min(width, left + round(step["width"] * width))
    bottom = min(height, top + round(step["height"] * height))
    return window(canvas, Box(left, top, right, bottom))


def _with_margin(box: Box, margin: float, size: tuple[int, int]) -> Box:
    """`box` with `margin` of its longer side around it, as far as the picture goes."""
    room = round(margin * max(box.width, box.height))
    right, bottom = min(size[0], box.right + room), min(size[1], box.bottom + room)
    return Box(max(0, box.left - room), max(0, box.top - room), right, bottom)


def _cropped_to(canvas: Canvas, ratio: float) -> Canvas:
    """The largest part of `ratio`, about the product's middle."""
    width, height = canvas.size
    wide, tall = min(width, round(height * ratio)), min(height, round(width / ratio))
    subject = product_box(canvas)
    left = _start(wide, width, (subject.left + subject.right) / 2)
    top = _start(tall, height, (subject.top + subject.bottom) / 2)
    return window(canvas, Box(left, top, left + wide, top + tall))


def _start(length: int, available: int, middle: float) -> int:
    return round(min(max(middle - length / 2, 0), available - length))


def _upscale(canvas: Canvas, step: Step) -> Canvas:
    width, height = canvas.size
    most = LARGEST / max(width, height)
    factor = min(step["factor"], most)
    larger = canvases.resized(canvas, round(width * factor), round(height * factor))
    return larger if factor == step["factor"] else larger.noting(HELD_BACK)


def _resize(canvas: Canvas, step: Step) -> Canvas:
    width, height = canvas.size
    wide, tall = step.get("width"), step.get("height")
    if wide is None or tall is None:
        scale = (wide / width) if wide else (tall / height)  # type: ignore[operator]
        return canvases.resized(canvas, wide or round(width * scale), tall or round(height * scale))
    if step["fit"] == "cover":
        return canvases.resized(_cropped_to(canvas, wide / tall), wide, tall)
    scale = min(wide / width, tall / height)
    inside = canvases.resized(canvas, max(1, round(width * scale)), max(1, round(height * scale)))
    if step["fit"] == "inside":
        return inside
    left, top = (wide - inside.size[0]) // 2, (tall - inside.size[1]) // 2
    return window(inside, Box(-left, -top, wide - left, tall - top))


def _format(canvas: Canvas, step: Step) -> Canvas:
    """Files are encoded after the engine, as the recipe's own format says."""
    return canvas


_STEPS: Mapping[str, Callable[[Canvas, Step], Canvas]] = {
    "removeBackground": _remove_background,
    "background": _background,
    "shadow": _shadow,
    "relight": _relight,
    "expand": _expand,
    "upscale": _upscale,
    "crop": _crop,
    "resize": _resize,
    "format": _format,
}
