"""What django-q2 calls by name: the wake-up, and the schedules."""

from __future__ import annotations

import time
from typing import Any

from accounts import sessions
from accounts.api import idempotency
from accounts.webhooks import outbox
from imaging import jobs, sweep, wakeups
from imaging.belt import Belt
from imaging.claiming import Claimed, anything_waiting, claim_like
from imaging.cluster import stopping, worker_name
from imaging.engines.base import Recipe
from imaging.running import Stopped
from imaging.tiers import Engines

WORK_SECONDS = 60.0
"""A wake-up takes on no more jobs after this long: django-q2 has a timeout for each."""

_engines: Engines | None = None
_belt: Belt | None = None


def engines() -> Engines:
    """This worker process's engine hosts."""
    global _engines
    if _engines is None:
        _engines = Engines()
    return _engines


def belt() -> Belt:
    """This worker process's belt. It stays: a new database connection costs as much as a claim."""
    global _belt
    if _belt is None:
        _belt = Belt(engines(), stopping)
    return _belt


def load_ahead(**kwargs: Any) -> None:
    """A new picture worker begins to load its engine before the first job comes.

    For django-q2's `post_spawn`, sent in each worker process.
    """
    engines().start()


def work() -> None:
    """Take jobs until there are none. Finding nothing is the usual end of a wake-up."""
    until = time.monotonic() + WORK_SECONDS
    line = belt()
    try:
        while not stopping():
            batch = _take()
            if not batch:
                # While pictures are still on their way out, a new job is no reason to wait.
                if line.is_idle():
                    return
                continue
            line.run(batch)
            if time.monotonic() > until and anything_waiting():
                wakeups.wake()
                return
    except Stopped:
        return
    finally:
        line.drain()


def _take() -> list[Claimed]:
    """The next job, and those after it that are drawn as quickly together with it."""
    first = jobs.claim(worker=worker_name())
    if first is None:
        return []
    job = first.generation
    room = engines().room_beside(Recipe.from_json(job.recipe), len(job.sources))
    return [first, *claim_like(job, worker=worker_name(), most=room)]


def sweep_up() -> None:
    """The minute's sweep."""
    sweep.expired_leases()
    sweep.late_starts()
    sweep.switched_off()


def purge() -> None:
    """The hour's cleaning."""
    sweep.old_events()
    sweep.old_messages()
    sweep.old_beats()
    idempotency.purge()
    sessions.forget_old()
    outbox.forget_old()
    # Last: a storage that does not answer may take all the time there is.
    sweep.expired_assets()


def reconcile() -> None:
    """The day's comparison of the books."""
    sweep.books()
