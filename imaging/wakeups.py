"""Wake-ups: the queue message that only says "look for work", and the broker that hears it.

django-q2's ORM broker makes enqueueing part of the transaction that stores the job, but looks
into the table only every so often. This one sleeps until the database says that something was
committed: LISTEN on PostgreSQL, `PRAGMA data_version` on SQLite.
"""

from __future__ import annotations

import sqlite3
import time
from typing import Any

import psycopg
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    connections,
    transaction,
)
from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.conf import Conf
from django_q.models import OrmQ
from django_q.tasks import async_task

from imaging.commits import without_flush
from imaging.listening import data_version, listening_connection, raw_connection

QUEUE = "gpu"
PATIENCE_SECONDS = 0.5
"""How long one look lasts: the pusher asks in between whether it should stop."""

# One look costs 6 us. The queue of pictures is watched closely, the other one need not be.
_STEP_SECONDS = {QUEUE: 0.005}
_SLOW_STEP_SECONDS = 0.05


def wake(queue: str = QUEUE) -> None:
    """Tell a worker of `queue` to look for work, once the present transaction commits."""
    async_task("imaging.tasks.work", cluster=queue)


def pending(queue: str = QUEUE) -> bool:
    """Whether some wake-up still waits to be heard."""
    return bool(OrmQ.objects.filter(key=queue, lock__lte=timezone.now()).exists())


def _channel(queue: str) -> str:
    return f"softbox_wake_{queue}"


class WakeBroker(ORM):  # type: ignore[misc]  # django-q2 has no types
    """The ORM broker, first in first out, that waits for a commit instead of sleeping."""

    _listener: psycopg.Connection[Any] | None = None
    _watcher: sqlite3.Connection | None = None
    _seen = -1

    def enqueue(self, task: str) -> int:
        with transaction.atomic(using=Conf.ORM, savepoint=False):
            key: int = super().enqueue(task)
            if connections[Conf.ORM].vendor == "postgresql":
                with connections[Conf.ORM].cursor() as cursor:
                    cursor.execute("SELECT pg_notify(%s, '')", [_channel(self.list_key)])
        return key

    def acknowledge(self, task_id: int) -> None:
        """Forget a wake-up that was heard. Heard twice it would do no harm."""
        with transaction.atomic(using=Conf.ORM):
            without_flush()
            super().acknowledge(task_id)

    def dequeue(self) -> list[tuple[int, str]] | None:
        """The oldest message, locked for `retry` seconds; None after PATIENCE_SECONDS."""
        try:
            return self._look()
        except (OperationalError, InterfaceError, psycopg.Error):
            # The database restarts or is busy. Raising would cost the pusher ten seconds.
            self._listener = None
            close_old_connections()
            time.sleep(PATIENCE_SECONDS)
            return None

    def _look(self) -> list[tuple[int, str]] | None:
        postgres = connections[Conf.ORM].vendor == "postgresql"
        if postgres:
            self._listen()
        else:
            self._watch()
        self.get_connection()
        taken = self._take()
        if taken is None:
            (self._await_notice if postgres else self._await_commit)()
        return taken

    def _take(self) -> list[tuple[int, str]] | None:
        now = timezone.now()
        oldest = OrmQ.objects.filter(key=self.list_key, lock__lte=now).order_by("id")
        if connections[Conf.ORM].vendor != "postgresql":
            # Reading first: an UPDATE would take SQLite's only write lock at every look.
            row = oldest.values_list("id", "lock", "payload").first()
            if row is None:
                return None
            lock = self.timeout(None)
            won = OrmQ.objects.filter(id=row[0], lock=row[1]).update(lock=lock)
            return [(row[0], row[2])] if won else None
        with transaction.atomic(using=Conf.ORM):
            without_flush()
            row = oldest.select_for_update(skip_locked=True).values_list("id", "payload").first()
            if row is None:
                return None
            OrmQ.objects.filter(id=row[0]).update(lock=self.timeout(None))
            return [(row[0], row[1])]

    def _listen(self) -> None:
        """Before the look: what is committed after it must not be missed."""
        if self._listener is None or self._listener.closed:
            self._listener = listening_connection(_channel(self.list_key))

    def _await_notice(self) -> None:
        assert self._listener is not None
        for _ in self._listener.notifies(timeout=PATIENCE_SECONDS, stop_after=1):
            pass

    def _watch(self) -> None:
        if self._watcher is None:
            self._watcher = raw_connection()
        self._seen = data_version(self._watcher)

    def _await_commit(self) -> None:
        assert self._watcher is not None
        step = _STEP_SECONDS.get(self.list_key, _SLOW_STEP_SECONDS)
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until and data_version(self._watcher) == self._seen:
            time.sleep(step)
