"""manage.py worker gpu|default: take jobs from one queue until told to stop."""

from __future__ import annotations

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.db import connections

from accounts.management.command import PlainCommand

QUEUES = ("gpu", "default")


class Command(PlainCommand):
    help = (
        "Run a worker: `gpu` makes pictures, `default` does everything else and keeps the "
        "schedules. Ends within seconds of SIGTERM or Ctrl-C; a running job waits for the next."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("queue", choices=QUEUES)

    def handle(self, *args: Any, **options: Any) -> None:
        queue = options["queue"]
        if os.environ.get("Q_CLUSTER_NAME") != queue:
            # django-q2 has read its settings by now, and reads the queue's name only there.
            os.environ["Q_CLUSTER_NAME"] = queue
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - ourselves
        _one_connection_a_process()
        _share_the_cores()
        # Only now: these import the parts of django-q2 that act on its settings.
        from django_q.signals import post_spawn

        from imaging import tasks
        from imaging.supervisor import Supervisor

        if queue == "gpu":
            post_spawn.connect(tasks.load_ahead)
        Supervisor(queue).run()


def _share_the_cores() -> None:
    """Several workers of one machine each use their part of it: threads that take turns on too few
    cores make both slower. Engine hosts inherit this."""
    workers = settings.GPU_WORKERS
    if workers > 1:
        os.environ.setdefault("ENGINE_THREADS", str(max(1, (os.cpu_count() or 1) // workers)))


def _one_connection_a_process() -> None:
    """A worker process has one thread that queries: it keeps its connection, and forked children
    must not inherit a pool whose threads they do not have."""
    for facts in connections.settings.values():
        facts.get("OPTIONS", {}).pop("pool", None)
        facts["CONN_MAX_AGE"] = None
        facts["CONN_HEALTH_CHECKS"] = True
