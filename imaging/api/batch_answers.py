"""Batches as the API shows them."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.conf import settings

from accounts.api.envelope import iso
from billing import points
from imaging.api.answers import generation_detail
from imaging.models import ENDED, Batch, Generation


def batch_state(batch: Batch, statuses: Counter[str]) -> dict[str, Any]:
    """Where a batch stands; `statuses` says how many of its items have which.

    The batch's own row says whether it has ended: it was read before the items, and the last of
    them may have ended in between.
    """
    ended = sum(statuses[status] for status in ENDED)
    total = statuses.total()
    return {
        "status": "completed" if batch.finished_at else "processing",
        "total": total,
        "completed": ended,
        "succeeded": statuses["succeeded"],
        "failed": ended - statuses["succeeded"],
    }


def batch_row(batch: Batch, statuses: Counter[str]) -> dict[str, Any]:
    """A batch in a list."""
    return {
        "id": str(batch.pk),
        **batch_state(batch, statuses),
        "metadata": batch.metadata,
        "createdAt": iso(batch.created_at),
        "finishedAt": iso(batch.finished_at) if batch.finished_at else None,
    }


def batch_detail(batch: Batch) -> dict[str, Any]:
    """A batch with each item's result or error, in the order they were asked for."""
    items = list(
        Generation.objects.filter(batch=batch)
        .select_related("partner")
        .prefetch_related("assets")
        .order_by("position")
    )
    balance = points.balance(partner_id=batch.partner_id)
    row = batch_row(batch, Counter(item.status for item in items))
    return {
        **row,
        "items": [{"index": item.position, **generation_detail(item, balance)} for item in items],
    }


def accepted_batch(batch: Batch) -> dict[str, Any]:
    """`data` of a 202: which job each item became, and where to look for the results."""
    items = Generation.objects.filter(batch=batch).order_by("position")
    return {
        "id": str(batch.pk),
        "status": "completed" if batch.finished_at else "processing",
        "total": batch.total,
        "pollUrl": batch_url(batch.pk),
        "items": [
            {"index": item.position, "id": str(item.pk), "status": item.status}
            for item in items.only("position", "status")
        ],
    }


def batch_url(batch_id: object) -> str:
    """Where a batch is read."""
    return f"{settings.PUBLIC_URL}/partner/v1/batches/{batch_id}"
