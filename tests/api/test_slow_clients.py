"""Whoever is slow to read or to send holds a thread, but none of the few database connections."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import Partner
from imaging.api.events import GenerationEvents
from imaging.api.media import media
from imaging.api.partner import CreateImage
from imaging.models import Asset, Generation
from tests.api.conftest import Caller

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def generation(live: Caller, rich: Partner) -> Generation:
    made = live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    return Generation.objects.get(id=made.json()["data"]["id"])


def held() -> bool:
    return connection.connection is not None


def test_a_slow_download_holds_none(
    generation: Generation, rf: Any, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.png").write_bytes(bytes(1000))
    Asset.objects.create(
        generation=generation,
        kind=Asset.Kind.OUTPUT,
        path="a.png",
        content_type="image/png",
        width=1,
        height=1,
        bytes=1000,
        sha256="0" * 64,
    )

    for headers in ({}, {"Range": "bytes=0-9"}):
        answer = media(rf.get("/media/a.png", headers=headers), "a.png")

        assert answer.status_code in (200, 206)
        assert not held()
        answer.close()


def test_a_slow_reader_of_events_holds_none(generation: Generation, live: Caller, rf: Any) -> None:
    request = rf.get("/", headers={"X-API-Key": live.key})
    answer: Any = GenerationEvents.as_view()(request, generation_id=str(generation.id))

    first = next(iter(answer.streaming_content))

    assert b"event: queued" in first
    assert not held()


def test_a_slow_sender_holds_none(test_key: Caller, rf: Any) -> None:
    seen = []

    class Slow:
        def read(self, *size: int) -> bytes:
            seen.append(held())
            return b""

    request = rf.post(
        "/", b"{}", content_type="application/json", headers={"X-API-Key": test_key.key}
    )
    request._stream = Slow()
    CreateImage.as_view()(request)

    assert seen
    assert not any(seen)
