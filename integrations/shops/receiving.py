"""A webhook that has passed its checks: noted once, its product brought up to date, work queued."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from integrations.shops import working
from integrations.shops.models import ShopDelivery, ShopLink, ShopProduct
from integrations.shops.told import Told

DELIVERIES_KEPT = timedelta(days=30)
"""Shops repeat a webhook for hours; after this long nobody does."""


@transaction.atomic
def receive(link: ShopLink, told: Told, *, delivery_id: str, topic: str) -> bool:
    """Keep what the shop told. False where it had arrived before, and nothing was changed.

    News that is older than what is known (webhooks overtake each other) changes nothing either.
    """
    _, is_new = ShopDelivery.objects.get_or_create(
        link=link, delivery_id=delivery_id, defaults={"topic": topic}
    )
    if not is_new:
        return False
    ShopProduct.objects.get_or_create(link=link, remote_id=told.remote_id)
    product = ShopProduct.objects.select_for_update().get(link=link, remote_id=told.remote_id)
    if told.changed_at and product.changed_at and told.changed_at < product.changed_at:
        return True
    product.title, product.changed_at = told.title, told.changed_at or product.changed_at
    product.photos = [photo.as_json() for photo in told.photos]
    product.pending = True
    product.save(update_fields=["title", "changed_at", "photos", "pending", "updated_at"])
    working.queue(product.pk)
    return True


def forget_old_deliveries() -> int:
    """For the schedule; returns how many there were."""
    old = ShopDelivery.objects.filter(received_at__lt=timezone.now() - DELIVERIES_KEPT)
    return old.delete()[0]
