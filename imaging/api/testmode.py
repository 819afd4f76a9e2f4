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
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings

from imaging.recipes import Order

ID_PREFIX = "test_"
PROCESSING_MS = 5
_MAC_BYTES = 9


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
        *(recipe.operation, recipe.width, recipe.height, recipe.aspect_ratio),
        *(recipe.resolution, recipe.mode, recipe.seed, pictures, recipe.format),
        *(dict(order.metadata), now_ms),
    ]
    payload = base64.urlsafe_b64encode(
        json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()
    ).rstrip(b"=")
    mac = _mac(payload, partner_id)
    return TestGeneration(f"{ID_PREFIX}{payload.decode()}.{mac}", *facts)


def read_test_generation(text: str, *, partner_id: UUID) -> TestGeneration | None:
    """The test generation with the id `text`; None for another partner's or a made-up one."""
    payload, dot, mac = text.removeprefix(ID_PREFIX).rpartition(".")
    if not dot or not hmac.compare_digest(mac, _mac(payload.encode(), partner_id)):
        return None
    facts = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return TestGeneration(text, *facts)


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


def _mac(payload: bytes, partner_id: UUID) -> str:
    digest = hmac.digest(_mac_key(), partner_id.bytes + payload, "sha256")
    return base64.urlsafe_b64encode(digest[:_MAC_BYTES]).decode()
