"""Production does not start without secrets of its own, and says which one is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from config.checks import check_production
from config.databases import database_from_url
from config.environment import Environment
from config.picture_hosts import picture_hosts

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
@pytest.mark.parametrize("value", ["", ",", "change-me", "known-to-everyone-only-for-debugging"])
def test_a_missing_or_example_secret_is_named(tmp_path: Path, name: str, value: str) -> None:
    done = start(tmp_path, **{**GOOD, name: value})

    assert done.returncode == 1
    assert name in done.stderr.splitlines()[-1]
    if value.strip(","):
        assert value not in done.stderr.splitlines()[-1]


def test_secrets_of_its_own_start_it(tmp_path: Path) -> None:
    assert start(tmp_path, **GOOD).stdout == "False False False\n"


def test_debug_starts_without_secrets(tmp_path: Path) -> None:
    assert start(tmp_path, DEBUG="1").returncode == 0


def test_a_public_url_with_https_turns_the_locks_on(tmp_path: Path) -> None:
    done = start(tmp_path, **GOOD, PUBLIC_URL="https://pictures.example")

    assert done.stdout == "True True True\n"


def test_one_example_key_among_good_ones_is_refused(tmp_path: Path) -> None:
    done = start(tmp_path, **{**GOOD, "FIELD_ENCRYPTION_KEYS": "f" * 40 + ", change-me"})

    assert "FIELD_ENCRYPTION_KEYS" in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUBLIC_URL", "pictures.example"),
        ("PUBLIC_URL", "ftp://pictures.example"),
        ("PUBLIC_URL", "https://pictures.example/shop"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, nobody"),
        ("IMAGING_ENGINE", "magic"),
        ("LOG_FORMAT", "xml"),
        ("DATABASE_POOL_MAX", "many"),
        ("DATABASE_URL", "mysql://u:p@h/n"),
        ("IMAGE_WAIT_SECONDS", "2 minutes"),
        ("SENTRY_DSN", "no address"),
        ("AWS_S3_ENDPOINT_URL", "minio:9000"),
        ("AWS_ACCESS_KEY_ID", "alone"),
        ("AWS_SECRET_ACCESS_KEY", "alone"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_name(
    tmp_path: Path, name: str, value: str
) -> None:
    done = start(tmp_path, **{**GOOD, name: value})

    assert done.returncode == 1
    assert name in done.stderr.splitlines()[-1]


def test_an_empty_variable_counts_as_unset(tmp_path: Path) -> None:
    names = ("PUBLIC_URL", "PORT", "TRUSTED_PROXIES", "LOG_FORMAT", "DATABASE_URL", "EMAIL_URL")

    assert start(tmp_path, **GOOD, **dict.fromkeys(names, "")).stdout == "False False False\n"


def test_lists_may_have_blanks_after_their_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME", "10.0.0.0/8, 2001:db8::1 ,")

    assert Environment().networks("SOME") == ["10.0.0.0/8", "2001:db8::1"]
    assert Environment().words("NOT_SET_AT_ALL", ["x"]) == ["x"]


def test_pictures_on_s3_may_be_shown_on_our_pages() -> None:
    bucket = {"bucket": "pics", "endpoint": "http://minio:9000", "region": None, "domain": None}

    assert picture_hosts(**bucket) == ["http://minio:9000", "http://pics.minio:9000"]
    assert picture_hosts(**{**bucket, "bucket": ""}) == []
    amazon = {"endpoint": None, "region": "ap-south-1", "domain": "cdn.example"}
    assert picture_hosts(**{**bucket, **amazon}) == [
        "https://cdn.example",
        "https://s3.ap-south-1.amazonaws.com",
        "https://pics.s3.ap-south-1.amazonaws.com",
    ]


def test_what_production_regrets_is_warned_of(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.PUBLIC_URL, settings.HTTPS = "http://pictures.example", False
    settings.SECRET_KEY = "short"
    assert {"softbox.W001", "softbox.W003"} <= {w.id for w in check_production(None)}

    settings.PUBLIC_URL, settings.HTTPS = "https://pictures.example", True
    settings.SECRET_KEY, settings.TRUSTED_PROXIES = "s" * 40, ["10.0.0.0/8"]
    engine = "django.db.backends.postgresql"
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", engine)
    assert check_production(None) == []


def test_postgresql_gets_a_pool_and_sqlite_immediate_transactions(tmp_path: Path) -> None:
    postgres = database_from_url("postgres://u:p@h:5432/n", pool_max=7)
    sqlite = database_from_url(f"sqlite:///{tmp_path}/x.sqlite3", pool_max=7)

    assert postgres["OPTIONS"]["pool"]["max_size"] == 7
    assert "pool" not in database_from_url("postgres://u:p@h:5432/n", pool_max=0)["OPTIONS"]
    assert sqlite["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    with pytest.raises(ValueError, match="only SQLite and PostgreSQL"):
        database_from_url("mysql://u:p@h/n", pool_max=7)
