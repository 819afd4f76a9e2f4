"""Production does not start without secrets of its own, and says which one is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.databases import database_from_url

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {"DEBUG": "0", "SECRET_KEY": "s" * 40, "FIELD_ENCRYPTION_KEYS": "f" * 40}


def start(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the settings in a process of their own, away from this machine's `.env`."""
    program = (
        "import environ; environ.Env.read_env = staticmethod(lambda *a, **k: None)\n"
        "from config import settings as s\n"
        "print(s.SECURE_SSL_REDIRECT, s.SESSION_COOKIE_SECURE, s.SECURE_HSTS_SECONDS > 0)"
    )
    url = f"sqlite:///{tmp_path / 'x.sqlite3'}"
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", ["SECRET_KEY", "FIELD_ENCRYPTION_KEYS"])
@pytest.mark.parametrize("value", ["", "change-me", "known-to-everyone-only-for-debugging"])
def test_a_missing_or_example_secret_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = start(tmp_path, **{**GOOD, name: value})

    assert done.returncode == 1
    assert name in done.stderr.splitlines()[-1]
    if value:
        assert value not in done.stderr.splitlines()[-1]


def test_secrets_of_its_own_start_it(tmp_path: Path) -> None:
    assert start(tmp_path, **GOOD).stdout == "False False False\n"


def test_debug_starts_without_secrets(tmp_path: Path) -> None:
    assert start(tmp_path, DEBUG="1").returncode == 0


def test_a_public_url_with_https_turns_the_locks_on(tmp_path: Path) -> None:
    done = start(tmp_path, **GOOD, PUBLIC_URL="https://pictures.example")

    assert done.stdout == "True True True\n"


def test_postgresql_gets_a_pool_and_sqlite_immediate_transactions(tmp_path: Path) -> None:
    postgres = database_from_url("postgres://u:p@h:5432/n", pool_max=7)
    sqlite = database_from_url(f"sqlite:///{tmp_path}/x.sqlite3", pool_max=7)

    assert postgres["OPTIONS"]["pool"]["max_size"] == 7
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    with pytest.raises(ValueError, match="only SQLite and PostgreSQL"):
        database_from_url("mysql://u:p@h/n", pool_max=7)
