"""Waiting for a job without holding anything but a sleeping thread.

One thread per process hears of commits (LISTEN on PostgreSQL, `PRAGMA data_version` on SQLite) and
wakes whoever waits for that generation. The row is the truth: whoever is woken reads it again.
A notification that was lost is made good by one look at all awaited rows every few seconds.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from uuid import UUID

import psycopg
from django.db import DatabaseError, connection
from django.db.models import Max

from imaging.events import CHANNEL
from imaging.listening import data_version, listening_connection, raw_connection
from imaging.models import ENDED, Generation, GenerationEvent

logger = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 5.0
"""How often all awaited rows are looked at, in one query, whether or not anything was heard."""

# A waiter looks for itself this often: the last resort, should the listening thread be gone.
_OWN_LOOK_SECONDS = 30.0
_STEP_SECONDS = 0.004
_AT_ONCE = 500


def wait_for(generation_id: UUID, timeout: float) -> str:
    """Sleep until the generation has ended, at most `timeout` seconds; returns its status.

    Holds no database connection while it sleeps (outside a transaction: within one, nothing
    could be seen anyway). Raises Generation.DoesNotExist.
    """
    until = time.monotonic() + timeout
    with _board().waiter(generation_id, follow=None) as waiter:
        while True:
            waiter.called.clear()
            status = Generation.objects.values_list("status", flat=True).get(id=generation_id)
            if status in ENDED or not waiter.sleep(until):
                return status


def wait_for_event(generation_id: UUID, after: int, timeout: float) -> bool:
    """Sleep until the generation's log has a line with an id above `after`, or has its last one.

    True when that is so; False after `timeout` seconds without.
    """
    until = time.monotonic() + timeout
    lines = GenerationEvent.objects.filter(generation_id=generation_id, id__gt=after)
    # It may end between a look at the row and one at its log: then no line follows any more.
    over = Generation.objects.filter(id=generation_id, status__in=ENDED)
    with _board().waiter(generation_id, follow=after) as waiter:
        while True:
            waiter.called.clear()
            if lines.exists() or over.exists():
                return True
            if not waiter.sleep(until):
                return False


class _Waiter:
    """One sleeping thread. `follow`: the last log line it has seen, None to wait for the end."""

    def __init__(self, follow: int | None) -> None:
        self.follow = follow
        self.called = threading.Event()

    def sleep(self, until: float) -> bool:
        """Give the connection back and sleep. False when the time was up before."""
        left = until - time.monotonic()
        if left <= 0:
            return False
        if not connection.in_atomic_block:
            connection.close()
        self.called.wait(min(left, _OWN_LOOK_SECONDS))
        return True


class _Board:
    """Who waits for what in this process, and the thread that calls them."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._waiters: dict[UUID, list[_Waiter]] = defaultdict(list)
        self._changed = threading.Condition()
        self._listener: psycopg.Connection[Any] | None = None
        self._closed = False
        threading.Thread(target=self._run, name="waiting", daemon=True).start()

    def close(self) -> None:
        """End the thread; whoever still waits looks for itself."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            if self._listener is not None:
                self._listener.close()

    def _run(self) -> None:
        """Listen again and again, a moment apart, whatever ends it."""
        listen = self._listen if connection.vendor == "postgresql" else self._watch
        while not self._closed:
            try:
                listen()
            except (psycopg.Error, DatabaseError, OSError):
                if not self._closed:
                    logger.warning("cannot hear of finished jobs for a moment; connecting again")
            except Exception:  # without this thread everybody waits half a minute longer
                logger.exception("the thread that tells of finished jobs failed")
            if not self._closed:
                time.sleep(0.5)

    @contextmanager
    def waiter(self, generation_id: UUID, *, follow: int | None) -> Iterator[_Waiter]:
        """Listed from before the first look at the row, so that nothing falls in between."""
        waiter = _Waiter(follow)
        with self._changed:
            self._waiters[generation_id].append(waiter)
            self._changed.notify_all()
        try:
            yield waiter
        finally:
            with self._changed:
                self._waiters[generation_id].remove(waiter)
                if not self._waiters[generation_id]:
                    del self._waiters[generation_id]

    def _call(self, generation_id: UUID, *, ended: bool) -> None:
        with self._changed:
            for waiter in self._waiters.get(generation_id, ()):
                if ended or waiter.follow is not None:
                    waiter.called.set()

    def _call_all(self) -> None:
        with self._changed:
            for waiters in self._waiters.values():
                for waiter in waiters:
                    waiter.called.set()

    def _listen(self) -> None:
        """PostgreSQL. Raises when the connection is lost."""
        with listening_connection(CHANNEL) as listener:
            self._listener = listener
            self._call_all()  # whatever was said while nobody listened
            while not self._closed:
                for notice in listener.notifies(timeout=LOOK_AGAIN_SECONDS):
                    generation_id, _, word = notice.payload.partition(" ")
                    self._call(UUID(generation_id), ended=word == "ended")
                self._look()

    def _watch(self) -> None:
        """SQLite. Sleeps for good while nobody waits."""
        seen, looked = -1, 0.0
        with closing(raw_connection()) as watcher:
            while not self._closed:
                with self._changed:
                    self._changed.wait_for(lambda: self._waiters or self._closed)
                version, now = data_version(watcher), time.monotonic()
                if version != seen or now > looked + LOOK_AGAIN_SECONDS:
                    seen, looked = version, now
                    self._look()
                    # Many commits and many waiters: half of the time is left for the rest.
                    time.sleep(time.monotonic() - now)
                time.sleep(_STEP_SECONDS)

    def _look(self) -> None:
        """Read all awaited rows and call those for whom there is news."""
        with self._changed:
            awaited: dict[UUID, int] = {
                generation_id: max(-1 if w.follow is None else w.follow for w in waiters)
                for generation_id, waiters in self._waiters.items()
            }
        try:
            for generation_id in _ended(list(awaited)):
                self._call(generation_id, ended=True)
            followed = {key: after for key, after in awaited.items() if after >= 0}
            for generation_id in _with_news(followed):
                self._call(generation_id, ended=False)
        finally:
            connection.close()


def _chunks(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(ids), _AT_ONCE):
        yield ids[start : start + _AT_ONCE]


def _ended(ids: Sequence[UUID]) -> Iterator[UUID]:
    for chunk in _chunks(ids):
        yield from Generation.objects.filter(id__in=chunk, status__in=ENDED).values_list(
            "id", flat=True
        )


def _with_news(followed: dict[UUID, int]) -> Iterator[UUID]:
    for chunk in _chunks(list(followed)):
        yield from _newer(chunk, followed)


def _newer(chunk: Collection[UUID], followed: dict[UUID, int]) -> Iterator[UUID]:
    latest = (
        GenerationEvent.objects.filter(generation_id__in=chunk)
        .order_by()
        .values_list("generation_id")
        .annotate(Max("id"))
    )
    for generation_id, last in latest:
        if last > followed[generation_id]:
            yield generation_id


_present: _Board | None = None
_present_lock = threading.Lock()


def close() -> None:
    """End this process's listening thread and its connection, if there is one."""
    global _present
    with _present_lock:
        board, _present = _present, None
    if board is not None:
        board.close()


def _board() -> _Board:
    """This process's board. A forked child gets one of its own: threads do not survive a fork."""
    global _present
    board = _present
    if board is None or board.pid != os.getpid():
        with _present_lock:
            if _present is None or _present.pid != os.getpid():
                _present = _Board()
            board = _present
    return board
