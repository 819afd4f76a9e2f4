"""Waiting: woken at once, wrong about nothing, holding nothing."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from imaging import jobs, waiting
from imaging.models import Generation
from tests.imaging.conftest import delivery

pytestmark = pytest.mark.django_db(transaction=True)


class Asleep:
    """A thread that waits, and what came of it."""

    def __init__(self, wait: Callable[[], Any]) -> None:
        self.result: Any = None
        self.seconds = 0.0
        self._wait = wait
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        time.sleep(0.3)  # until it sleeps

    def _run(self) -> None:
        began = time.monotonic()
        try:
            self.result = self._wait()
        finally:
            self.seconds = time.monotonic() - began
            connection.close()

    def wake(self) -> Any:
        self._thread.join(20)
        assert not self._thread.is_alive()
        return self.result


def test_a_finished_job_wakes_who_waits_for_it(claimed):
    job = claimed()
    asleep = Asleep(lambda: waiting.wait_for(job.generation.pk, timeout=20))

    began = time.monotonic()
    jobs.finish(job.lease, delivery())

    assert asleep.wake() == "succeeded"
    assert time.monotonic() - began < 2


def test_all_who_wait_for_it_are_woken_and_nobody_else(submit, claimed):
    job = claimed()
    other = submit()
    awake = [Asleep(lambda: waiting.wait_for(job.generation.pk, timeout=20)) for _ in range(3)]
    still = Asleep(lambda: waiting.wait_for(other.pk, timeout=1.5))

    jobs.finish(job.lease, delivery())

    assert [asleep.wake() for asleep in awake] == ["succeeded"] * 3
    assert still.wake() == "queued"
    assert still.seconds >= 1.4


def test_progress_wakes_nobody_who_waits_for_the_end(claimed):
    job = claimed()
    asleep = Asleep(lambda: waiting.wait_for(job.generation.pk, timeout=1.0))

    for step in range(3):
        jobs.progress(job.lease, done=step, of=3, label="x")

    assert asleep.wake() == "running"
    assert asleep.seconds >= 0.9


def test_a_job_that_has_ended_is_not_waited_for(claimed):
    job = claimed()
    jobs.cancel(job.generation.pk)

    began = time.monotonic()
    assert waiting.wait_for(job.generation.pk, timeout=20) == "cancelled"
    assert time.monotonic() - began < 1


def test_a_job_that_does_not_exist_is_no_wait(db):
    with pytest.raises(Generation.DoesNotExist):
        waiting.wait_for(uuid.uuid4(), timeout=20)


def test_a_new_line_of_the_log_wakes_its_followers(claimed):
    job = claimed()
    last = job.generation.events.last().pk
    asleep = Asleep(lambda: waiting.wait_for_event(job.generation.pk, last, timeout=20))

    began = time.monotonic()
    jobs.progress(job.lease, done=1, of=3, label="x")

    assert asleep.wake() is True
    assert time.monotonic() - began < 2


def test_lines_already_there_are_not_waited_for(claimed):
    job = claimed()

    assert waiting.wait_for_event(job.generation.pk, 0, timeout=20)
    last = job.generation.events.last().pk
    assert not waiting.wait_for_event(job.generation.pk, last, timeout=0.2)


def test_nobody_waits_for_a_line_after_the_last(claimed):
    job = claimed()
    jobs.finish(job.lease, delivery())
    last = job.generation.events.last().pk

    assert waiting.wait_for_event(job.generation.pk, last, timeout=20)


def test_a_lost_notification_is_made_good(claimed, monkeypatch):
    monkeypatch.setattr(waiting, "LOOK_AGAIN_SECONDS", 0.5)
    waiting.close()  # the next one looks this often
    job = claimed()
    asleep = Asleep(lambda: waiting.wait_for(job.generation.pk, timeout=20))

    with connection.cursor() as cursor:  # ended behind everybody's back: nobody is notified
        cursor.execute(
            "UPDATE imaging_generation SET status = 'cancelled', finished_at = created_at,"
            " lease_until = NULL, lease_token = NULL"
        )

    assert asleep.wake() == "cancelled"
    assert asleep.seconds < 5


@pytest.mark.postgres
def test_a_lost_connection_is_taken_up_again(claimed):
    job = claimed()
    asleep = Asleep(lambda: waiting.wait_for(job.generation.pk, timeout=20))

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND query LIKE 'LISTEN%'"
        )
        assert cursor.rowcount >= 1
    jobs.finish(job.lease, delivery())

    assert asleep.wake() == "succeeded"


@pytest.mark.postgres
def test_who_waits_holds_no_database_connection(claimed):
    job = claimed()
    before = _connections()
    sleepers = [Asleep(lambda: waiting.wait_for(job.generation.pk, timeout=20)) for _ in range(3)]

    # One for the thread that listens, one for its looks.
    assert _connections() <= before + 2

    jobs.finish(job.lease, delivery())
    assert {asleep.wake() for asleep in sleepers} == {"succeeded"}


def _connections() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state <> 'idle' OR query LIKE 'LISTEN%'"
        )
        return int(cursor.fetchone()[0])
