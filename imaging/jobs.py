"""The life of a job. Only this module and `claiming.py` change a generation's status.

Each step is one transaction, guarded by the status (and, for a running job, by the worker's
lease), so a second finisher changes nothing. Points move in the same transaction: whatever dies,
there is exactly one charge for a picture delivered and none otherwise.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from imaging import announcing, events, settling, wakeups
from imaging.claiming import LEASE, MAX_ATTEMPTS, Claimed, Lease, claim
from imaging.commits import without_flush
from imaging.engines.base import Failed, Made, Recipe
from imaging.models import LIVE, Asset, Batch, Generation, Priority, Status
from imaging.refusals import too_busy
from imaging.storage import Stored

__all__ = [
    "Claimed",
    "Delivery",
    "EngineFacts",
    "Lease",
    "Ticket",
    "cancel",
    "claim",
    "expire",
    "fail",
    "finish",
    "hand_back",
    "progress",
    "submit",
    "take_back",
]

# Batches may queue far more than people who wait, and never take their places.
BATCH_ROOM = 20

_RETRIED = frozenset({"failed", "out_of_memory", "timed_out"})
_CODES: Mapping[str, str] = {
    "blocked": "content_blocked",
    "bad_input": "invalid_input",
    "out_of_memory": "out_of_memory",
    "timed_out": "timed_out",
    "model_missing": "model_missing",
    "failed": "generation_failed",
}


class Ticket(Protocol):
    """An idempotency record that remembers what its request made, in the same transaction."""

    def attach(self, resource: str) -> None: ...


@dataclass(frozen=True)
class EngineFacts:
    """Who made it. `kind` is "procedural" or "neural"."""

    name: str
    version: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What a worker made of a job.

    `recipe` is the one really used: input digests filled in, `mode` as it came out. `assets` are
    already stored. `fallbacks` lists the engines that were tried before in vain.
    """

    recipe: Recipe
    engine: EngineFacts
    made: Made
    assets: Sequence[Stored]
    processing_ms: int
    notes: Sequence[str] = ()
    fallbacks: Sequence[Mapping[str, str]] = field(default_factory=tuple)


# --- In ------------------------------------------------------------------------------------------


@transaction.atomic
def submit(
    *,
    partner_id: UUID,
    recipe: Recipe,
    api_key_id: UUID | None = None,
    requested_mode: str | None = None,
    sources: Sequence[Mapping[str, str]] = (),
    surface: str = "partner",
    metadata: Mapping[str, str] | None = None,
    webhook_url: str = "",
    priority: str = Priority.INTERACTIVE,
    start_by: datetime | None = None,
    retention_days: int | None = None,
    correlation_id: str = "",
    monthly_cap: Decimal | None = None,
    free: bool = False,
    batch: Batch | None = None,
    position: int = 0,
    product_id: UUID | None = None,
    webhook_secret: str = "",
    ticket: Ticket | None = None,
) -> Generation:
    """Accept a job: hold its points, store it as `queued`, wake a worker.

    `sources` are `{"url": ...}` or `{"stored": path}` (see `storage.keep_source`), in order.
    `free` holds nothing: pictures of ours that come with something else. All of it happens in one
    transaction, the wake-up and `ticket.attach` included, or nothing does.

    Raises InsufficientPoints, a cap's refusal, or Unavailable when too many jobs wait.
    """
    _refuse_when_crowded(recipe.operation, priority)
    generation_id = uuid.uuid4()
    price: Mapping[str, Any] = {"free": True}
    if not free:
        price = settling.hold(
            generation_id,
            recipe,
            partner_id=partner_id,
            api_key_id=api_key_id,
            monthly_cap=monthly_cap,
        )
    generation = Generation.objects.create(
        id=generation_id,
        partner_id=partner_id,
        api_key_id=api_key_id,
        surface=surface,
        correlation_id=correlation_id,
        operation=recipe.operation,
        recipe=recipe.as_json(),
        recipe_id=recipe.digest(),
        sources=[dict(source) for source in sources],
        requested_mode=requested_mode or recipe.mode,
        mode=recipe.mode,
        metadata=dict(metadata or {}),
        webhook_url=webhook_url,
        webhook_secret=webhook_secret or None,
        batch=batch,
        position=position,
        product_id=product_id,
        retention_days=retention_days,
        priority=priority,
        start_by=start_by,
        **price,
    )
    if ticket is not None:
        ticket.attach(str(generation_id))
    events.record(generation_id, events.Kind.QUEUED)
    wakeups.wake()
    return generation


