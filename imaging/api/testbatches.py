"""Batches of a test key: like test generations, they live in their id and nowhere else."""

from __future__ import annotations

import base64
import hmac
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from accounts.api.envelope import iso
from imaging.api import testmode
from imaging.api.batch_answers import batch_url
from imaging.api.testmode import TestGeneration
from imaging.recipes import Order

ID_PREFIX = "testbatch_"


@dataclass(frozen=True)
class TestBatch:
    """The facts of one test batch."""

    __test__ = False  # not a test class, whatever its name says to pytest

    id: str
    metadata: dict[str, str]
    items: tuple[TestGeneration, ...]
    created_ms: int


def test_batch(
    orders: Sequence[Order], metadata: Mapping[str, str], *, partner_id: UUID, now_ms: int
) -> TestBatch:
    """The test batch of `orders`; each item is a test generation that can be read by itself."""
    items = tuple(
        testmode.test_generation(order, partner_id=partner_id, now_ms=now_ms) for order in orders
    )
    # Without their ids, which are made of the same facts: fifty of those are no address any more.
    facts = [dict(metadata), [list(astuple(item)[1:]) for item in items], now_ms]
    text = json.dumps(facts, separators=(",", ":"), ensure_ascii=False).encode()
    payload = base64.urlsafe_b64encode(zlib.compress(text, 9)).rstrip(b"=")
    mac = testmode.mac(payload, partner_id)
    return TestBatch(f"{ID_PREFIX}{payload.decode()}.{mac}", dict(metadata), items, now_ms)


def read_test_batch(text: str, *, partner_id: UUID) -> TestBatch | None:
    """The test batch with the id `text`; None for another partner's or a made-up one."""
    payload, _, mac = text.removeprefix(ID_PREFIX).rpartition(".")
    if not text.startswith(ID_PREFIX) or not payload.isascii():
        return None
    if not hmac.compare_digest(mac.encode(), testmode.mac(payload.encode(), partner_id).encode()):
        return None
    packed = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    metadata, rows, created_ms = json.loads(zlib.decompress(packed))
    items = tuple(testmode.named(facts, partner_id=partner_id) for facts in rows)
    return TestBatch(text, metadata, items, created_ms)


def test_accepted(batch: TestBatch) -> dict[str, Any]:
    """`data` of the 202."""
    return {
        "id": batch.id,
        "status": "completed",
        "total": len(batch.items),
        "pollUrl": batch_url(batch.id),
        "items": [
            {"index": index, "id": item.id, "status": "succeeded"}
            for index, item in enumerate(batch.items)
        ],
        "testMode": True,
    }


def test_batch_detail(batch: TestBatch) -> dict[str, Any]:
    """`data` of GET /partner/v1/batches/{id}."""
    number, created = len(batch.items), iso(datetime.fromtimestamp(batch.created_ms / 1000, UTC))
    return {
        "id": batch.id,
        "status": "completed",
        "total": number,
        "completed": number,
        "succeeded": number,
        "failed": 0,
        "metadata": batch.metadata,
        "createdAt": created,
        "finishedAt": created,
        "items": [
            {"index": index, **testmode.test_detail(item)} for index, item in enumerate(batch.items)
        ],
        "testMode": True,
    }


def test_batch_price(orders: Sequence[Order]) -> dict[str, Any]:
    """`data` of a dry run: nothing costs anything, and no bucket is looked at."""
    return {
        "dryRun": True,
        "total": len(orders),
        "pointsRequired": 0,
        "balance": None,
        "sufficient": True,
        "items": [
            {"index": index, "operation": order.operation, "pointsRequired": 0}
            for index, order in enumerate(orders)
        ],
        "buckets": [],
        "testMode": True,
    }
