"""Telling the partner's own systems how a generation ended."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.dispatch import Signal

from accounts.api.envelope import json_response
from accounts.webhooks import outbox
from imaging import events
from imaging.api.answers import generation_detail
from imaging.models import Generation, GenerationEvent

generation_ended = Signal()
"""Sent with `generation=` in the transaction that ends it. A receiver writes rows, no more."""


def ended(generation_id: UUID, kind: GenerationEvent.Kind, **data: Any) -> None:
    """Log the end, wake those who wait, and queue the webhooks that tell of it.

    Call it in the transaction that ends the job, once points and pictures are settled: the
    message says what the API would answer. `data` is plain JSON for the log.
    """
    events.record(generation_id, kind, **data)
    generation = (
        Generation.objects.select_related("partner")
        .prefetch_related("assets")
        .get(id=generation_id)
    )
    event = f"generation.{kind}"
    if generation.webhook_url or outbox.listeners(generation.partner, event):
        outbox.publish(
            partner=generation.partner,
            event=event,
            data=plain(generation_detail(generation)),
            url=generation.webhook_url,
        )
    generation_ended.send(sender=Generation, generation=generation)


def plain(detail: dict[str, Any]) -> dict[str, Any]:
    """An answer as the JSON it would be: what is no JSON type is written as the API writes it."""
    parsed: dict[str, Any] = json.loads(json_response(detail).content)
    return parsed
