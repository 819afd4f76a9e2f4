"""A worker in a thread: claims and runs jobs as the real one does, with the tiny engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from imaging import jobs
from imaging.running import run
from imaging.tiers import Engines


@contextmanager
def working(engines: Engines) -> Iterator[None]:
    """Jobs are done while this is open."""
    stop = threading.Event()

    def work() -> None:
        try:
            while not stop.is_set():
                claimed = jobs.claim(worker="test/1")
                if claimed is None:
                    stop.wait(0.02)
                else:
                    run(claimed, engines)
        finally:
            connection.close()

    thread = threading.Thread(target=work, name="test worker")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(20)
