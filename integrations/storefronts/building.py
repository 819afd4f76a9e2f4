"""The life of a build: pictures are ordered, awaited, put into pages, published.

A build holds no worker while its pictures are made: each picture's end wakes `advance`, and the
last one finds everything there. A wake-up that is lost is made good by a schedule.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.signals import pre_delete
from django.utils import timezone
from django_q.tasks import async_task

from accounts import audit
from imaging import jobs, schedules
from imaging.announcing import generation_ended
from imaging.models import LIVE, Generation, Priority, Status
from integrations.storefronts import announcements, content, pages, publishing
from integrations.storefronts.models import Storefront

logger = logging.getLogger(__name__)

SURFACE = "storefront"
SCHEDULES = {
    "storefronts": schedules.every_minute("integrations.storefronts.building.advance_all"),
}

LEASE = timedelta(minutes=5)
GIVEN_UP_AFTER = timedelta(hours=6)
"""A build that is not finished by then has failed: nobody makes its pictures."""

NO_PICTURES = "The pictures of the store could not be made"
NOT_BUILT = "The store could not be built"


@transaction.atomic
def begin(storefront: Storefront) -> None:
    """Plan the products, order their pictures, tell the partner."""
    storefront.products.all().delete()
    partner = storefront.account.partner
    for planned in content.plan(storefront):
        generation = jobs.submit(
            partner_id=partner.pk,
            recipe=planned.recipe,
            surface=SURFACE,
            priority=Priority.BATCH,
            metadata={"store": storefront.identifier},
            free=True,
        )
        storefront.products.create(generation=generation, **planned.facts)
    announcements.building(storefront)


def listen() -> None:
    """Hear of every picture that ends, and of every store that is deleted with its account."""
    generation_ended.connect(_picture_ended, dispatch_uid="storefronts")
    pre_delete.connect(_store_deleted, sender=Storefront, dispatch_uid="storefronts")


def _store_deleted(instance: Storefront, **kwargs: Any) -> None:
    """Nobody wants its pictures any more: others are waiting behind those still to be made."""
    waiting = Generation.objects.filter(store_products__storefront=instance, status__in=LIVE)
    for generation_id in list(waiting.values_list("pk", flat=True)):
        jobs.cancel(generation_id)
    publishing.throw_away_all(instance)


def _picture_ended(generation: Generation, **kwargs: Any) -> None:
    if generation.surface != SURFACE:
        return
    store = generation.store_products.values_list("storefront_id", flat=True).first()
    if store is not None:
        async_task("integrations.storefronts.building.advance", store, cluster=schedules.QUEUE)


def advance_all() -> int:
    """Look after every build; for the schedule."""
    waiting = Storefront.objects.filter(status=Storefront.Status.BUILDING)
    ids = list(waiting.values_list("pk", flat=True))
    return sum(advance(storefront_id) for storefront_id in ids)


def advance(storefront_id: int) -> bool:
    """Put the store together if all its pictures have ended. True where this call ended it."""
    storefront = _claimed(storefront_id)
    if storefront is None:
        return False
    try:
        return _built(storefront)
    except Exception:
        logger.exception("store %s could not be built", storefront.identifier)
        return _fail(storefront, NOT_BUILT)
    finally:
        Storefront.objects.filter(pk=storefront_id).update(lease_until=None)


def _claimed(storefront_id: int) -> Storefront | None:
    """The store, for this process alone until the lease ends; None where there is nothing to do."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    rows = Storefront.objects.filter(free, pk=storefront_id, status=Storefront.Status.BUILDING)
    if not _pictures_ended(storefront_id) and not rows.filter(started_at__lte=now - GIVEN_UP_AFTER):
        return None
    if not rows.update(lease_until=now + LEASE):
        return None
    return Storefront.objects.select_related("account__partner").get(pk=storefront_id)


def _pictures_ended(storefront_id: int) -> bool:
    live = Generation.objects.filter(store_products__storefront=storefront_id, status__in=LIVE)
    return not live.exists()


def _built(storefront: Storefront) -> bool:
    products = list(
        storefront.products.select_related("generation__partner").prefetch_related(
            "generation__assets"
        )
    )
    pictured = [
        product
        for product in products
        if product.generation and product.generation.status == Status.SUCCEEDED
    ]
    if len(pictured) < len(products) or not pictured:
        return _fail(storefront, NO_PICTURES)
    release = publishing.store(storefront, pages.render(storefront, products))
    with transaction.atomic():
        if not _still_ours(storefront):
            return False
        publishing.preview(storefront, release)
        announcements.created(storefront)
        publishing.publish(storefront, release)
        announcements.live(storefront)
        _recorded(storefront, "storefront.published", release=release.number)
    return True


def _still_ours(storefront: Storefront) -> bool:
    """Whether nobody ended or restarted the build meanwhile (under a lock until commit)."""
    return (
        Storefront.objects.select_for_update()
        .filter(pk=storefront.pk, status=Storefront.Status.BUILDING, attempt=storefront.attempt)
        .exists()
    )


@transaction.atomic
def _fail(storefront: Storefront, error: str) -> bool:
    if not _still_ours(storefront):
        return False
    storefront.status, storefront.error = Storefront.Status.FAILED, error
    storefront.finished_at = timezone.now()
    storefront.save(update_fields=["status", "error", "finished_at"])
    announcements.failed(storefront)
    _recorded(storefront, "storefront.failed", error=error)
    return True


def _recorded(storefront: Storefront, action: str, **facts: Any) -> None:
    audit.record(
        action=action,
        target=storefront.account_id,
        partner=storefront.account.partner,
        facts={"identifier": storefront.identifier, **facts},
    )
