"""Live keys: pictures are made, charged, stored and made again."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client

from accounts.models import Partner
from billing import points
from imaging import jobs
from imaging.engines.picture import decode
from imaging.models import Asset, Generation
from tests.api.conftest import HOST, Caller, download, photo

pytestmark = pytest.mark.django_db(transaction=True)

CREATE = "/partner/v1/image/create"
PACKSHOT = "/partner/v1/image/packshot"


def test_a_sentence_becomes_a_stored_picture_and_is_paid(worker: None, live: Caller) -> None:
    answer = live.post(CREATE, {"prompt": "plain", "seed": 7, "metadata": {"sku": "A-1"}})

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert (data["pointsUsed"], data["costPerOperation"], data["tier"]) == (8, 8, "starter")
    assert data["remainingBalance"] == 92
    assert data["metadata"] == {"sku": "A-1"}
    assert data["engine"] == {
        "name": "tiny",
        "version": "1",
        "kind": "procedural",
        "neural": False,
    }
    picture = download(data["imageUrl"])
    assert picture["Cache-Control"] == "public, max-age=31536000, immutable"
    assert decode(picture.body).shape == (1024, 1024, 3)


def test_the_same_idempotency_key_charges_once(worker: None, live: Caller) -> None:
    body = {"prompt": "plain"}

    first = live.post(CREATE, body, Idempotency_Key="order-1")
    again = live.post(CREATE, body, Idempotency_Key="order-1")
    other = live.post(CREATE, {"prompt": "another"}, Idempotency_Key="order-1")

    assert again.content == first.content
    assert again["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert Generation.objects.count() == 1


def test_a_dry_run_tells_the_price_and_makes_nothing(rich: Partner, live: Caller) -> None:
    body = {"productImage": photo(), "count": 3, "dryRun": True}

    data = live.post(PACKSHOT, body).json()["data"]

    assert (data["pointsRequired"], data["balance"], data["sufficient"]) == (24, 100, True)
    assert [(take["tier"], take["points"]) for take in data["buckets"]] == [("starter", 24)]
    assert not Generation.objects.exists()
    assert points.balance(partner_id=rich.id) == Decimal(100)


def test_thinking_that_falls_back_pays_fast_and_says_so(worker: None, live: Caller) -> None:
    data = live.post(CREATE, {"prompt": "plain", "mode": "thinking"}).json()["data"]

    assert (data["mode"], data["requestedMode"], data["pointsUsed"]) == ("fast", "thinking", 8)
    assert any("language model" in note for note in data["notes"])


def test_a_stand_in_is_free_and_labelled(worker: None, live: Caller) -> None:
    data = live.post(CREATE, {"prompt": "stand_in"}).json()["data"]

    assert (data["standIn"], data["pointsUsed"], data["remainingBalance"]) == (True, 0, 100)


def test_a_photo_that_cannot_be_had_is_told_and_free(
    worker: None, live: Caller, rich: Partner
) -> None:
    body = {"images": ["http://127.0.0.1:9/photo.jpg"]}

    answer = live.post("/partner/v1/image/enhance", body)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("Failed to download image: ")
    assert points.balance(partner_id=rich.id) == Decimal(100)


def test_bytes_that_are_no_picture_are_told_and_free(
    worker: None, live: Caller, rich: Partner
) -> None:
    nonsense = base64.b64encode(b"GIF89a but not really").decode()

    answer = live.post(PACKSHOT, {"productImage": nonsense})

    assert answer.status_code == 400
    assert points.balance(partner_id=rich.id) == Decimal(100)


@pytest.mark.parametrize(
    ("prompt", "status", "message"),
    [
        ("blocked", 422, "Image generation was blocked by safety filters: It is blocked."),
        ("nothing", 500, "Image generation failed. Please try again."),
    ],
)
def test_a_job_without_a_picture_is_answered_in_the_documented_words(
    worker: None, live: Caller, rich: Partner, prompt: str, status: int, message: str
) -> None:
    answer = live.post(CREATE, {"prompt": prompt})

    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert points.balance(partner_id=rich.id) == Decimal(100)


def test_a_request_that_waits_too_long_is_cancelled_and_free(
    rich: Partner, live: Caller, settings: Any
) -> None:
    settings.IMAGE_WAIT_SECONDS = 1

    answer = live.post(CREATE, {"prompt": "plain"})

    assert answer.status_code == 503
    assert answer.json()["message"] == (
        "Service temporarily unavailable due to high demand. Please retry in a few seconds."
    )
    assert Generation.objects.get().status == "cancelled"
    assert points.balance(partner_id=rich.id) == Decimal(100)


def test_a_job_that_nobody_can_be_waiting_for_is_not_started(
    rich: Partner, live: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The web process died while a request waited in it; its job was not begun in time."""

    def dies(generation: Generation) -> None:
        raise SystemExit

    settings.IMAGE_WAIT_SECONDS = 0
    monkeypatch.setattr("imaging.api.ordering._wait", dies)
    with pytest.raises(SystemExit):
        live.post(CREATE, {"prompt": "plain"})

    assert jobs.claim(worker="test/1") is None
    assert jobs.expire(Generation.objects.get().id)
    assert points.balance(partner_id=rich.id) == Decimal(100)


def test_an_async_order_may_wait_as_long_as_it_takes(rich: Partner, live: Caller) -> None:
    live.post(CREATE, {"prompt": "plain"}, Prefer="respond-async")
    live.post(CREATE, {"prompt": "plain", "startWithin": 60}, Prefer="respond-async")

    later, first = Generation.objects.order_by("-created_at")
    assert first.start_by is None
    assert later.start_by is not None
    assert 55 < (later.start_by - later.created_at).total_seconds() <= 60


