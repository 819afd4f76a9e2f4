"""A receiver on this machine that answers as told and remembers what it got."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from accounts.models import Partner
from accounts.partners import new_webhook_secret
from accounts.webhooks import endpoints
from accounts.webhooks.models import Endpoint
from tests.openapi.conformity import answers_as_described  # noqa: F401 (a fixture)


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes
    status: int


@dataclass
class Receiver:
    """`answer` decides the status of the n-th request; 200 unless told otherwise."""

    url: str = ""
    port: int = 0
    answer: Callable[[int], int] = lambda number: 200
    got: list[Received] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    known = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with known.lock:
                status = known.answer(len(known.got))
                headers = {name.lower(): value for name, value in self.headers.items()}
                known.got.append(Received(self.path, headers, body, status))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", f"{known.url}/elsewhere")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.port = server.server_port
    known.url = f"http://127.0.0.1:{known.port}"
    settings.FETCH_ALLOWED_HOSTS = [f"127.0.0.1:{known.port}"]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def partner(db: None) -> Partner:
    return Partner.objects.create(name="Acme", webhook_secret=new_webhook_secret())


@pytest.fixture
def endpoint(partner: Partner, receiver: Receiver) -> Endpoint:
    return endpoints.create(partner=partner, url=f"{receiver.url}/hook")
