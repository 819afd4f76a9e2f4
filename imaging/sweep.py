"""Making good what was lost, and throwing away what is over. Run by schedules and supervisors.

Every function may run at any time, in several processes at once, and be killed at any line.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django_q.models import OrmQ, Task

from billing import points
from billing.models import Hold
from imaging import jobs, storage
from imaging.claiming import Lease
from imaging.models import ENDED, LIVE, Asset, Generation, GenerationEvent, Status, WorkerBeat

logger = logging.getLogger(__name__)

EVENTS_KEPT = timedelta(days=7)
FAILED_MESSAGES_KEPT = timedelta(days=30)
# A wake-up that old was never heard by anybody: its queue has no worker.
UNHEARD_MESSAGES_KEPT = timedelta(days=1)
# A worker that was killed cannot take its sign of life back.
SILENT_WORKERS_KEPT = timedelta(days=1)
_ASSETS_AT_ONCE = 500
_CANCELLED_AT_ONCE = 1000
# A file that cannot be deleted holds up no other; so many, and the storage itself is away.
_MOST_STUCK = 20


def expired_leases() -> int:
    """Jobs whose worker fell silent go back to the queue, or fail after their last attempt."""
    silent = Generation.objects.filter(
        status=Status.RUNNING, lease_until__lte=timezone.now()
    ).values_list("id", "lease_token")
    taken = 0
    for generation_id, token in list(silent):
        status = jobs.take_back(Lease(generation_id, token)) if token else None
        if status is not None:
            logger.warning("the worker of generation %s was lost: %s", generation_id, status)
            taken += 1
    return taken


def late_starts() -> int:
    """Jobs that did not start in time end, and their points are released."""
    late = Generation.objects.filter(
        status=Status.QUEUED, start_by__lte=timezone.now()
    ).values_list("id", flat=True)
    return sum(jobs.expire(generation_id) for generation_id in list(late))


def switched_off() -> int:
    """Jobs that wait for a partner that was switched off are cancelled: their points go back."""
    waiting = Generation.objects.filter(status=Status.QUEUED, partner__active=False)
    found = list(waiting.values_list("id", flat=True)[:_CANCELLED_AT_ONCE])
    return sum(jobs.cancel(generation_id) for generation_id in found)


def expired_assets() -> int:
    """Pictures past their retention are deleted: first the file, then the row that names it. Where
    the file cannot be, the row stays and is tried again the next time."""
    over = Asset.objects.filter(expires_at__lte=timezone.now()).values_list("id", "path")
    deleted, stuck = 0, set[UUID]()
    while batch := list(over.exclude(id__in=stuck)[:_ASSETS_AT_ONCE]):
        gone = []
        for asset_id, path in batch:
            if len(stuck) >= _MOST_STUCK:
                break
            if storage.discard(path):
                gone.append(asset_id)
            else:
                stuck.add(asset_id)
        deleted += Asset.objects.filter(id__in=gone).delete()[0]
        if len(stuck) >= _MOST_STUCK:
            break
    return deleted


def old_events() -> int:
    """Progress logs that nobody follows any more."""
    return GenerationEvent.objects.filter(
        created_at__lte=timezone.now() - EVENTS_KEPT, generation__status__in=ENDED
    ).delete()[0]


def old_messages() -> int:
    """django-q2 keeps every failed message, and messages to a queue without a worker."""
    now = timezone.now()
    failed = Task.objects.filter(stopped__lte=now - FAILED_MESSAGES_KEPT).delete()[0]
    unheard = OrmQ.objects.filter(lock__lte=now - UNHEARD_MESSAGES_KEPT).delete()[0]
    return int(failed + unheard)


def old_beats() -> int:
    """Signs of life of workers that are long gone."""
    long_ago = timezone.now() - SILENT_WORKERS_KEPT
    return WorkerBeat.objects.filter(seen_at__lte=long_ago).delete()[0]


def books(complain: Callable[..., None] = logger.critical) -> int:
    """Compare buckets, entries, holds and generations; says every difference out loud."""
    differences = list(points.reconcile())
    for difference in differences:
        complain("the books do not agree: %s", difference)
    live = Generation.objects.filter(id=OuterRef("id"), status__in=LIVE)
    forgotten = Hold.objects.filter(
        ~Exists(live), state=Hold.State.HELD, id__in=Generation.objects.values("id")
    ).values_list("id", flat=True)
    for hold_id in forgotten:
        complain("points are still held for generation %s, which has ended", hold_id)
    return len(differences) + len(forgotten)
