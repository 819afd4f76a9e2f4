"""A thousand requests that wait for their picture in one web process.

    python -m bench.waiting [--requests 1000]

Real creates with a live key over HTTP, a hundred new ones a second, in the web process of the
Procfile with room for as many threads. No worker runs: this benchmark itself finishes the jobs,
one at a time. "Woken" is from the return of `jobs.finish`, whose commit tells, until
`waiting.wait_for` returns in the web process; "answered" until the client has the first byte of
the answer, which takes four more queries. A health check is asked all the while.
"""

from __future__ import annotations

import argparse
import http.client
import json
import resource
import selectors
import socket
import sys
import threading
import time
from contextlib import closing
from decimal import Decimal
from typing import Any

from bench import ground
from bench.figures import Figure, conclude, percentile

TARGET_KIB, TARGET_WOKEN_MS, TARGET_IDLE, TARGET_HEALTH_MS = 90.0, 3.0, 1.0, 50.0
IDLE_SECONDS = 8.0
FINISHED = 150
APART_SECONDS = 0.01
HEALTH_EVERY_SECONDS = 0.05


class Waiters:
    """Client sockets with a request each, and when the first byte of each answer came."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._request = _request(key)
        self._selector = selectors.DefaultSelector()
        self.sockets: list[socket.socket] = []

    def add(self, count: int) -> None:
        for _ in range(count):
            client = socket.create_connection(("127.0.0.1", self._port))
            client.sendall(self._request)
            self.sockets.append(client)
            self._selector.register(client, selectors.EVENT_READ)

    def next_answer(self, seconds: float) -> tuple[float, str]:
        """The moment of the next answer, and its status. Raises SystemExit without one."""
        ready = self._selector.select(seconds)
        moment = time.time()
        if not ready:
            raise SystemExit("nobody was woken")
        client = ready[0][0].fileobj
        assert isinstance(client, socket.socket)
        head = client.recv(1 << 16)
        self._selector.unregister(client)
        self.sockets.remove(client)
        client.close()
        return moment, head[9:12].decode()

    def close(self) -> None:
        self._selector.close()
        for client in self.sockets:
            client.close()


def _request(key: str) -> bytes:
    body = json.dumps({"prompt": "plain", "seed": 1})
    return (
        "POST /partner/v1/image/create HTTP/1.1\r\nHost: localhost\r\n"
        f"X-API-Key: {key}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


class Health(threading.Thread):
    """Asks /healthz every now and then until told to stop."""

    def __init__(self, port: int) -> None:
        super().__init__(name="health", daemon=True)
        self._port = port
        self._over = threading.Event()
        self.milliseconds: list[float] = []

    def run(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)) as client:
            while not self._over.wait(HEALTH_EVERY_SECONDS):
                began = time.perf_counter()
                client.request("GET", "/healthz")
                client.getresponse().read()
                self.milliseconds.append((time.perf_counter() - began) * 1000)

    def finish(self) -> list[float]:
        self._over.set()
        self.join()
        return self.milliseconds


def wait_until_stored(count: int) -> None:
    """Until `count` jobs stand in the queue. Raises SystemExit after a minute."""
    from imaging.models import Generation, Status

    until = time.monotonic() + 60
    while Generation.objects.filter(status=Status.QUEUED).count() < count:
        if time.monotonic() > until:
            raise SystemExit("not all requests were accepted")
        time.sleep(0.1)
    time.sleep(2)


def deliver(claimed: Any) -> float:
    """Finish a claimed job with a picture; returns the moment it was finished."""
    from imaging import jobs, storage
    from imaging.engines.base import Made, Recipe

    stored = [
        storage.keep(
            b"a picture", generation=claimed.generation, kind=kind, position=0,
            extension="png", content_type="image/png", size=(1, 1),
        )
        for kind in ("output", "thumbnail")
    ]  # fmt: skip
    delivery = jobs.Delivery(
        recipe=Recipe.from_json(claimed.generation.recipe),
        engine=jobs.EngineFacts("tiny", "1", "procedural"),
        made=Made(pictures=(), model="tiny"),
        assets=stored,
        processing_ms=1,
    )
    assert jobs.finish(claimed.lease, delivery)
    return time.time()


class Sleeper(threading.Thread):
    """Waits for one generation as a request does, and hears when it was woken."""

    def __init__(self, port: int, generation_id: Any) -> None:
        super().__init__(name="sleeper", daemon=True)
        self._port = port
        self._path = f"/bench/wait/{generation_id}"
        self.woken = 0.0

    def run(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)) as client:
            client.request("GET", self._path)
            self.woken = float(client.getresponse().read())


def finish_some(waiters: Waiters, port: int, count: int) -> tuple[list[float], list[float]]:
    """Milliseconds from each of `count` finishes to waking and to the answer of its request."""
    from imaging import jobs

    woken, answered = [], []
    for _ in range(count):
        claimed = jobs.claim(worker="bench")
        assert claimed is not None
        sleeper = Sleeper(port, claimed.generation.pk)
        sleeper.start()
        time.sleep(0.05)
        finished = deliver(claimed)
        moment, status = waiters.next_answer(10)
        sleeper.join()
        if status != "200":
            raise SystemExit(f"a waiting request was answered {status}")
        woken.append(max(0.0, sleeper.woken - finished) * 1000)
        answered.append(max(0.0, moment - finished) * 1000)
    return woken, answered


def live_key() -> str:
    from accounts import keys
    from accounts.models import Partner
    from billing import points

    partner = Partner.objects.create(
        name="bench", rate_minute=100_000, rate_day=1_000_000, running_limit=10_000
    )
    points.grant(partner=partner, tier="starter", points=Decimal(1_000_000))
    return keys.create_key(partner=partner).key


def body(kind: str) -> int:
    count = arguments().requests
    room = {"WEB_THREADS": str(count + 64), "WEB_BACKPRESSURE": str(count + 200)}
    more = {"QUEUE_LIMIT": str(2 * count), "IMAGE_WAIT_SECONDS": "110"}
    with ground.web(**room, **more) as web, closing(Waiters(web.port, live_key())) as waiters:
        waiters.add(8)  # whatever the first requests load is not theirs
        wait_until_stored(8)
        finish_some(waiters, web.port, 8)
        before = ground.unshared_bytes(web.pid)
        for _ in range(count):
            waiters.add(1)
            time.sleep(APART_SECONDS)
        wait_until_stored(count)
        each = (ground.unshared_bytes(web.pid) - before) / count / 1024
        idle = ground.idle_percent(web.pid, IDLE_SECONDS)
        health = Health(web.port)
        health.start()
        woken, answered = finish_some(waiters, web.port, min(FINISHED, count))
        checks = health.finish()
    print(
        f"{kind}: woken p95 {percentile(woken, 0.95):.1f} ms,"
        f" answered p50 {percentile(answered, 0.5):.1f} ms,"
        f" health check p50 {percentile(checks, 0.5):.1f} ms"
    )
    what = f"{kind}, {count} waiting"
    check = percentile(checks, 0.99)
    return conclude(
        [
            Figure(f"{what}: memory each", each, TARGET_KIB, "KiB"),
            Figure(f"{what}: woken, p50", percentile(woken, 0.5), TARGET_WOKEN_MS, "ms"),
            Figure(f"{what}: idle CPU", idle, TARGET_IDLE, "%"),
            Figure(f"{what}: health check, p99", check, TARGET_HEALTH_MS, "ms"),
        ]
    )


def arguments() -> Any:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1000)
    return parser.parse_args()


def main() -> int:
    arguments()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return ground.on_databases("waiting", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