def _refuse_when_crowded(operation: str, priority: str) -> None:
    room = settings.QUEUE_LIMIT * (BATCH_ROOM if priority == Priority.BATCH else 1)
    if Generation.objects.filter(status=Status.QUEUED, priority=priority).count() >= room:
        raise too_busy(operation)


# --- While it runs -------------------------------------------------------------------------------


def _held(lease: Lease) -> QuerySet[Generation]:
    return Generation.objects.filter(
        id=lease.generation_id, status=Status.RUNNING, lease_token=lease.token
    )


@transaction.atomic
def renew(lease: Lease) -> bool:
    """Keep the job. False: it was cancelled or given to another worker; stop working on it."""
    without_flush()
    return bool(_held(lease).update(lease_until=timezone.now() + LEASE))


@transaction.atomic
def progress(lease: Lease, *, done: int, of: int, label: str) -> bool:
    """Keep the job and tell its followers that `done` of `of` steps are finished.

    False: it was cancelled or given to another worker; stop working on it.
    """
    without_flush()
    kept = _held(lease).update(
        lease_until=timezone.now() + LEASE,
        progress_step=done,
        progress_of=of,
        progress_label=label[:120],
    )
    if kept:
        events.record(
            lease.generation_id, events.Kind.PROGRESS, step=done, of=of, label=label[:120]
        )
    return bool(kept)


# --- Out -----------------------------------------------------------------------------------------


@transaction.atomic
def finish(lease: Lease, delivery: Delivery) -> bool:
    """The pictures are stored: charge them and end the job as `succeeded`.

    A stand-in costs nothing; a job that fell back to fast pays fast; pictures that were asked
    for and not made are not charged. False (and nothing changed) where the lease is gone: the
    caller then deletes what it stored.
    """
    made, recipe, engine = delivery.made, delivery.recipe, delivery.engine
    ended = _end(
        _held(lease),
        Status.SUCCEEDED,
        recipe=recipe.as_json(),
        recipe_id=recipe.digest(),
        mode=recipe.mode,
        engine_name=engine.name,
        engine_version=engine.version,
        engine_kind=engine.kind,
        model=made.model,
        prompt_used=made.prompt_used,
        notes=[*delivery.notes, *made.notes],
        understood=list(made.understood),
        not_understood=list(made.not_understood),
        stand_in=made.stand_in,
        fidelity=made.fidelity,
        details=dict(made.details),
        fallbacks=[dict(step) for step in delivery.fallbacks],
        processing_ms=delivery.processing_ms,
    )
    if not ended:
        return False
    generation = _row(lease.generation_id)
    _add_assets(generation, delivery.assets)
    settling.charge(generation, delivery.made, delivery.recipe)
    announcing.ended(generation, events.Kind.SUCCEEDED)
    return True


def _row(generation_id: UUID) -> Generation:
    return Generation.objects.select_related("partner").get(id=generation_id)


def _add_assets(generation: Generation, assets: Sequence[Stored]) -> None:
    days = generation.retention_days or generation.partner.retention_days
    expires_at = timezone.now() + timedelta(days=days) if days else None
    Asset.objects.bulk_create(
        Asset(
            generation=generation,
            kind=stored.kind,
            position=stored.position,
            path=stored.path,
            content_type=stored.content_type,
            width=stored.width,
            height=stored.height,
            bytes=stored.bytes,
            sha256=stored.sha256,
            expires_at=expires_at,
        )
        for stored in assets
    )


