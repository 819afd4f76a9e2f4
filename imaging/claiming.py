"""Who is next: the fair order of waiting jobs, and the claim that gives one to a worker.

Somebody who waits comes before a batch, but a batch job that has waited AGEING long counts as
waiting too. Among partners the order is start-time fair queueing: each job takes 1 / weight of
virtual time from its partner, and the partner that is furthest behind is served. A partner that
was idle starts at the present, so silence earns no credit.
Source: Goyal, Vin, Cheng, "Start-time Fair Queueing", SIGCOMM 1996.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Count, Max, Min, Q, QuerySet
from django.utils import timezone

from accounts.models import Partner
from imaging import events
from imaging.commits import without_flush
from imaging.models import Generation, Priority, Status, Turn

LEASE = timedelta(seconds=60)
"""A worker that says nothing for this long has lost its job to the next one."""

AGEING = timedelta(minutes=5)
MAX_ATTEMPTS = 3

# One claim at a time, so that the order and the running limits are exact (PostgreSQL advisory
# lock; SQLite has one writer at a time anyway). A claim takes a few milliseconds.
_CLAIM_LOCK = 0x50F7B0C1


@dataclass(frozen=True)
class Lease:
    """A worker's right to one job. Whoever holds an older token changes nothing."""

    generation_id: UUID
    token: UUID


@dataclass(frozen=True)
class Claimed:
    """A job and the lease on it."""

    generation: Generation
    lease: Lease


@dataclass(frozen=True, kw_only=True)
class Line:
    """One partner's waiting jobs, as the fair order sees them."""

    partner_id: UUID
    weight: int
    running: int
    running_limit: int
    ends: float
    oldest_urgent: datetime | None
    oldest: datetime


def fair_order(lines: Sequence[Line], *, present: float) -> list[Line]:
    """The partners that may be served now, the next one first. Pure.

    `present` is the virtual time. Partners at their running limit are left out.
    """
    allowed = [line for line in lines if line.running < line.running_limit]
    return sorted(
        allowed,
        key=lambda line: (
            line.oldest_urgent is None,
            max(present, line.ends),
            line.oldest_urgent or line.oldest,
            line.partner_id,
        ),
    )


def waiting(now: datetime) -> QuerySet[Generation]:
    """Jobs that may still start. Those past their `start_by` wait only for the sweep."""
    return Generation.objects.filter(
        Q(start_by__isnull=True) | Q(start_by__gt=now), status=Status.QUEUED
    )


def anything_waiting() -> bool:
    """Whether a worker that looks now could find a job (its partner may be at its limit)."""
    return waiting(timezone.now()).exists()


def anything_claimable() -> bool:
    """Whether a worker that looks now would find a job."""
    return bool(fair_order(_lines(timezone.now()), present=0.0))


def claim(*, worker: str) -> Claimed | None:
    """Give the next job in fair order to `worker`; None where there is none.

    The job is then `running` under a lease of LEASE, renewed by `jobs.progress`, and this attempt
    is counted.
    """
    if not anything_waiting():  # the usual answer to a wake-up; takes no lock
        return None
    with _one_claim_at_a_time():
        now, present = timezone.now(), _present()
        for line in fair_order(_lines(now), present=present):
            claimed = _claim_of(line, now, worker)
            if claimed is not None:
                _take_turn(line, begins=max(present, line.ends))
                return claimed
    return None


def claim_like(first: Generation, *, worker: str, most: int) -> list[Claimed]:
    """Up to `most` more jobs that can be drawn in one batch with `first`, which is running.

    Only jobs whose turn it is anyway: in fair order, up to the first one that is not alike. So a
    batch never lets a job overtake another, and a lone job waits for nobody.
    """
    found: list[Claimed] = []
    if most < 1 or not can_share(first) or not anything_waiting():
        return found
    with _one_claim_at_a_time():
        while len(found) < most:
            now, present = timezone.now(), _present()
            line = next(iter(fair_order(_lines(now), present=present)), None)
            claimed = line and _claim_of(line, now, worker, like=first)
            if not line or not claimed:
                break
            _take_turn(line, begins=max(present, line.ends))
            found.append(claimed)
    return found


