"""From a checked order to a stored job: photos kept, products looked up, moderation asked.

Every surface goes through here: the Image API, batches, imports, shops, the dashboard.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.models import Partner
from imaging import jobs, moderation, storage
from imaging.catalog import products
from imaging.models import Batch, Generation, Priority
from imaging.photos import Source
from imaging.recipes import Order
from imaging.refusals import ContentBlocked


def checked(order: Order, partner: Partner) -> Order:
    """The order, if its words may be used and its product is the partner's.

    Raises ContentBlocked, NotFound.
    """
    for words in order.words:
        if blocked := moderation.check(words):
            raise ContentBlocked(order.operation, blocked.reason, blocked.categories)
    if order.product_id:
        product = products.find(partner, order.product_id)
        return replace(order, product_id=str(product.pk))
    return order


@dataclass(frozen=True)
class Kept:
    """The photos of an order as a job's sources, uploads stored, and whose product they show."""

    sources: tuple[Mapping[str, str], ...]
    product_id: UUID | None = None


def keep(order: Order, partner: Partner) -> Kept:
    """Store the photos that came with an order. Raises NotFound where its product is gone,
    StorageUnavailable."""
    if order.product_id:
        product = products.find(partner, order.product_id)
        return Kept((product.source,), product.pk)
    kept: list[Mapping[str, str]] = []
    try:
        kept.extend(_kept(source, partner.pk) for source in order.sources)
    except BaseException:
        throw_away(Kept(tuple(kept)))
        raise
    return Kept(tuple(kept), order.shows)


def throw_away(kept: Kept) -> None:
    """Delete the uploads of an order that came to nothing."""
    for source in kept.sources:
        if storage.is_upload(source.get("stored", "")):
            storage.discard(source["stored"])


def submit(
    order: Order,
    *,
    partner: Partner,
    kept: Kept | None = None,
    api_key_id: UUID | None = None,
    monthly_cap: Decimal | None = None,
    surface: str = "partner",
    priority: str = Priority.INTERACTIVE,
    patience_seconds: int | None = None,
    batch: Batch | None = None,
    position: int = 0,
    webhook_secret: str = "",
    retention_days: int | None = None,
    correlation_id: str = "",
    ticket: jobs.Ticket | None = None,
) -> Generation:
    """Store pictures that came with the order, then the job itself; all of it or nothing.

    `order` has been through `checked`. `kept` are its photos where they are stored already; they
    are the caller's to throw away should this fail. `patience_seconds`: nobody wants it any more
    when it has not begun by then. Raises what `jobs.submit` raises.
    """
    photos = keep(order, partner) if kept is None else kept
    try:
        return jobs.submit(
            partner_id=partner.pk,
            api_key_id=api_key_id,
            monthly_cap=monthly_cap,
            recipe=order.recipe,
            requested_mode=order.requested_mode,
            sources=photos.sources,
            surface=surface,
            metadata=order.metadata,
            webhook_url=order.webhook_url,
            webhook_secret=webhook_secret,
            priority=priority,
            start_by=_start_by(order.start_within, patience_seconds),
            retention_days=retention_days,
            batch=batch,
            position=position,
            product_id=photos.product_id,
            correlation_id=correlation_id,
            ticket=ticket,
        )
    except BaseException:
        if kept is None:
            throw_away(photos)
        raise


def _start_by(*patience: int | None) -> Any:
    seconds = min((wait for wait in patience if wait is not None), default=None)
    return None if seconds is None else timezone.now() + timedelta(seconds=seconds)


def _kept(source: Source, partner_id: UUID) -> dict[str, str]:
    if source.url:
        return {"url": source.url}
    return {"stored": storage.keep_source(source.data, partner_id=partner_id)}
