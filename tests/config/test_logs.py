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
logging.getLogger("django.request").error("Service Unavailable: /x")
logging.getLogger("django.security.DisallowedHost").error("Invalid HTTP_HOST header")
try:
    raise ValueError("a bug")
except ValueError:
    logging.getLogger("django.request").error("Internal Server Error: /y", exc_info=True)
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
    assert [line["event"] for line in lines] == ["Internal Server Error: /y", "hello"]
    assert "ValueError: a bug" in lines[0]["exception"]
    assert lines[1]["level"] == "info"
    assert lines[1]["timestamp"].endswith("Z")
