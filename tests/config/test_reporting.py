"""Errors reach Sentry (a double of it, over real HTTP) without keys, prompts or addresses."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent

PROGRAM = """
import sys, types
import django
from django.conf import settings
from django.urls import path
django.setup()
def breaks(request, **parts):
    prompt = "a secret prompt"
    raise RuntimeError("the lamp broke")
sys.modules["broken_urls"] = urls = types.ModuleType("broken_urls")
urls.urlpatterns = [path("breaks/<str:shop_token>", breaks)]
urls.handler500 = "config.errors.server_error"
settings.ROOT_URLCONF = "broken_urls"
from django.test import Client
client = Client(raise_request_exception=False, headers={"X-API-Key": "sq_live_secretkey"})
answer = client.post("/breaks/secretpart?token=secrettoken", {"prompt": "a secret prompt"})
assert answer.status_code == 500
import sentry_sdk
sentry_sdk.flush()
"""


@pytest.fixture
def sentry() -> Iterator[tuple[str, list[str]]]:
    """The DSN of a project, and what was sent to it."""
    received: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            packed = self.headers.get("Content-Encoding") == "gzip"
            received.append((gzip.decompress(body) if packed else body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *arguments: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://public@127.0.0.1:{server.server_port}/1", received
    server.shutdown()
    server.server_close()


def test_an_error_is_reported_without_secrets(sentry: tuple[str, list[str]]) -> None:
    dsn, received = sentry
    environment = {**os.environ, "SENTRY_DSN": dsn, "DJANGO_SETTINGS_MODULE": "tests.settings"}

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, env=environment, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    sent = "".join(received)
    assert "the lamp broke" in sent
    assert "correlation_id" in sent
    assert "/breaks/" in sent
    for secret in ("sq_live_secretkey", "secretpart", "secrettoken", "a secret prompt"):
        # The line of source that holds the test's prompt is code, not data.
        assert secret not in sent.replace('prompt = \\"a secret prompt\\"', "")
