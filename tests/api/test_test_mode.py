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