def test_an_async_order_is_followed_to_its_end(worker: None, live: Caller) -> None:
    body = {"prompt": "steps 3 0.05"}
    accepted = live.post(CREATE, body, Prefer="respond-async")

    data = accepted.json()["data"]
    assert accepted.status_code == 202
    stream = live.get(data["eventsUrl"].removeprefix(HOST)).getvalue().decode()
    assert "event: started" in stream
    assert "event: succeeded" in stream
    result = json.loads(stream.split("event: result\ndata: ")[1].split("\n")[0])
    assert result["status"] == "succeeded"
    assert live.get(data["pollUrl"].removeprefix(HOST)).json()["data"]["result"]["imageUrl"]


def test_a_stream_goes_on_where_it_broke_off(worker: None, live: Caller) -> None:
    made = live.post(CREATE, {"prompt": "plain"}).json()["data"]
    path = f"/partner/v1/generations/{made['generationId']}/events"
    whole = live.get(path).getvalue().decode()
    second_id = whole.split("id: ")[2].split("\n")[0]

    rest = live.get(path, Last_Event_ID=second_id).getvalue().decode()

    assert "event: queued" not in rest
    assert "event: result" in rest


def test_a_queued_job_is_cancelled_for_free(rich: Partner, live: Caller) -> None:
    made = live.post(CREATE, {"prompt": "plain"}, Prefer="respond-async").json()["data"]
    path = f"/partner/v1/generations/{made['id']}/cancel"

    first, second = live.post(path), live.post(path)

    assert (first.status_code, first.json()["data"]["status"]) == (200, "cancelled")
    assert second.status_code == 409
    assert points.balance(partner_id=rich.id) == Decimal(100)


def test_regenerating_uses_the_photo_that_was_kept(worker: None, live: Caller) -> None:
    body = {"productImage": photo(), "seed": 3, "dimensions": {"width": 64, "height": 64}}
    first = live.post(PACKSHOT, body).json()["data"]

    path = f"/partner/v1/generations/{first['generationId']}/regenerate"
    same, other = live.post(path), live.post(path, {"seed": 4})

    pixels = [
        decode(download(d["imageUrls"][0]).body)
        for d in (first, same.json()["data"], other.json()["data"])
    ]
    assert np.array_equal(pixels[0], pixels[1])
    assert not np.array_equal(pixels[0], pixels[2])
    assert same.json()["data"]["recipeId"] == first["recipeId"]


def test_the_list_pages_and_filters(worker: None, live: Caller) -> None:
    for seed in range(3):
        live.post(CREATE, {"prompt": "plain", "seed": seed})

    first = live.get("/partner/v1/generations?limit=2&operation=create").json()["data"]
    rest = live.get(f"/partner/v1/generations?limit=2&cursor={first['nextCursor']}").json()["data"]

    ids = [g["id"] for g in first["generations"] + rest["generations"]]
    assert len(set(ids)) == 3
    assert rest["nextCursor"] is None
    assert live.get("/partner/v1/generations?status=failed").json()["data"]["generations"] == []
    assert live.get("/partner/v1/generations?status=odd").status_code == 400
    assert live.get("/partner/v1/generations?createdAfter=yesterday").status_code == 400


def test_another_partners_generation_is_not_there(
    worker: None, live: Caller, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    made = live.post(CREATE, {"prompt": "plain"}).json()["data"]["generationId"]
    rival = caller(partner=other_partner)
    unknown = "00000000-0000-4000-8000-000000000000"

    for tail in ("", "/events"):
        foreign = rival.get(f"/partner/v1/generations/{made}{tail}")
        missing = rival.get(f"/partner/v1/generations/{unknown}{tail}")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json()["message"] == missing.json()["message"]
    for tail in ("/cancel", "/regenerate"):
        assert rival.post(f"/partner/v1/generations/{made}{tail}").status_code == 404
    assert rival.get("/partner/v1/generations").json()["data"]["generations"] == []


def test_stored_pictures_come_whole_in_ranges_and_not_again(worker: None, live: Caller) -> None:
    url = live.post(CREATE, {"prompt": "plain"}).json()["data"]["imageUrl"]
    whole = download(url)

    part = download(url, Range="bytes=0-7")
    tail = download(url, Range="bytes=-4")
    beyond = download(url, Range="bytes=99999999-")
    known = download(url, If_None_Match=whole["ETag"])

    assert (part.status_code, part.body) == (206, b"\x89PNG\r\n\x1a\n")
    assert tail.body == whole.body[-4:]
    assert beyond.status_code == 416
    assert known.status_code == 304


def test_private_pictures_need_a_signature(worker: None, live: Caller, rich: Partner) -> None:
    rich.private_delivery = True
    rich.save(update_fields=["private_delivery"])

    url = live.post(CREATE, {"prompt": "plain"}).json()["data"]["imageUrl"]

    assert download(url).status_code == 200
    assert "no-store" in download(url)["Cache-Control"]
    assert download(url.split("?")[0]).status_code == 403
    assert download(url.replace("signature=", "signature=0")).status_code == 403


def test_source_photos_are_never_public(worker: None, live: Caller) -> None:
    live.post(PACKSHOT, {"productImage": photo(), "dimensions": {"width": 64, "height": 64}})

    source = Asset.objects.get(kind="input")

    assert Client().get(f"/media/{source.path}").status_code == 403
