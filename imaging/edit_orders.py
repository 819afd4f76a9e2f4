"""The body of POST /partner/v1/image/edit, checked: a photo and the steps to take, in order.

Pure functions on plain JSON values, as in `recipes.py`. A step comes out with every field that it
needs and nothing else, so that a recipe says all of it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

from accounts.errors import InvalidRequest
from imaging.engines.base import ASPECT_RATIOS, EngineError, Recipe
from imaging.engines.edits import EDITS, FITS, MOST_STEPS
from imaging.engines.studio.looks import backdrop_of
from imaging.photos import read_photo
from imaging.recipes import (
    FORMATS,
    SEED_MAX,
    SHADOWS,
    SIDE_MAX,
    SIDE_MIN,
    Body,
    Order,
    asked_seed,
    circumstances,
)

Step = dict[str, Any]

RELIGHTS: Mapping[str, float] = {"brightness": 2, "contrast": 1, "warmth": 1, "vividness": 1}
"""Field -> how far it goes either way."""
_EDGES = ("left", "right", "top", "bottom")
_LEAST_CROP = 0.02


def edit_order(body: Body) -> Order:
    """The order in the body. Raises InvalidRequest naming the step at fault."""
    source = read_photo(body.get("image"), "image")
    steps = _steps(body.get("operations"))
    around, seed = circumstances(body), asked_seed(body)
    files = [step for step in steps if step["operation"] == "format"]
    last: Step = files[-1] if files else {"format": "png", "quality": 90}
    recipe = Recipe(
        operation="edit",
        width=0,
        height=0,
        seed=secrets.randbelow(SEED_MAX + 1) if seed is None else seed,
        resolution="source",
        format=last["format"],
        quality=last["quality"],
        steps=tuple(steps),
    )
    return Order(recipe=recipe, requested_mode="fast", sources=(source,), **around)


def _steps(value: Any) -> list[Step]:
    if not isinstance(value, list) or not value:
        raise InvalidRequest("operations must be a list of at least one step", param="operations")
    if len(value) > MOST_STEPS:
        raise InvalidRequest(f"Maximum {MOST_STEPS} operations per edit", param="operations")
    return [_step(step, f"operations[{index}]") for index, step in enumerate(value)]


def _step(value: Any, where: str) -> Step:
    """One step; its bare name stands for a step without wishes."""
    wishes = {"operation": value} if isinstance(value, str) else value
    if not isinstance(wishes, Mapping):
        raise InvalidRequest(f"{where} must be an object", param=where)
    name = wishes.get("operation")
    if not isinstance(name, str) or name not in EDITS:
        raise InvalidRequest(
            f"Invalid operation. Supported: {', '.join(EDITS)}", param=f"{where}.operation"
        )
    return {"operation": name, **_READERS[name](wishes, where)}


# --- One kind of step each -----------------------------------------------------------------------


def _nothing(wishes: Body, where: str) -> Step:
    return {}


def _background(wishes: Body, where: str) -> Step:
    value = wishes.get("background")
    if not isinstance(value, str) or len(value) > 200:
        raise InvalidRequest(
            "background must be #RRGGBB, a colour or transparent", param=f"{where}.background"
        )
    try:
        backdrop_of(value)
    except EngineError as error:
        raise InvalidRequest(error.reason, param=f"{where}.background") from None
    return {"background": value.strip()}


def _shadow(wishes: Body, where: str) -> Step:
    return {"shadow": _choice(wishes, "shadow", SHADOWS, "soft", where)}


def _relight(wishes: Body, where: str) -> Step:
    """Numbers, or none of them for the automatic correction."""
    asked = {
        name: _number(wishes, name, -most, most, where)
        for name, most in RELIGHTS.items()
        if wishes.get(name) is not None
    }
    return asked or {"automatic": True}


def _expand(wishes: Body, where: str) -> Step:
    """Shares of the picture's own width or height to add, or an aspect ratio to reach."""
    if wishes.get("aspectRatio") is not None:
        return {"aspectRatio": _ratio(wishes, where)}
    edges = {
        edge: _number(wishes, edge, 0, 2, where) for edge in _EDGES if wishes.get(edge) is not None
    }
    if not any(edges.values()):
        raise InvalidRequest(
            f"expand needs aspectRatio, or a share for one of {', '.join(_EDGES)}", param=where
        )
    return {edge: edges.get(edge, 0.0) for edge in _EDGES}


def _upscale(wishes: Body, where: str) -> Step:
    return {"factor": _number(wishes, "factor", 1, 4, where, default=2.0)}


def _crop(wishes: Body, where: str) -> Step:
    """A box in shares of the picture, an aspect ratio, or a margin around the product."""
    if wishes.get("aspectRatio") is not None:
        return {"aspectRatio": _ratio(wishes, where)}
    if wishes.get("margin") is not None:
        return {"margin": _number(wishes, "margin", 0, 1, where)}
    if any(wishes.get(name) is None for name in ("left", "top", "width", "height")):
        raise InvalidRequest(
            "crop needs aspectRatio, margin, or left, top, width and height", param=where
        )
    box = {name: _number(wishes, name, 0, 1, where) for name in ("left", "top")}
    box |= {name: _number(wishes, name, _LEAST_CROP, 1, where) for name in ("width", "height")}
    if box["left"] + box["width"] > 1.0001 or box["top"] + box["height"] > 1.0001:
        raise InvalidRequest("crop reaches beyond the picture", param=where)
    return box


def _resize(wishes: Body, where: str) -> Step:
    sides = {
        side: _whole(wishes, side, SIDE_MIN, SIDE_MAX, where)
        for side in ("width", "height")
        if wishes.get(side) is not None
    }
    if not sides:
        raise InvalidRequest("resize needs width, height or both", param=where)
    if len(sides) < 2:
        return sides
    return {**sides, "fit": _choice(wishes, "fit", FITS, "inside", where)}


def _format(wishes: Body, where: str) -> Step:
    return {
        "format": _choice(wishes, "format", FORMATS, "png", where),
        "quality": _whole(wishes, "quality", 1, 100, where, default=90),
    }


_READERS: Mapping[str, Callable[[Body, str], Step]] = {
    "removeBackground": _nothing,
    "background": _background,
    "shadow": _shadow,
    "relight": _relight,
    "expand": _expand,
    "upscale": _upscale,
    "crop": _crop,
    "resize": _resize,
    "format": _format,
}


# --- One field each ------------------------------------------------------------------------------


def _ratio(wishes: Body, where: str) -> str:
    return _choice(wishes, "aspectRatio", tuple(ASPECT_RATIOS), "1:1", where)


def _choice(wishes: Body, key: str, allowed: tuple[str, ...], default: str, where: str) -> str:
    value = wishes.get(key)
    if value is None:
        return default
    if not isinstance(value, str) or value not in allowed:
        raise InvalidRequest(
            f"Invalid {key}. Supported: {', '.join(allowed)}", param=f"{where}.{key}"
        )
    return value


def _number(
    wishes: Body, key: str, low: float, high: float, where: str, default: float | None = None
) -> float:
    value = wishes.get(key)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise InvalidRequest(
            f"{key} must be a number from {low:g} to {high:g}", param=f"{where}.{key}"
        )
    return float(value)


def _whole(
    wishes: Body, key: str, low: int, high: int, where: str, default: int | None = None
) -> int:
    value = wishes.get(key)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InvalidRequest(
            f"{key} must be a whole number from {low} to {high}", param=f"{where}.{key}"
        )
    return value
