"""Batches: many orders at once, all accepted or none, each with an end of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.errors import InvalidRequest, ServiceError
from accounts.models import Partner
from imaging import recipes, submitting
from imaging.jobs import Ticket
from imaging.models import Batch, Priority
from imaging.recipes import Order

MOST_ITEMS = 50

CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Order]] = {
    "create": recipes.create_order,
    "enhance": recipes.enhance_order,
    "packshot": recipes.packshot_order,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a batch, from which surface, and who wants to hear of its end.

    `webhook_secret` is a surface's own, kept where the batch or an item has an address to tell.
    """

    partner: Partner
    api_key_id: UUID | None = None
    monthly_cap: Decimal | None = None
    surface: str = "partner"
    webhook_url: str = ""
    webhook_secret: str = ""
    retention_days: int | None = None
    correlation_id: str = ""


def read_items(value: Any, partner: Partner, *, most: int = MOST_ITEMS) -> list[Order]:
    """The orders of a batch. Raises InvalidRequest and ContentBlocked naming the item at fault."""
    if not isinstance(value, list) or not value:
        raise InvalidRequest("items must be a list of at least one order", param="items")
    if len(value) > most:
        raise InvalidRequest(f"Maximum {most} items per batch", param="items")
    return [_item(item, f"items[{index}]", partner) for index, item in enumerate(value)]


def _item(item: Any, where: str, partner: Partner) -> Order:
    if not isinstance(item, Mapping):
        raise InvalidRequest(f"{where} must be an object", param=where)
    operation = item.get("operation")
    check = CHECKS.get(operation) if isinstance(operation, str) else None
    if check is None:
        raise InvalidRequest(
            f"Invalid operation. Supported: {', '.join(CHECKS)}", param=f"{where}.operation"
        )
    if item.get("dryRun"):
        raise InvalidRequest("dryRun is said of the whole batch", param=f"{where}.dryRun")
    try:
        return submitting.checked(check(item), partner)
    except ServiceError as error:
        error.param = f"{where}.{error.param}" if error.param else where
        raise


def submit(
    asked: Asked,
    orders: Sequence[Order],
    *,
    metadata: Mapping[str, str] | None = None,
    ticket: Ticket | None = None,
) -> Batch:
    """Hold the points of every item and queue them behind people who wait; all of it or nothing.

    Raises InsufficientPoints, a cap's refusal, or Unavailable when too many jobs wait.
    """
    kept: list[submitting.Kept] = []
    try:
        # Files first: no lock is held while they are written.
        kept.extend(submitting.keep(order, asked.partner) for order in orders)
        return _stored(asked, orders, kept, metadata=metadata, ticket=ticket)
    except BaseException:
        for sources in kept:
            submitting.throw_away(sources)
        raise


@transaction.atomic
def _stored(
    asked: Asked,
    orders: Sequence[Order],
    kept: Sequence[submitting.Kept],
    *,
    metadata: Mapping[str, str] | None,
    ticket: Ticket | None,
) -> Batch:
    batch = Batch.objects.create(
        partner=asked.partner,
        api_key_id=asked.api_key_id,
        surface=asked.surface,
        total=len(orders),
        metadata=dict(metadata or {}),
        webhook_url=asked.webhook_url,
        webhook_secret=asked.webhook_secret if asked.webhook_url else None,
    )
    for position, (order, sources) in enumerate(zip(orders, kept, strict=True)):
        submitting.submit(
            order,
            kept=sources,
            partner=asked.partner,
            api_key_id=asked.api_key_id,
            monthly_cap=asked.monthly_cap,
            surface=asked.surface,
            priority=Priority.BATCH,
            batch=batch,
            position=position,
            webhook_secret=asked.webhook_secret if order.webhook_url else "",
            retention_days=asked.retention_days,
            correlation_id=asked.correlation_id,
        )
    if ticket is not None:
        ticket.attach(f"batch:{batch.pk}")
    return batch
