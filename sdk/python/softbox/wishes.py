"""What an order may say, in Python's spelling, and how it becomes the API's JSON.

A test compares every name here with the server's OpenAPI document.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

Photo = str | Path
"""An http or https address, base64 or a data URI; a Path is read and sent along."""

AspectRatio = Literal["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3"]
Mode = Literal["fast", "thinking"]
Resolution = Literal["1k", "2k", "4k"]
Format = Literal["png", "jpeg", "webp", "avif"]
Shadow = Literal["none", "soft", "contact", "hard", "floating", "reflection"]
Decision = Literal["approve", "reject", "archive", "reopen"]


class Around(TypedDict, total=False):
    """What every order may say around the picture."""

    seed: int
    webhook_url: str
    metadata: Mapping[str, str]
    start_within: int


class Shape(TypedDict, total=False):
    aspect_ratio: AspectRatio
    mode: Mode
    resolution: Resolution


class CreateWishes(Shape, Around, total=False):
    pass


class EnhanceWishes(Shape, Around, total=False):
    user_request: str


class Dimensions(TypedDict):
    width: int
    height: int


class PackshotWishes(Shape, Around, total=False):
    """With `product_image` or `product_id`."""

    product_image: Photo
    product_id: str
    style: str
    platform: str
    prompt: str
    background: str
    shadow: Shadow
    scene_type: str
    people: str
    location: str
    dimensions: Dimensions
    format: Format
    quality: int
    count: int


class EditWishes(Around, total=False):
    pass


EditStep = str | Mapping[str, Any]
"""The name of a step, or its fields: `{"operation": "background", "background": "#ffffff"}`."""


def wire(wishes: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON of these wishes: camelCase, photos as text, what is None left out."""
    return {camel(name): _plain(value) for name, value in wishes.items() if value is not None}


def camel(name: str) -> str:
    """`aspect_ratio` as `aspectRatio`."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def photos(images: Photo | Sequence[Photo]) -> list[Photo]:
    """One photo or several, as a list."""
    return [images] if isinstance(images, str | Path) else list(images)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return base64.b64encode(value.read_bytes()).decode()
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
