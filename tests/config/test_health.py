"""Probes and figures for those who run the service."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from redis import RedisError

from accounts.models import Partner
from imaging import checkup
from imaging.models import Generation, WorkerBeat

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker() -> WorkerBeat:
    return WorkerBeat.objects.create(name="host:gpu:1", queue="gpu")


def test_alive_needs_nothing() -> None:
    answer = Client().get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_needs_a_live_worker(worker: WorkerBeat) -> None:
    assert Client().get("/readyz").status_code == 200

    worker.seen_at = timezone.now() - timedelta(minutes=5)
    worker.save(update_fields=["seen_at"])
    answer = Client().get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["workers"] != "ok"
    assert answer.json()["checks"]["database"] == "ok"


def test_a_long_queue_is_ready_as_long_as_it_moves(worker: WorkerBeat) -> None:
    now, partner = timezone.now(), Partner.objects.create(name="Acme")
    Generation.objects.create(
        partner=partner, operation="create", created_at=now - timedelta(hours=1)
    )
    assert Client().get("/readyz").json()["checks"]["queue"] != "ok"

    Generation.objects.create(
        partner=partner, operation="create", status="cancelled", started_at=now, finished_at=now
    )
    assert Client().get("/readyz").status_code == 200


def test_metrics_are_what_prometheus_reads(worker: WorkerBeat) -> None:
    text = Client().get("/metrics").content.decode()

    assert "softbox_oldest_waiting_seconds 0.0" in text
    assert 'softbox_worker_silence_seconds{queue="gpu"}' in text
    assert "softbox_points_unspent 0.0" in text


def test_a_queue_with_several_workers_is_one_figure(worker: WorkerBeat) -> None:
    WorkerBeat.objects.create(name="host:gpu:2", queue="gpu")
    hour_ago = timezone.now() - timedelta(hours=1)
    WorkerBeat.objects.create(name="host:gpu:3", queue="gpu", seen_at=hour_ago)

    text = Client().get("/metrics").content.decode()

    assert text.count('softbox_worker_silence_seconds{queue="gpu"} 0.') == 1
    assert 'softbox_workers_alive{queue="gpu"} 2.0' in text


@pytest.mark.parametrize(
    ("address", "forwarded", "trusted", "status"),
    [
        ("127.0.0.1", "", [], 200),
        ("10.2.3.4", "", [], 200),
        ("fd00::1", "", [], 200),
        ("8.8.8.8", "", [], 403),
        ("2a00:1450::1", "", [], 403),
        ("127.0.0.1", "8.8.8.8", [], 403),
        ("127.0.0.1", "8.8.8.8", ["127.0.0.1/32"], 403),
        ("127.0.0.1", "10.2.3.4", ["127.0.0.1/32"], 200),
    ],
)
def test_metrics_are_not_for_the_public_internet(
    settings: Any, address: str, forwarded: str, trusted: list[str], status: int
) -> None:
    settings.TRUSTED_PROXIES = trusted
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}

    answer = Client().get("/metrics", headers=headers, REMOTE_ADDR=address)

    assert answer.status_code == status
    assert (b"softbox_points_unspent" in answer.content) == (status == 200)


def test_the_doctor_names_what_is_missing(capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json")

    report = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert report["ok"] is False
    assert report["checks"]["database"]["ok"] is True
    assert "manage.py worker gpu" in report["checks"]["workers"]["says"]
    assert "manage.py worker default" in report["checks"]["errands"]["says"]


def test_the_doctor_tells_keys_that_do_not_open_what_is_stored(settings: Any) -> None:
    Partner.objects.create(name="Acme", webhook_secret="whsec_1")
    checkup.check_keys()
    settings.FIELD_ENCRYPTION_KEYS = ["another key, and the old one lost"]
    with pytest.raises(checkup.Unhealthy, match=r"stored in Partner\.webhook_secret"):
        checkup.check_keys()


def test_the_doctor_tells_a_redis_that_is_away(settings: Any) -> None:
    assert "not set" in checkup.check_cache()
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": settings.REDIS_URL,
        }
    }
    with pytest.raises(RedisError, match="refused"):
        checkup.check_cache()


def test_every_page_carries_the_security_headers() -> None:
    answer = Client().get("/admin/login/")

    assert answer.status_code == 200
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
