"""Telling the partner's own systems how a generation ended, in the dialect of its surface."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.dispatch import Signal

from accounts.webhooks import outbox
from imaging import batch_ends, events
from imaging.api.answers import generation_detail
from imaging.models import Batch, Generation, GenerationEvent
from imaging.plain import plain

generation_ended = Signal()
"""Sent with `generation=` in the transaction that ends it. A receiver writes rows, no more."""

Dialect = Callable[[Generation], None]
BatchDialect = Callable[[Batch], None]

_dialects: dict[str, Dialect] = {}
_batch_dialects: dict[str, BatchDialect] = {}


def speak(surface: str, dialect: Dialect, batch_dialect: BatchDialect | None = None) -> None:
    """How jobs that came through `surface` are told to the address their request named.

    Registered endpoints of the partner hear of them in our own words as well.
    """
    _dialects[surface] = dialect
    if batch_dialect is not None:
        _batch_dialects[surface] = batch_dialect


def ended(generation: Generation, kind: GenerationEvent.Kind, **data: Any) -> None:
    """Log the end, wake those who wait, and queue the webhooks that tell of it.

    Call it in the transaction that ends the job, once points and pictures are settled, with the
    row as it is now: the message says what the API would answer. `data` is plain JSON for the log.
    """
    events.record(generation.id, kind, **data)
    _tell(generation, f"generation.{kind}")
    if (batch := batch_ends.item_ended(generation)) is not None:
        _batch_dialects.get(batch.surface, batch_ends.announce)(batch)
    generation_ended.send(sender=Generation, generation=generation)


def _tell(generation: Generation, event: str) -> None:
    dialect = _dialects.get(generation.surface)
    if dialect is not None and generation.webhook_url:
        dialect(generation)
    own_url = "" if dialect is not None else generation.webhook_url
    if own_url or outbox.listeners(generation.partner, event):
        detail: Mapping[str, Any] = plain(generation_detail(generation))
        outbox.publish(partner=generation.partner, event=event, data=detail, url=own_url)
