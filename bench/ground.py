"""A throw-away database of either kind, for benchmarks that need the real thing.

A benchmark calls itself once per database, because Django knows only the one it started with.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from scripts.with_postgres import database_url

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """The environment of processes on a new, migrated database: "SQLite" or "PostgreSQL"."""
    with tempfile.TemporaryDirectory(prefix="softbox-bench-") as folder:
        if kind == "SQLite":
            yield _migrated(f"sqlite:///{folder}/bench.sqlite3", folder)
        else:
            with database_url() as url:
                yield _migrated(url, folder)


def _migrated(url: str, folder: str) -> dict[str, str]:
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "MEDIA_ROOT": f"{folder}/media",
        "PYTHONPATH": str(ROOT),
        "LOG_FORMAT": "json",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    return environment


def call_self(module: str, *arguments: str, environment: dict[str, str]) -> None:
    """Run `python -m bench.MODULE ARGUMENTS` on the database of `environment`."""
    command = [sys.executable, "-m", f"bench.{module}", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)


def set_up_django() -> None:
    import django

    django.setup()


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def cpu_seconds(pid: int) -> float:
    """CPU time of a process and everything below it."""
    total = 0.0
    for process in family(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
    return total


def percentile(values: list[float], part: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def verdict(holds: bool) -> str:
    return "holds" if holds else "MISSED"
