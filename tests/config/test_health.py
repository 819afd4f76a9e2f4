"""Probes and figures for those who run the service."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from imaging.models import WorkerBeat

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


def test_metrics_are_what_prometheus_reads(worker: WorkerBeat) -> None:
    text = Client().get("/metrics").content.decode()

    assert "softbox_oldest_waiting_seconds 0.0" in text
    assert 'softbox_worker_silence_seconds{queue="gpu"}' in text
    assert "softbox_points_unspent 0.0" in text


def test_the_doctor_names_what_is_missing(capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", "--json")

    report = json.loads(capsys.readouterr().out)
    assert ended.value.code == 1
    assert report["ok"] is False
    assert report["checks"]["database"]["ok"] is True
    assert "manage.py worker gpu" in report["checks"]["workers"]["says"]


def test_every_page_carries_the_security_headers() -> None:
    answer = Client().get("/admin/login/")

    assert answer.status_code == 200
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
