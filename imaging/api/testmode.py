"""What a test key gets: the documented answers at once, with a placeholder picture of ours.

Nothing is stored and no engine, point or other host is touched. A test generation's id holds its
own facts, signed for its partner, so that it can be read back, followed and cancelled like a
live one although there is no row.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

from django.conf import settings

from imaging.engines.base import Mode, Operation, Recipe
from imaging.photos import Source
from imaging.recipes import Order, asked_seed, circumstances

ID_PREFIX = "test_"
PROCESSING_MS = 5
_MAC_BYTES = 9
_SQUARE = 1024


@dataclass(frozen=True)
class TestGeneration:
    """The facts of one test request."""

    __test__ = False  # not a test class, whatever its name says to pytest

    id: str
    operation: str
    width: int
    height: int
    aspect_ratio: str
    resolution: str
    mode: str
    seed: int
    count: int
    format: str
    metadata: dict[str, str]
    created_ms: int

    @property
    def image_urls(self) -> list[str]:
        return [placeholder_url(self.operation, self.width, self.height)] * self.count


def test_generation(order: Order, *, partner_id: UUID, now_ms: int) -> TestGeneration:
    """The test generation of `order`. The same order at the same time has the same id."""
    recipe = order.recipe
    pictures = len(order.sources) if order.operation == "enhance" else order.count
    facts: list[Any] = [
        *(recipe.operation, *_size(recipe), recipe.aspect_ratio),
        *(recipe.resolution, recipe.mode, recipe.seed, pictures, recipe.format),
        *(dict(order.metadata), now_ms),
    ]
    return named(facts, partner_id=partner_id)


def _size(recipe: Recipe) -> tuple[int, int]:
    """The finished size. Without the photo an edit's is known only where its last resize says it;
    otherwise its placeholder is a square."""
    if recipe.width:
        return recipe.width, recipe.height
    sizes = [step for step in recipe.steps if "width" in step and step["operation"] == "resize"]
    last: Mapping[str, Any] = sizes[-1] if sizes else {}
    return last.get("width", _SQUARE), last.get("height", last.get("width", _SQUARE))


def named(facts: Sequence[Any], *, partner_id: UUID) -> TestGeneration:
    """The test generation of these facts, in the order of its fields, under its signed id."""
    said = json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()
    payload = base64.urlsafe_b64encode(min(said, zlib.compress(said, 9), key=len)).rstrip(b"=")
    return TestGeneration(f"{ID_PREFIX}{payload.decode()}.{mac(payload, partner_id)}", *facts)


def read_test_generation(text: str, *, partner_id: UUID) -> TestGeneration | None:
    """The test generation with the id `text`; None for another partner's or a made-up one."""
    payload, _, given = text.removeprefix(ID_PREFIX).rpartition(".")
    if not text.startswith(ID_PREFIX) or not payload.isascii():
        return None
    if not hmac.compare_digest(given.encode(), mac(payload.encode(), partner_id).encode()):
        return None
    said = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    facts = json.loads(said if said.startswith(b"[") else zlib.decompress(said))
    return TestGeneration(text, *facts)


def order_again(generation: TestGeneration, body: Mapping[str, Any]) -> Order:
    """The order that made `generation`, as `imaging.regeneration.order_again` gives it for a
    live one. Raises InvalidRequest."""
    seed, around = asked_seed(body), circumstances(body)
    photos = generation.count if generation.operation == "enhance" else 0
    recipe = Recipe(
        operation=cast(Operation, generation.operation),
        width=generation.width,
        height=generation.height,
        seed=generation.seed if seed is None else seed,
        mode=cast(Mode, generation.mode),
        aspect_ratio=generation.aspect_ratio,
        resolution=generation.resolution,
        count=1 if photos else generation.count,
        format=cast(Any, generation.format),
    )
    return Order(
        recipe=recipe,
        requested_mode=recipe.mode,
        sources=(Source(),) * photos,
        **{**around, "metadata": around["metadata"] or generation.metadata},
    )


def test_price(order: Order) -> dict[str, Any]:
    """`data` of a dry run: nothing costs anything, and no bucket is looked at."""
    return {
        "dryRun": True,
        "mode": order.requested_mode,
        "tier": "test",
        "costPerOperation": 0,
        "pointsRequired": 0,
        "balance": None,
        "sufficient": True,
        "buckets": [],
        "testMode": True,
        "message": _message(),
    }


def test_detail(generation: TestGeneration) -> dict[str, Any]:
    """`data` of GET /partner/v1/generations/{id}."""
    return {
        "id": generation.id,
        "status": "succeeded",
        "operation": generation.operation,
        "mode": generation.mode,
        "resolution": generation.resolution,
        "pointsUsed": 0,
        "imageUrls": generation.image_urls,
        "metadata": generation.metadata,
        "testMode": True,
        "result": test_answer(generation),
    }


def test_answer(generation: TestGeneration) -> dict[str, Any]:
    """`data` of the answer, as documented under "Image API Test Mode"."""
    urls = generation.image_urls
    pictures = {"imageUrl": urls[0]} if generation.operation == "create" else {"imageUrls": urls}
    return {
        **pictures,
        "mode": generation.mode,
        "resolution": generation.resolution,
        "pointsUsed": 0,
        "tier": "test",
        "costPerOperation": 0,
        "remainingBalance": None,
        "processingTimeMs": PROCESSING_MS,
        "totalTimeMs": PROCESSING_MS,
        "testMode": True,
        "message": _message(),
        "generationId": generation.id,
        "engine": {"name": "placeholder", "kind": "none", "neural": False, "version": "1"},
        "model": "placeholder",
        "seed": generation.seed,
        "notes": [],
        **({"metadata": generation.metadata} if generation.metadata else {}),
    }


def placeholder_url(operation: str, width: int, height: int) -> str:
    return f"{settings.PUBLIC_URL}/placeholder/{operation}/{width}x{height}.png"


@cache
def _message() -> str:
    return (
        "This is a test response. No AI model was triggered and no points were deducted. "
        f"Use a live API key ({settings.API_KEY_PREFIX}_live_*) for actual image generation."
    )


@cache
def _mac_key() -> bytes:
    return hashlib.sha256(b"test generation ids:" + settings.SECRET_KEY.encode()).digest()


def mac(payload: bytes, partner_id: UUID) -> str:
    """What shows that a test id is ours and was given to this partner."""
    digest = hmac.digest(_mac_key(), partner_id.bytes + payload, "sha256")
    return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode()
