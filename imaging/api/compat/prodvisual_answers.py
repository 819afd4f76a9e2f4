"""ProdVisual's answers and webhooks.

Source: ProdVisual, "Error Handling", "Generate Image", "Batch Generate", "Generation Status",
"Webhooks".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.errors import ServiceError
from accounts.webhooks import outbox
from imaging import announcing, batch_ends
from imaging.api.compat import ids
from imaging.api.compat.facts import Facts, of_row, to_the_second
from imaging.api.compat.surface import documented
from imaging.models import Batch, Generation

SURFACE = "prodvisual"
BASE_PATH = "/compat/prodvisual/v1"

CODES: Mapping[int, str] = {
    400: "invalid_request",
    401: "unauthorized",
    402: "insufficient_credits",
    404: "not_found",
    413: "file_too_large",
    422: "invalid_image",
    429: "rate_limited",
    500: "server_error",
    503: "server_error",
}
_STATES = {"queued": "pending", "running": "processing", "succeeded": "completed"}


def why(error: ServiceError) -> dict[str, Any]:
    """What went wrong, of a request or of a generation."""
    status, code = documented(error, CODES)
    return {"code": code, "message": error.message, "status": status}


# --- One picture ---------------------------------------------------------------------------------


def _order_body(facts: Facts) -> dict[str, Any]:
    return {
        "style": facts.style,
        "platform": facts.platform,
        "dimensions": f"{facts.width}x{facts.height}",
        "format": facts.format,
    }


def made_body(facts: Facts, *, remaining: int) -> dict[str, Any]:
    """The 200 of POST /generate."""
    return {
        "id": ids.written(ids.GENERATION, facts.id),
        "status": "completed",
        "output_url": facts.image_url,
        **_order_body(facts),
        "file_size": facts.file_bytes,
        "credits_used": int(facts.charged),
        "credits_remaining": remaining,
        "generation_time_ms": facts.processing_ms,
        "created_at": to_the_second(facts.created_at),
        "expires_at": to_the_second(facts.expires_at),
    }


def accepted_body(facts: Facts, *, held: int, remaining: int) -> dict[str, Any]:
    """The 202 of POST /generate; `held` credits are used when the picture is made."""
    return {
        "id": ids.written(ids.GENERATION, facts.id),
        "status": "processing",
        **_order_body(facts),
        "credits_used": held,
        "credits_remaining": remaining,
        "estimated_time_ms": 1000 * (facts.estimated_seconds or 0),
        "created_at": to_the_second(facts.created_at),
    }


def status_body(facts: Facts) -> dict[str, Any]:
    """GET /generations/{id}: the same fields in every state, null where there is nothing yet."""
    made = facts.state == "succeeded"
    body: dict[str, Any] = {
        "id": ids.written(ids.GENERATION, facts.id),
        "status": _STATES.get(facts.state, "failed"),
        "output_url": facts.image_url,
        "generation_time_ms": facts.processing_ms,
        "created_at": to_the_second(facts.created_at),
        "expires_at": to_the_second(facts.expires_at) if made else None,
    }
    return body if facts.error is None else {**body, "error": why(facts.error)}


# --- Batches -------------------------------------------------------------------------------------


def batch_accepted_body(
    batch_id: UUID | str, *, total: int, held: int, remaining: int, seconds: int
) -> dict[str, Any]:
    """The answer of POST /generate/batch."""
    name = ids.written(ids.BATCH, batch_id)
    return {
        "batch_id": name,
        "status": "processing",
        "total_items": total,
        "credits_used": held,
        "credits_remaining": remaining,
        "estimated_time_ms": 1000 * seconds,
        "results_url": f"{settings.PUBLIC_URL}{BASE_PATH}/generations/{name}",
    }


def batch_body(
    batch_id: UUID | str, items: Sequence[Facts], *, created_at: datetime
) -> dict[str, Any]:
    """GET /generations/{id} of a batch: where it stands, and each item in the order asked."""
    succeeded = sum(item.state == "succeeded" for item in items)
    failed = sum(item.state == "failed" for item in items)
    return {
        "id": ids.written(ids.BATCH, batch_id),
        "batch_id": ids.written(ids.BATCH, batch_id),
        "status": _batch_status(items, failed=failed, ended=succeeded + failed),
        "total_items": len(items),
        "completed_items": succeeded,
        "failed_items": failed,
        "credits_used": sum(item.charged for item in items),
        "results": [status_body(item) for item in items],
        "created_at": to_the_second(created_at),
    }


def _batch_status(items: Sequence[Facts], *, failed: int, ended: int) -> str:
    if ended == len(items):
        return "failed" if failed == ended else "completed"
    return "pending" if all(item.state == "queued" for item in items) else "processing"


def items_of(batch: Batch) -> list[Facts]:
    """The items of a stored batch, in order."""
    rows = Generation.objects.filter(batch=batch).order_by("position")
    return [of_row(row) for row in rows.select_related("partner").prefetch_related("assets")]


# --- Webhooks ------------------------------------------------------------------------------------


def tell(generation: Generation) -> None:
    """The webhook of an ended generation, signed with the API key of its request."""
    facts = of_row(generation)
    state = "failed" if facts.error else "completed"
    data: dict[str, Any] = {
        "id": ids.written(ids.GENERATION, facts.id),
        "status": state,
        "output_url": facts.image_url,
        "credits_used": int(facts.charged),
    }
    if facts.error:
        data["error"] = why(facts.error)
    _send(generation, f"generation.{state}", data)


def tell_batch(batch: Batch) -> None:
    """The one webhook at a batch's end; registered endpoints hear of it in our own words."""
    if batch.webhook_url:
        data = batch_body(batch.pk, items_of(batch), created_at=batch.created_at)
        _send(batch, "batch.completed", data)
    batch_ends.announce_to_endpoints(batch)


def _send(told: Generation | Batch, event: str, data: Mapping[str, Any]) -> None:
    """Queue the message, and forget the key: from here on only the delivery knows it."""
    payload = {"event": event, "data": data, "timestamp": to_the_second(timezone.now())}
    outbox.send(
        partner=told.partner,
        event=event,
        payload=payload,
        url=told.webhook_url,
        scheme=SURFACE,
        secret=told.webhook_secret or "",
        secret_once=True,
    )
    type(told)._default_manager.filter(pk=told.pk).update(webhook_secret=None)


announcing.speak(SURFACE, tell, tell_batch)
