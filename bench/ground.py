"""What benchmarks stand on: throw-away databases, the real server and worker, CPU time.

Django knows only the database it started with, so a benchmark calls itself once for each.
"""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from scripts.with_postgres import database_url, free_port

ROOT = Path(__file__).resolve().parent.parent
_KIND = "BENCH_DATABASE"


def on_databases(module: str, kinds: Sequence[str], body: Callable[[str], int]) -> int:
    """Run `body(kind)` in a process of its own on a new database of each kind.

    `module` is the benchmark's name, which is run again with the same arguments. Returns how many
    kinds went wrong.
    """
    if is_inner():
        set_up_django()
        return body(os.environ[_KIND])
    command = [sys.executable, "-m", f"bench.{module}", *sys.argv[1:]]
    failed = 0
    for kind in kinds:
        with database(kind) as environment:
            done = subprocess.run(command, cwd=ROOT, env={**environment, _KIND: kind}, check=False)
            failed += done.returncode != 0
    return failed


def is_inner() -> bool:
    """Whether this is the process that `on_databases` runs on a database of its own."""
    return _KIND in os.environ


def say(module: str, *arguments: str, environment: dict[str, str]) -> str:
    """What `python -m bench.MODULE ARGUMENTS` prints on the database of `environment`."""
    command = [sys.executable, "-m", f"bench.{module}", *arguments]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**environment, _KIND: "PostgreSQL"},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return done.stdout.strip()


@contextmanager
def database(kind: str) -> Iterator[dict[str, str]]:
    """The environment of processes on a new, migrated database: "SQLite" or "PostgreSQL"."""
    with tempfile.TemporaryDirectory(prefix="softbox-bench-") as folder:
        if kind == "SQLite":
            yield migrated(f"sqlite:///{folder}/bench.sqlite3", folder)
        else:
            with database_url(durable=True) as url:
                yield migrated(url, folder)


def migrated(url: str, folder: str) -> dict[str, str]:
    """The environment of processes on the database at `url`, with its tables made."""
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        # As in production: DEBUG would keep a log of every query.
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_hex(32),
        "FIELD_ENCRYPTION_KEYS": secrets.token_hex(32),
        "DJANGO_SETTINGS_MODULE": os.environ.get("BENCH_SETTINGS", "bench.settings"),
        "MEDIA_ROOT": f"{folder}/media",
        "PYTHONPATH": str(ROOT),
        "LOG_FORMAT": "json",
    }
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--skip-checks"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    return environment


def set_up_django() -> None:
    import django

    django.setup()


@contextmanager
def web(environment: dict[str, str] | None = None, **settings: str) -> Iterator[Web]:
    """A web process as the Procfile starts it, its log thrown away; `settings` are variables."""
    port = free_port()
    line = next(
        line.removeprefix("web: ")
        for line in (ROOT / "Procfile").read_text().splitlines()
        if line.startswith("web: ")
    )
    own = {"PORT": str(port), "HOST": "127.0.0.1", "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    own["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        ["sh", "-c", f"exec {line}"],
        cwd=ROOT,
        env={**(environment or os.environ), **own, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_health(port, process)
        yield Web(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Web:
    """A running web process and its children."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid
        self.address = f"http://127.0.0.1:{port}"


def _await_health(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2)
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SystemExit("the web process did not start")


@contextmanager
def gpu_worker() -> Iterator[int]:
    """`manage.py worker gpu`, ready; yields its process id."""
    from imaging.models import WorkerBeat

    worker = subprocess.Popen(
        [sys.executable, "manage.py", "worker", "gpu"], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    try:
        until = time.monotonic() + 60
        while not WorkerBeat.objects.exists():
            if time.monotonic() > until:
                raise SystemExit("the worker did not start")
            time.sleep(0.1)
        yield worker.pid
    finally:
        worker.terminate()
        worker.wait(20)


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


def idle_percent(pid: int, seconds: float) -> float:
    """CPU that a process and its children use, in percent of one core, over `seconds`."""
    before = cpu_seconds(pid)
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / seconds * 100


def unshared_bytes(pid: int) -> int:
    """Memory that would be free if the process and its children ended."""
    return sum(process.memory_full_info().uss for process in family(pid))
