"""Up to fifty orders at once."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from softbox.answers import AcceptedBatch, Batch, BatchDryRun, BatchSummary
from softbox.errors import ServerError, StillRunning, Unreachable
from softbox.paging import rows
from softbox.transport import LONGEST_LOST, Transport
from softbox.wishes import wire

_PATH = "/partner/v1/batches"

Item = Mapping[str, Any]
"""The wishes of one order, and which: `{"operation": "create", "prompt": "a red mug"}`."""


class Batches:
    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create(
        self,
        items: Sequence[Item],
        *,
        metadata: Mapping[str, str] | None = None,
        webhook_url: str | None = None,
        idempotency_key: str | None = None,
    ) -> AcceptedBatch:
        """Have all accepted, or none. `batch.completed` tells of the last one's end.

        Photos from your disk travel in the one request, which the server takes up to 24 MB of;
        keep more of them as `products` first.
        """
        body = wire({"metadata": metadata, "webhook_url": webhook_url})
        body["items"] = [wire(item) for item in items]
        accepted: AcceptedBatch = self._transport.post(_PATH, body, idempotency_key=idempotency_key)
        return accepted

    def quote(self, items: Sequence[Item]) -> BatchDryRun:
        """What they would cost. Nothing is made or charged."""
        body = {"items": [wire(item) for item in items], "dryRun": True}
        price: BatchDryRun = self._transport.post(_PATH, body)
        return price

    def get(self, batch_id: str) -> Batch:
        """The batch with each item's result or error."""
        found: Batch = self._transport.get(f"{_PATH}/{quote(batch_id, safe='')}")
        return found

    def wait(self, batch_id: str, *, timeout: float = 3600.0, every: float = 5.0) -> Batch:
        """The batch when every item has ended, with a picture or without; asked for `every` s.

        A server that is away for less than a minute is waited for. Raises StillRunning after
        `timeout` s.
        """
        ends_at = time.monotonic() + timeout
        lost_at = None
        while True:
            try:
                if (batch := self.get(batch_id))["status"] == "completed":
                    return batch
                lost_at = None
            except (Unreachable, ServerError):
                lost_at = lost_at or time.monotonic()
                if time.monotonic() - lost_at > LONGEST_LOST or not self._transport.retries:
                    raise
            if time.monotonic() + every > ends_at:
                raise StillRunning(batch_id, timeout)
            self._transport.sleep(every)

    def list(self, *, page_size: int | None = None) -> Iterator[BatchSummary]:
        """All of them, newest first."""
        return rows(self._transport, _PATH, "batches", limit=page_size)