@transaction.atomic
def fail(
    lease: Lease,
    failure: Failed,
    *,
    code: str = "",
    fallbacks: Sequence[Mapping[str, str]] = (),
) -> Status | None:
    """The job gave no picture: back to the queue where another try may help, else the end.

    `code` says it more exactly than the failure's kind where the worker knows better. Returns
    the new status; None (and nothing changed) where the lease is gone. Points are released at
    the end.
    """
    steps = [dict(step) for step in fallbacks]
    if failure.kind == "cancelled":
        return Status.QUEUED if hand_back(lease) else None
    if failure.kind in _RETRIED and _requeue(
        _held(lease).filter(attempts__lt=MAX_ATTEMPTS), fallbacks=steps
    ):
        events.record(lease.generation_id, events.Kind.RETRIED, reason=failure.reason)
        return Status.QUEUED
    status = Status.BLOCKED if failure.kind == "blocked" else Status.FAILED
    ended = _end(
        _held(lease),
        status,
        error_code=code or _CODES[failure.kind],
        error_message=failure.reason,
        fallbacks=steps,
        details={"categories": list(failure.categories)} if failure.categories else {},
    )
    if not ended:
        return None
    settling.release(lease.generation_id)
    kind = events.Kind.BLOCKED if status == Status.BLOCKED else events.Kind.FAILED
    announcing.ended(_row(lease.generation_id), kind, reason=failure.reason)
    return status


@transaction.atomic
def hand_back(lease: Lease) -> bool:
    """The worker must stop: the job waits again, and this attempt does not count."""
    if not _requeue(_held(lease), attempts=F("attempts") - 1):
        return False
    events.record(lease.generation_id, events.Kind.RETRIED, reason="The worker was stopped.")
    return True


@transaction.atomic
def take_back(lease: Lease) -> Status | None:
    """The worker fell silent: another may try, MAX_ATTEMPTS in all; then the job has failed.

    None (and nothing changed) where the lease was renewed meanwhile or is gone.
    """
    silent = _held(lease).filter(lease_until__lte=timezone.now())
    reason = "The worker was lost."
    if _requeue(silent.filter(attempts__lt=MAX_ATTEMPTS)):
        events.record(lease.generation_id, events.Kind.RETRIED, reason=reason)
        return Status.QUEUED
    if not _end(silent, Status.FAILED, error_code="worker_lost", error_message=reason):
        return None
    settling.release(lease.generation_id)
    announcing.ended(_row(lease.generation_id), events.Kind.FAILED, reason=reason)
    return Status.FAILED


@transaction.atomic
def cancel(generation_id: UUID) -> bool:
    """End a waiting or running job at once, free of charge. False where it had ended before.

    A worker that is on it notices at its next step: its lease is gone.
    """
    live = Generation.objects.filter(id=generation_id, status__in=LIVE)
    if not _end(live, Status.CANCELLED):
        return False
    settling.release(generation_id)
    announcing.ended(_row(generation_id), events.Kind.CANCELLED)
    return True


@transaction.atomic
def expire(generation_id: UUID) -> bool:
    """End a job that did not start by its `start_by`, free of charge. False where it did."""
    now = timezone.now()
    late = Generation.objects.filter(Q(start_by__lte=now), id=generation_id, status=Status.QUEUED)
    if not _end(late, Status.EXPIRED):
        return False
    settling.release(generation_id)
    announcing.ended(_row(generation_id), events.Kind.EXPIRED)
    return True


# --- The two writes all of it comes down to ------------------------------------------------------


def _end(rows: QuerySet[Generation], status: Status, **facts: Any) -> bool:
    """One guarded UPDATE to an end. Whoever comes second finds no row."""
    return bool(
        rows.update(
            status=status,
            finished_at=timezone.now(),
            lease_until=None,
            lease_token=None,
            **facts,
        )
    )


def _requeue(rows: QuerySet[Generation], **facts: Any) -> bool:
    """One guarded UPDATE back to `queued`, and a wake-up for whoever is free."""
    back = rows.update(status=Status.QUEUED, lease_until=None, lease_token=None, worker="", **facts)
    if back:
        wakeups.wake()
    return bool(back)
