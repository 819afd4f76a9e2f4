"""The doctor and the probe when the database is away: soon, in a line, without secrets."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client

from config import health

ROOT = Path(__file__).resolve().parent.parent.parent


def test_the_doctor_tells_a_database_that_is_away_in_a_line_and_soon() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"postgres://u:secretpassword@127.0.0.1:{probe.getsockname()[1]}/n"
        done = subprocess.run(
            [sys.executable, "manage.py", "doctor"],
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert all(line.startswith(("ok ", "BAD")) for line in lines)
    assert lines[0].startswith("BAD database")
    assert "refused" in lines[0]
    assert "secretpassword" not in done.stdout + done.stderr


def test_without_a_database_the_probe_tries_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> str:
        raise OperationalError("secret details")

    monkeypatch.setitem(health.READY, "database", away)
    answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "OperationalError: not available"}
