"""A worker's belt: one batch is drawn while the one before is encoded, stored and reported.

At most one batch is on its way out, so a slow storage holds the belt up instead of filling the
memory. Every job keeps its own lease; wherever the worker dies, they run out and nothing is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from django.db import close_old_connections, connections

from imaging import running
from imaging.claiming import Claimed
from imaging.running import Stopped, Work
from imaging.tiers import Engines

_LOOK_SECONDS = 0.05


class Belt:
    """Takes batches of claimed jobs. Its second thread keeps a database connection.

    A context: leaving it waits for what is on its way out and ends that thread.
    """

    def __init__(self, engines: Engines, stop: Callable[[], bool]) -> None:
        self._engines = engines
        self._stop = stop
        self._out = ThreadPoolExecutor(1, thread_name_prefix="deliver")
        self._leaving: Future[None] | None = None

    def __enter__(self) -> Belt:
        return self

    def __exit__(self, *error: object) -> None:
        self._out.submit(connections.close_all)
        self._out.shutdown(wait=True)

    def drain(self) -> None:
        """Wait for what is on its way out."""
        if self._leaving is not None:
            wait([self._leaving])

    def run(self, batch: Sequence[Claimed]) -> None:
        """Make a batch and send it out. Returns as soon as the next one may be made.

        Raises Stopped, this batch handed back, when the worker must end.
        """
        works = running.make(batch, self._engines, stop=self._stop)
        try:
            self._wait_for_room(works)
        except Stopped:
            running.hand_back(works)
            raise
        if works:
            self._leaving = self._out.submit(_deliver, works)

    def is_idle(self) -> bool:
        """Whether nothing is on its way out; waits a moment for it."""
        leaving = self._leaving
        return leaving is None or not wait([leaving], timeout=_LOOK_SECONDS).not_done

    def _wait_for_room(self, works: Sequence[Work]) -> None:
        """Until the batch before is out, keep the leases on this one."""
        while not self.is_idle():
            for work in works:
                work.watcher.go_on()


def _deliver(works: Sequence[Work]) -> None:
    try:
        for work in works:
            running.finish(work)
    finally:
        close_old_connections()  # this thread's own, should it be broken
