"""ProdVisual's requests as orders of ours.

Source: ProdVisual, "Generate Image" and "Batch Generate".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from accounts.errors import InvalidRequest, ServiceError
from accounts.webhooks.addresses import webhook_url
from imaging import recipes
from imaging.batches import MOST_ITEMS
from imaging.engines import presets
from imaging.photos import is_http_url, read_photo
from imaging.recipes import Order

FORMATS = ("png", "jpeg", "webp")

_DIMENSIONS = re.compile(r"([1-9]\d{1,3})x([1-9]\d{1,3})", re.ASCII)
_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def read_order(body: Mapping[str, Any]) -> Order:
    """The body of POST /generate, or one item of a batch. Raises InvalidRequest."""
    image = body.get("image_url")
    if not isinstance(image, str) or not is_http_url(image.strip()):
        raise InvalidRequest("image_url is required: an http or https URL", param="image_url")
    style = recipes.one_of(body, "style", tuple(presets.styles()), "")
    if not style:
        raise InvalidRequest("style is required; GET /v1/styles lists them", param="style")
    order = recipes.packshot_order(
        {
            "style": style,
            "platform": recipes.one_of(
                body, "platform", tuple(presets.platforms()), presets.DEFAULT_PLATFORM
            ),
            "dimensions": _dimensions(body),
            "background": _background(body),
            "format": recipes.one_of(body, "format", FORMATS, "png"),
            "quality": recipes.integer(body, "quality", 1, 100, 90),
        },
        photo=read_photo(image, "image_url"),
    )
    return replace(order, webhook_url=read_webhook_url(body))


def read_webhook_url(body: Mapping[str, Any]) -> str:
    """`webhook_url` of a body, "" without one. Raises InvalidRequest."""
    value = body.get("webhook_url")
    return "" if value is None else webhook_url(value, param="webhook_url")


def read_items(body: Mapping[str, Any]) -> list[Order]:
    """The orders of a batch. Raises InvalidRequest, which says of what item it speaks."""
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise InvalidRequest("items is required: a list of generation objects", param="items")
    if len(items) > MOST_ITEMS:
        raise InvalidRequest(f"At most {MOST_ITEMS} items per batch", param="items")
    return [_item(item, f"items[{index}]") for index, item in enumerate(items)]


def _item(item: Any, where: str) -> Order:
    if not isinstance(item, Mapping):
        raise InvalidRequest(f"{where} must be an object", param=where)
    try:
        return read_order(item)
    except ServiceError as error:
        error.message = f"{where}: {error.message}"
        raise


def _dimensions(body: Mapping[str, Any]) -> dict[str, int] | None:
    value = body.get("dimensions")
    if value is None:
        return None
    match = _DIMENSIONS.fullmatch(value) if isinstance(value, str) else None
    sides = [int(side) for side in match.groups()] if match else []
    if not all(recipes.SIDE_MIN <= side <= recipes.SIDE_MAX for side in sides) or not sides:
        raise InvalidRequest(
            f"dimensions must be WxH such as 1500x1500, each side from {recipes.SIDE_MIN} to "
            f"{recipes.SIDE_MAX}",
            param="dimensions",
        )
    return {"width": sides[0], "height": sides[1]}


def _background(body: Mapping[str, Any]) -> str:
    value = body.get("background")
    if value is None:
        return ""
    if not isinstance(value, str) or not (value == "transparent" or _HEX_COLOUR.fullmatch(value)):
        raise InvalidRequest("background must be #RRGGBB or transparent", param="background")
    return value
