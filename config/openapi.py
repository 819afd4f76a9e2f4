"""The OpenAPI 3.1 document: every app's chapter, bound into one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from accounts.api import error_description
from accounts.api.description import HEADERS, PARAMETERS, Chapter, Json
from accounts.webhooks import description as webhooks
from config import description as site
from config.operations import error_answer, message_item, path_item
from config.routes import routes
from imaging.api import batch_description as batches
from imaging.api import description as imaging
from imaging.api import ingredient_description as ingredients
from imaging.api import product_description as products
from imaging.api.compat import paqshot_description as paqshot
from imaging.api.compat import prodvisual_description as prodvisual
from imaging.api.compat import qamera_description as qamera
from integrations.api import description as integrations
from integrations.shops import description as shops
from integrations.storefronts import description as storefronts

CHAPTERS: Sequence[Chapter] = (
    imaging.CHAPTER,
    batches.CHAPTER,
    products.CHAPTER,
    ingredients.CHAPTER,
    paqshot.CHAPTER,
    prodvisual.CHAPTER,
    qamera.CHAPTER,
    webhooks.CHAPTER,
    integrations.CHAPTER,
    storefronts.CHAPTER,
    shops.CHAPTER,
    site.CHAPTER,
)

# Of the documented API (ShopIQ API documentation, "Changelog"), which ours is compatible with.
VERSION = "2.2.0"

_ABOUT = """\
Product photography as a service: a photo or a sentence in, a finished packshot out.

**Keys.** Image keys (`{prefix}_live_…`, `{prefix}_test_…`) open `/partner/v1`, management keys
(`{prefix}_mgmt_…`) open `/api/v2/third-party`. Send yours as `X-API-Key`, or as
`Authorization: Bearer`. A test key gets the same answers with placeholder pictures, free of charge.

**Errors** always have the same shape; write programs against `code`, which never changes.

**Every answer** says `X-Request-Id`, which finds it in our logs, and what the key may still ask:
`X-RateLimit-Limit`, `X-RateLimit-Remaining` and `X-RateLimit-Reset`. A 429 says `Retry-After`.

**Once.** Send an `Idempotency-Key` with whatever makes or costs something, and the request can be
repeated without fear.

**Webhooks** carry the Standard Webhooks headers, are retried for 24 hours on anything but 2xx, and
stand in the delivery log.
"""


def encoded_document() -> bytes:
    """The document as JSON."""
    return json.dumps(document(), ensure_ascii=False, separators=(",", ":")).encode()


def document() -> Json:
    """The whole document. Raises ValueError where two chapters say different things of one name."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"{settings.BRAND_NAME} API",
            "version": VERSION,
            "description": _ABOUT.format(prefix=settings.API_KEY_PREFIX),
        },
        "servers": [{"url": settings.PUBLIC_URL}],
        "tags": [{"name": name, "description": about} for name, about in _joined("tags").items()],
        "paths": _paths(),
        "webhooks": {
            event: message_item(webhook) for event, webhook in _joined("webhooks").items()
        },
        "components": _components(),
    }


def _joined(part: str) -> dict[str, Any]:
    """One part of all chapters together."""
    together: dict[str, Any] = {}
    for chapter in CHAPTERS:
        for name, value in getattr(chapter, part).items():
            if together.setdefault(name, value) != value:
                raise ValueError(f"{part}: {name} is described twice")
    return together


def _paths() -> Json:
    """Every described operation under its path. One that no route serves is not in it."""
    operations, ids = _joined("operations"), _joined("ids")
    items = {route.path: path_item(route, operations, ids) for route in routes()}
    return {path: item for path, item in items.items() if item}


def _components() -> Json:
    return {
        "securitySchemes": _key_schemes(),
        "headers": dict(HEADERS),
        "parameters": dict(PARAMETERS),
        "responses": {
            facts.name: error_answer(status) for status, facts in error_description.USUAL.items()
        },
        "schemas": {**_joined("schemas"), "ApiError": error_description.error_schema(_codes())},
    }


def _codes() -> list[str]:
    """Every code that an error may carry."""
    named = {code for chapter in CHAPTERS for code in chapter.codes}
    return sorted(named | error_description.known_codes())


def _key_schemes() -> Json:
    prefix = settings.API_KEY_PREFIX
    return {
        "imageKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": f"An image key: `{prefix}_live_…`, or `{prefix}_test_…` to try.",
        },
        "managementKey": {
            "type": "apiKey",
            "in": "header",
            "name": "X-API-Key",
            "description": f"A management key: `{prefix}_mgmt_…`.",
        },
        "bearer": {
            "type": "http",
            "scheme": "bearer",
            "description": "Either key as `Authorization: Bearer …`.",
        },
    }
