"""The process behind `manage.py worker`: keeps one cluster running, and ends it well.

It heals what can be lost: a wake-up that nobody heard, a job whose worker died, a cluster that
froze. Every few seconds it looks; none of this is on the way of a job that goes well.
"""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from django.db import DatabaseError, connections
from django.utils import timezone

from accounts.webhooks import sending
from imaging import jobs, schedules, sweep, wakeups
from imaging.claiming import Lease, anything_claimable
from imaging.cluster import WORKER_NAME, SafeCluster, stopping
from imaging.models import Generation, Status, WorkerBeat
from imaging.running import FOLDER_PREFIX

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.1
TICK_SECONDS = 5.0
PATIENCE_SECONDS = 4.0
"""Between the request to stop and the end of patience; honcho's own is five seconds."""

FROZEN_SECONDS = 60.0
_RESTART_PAUSE_SECONDS = 1.0
_OLD_FOLDER_SECONDS = 24 * 3600


class Supervisor:
    """Runs the cluster of one queue until it is told to stop."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.name = f"{socket.gethostname()}:{queue}:{os.getpid()}"
        self._cluster = SafeCluster()
        self._idle_since: float | None = None

    def run(self) -> None:
        """Returns once everything below has ended, at most PATIENCE_SECONDS after the signal."""
        os.environ[WORKER_NAME] = self.name
        self._prepare()
        self._start()
        next_tick = 0.0
        while not stopping():
            if not self._cluster.alive():
                self._restart("it lost a part")
            if time.monotonic() >= next_tick:
                self._tick()
                next_tick = time.monotonic() + TICK_SECONDS
            time.sleep(POLL_SECONDS)
        self._stop()

    def _prepare(self) -> None:
        _remove_old_folders()
        if self.queue != wakeups.QUEUE:
            with _forgiven():
                schedules.ensure()

    def _start(self) -> None:
        connections.close_all()  # a connection must not be shared with a forked child
        self._cluster.start()

    def _restart(self, why: str) -> None:
        logger.error("worker %s starts its cluster again: %s", self.name, why)
        self._end_children()
        with _forgiven():
            self._free_jobs(count_attempt=True)
        time.sleep(_RESTART_PAUSE_SECONDS)
        if not stopping():
            self._cluster = SafeCluster()
            self._start()

    def _stop(self) -> None:
        self._cluster.ask_to_stop()
        until = time.monotonic() + PATIENCE_SECONDS
        while self._cluster.alive() and time.monotonic() < until:
            time.sleep(POLL_SECONDS)
        self._end_children()
        with _forgiven():
            self._free_jobs(count_attempt=False)
            WorkerBeat.objects.filter(name=self.name).delete()
        connections.close_all()

    def _end_children(self) -> None:
        """Kill what is left below this process. Their own children die with them."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = psutil.Process().children(recursive=True)
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            psutil.wait_procs(children, timeout=2)

    def _free_jobs(self, *, count_attempt: bool) -> None:
        """Our children are dead: what they were working on waits again at once."""
        mine = Generation.objects.filter(
            status=Status.RUNNING, worker__startswith=f"{self.name}/"
        ).values_list("id", "lease_token")
        for generation_id, token in list(mine):
            if token is None:
                continue
            lease = Lease(generation_id, token)
            if count_attempt:
                Generation.objects.filter(lease_token=token).update(lease_until=timezone.now())
                jobs.take_back(lease)
            else:
                jobs.hand_back(lease)

    def _tick(self) -> None:
        """Say that we live, and make good what was lost."""
        with _forgiven():
            WorkerBeat.objects.update_or_create(
                name=self.name, defaults={"queue": self.queue, "seen_at": timezone.now()}
            )
            sweep.expired_leases()
            sweep.late_starts()
            sweep.switched_off()
            if self.queue == wakeups.QUEUE:
                self._look_after_waiting_jobs()
            else:
                sending.wake_if_due()

    def _look_after_waiting_jobs(self) -> None:
        if not anything_claimable() or self._busy():
            self._idle_since = None
            return
        if not wakeups.pending():
            wakeups.wake()
        now = time.monotonic()
        self._idle_since = self._idle_since or now
        if now - self._idle_since > FROZEN_SECONDS:
            self._idle_since = None
            self._restart(f"it was idle for {FROZEN_SECONDS:.0f} s while jobs waited")

    def _busy(self) -> bool:
        """Whether this worker runs something, so that others' waiting is no sign of frost."""
        return Generation.objects.filter(
            status=Status.RUNNING, worker__startswith=f"{self.name}/"
        ).exists()


@contextlib.contextmanager
def _forgiven() -> Iterator[None]:
    """A database that is away for a moment must not end the supervisor."""
    try:
        yield
    except DatabaseError:
        logger.exception("the database did not answer; trying again later")
        connections.close_all()


def _remove_old_folders() -> None:
    """Work folders of processes that were killed. Nothing runs for a day."""
    for folder in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _OLD_FOLDER_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)