def can_share(job: Generation) -> bool:
    """Whether a job may be drawn together with others. A replay has its own batch to repeat, and
    a language model thinks about one job at a time."""
    return job.mode == "fast" and not job.recipe.get("replay")


def are_alike(one: Generation, other: Generation) -> bool:
    """Whether two jobs fit in one batch: the same kind of picture of the same size, from as many
    photos."""
    keys = ("operation", "width", "height", "count")
    return (
        can_share(one)
        and can_share(other)
        and all(one.recipe.get(key) == other.recipe.get(key) for key in keys)
        and len(one.sources) == len(other.sources)
    )


@contextmanager
def _one_claim_at_a_time() -> Iterator[None]:
    """A transaction in which nobody else claims."""
    with transaction.atomic():
        without_flush()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CLAIM_LOCK])
        yield


def _present() -> float:
    """Virtual time: it stands where the job last begun did, whether its partner waits or not."""
    return Turn.objects.aggregate(present=Max("started"))["present"] or 0.0


def _urgent(now: datetime) -> Q:
    return Q(priority=Priority.INTERACTIVE) | Q(created_at__lte=now - AGEING)


def _lines(now: datetime) -> list[Line]:
    oldest = {
        row["partner_id"]: row
        for row in waiting(now)
        .order_by()
        .values("partner_id")
        .annotate(oldest=Min("created_at"), urgent=Min("created_at", filter=_urgent(now)))
    }
    running = dict(
        Generation.objects.filter(status=Status.RUNNING, partner_id__in=oldest)
        .order_by()
        .values_list("partner_id")
        .annotate(Count("id"))
    )
    # Nothing is begun for who was switched off; the sweep cancels what waits.
    partners = Partner.objects.filter(pk__in=oldest, active=True).values_list(
        "pk", "weight", "running_limit", "turn__ends"
    )
    return [
        Line(
            partner_id=pk,
            weight=weight,
            running=running.get(pk, 0),
            running_limit=limit,
            ends=ends or 0.0,
            oldest_urgent=oldest[pk]["urgent"],
            oldest=oldest[pk]["oldest"],
        )
        for pk, weight, limit, ends in partners
    ]


def _claim_of(
    line: Line, now: datetime, worker: str, *, like: Generation | None = None
) -> Claimed | None:
    """The partner's own next job, made `running`. None where others hold all of them locked, or
    where it is not `like` the one given."""
    rows = waiting(now).filter(partner_id=line.partner_id)
    if line.oldest_urgent is not None:
        rows = rows.filter(_urgent(now))
    rows = rows.order_by("created_at", "id")
    if connection.features.has_select_for_update_skip_locked:
        # Somebody who is cancelling a job just now must not hold up the others.
        rows = rows.select_for_update(skip_locked=True, of=("self",))
    job = rows.select_related("partner").first()
    if job is None or (like is not None and not are_alike(like, job)):
        return None
    lease = Lease(generation_id=job.id, token=uuid.uuid4())
    facts = {
        "status": Status.RUNNING,
        "attempts": job.attempts + 1,
        "lease_until": now + LEASE,
        "lease_token": lease.token,
        "worker": worker,
        "started_at": now,
        "progress_step": 0,
        "progress_of": 0,
        "progress_label": "",
    }
    if not Generation.objects.filter(id=job.id, status=Status.QUEUED).update(**facts):
        return None
    for name, value in facts.items():
        setattr(job, name, value)
    events.record(job.id, events.Kind.STARTED, attempt=job.attempts)
    return Claimed(generation=job, lease=lease)


def _take_turn(line: Line, *, begins: float) -> None:
    """Nobody else writes turns: claims come one at a time."""
    turn = {"started": begins, "ends": begins + 1 / line.weight}
    if not Turn.objects.filter(partner_id=line.partner_id).update(**turn):
        Turn.objects.create(partner_id=line.partner_id, **turn)
