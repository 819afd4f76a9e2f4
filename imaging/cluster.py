"""A django-q2 cluster that survives signals and the death of its parts.

The stock cluster hangs when a whole process group gets SIGTERM, freezes when an idle worker is
killed (a lock dies with it), and leaves orphans behind. Here only the supervisor listens to
signals; children share one flag, die with their parent, and a cluster that lost a part to a
signal is given up as a whole and started afresh.
"""

from __future__ import annotations

import os
import signal
import socket
import uuid
from collections.abc import Callable
from multiprocessing import Event, Process
from multiprocessing.sharedctypes import RawValue
from typing import Any

from django_q.cluster import Cluster, Sentinel, get_mp_context
from django_q.conf import Conf
from django_q.worker import worker as work_loop

from imaging.engines.host import die_with_parent

# Shared memory without a lock: a lock would die with whoever is killed while holding it.
_stopping = RawValue("b", 0)

LOST_A_PART = 70
"""Exit status of a sentinel that gave its cluster up."""


WORKER_NAME = "SOFTBOX_WORKER"
"""Environment variable: the supervisor's name, inherited by its children."""


def worker_name() -> str:
    """The name of this process in `Generation.worker`."""
    return f"{os.environ.get(WORKER_NAME, socket.gethostname())}/{os.getpid()}"


def stopping() -> bool:
    """Whether this worker and all its children must end. Cheap; asked often."""
    return bool(_stopping.value)


def stop_everything() -> None:
    """Tell all children of this supervisor to come to an end."""
    _stopping.value = 1


def _ignore_signals() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)


def _in_child(target: Callable[..., None], parent: int, *arguments: Any) -> None:
    die_with_parent(parent)
    target(*arguments)


class SafeSentinel(Sentinel):  # type: ignore[misc]  # django-q2 has no types
    """The guard of one cluster."""

    def start(self) -> None:
        _ignore_signals()
        super().start()

    def spawn_process(self, target: Callable[..., None], *arguments: Any) -> Process:
        """As the stock one, but the child does not outlive this process."""
        process: Process = get_mp_context().Process(
            target=_in_child,
            args=(target, os.getpid(), *arguments),
            name=f"Process-{uuid.uuid4().hex}",
        )
        process.daemon = True
        if target is work_loop:
            process.timer = arguments[2]  # type: ignore[attr-defined]  # the guard reads it
            self.pool.append(process)
        process.start()
        return process

    def reincarnate(self, process: Process) -> None:
        """Replace a child that ended by itself; give up where a signal took it."""
        if process.exitcode is not None and process.exitcode < 0:
            os._exit(LOST_A_PART)
        if process in self.pool and process.is_alive():
            process.kill()  # it overran its time, and SIGTERM is ignored here
        super().reincarnate(process)


def _guard(parent: int, stop: Any, started: Any, cluster_id: uuid.UUID) -> None:
    die_with_parent(parent)
    SafeSentinel(stop, started, cluster_id, None, Conf.TIMEOUT)


class SafeCluster(Cluster):  # type: ignore[misc]  # django-q2 has no types
    """A cluster whose supervisor polls and never blocks."""

    def start(self) -> int:
        """Start the sentinel and everything below it; does not wait for them."""
        self.stop_event, self.start_event = Event(), Event()
        self.sentinel = get_mp_context().Process(
            target=_guard,
            args=(os.getpid(), self.stop_event, self.start_event, self.cluster_id),
            name=f"Process-{uuid.uuid4().hex}",
        )
        self.sentinel.start()
        return int(self.sentinel.pid)

    def alive(self) -> bool:
        return bool(self.sentinel and self.sentinel.is_alive())

    def ask_to_stop(self) -> None:
        """The children finish what they do, or hand it back, and end."""
        stop_everything()
        self.stop_event.set()

    def sig_handler(self, signum: int, frame: Any) -> None:
        """Nothing in a signal's context may take a lock: the supervisor looks at the flag."""
        stop_everything()
