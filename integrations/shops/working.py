"""The life of a shop's product: ordered, awaited, written back.

Nobody holds a worker while pictures are made: a webhook, and the end of a batch, queue `advance`,
which does whatever can be done now. A wake-up that is lost is made good by a schedule.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django_q.tasks import async_task

from accounts.errors import InvalidRequest
from imaging import schedules
from imaging.announcing import generation_ended
from imaging.models import Generation
from integrations.shops import links, ordering, writing
from integrations.shops.calls import ShopRefused
from integrations.shops.models import ShopPicture, ShopProduct

SCHEDULES = {
    "shops": schedules.every_minute("integrations.shops.working.advance_all"),
    "shop deliveries": schedules.daily("integrations.shops.receiving.forget_old_deliveries"),
}

LEASE = timedelta(minutes=5)
"""Longer than two requests to a shop; renewed before each picture."""

RUN_SECONDS = 240.0
"""A run that takes longer leaves the rest to the next one: django-q2 has a timeout for each."""

MOST_AT_ONCE = 200
"""Products that one run of the schedule looks after."""

State = ShopPicture.State


def listen() -> None:
    """Hear of every picture that ends."""
    generation_ended.connect(_picture_ended, dispatch_uid="shops")


def _picture_ended(generation: Generation, **kwargs: Any) -> None:
    """The last picture of a batch wakes its product."""
    if generation.surface != ordering.SURFACE:
        return
    batch = generation.batch
    if batch is None or batch.finished_at is None:
        return
    rows = ShopPicture.objects.filter(generation__batch=batch)
    product_id = rows.values_list("product_id", flat=True).first()
    if product_id is not None:
        queue(product_id)


def queue(product_id: int) -> None:
    """Have a worker look at the product; in the transaction of what it shall see."""
    async_task("integrations.shops.working.advance", product_id, cluster=schedules.QUEUE)


def retry(product: ShopProduct) -> None:
    """Go on with what failed, as if the shop had sent the product again."""
    ShopProduct.objects.filter(pk=product.pk).update(pending=True, next_try_at=None)
    queue(product.pk)


def advance_all() -> int:
    """Look after every product with something to do; for the schedule. Returns how many."""
    ids = list(_due().values_list("pk", flat=True)[:MOST_AT_ONCE])
    for product_id in ids:
        queue(product_id)
    return len(ids)


def _due() -> QuerySet[ShopProduct]:
    """Products that somebody should look at and nobody is."""
    now = timezone.now()
    ended = ShopPicture.objects.filter(
        Q(state=State.MADE)
        | Q(state=State.MAKING, generation__batch__finished_at__isnull=False)
        | Q(state=State.MAKING, generation__isnull=True)
    )
    return ShopProduct.objects.filter(
        Q(pending=True) | Q(pk__in=ended.values("product_id")),
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=now),
    ).order_by("next_try_at", "pk")


def advance(product_id: int) -> int:
    """Do what can be done for a product now. Returns how many pictures were put into the shop."""
    ordering.order(product_id)
    product = _claimed(product_id)
    if product is None:
        return 0
    try:
        writing.settle(product)
        return _written(product)
    finally:
        ShopProduct.objects.filter(pk=product_id).update(lease_until=None)


def _claimed(product_id: int) -> ShopProduct | None:
    """The product, for this process alone until the lease ends; None where it is nobody's turn."""
    now = timezone.now()
    rows = _due().order_by().filter(pk=product_id, pending=False)
    if not rows.update(lease_until=now + LEASE, next_try_at=None):
        return None
    return ShopProduct.objects.select_related("link__connection__account__partner").get(
        pk=product_id
    )


def _written(product: ShopProduct) -> int:
    """Put the made pictures into the shop, in order, as far as the shop goes along."""
    made = list(
        product.pictures.filter(state=State.MADE).select_related("generation__partner", "product")
    )
    if not made:
        return 0
    try:
        shop = _open(product)
    except (ShopRefused, InvalidRequest) as error:
        reason = error.reason if isinstance(error, ShopRefused) else error.message
        for picture in made:
            writing.fail(product, picture, reason)
        return 0
    until = time.monotonic() + RUN_SECONDS
    for picture in made:
        if time.monotonic() > until:
            queue(product.pk)
            break
        ShopProduct.objects.filter(pk=product.pk).update(lease_until=timezone.now() + LEASE)
        if not writing.write(product, picture, shop):
            break
    return sum(picture.state == State.WRITTEN for picture in made)


def _open(product: ShopProduct) -> links.Shop:
    if not product.link.connection.access:
        raise ShopRefused(ordering.DISCONNECTED)
    return links.shop(product.link)
