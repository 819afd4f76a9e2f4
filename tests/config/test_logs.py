"""Logs: one JSON object a line, nothing twice, no noise that an operator cannot act on."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.config.test_settings import GOOD, ROOT

PROGRAM = """
import logging, sys
import django
django.setup()
from django.test import RequestFactory
from django.urls import resolve
logging.getLogger("django.request").error("Service Unavailable: /x")
logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST header")
try:
    raise ValueError("a bug")
except ValueError:
    logging.getLogger("django.request").error("Internal Server Error: /y", exc_info=True)
    request = RequestFactory().get("/render/tokenofapicture")
    request.resolver_match = resolve(request.path)
    logging.getLogger("django.request").error(
        "%s: %s", "Error", request.path, exc_info=True, extra={"request": request}
    )
logging.getLogger("softbox").info("hello", extra={})
"""


def test_a_line_is_a_json_object_and_only_what_is_news_has_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={
            **GOOD,
            "DATABASE_URL": "sqlite://:memory:",
            "LOG_FORMAT": "json",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        },
        capture_output=True,
        text=True,
        check=True,
    )

    lines = [json.loads(line) for line in done.stderr.splitlines()]
    events = [line["event"] for line in lines]
    assert events == ["Internal Server Error: /y", "Error: /render/…", "hello"]
    assert "tokenofapicture" not in done.stderr
    assert "ValueError: a bug" in lines[0]["exception"]
    assert lines[2]["level"] == "info"
    assert lines[2]["timestamp"].endswith("Z")
