"""The web process dies while a request waits: the job goes on, and asking again charges nothing."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import psutil
import pytest

from accounts import keys
from imaging.models import Generation
from tests.imaging.conftest import ROOT, balance, fresh

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def web(in_process: Start, port: int) -> Callable[[], subprocess.Popen[str]]:
    """Starts the real web server; answers once it serves."""

    def start() -> subprocess.Popen[str]:
        process = in_process(
            *("-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
            *("--blocking-threads", "8", "--log-level", "error", "config.wsgi:application"),
            settings="tests.settings",
        )
        until(lambda: status_of(f"http://127.0.0.1:{port}/healthz") == 200)
        return process

    return start


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.05)


def status_of(address: str) -> int:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except OSError:
        return 0


def order(port: int, key: str, prompt: str) -> dict[str, Any] | None:
    """Order a picture under an idempotency key; None where the connection broke, or where the
    first order is still worked on (409)."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/partner/v1/image/create",
        data=json.dumps({"prompt": prompt}).encode(),
        headers={
            "Content-Type": "application/json",
            "X-API-Key": key,
            "Idempotency-Key": "order-1",
        },
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            return {**json.load(answer), "replayed": answer.headers["Idempotent-Replayed"]}
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != 409:
            raise
        time.sleep(0.5)
        return None
    except OSError:
        return None


def kill_family(process: subprocess.Popen[str]) -> None:
    """kill -9 of the web server and all of its workers."""
    for member in [*psutil.Process(process.pid).children(recursive=True), process]:
        member.kill()
    process.wait(10)


@pytest.mark.parametrize("ends_meanwhile", [True, False], ids=["ended meanwhile", "still running"])
def test_asking_again_after_the_web_process_died_gives_the_one_picture_paid_once(
    new_partner, in_process, web, port, ends_meanwhile
):
    partner = new_partner()
    key = keys.create_key(partner=partner).key
    in_process("manage.py", "worker", "gpu")
    process = web()
    answers: list[dict[str, Any] | None] = []
    prompt = "steps 40 0.05" if ends_meanwhile else "steps 120 0.05"
    waits = threading.Thread(target=lambda: answers.append(order(port, key, prompt)))
    waits.start()
    until(lambda: Generation.objects.filter(progress_step__gt=0).exists())

    kill_family(process)
    waits.join(30)
    generation = Generation.objects.get()
    if ends_meanwhile:
        until(lambda: fresh(generation).ended)
    web()
    until(lambda: answers.append(order(port, key, prompt)) or answers[-1])

    answer = answers.pop()
    assert answers[0] is None
    assert answer is not None
    assert answer["data"]["generationId"] == str(generation.pk)
    assert answer["replayed"] == "true"
    assert fresh(generation).status == "succeeded"
    assert Generation.objects.count() == 1
    assert balance(partner) == 992


def test_a_web_worker_that_is_killed_is_replaced(in_process, port):
    """The line of the Procfile, with its own options."""
    lines = (ROOT / "Procfile").read_text().splitlines()
    line = next(line for line in lines if line.startswith("web:"))
    line = line[line.index("granian ") :]
    options = line.replace("${HOST:-0.0.0.0}", "127.0.0.1").replace("$PORT", str(port))
    for name in ("WEB_PROCESSES:-1", "WEB_THREADS:-512", "WEB_BACKPRESSURE:-1024"):
        options = options.replace("${" + name + "}", name.rpartition(":-")[2])
    process = in_process("-m", *options.split(), settings="tests.settings")
    until(lambda: status_of(f"http://127.0.0.1:{port}/healthz") == 200)

    for member in psutil.Process(process.pid).children():
        member.kill()

    until(lambda: status_of(f"http://127.0.0.1:{port}/healthz") == 0)
    until(lambda: status_of(f"http://127.0.0.1:{port}/healthz") == 200)
    process.terminate()
    assert process.wait(10) is not None
