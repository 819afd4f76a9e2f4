"""A test key gets the documented answers at once and touches nothing."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from billing.models import Entry, Hold
from imaging.models import Generation
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


def test_a_test_create_answers_as_documented(test_key: Caller) -> None:
    answer = test_key.post(
        "/partner/v1/image/create", {"prompt": "a red mug", "aspectRatio": "16:9", "seed": 7}
    )

    data = answer.json()["data"]
    assert answer.status_code == 200
    assert data["imageUrl"] == "http://testserver/placeholder/create/1024x576.png"
    assert (data["tier"], data["pointsUsed"], data["costPerOperation"]) == ("test", 0, 0)
    assert data["remainingBalance"] is None
    assert data["testMode"] is True
    assert "sq_live_*" in data["message"]
    assert data["seed"] == 7


def test_nothing_is_stored_or_charged(test_key: Caller) -> None:
    test_key.post("/partner/v1/image/create", {"prompt": "a red mug"})
    test_key.post("/partner/v1/image/enhance", {"images": ["http://127.0.0.1:1/x.png"]})

    assert not Generation.objects.exists()
    assert not Hold.objects.exists()
    assert not Entry.objects.exists()


def test_every_validation_rule_still_holds(test_key: Caller) -> None:
    answer = test_key.post("/partner/v1/image/create", {"prompt": "ab"})

    assert answer.status_code == 400
    assert answer.json()["message"] == "Prompt is required and must be at least 3 characters"
    assert answer.json()["success"] is False


def test_several_photos_give_several_placeholders(test_key: Caller) -> None:
    body = {"images": ["https://a.example/1.jpg", "https://a.example/2.jpg"], "resolution": "2k"}

    data = test_key.post("/partner/v1/image/enhance", body).json()["data"]

    assert data["imageUrls"] == ["http://testserver/placeholder/enhance/2048x2048.png"] * 2


def test_the_placeholder_has_the_size_that_was_asked_for(test_key: Caller) -> None:
    body = {"productImage": "https://a.example/1.jpg", "dimensions": {"width": 600, "height": 900}}
    data = test_key.post("/partner/v1/image/packshot", body).json()["data"]

    picture = Client().get(data["imageUrls"][0].removeprefix("http://testserver"))

    assert picture["Content-Type"] == "image/png"
    assert Image.open(io.BytesIO(picture.content)).size == (600, 900)


@pytest.mark.parametrize("path", ["/placeholder/create/8x8.png", "/placeholder/x/64x64.png"])
def test_a_placeholder_that_no_answer_names_is_not_drawn(path: str) -> None:
    assert Client().get(path).status_code == 404


def test_a_test_generation_can_be_read_back_by_its_partner_alone(
    test_key: Caller, caller: Any, other_partner: Any
) -> None:
    made = test_key.post("/partner/v1/image/create", {"prompt": "a red mug"}).json()["data"]
    path = f"/partner/v1/generations/{made['generationId']}"

    assert test_key.get(path).json()["data"]["result"]["imageUrl"] == made["imageUrl"]
    assert caller(partner=other_partner, environment="test").get(path).status_code == 404
    assert caller().get(path).status_code == 404


def test_the_address_of_much_metadata_stays_short_enough_to_ask_for(test_key: Caller) -> None:
    metadata = {f"column {number}": f"What stands in it {number}. " * 20 for number in range(20)}
    body = {"prompt": "a red mug", "metadata": metadata}

    made = test_key.post("/partner/v1/image/create", body).json()["data"]

    assert len(made["generationId"]) < 1500
    read = test_key.get(f"/partner/v1/generations/{made['generationId']}").json()["data"]
    assert read["metadata"] == made["metadata"] == metadata


def test_respond_async_gives_an_address_that_works(test_key: Caller) -> None:
    accepted = test_key.post(
        "/partner/v1/image/create", {"prompt": "a red mug"}, Prefer="respond-async"
    )

    data = accepted.json()["data"]
    assert accepted.status_code == 202
    polled = test_key.get(data["pollUrl"].removeprefix("http://testserver"))
    assert polled.json()["data"]["status"] == "succeeded"
    events = test_key.get(data["eventsUrl"].removeprefix("http://testserver"))
    assert b"event: succeeded" in events.getvalue()


PHOTO = "https://a.example/1.jpg"
CREATE = "/partner/v1/image/create"


def test_the_answer_is_the_documented_one_to_the_letter(test_key: Caller) -> None:
    data = test_key.post(CREATE, {"prompt": "a red mug"}).json()["data"]

    assert list(data)[:11] == [
        *("imageUrl", "mode", "resolution", "pointsUsed", "tier", "costPerOperation"),
        *("remainingBalance", "processingTimeMs", "totalTimeMs", "testMode", "message"),
    ]
    assert data["message"] == (
        "This is a test response. No AI model was triggered and no points were deducted. "
        "Use a live API key (sq_live_*) for actual image generation."
    )


@pytest.mark.parametrize("operation", ["create", "enhance", "packshot"])
def test_a_dry_run_costs_nothing_and_says_it_is_a_test(test_key: Caller, operation: str) -> None:
    body = {"prompt": "a red mug", "images": [PHOTO], "productImage": PHOTO, "dryRun": True}

    data = test_key.post(f"/partner/v1/image/{operation}", body).json()["data"]

    assert (data["dryRun"], data["testMode"], data["tier"]) == (True, True, "test")
    assert (data["pointsRequired"], data["balance"], data["buckets"]) == (0, None, [])


def test_usage_says_that_the_key_is_a_test_key(test_key: Caller, live: Caller) -> None:
    assert test_key.get("/partner/v1/image/usage").json()["data"]["testMode"] is True
    assert "testMode" not in live.get("/partner/v1/image/usage").json()["data"]


@pytest.mark.parametrize(
    "odd",
    ["test_", "test_.", "test_é.é", "test_abc.%C3%A9", "test_%F0%9F%96%BC.AAAA", "test_a.AAAA"],
)
def test_a_made_up_id_is_not_found(test_key: Caller, odd: str) -> None:
    answer = test_key.get(f"/partner/v1/generations/{odd}")

    assert (answer.status_code, answer.json()["message"]) == (404, "Generation not found.")


def test_regenerating_gives_a_new_generation_under_the_same_rules(test_key: Caller) -> None:
    body = {"images": [PHOTO, PHOTO], "seed": 7, "metadata": {"sku": "A"}, "resolution": "2k"}
    made = test_key.post("/partner/v1/image/enhance", body).json()["data"]
    path = f"/partner/v1/generations/{made['generationId']}/regenerate"

    same = test_key.post(path).json()["data"]
    other = test_key.post(path, {"seed": 8, "metadata": {"sku": "B"}}).json()["data"]

    assert same["imageUrls"] == made["imageUrls"]
    assert (same["seed"], same["metadata"]) == (7, {"sku": "A"})
    assert (other["seed"], other["metadata"]) == (8, {"sku": "B"})
    assert test_key.post(path, {"dryRun": True}).json()["data"]["pointsRequired"] == 0
    assert test_key.post(path, {"seed": "8"}).status_code == 400
    assert test_key.post(path, b"{").status_code == 400
    assert test_key.post(path, Prefer="respond-async").status_code == 202


def test_filters_are_checked_as_for_live_keys(test_key: Caller) -> None:
    assert test_key.get("/partner/v1/generations?status=succeeded").json()["data"] == {
        "generations": [],
        "nextCursor": None,
    }
    assert test_key.get("/partner/v1/generations?status=odd").status_code == 400


def test_cancelling_what_has_ended_is_a_conflict(test_key: Caller) -> None:
    made = test_key.post(CREATE, {"prompt": "a red mug"}).json()["data"]["generationId"]

    answer = test_key.post(f"/partner/v1/generations/{made}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
