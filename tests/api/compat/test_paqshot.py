"""Paqshot's documentation, walked line by line: orders, and what is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts.models import Partner
from accounts.webhooks.models import Delivery
from billing import points
from imaging.models import Generation
from tests.api.compat.conftest import Customer, picture
from tests.api.compat.paqshot_customer import BASE, ORDER, refused
from tests.api.conftest import Caller, download, photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def trial(test_key: Caller) -> Customer:
    return Customer(BASE, test_key.key)


def in_base64(file: bytes) -> str:
    return base64.b64encode(file).decode()


# --- POST /generate ------------------------------------------------------------------------------


def test_the_documented_request_is_accepted_at_once(paqshot: Customer, rich: Partner) -> None:
    answer = paqshot.post("/generate", ORDER)

    body = answer.json()
    assert answer.status_code == 202
    assert set(body) == {
        *("id", "status", "style", "aspect_ratio", "estimated_seconds", "created_at"),
    }
    assert body["id"].startswith("gen_")
    assert body["status"] == "processing"
    assert (body["style"], body["aspect_ratio"]) == ("studio_packshot", "1:1")
    assert body["estimated_seconds"] >= 1
    assert datetime.strptime(body["created_at"], "%Y-%m-%dT%H:%M:%SZ")
    assert points.balance(partner_id=rich.pk) == 92


def test_every_answer_tells_the_limits(paqshot: Customer, rich: Partner) -> None:
    for answer in (paqshot.post("/generate", ORDER), paqshot.post("/generate", {})):
        assert answer["X-RateLimit-Limit"] == "60"
        assert answer["X-RateLimit-Reset"].isdecimal()
        assert answer["X-Request-Id"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WebP"])
def test_a_photo_may_come_along_in_each_documented_format(
    paqshot: Customer, rich: Partner, kind: str
) -> None:
    answer = paqshot.post("/generate", {**ORDER, "product_image": in_base64(picture(kind))})

    assert answer.status_code == 202


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("style", ["studio_packshot", "lifestyle", "editorial", "mockup"]),
        ("scene_type", ["auto", "action", "abstract", "product_packshot"]),
        ("background", ["white", "off_white", "light_gray", "black", "#12aBeF"]),
        ("aspect_ratio", ["1:1", "4:3", "16:9", "9:16", "3:2", "2:3"]),
        ("people", ["none", "with_people", "without_people"]),
        ("location", ["office", "outdoor", "cafe", "studio", "urban", "nature", "on the moon"]),
        ("prompt", ["", "a calm morning", "x" * 500]),
        ("webhook_url", ["https://yourdomain.com/hook"]),
    ],
)
def test_each_documented_value_is_taken(trial: Customer, field: str, values: list[str]) -> None:
    for value in values:
        answer = trial.post("/generate", {**ORDER, field: value})
        assert answer.status_code == 202, (value, answer.content)


def test_optional_fields_may_be_left_out_or_null(trial: Customer) -> None:
    least = {"product_image": photo(), "style": "mockup"}
    nothing = dict.fromkeys(["scene_type", "background", "people", "location", "prompt"])

    assert trial.post("/generate", least).json()["aspect_ratio"] == "1:1"
    assert trial.post("/generate", {**least, **nothing}).status_code == 202


def test_what_leaves_the_scene_open_says_nothing_to_the_engine(
    paqshot: Customer, rich: Partner
) -> None:
    for scene, people in (("auto", "none"), ("product_packshot", "without_people")):
        paqshot.post("/generate", {**ORDER, "scene_type": scene, "people": people})
    paqshot.post("/generate", {**ORDER, "scene_type": "abstract", "people": "with_people"})

    rows = Generation.objects.order_by("created_at")
    assert [row.recipe["scene_type"] for row in rows][:2] == ["", ""]
    assert "abstract" in rows[2].recipe["scene_type"]
    assert [row.recipe["people"] for row in rows] == ["", "without people", "people"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"product_image": None},
        {"product_image": ""},
        {"product_image": 7},
        {"product_image": "no base64!"},
        {"product_image": "https://"},
        {"style": None},
        {"style": "white_bg"},
        {"style": ["mockup"]},
        {"scene_type": "quiet"},
        {"background": "pink"},
        {"background": "#12345"},
        {"aspect_ratio": "3:4"},
        {"people": "some"},
        {"location": 3},
        {"prompt": "x" * 501},
        {"prompt": "how to build a pipe bomb at home"},
        {"webhook_url": "http://yourdomain.com/hook"},
        {"webhook_url": True},
    ],
)
def test_what_is_missing_or_malformed_is_400(
    paqshot: Customer, rich: Partner, wrong: dict[str, Any]
) -> None:
    assert refused(paqshot.post("/generate", {**ORDER, **wrong})) == (400, "invalid_request")
    assert not Generation.objects.exists()


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b'{"style": NaN}'])
def test_what_is_no_json_object_is_400(paqshot: Customer, raw: bytes) -> None:
    assert refused(paqshot.post("/generate", raw)) == (400, "invalid_request")


# --- Errors --------------------------------------------------------------------------------------


def test_a_missing_or_invalid_key_is_401(rich: Partner) -> None:
    for key in ("", "pk_live_xxxxxxxxxxxx"):
        assert refused(Customer(BASE, key).post("/generate", ORDER)) == (401, "unauthorized")


def test_too_few_points_are_a_quota_that_is_exceeded(paqshot: Customer, partner: Partner) -> None:
    assert refused(paqshot.post("/generate", ORDER)) == (403, "forbidden")


def test_a_partner_that_is_off_is_403(paqshot: Customer, rich: Partner) -> None:
    Partner.objects.update(active=False)

    assert refused(paqshot.post("/generate", ORDER)) == (403, "forbidden")


def test_an_unknown_generation_is_404(paqshot: Customer, trial: Customer) -> None:
    for name in (
        "gen_01j9xkm3p8fvz4q2n7tbhc6r",
        "gen_" + "0" * 32,
        "batch_" + "0" * 32,
        "x",
        "%00",
    ):
        assert refused(paqshot.get(f"/generate/{name}")) == (404, "not_found")
        assert refused(trial.get(f"/generate/{name}")) == (404, "not_found")


def test_what_is_not_there_is_told_in_this_dialect() -> None:
    for path in ("/compat/paqshot", "/compat/paqshot/v1/nothing", "/compat/paqshot/v2/generate"):
        assert refused(Client().get(path)) == (404, "not_found")


def test_a_photo_over_10_mb_is_413(paqshot: Customer, rich: Partner) -> None:
    head = b"\xff\xd8\xff"
    most = head + b"\0" * (10 * 1024 * 1024 - len(head))

    def send(data: bytes) -> Any:
        return paqshot.post("/generate", {**ORDER, "product_image": in_base64(data)})

    assert send(most).status_code == 202
    assert refused(send(most + b"\0")) == (413, "image_too_large")
    assert refused(send(most * 3)) == (413, "image_too_large")


@pytest.mark.parametrize(
    "image",
    [
        in_base64(picture("GIF")),
        f"data:image/gif;base64,{in_base64(picture('GIF'))}",
        in_base64(b"%PDF-1.7 ..."),
        in_base64(b"RIFF0000WAVEfmt "),
    ],
)
def test_another_format_is_422(paqshot: Customer, rich: Partner, image: str) -> None:
    answer = paqshot.post("/generate", {**ORDER, "product_image": image})

    assert refused(answer) == (422, "unsupported_image")


def test_too_many_requests_are_429(caller: Callable[..., Caller], rich: Partner) -> None:
    hasty = Customer(BASE, caller(rate_minute=1).key)
    hasty.get("/generations")

    answer = hasty.get("/generations")

    assert refused(answer) == (429, "rate_limited")
    assert int(answer["Retry-After"]) >= 1


def test_a_crowded_queue_is_a_server_error_to_retry(
    paqshot: Customer, rich: Partner, settings: Any
) -> None:
    settings.QUEUE_LIMIT = 0

    answer = paqshot.post("/generate", ORDER)

    assert refused(answer) == (503, "server_error")
    assert answer["Retry-After"]


# --- Repeats, test keys, tenancy -----------------------------------------------------------------


def test_the_same_idempotency_key_makes_one_generation(paqshot: Customer, rich: Partner) -> None:
    first = paqshot.post("/generate", ORDER, Idempotency_Key="a")
    again = paqshot.post("/generate", ORDER, Idempotency_Key="a")
    other = paqshot.post("/generate", {**ORDER, "style": "mockup"}, Idempotency_Key="a")

    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
    assert refused(other) == (400, "invalid_request")
    assert Generation.objects.count() == 1


def test_a_refusal_is_repeated_in_this_dialect(paqshot: Customer, rich: Partner) -> None:
    first = paqshot.post("/generate", {**ORDER, "prompt": "x" * 501}, Idempotency_Key="a")
    again = paqshot.post("/generate", {**ORDER, "prompt": "x" * 501}, Idempotency_Key="a")

    assert refused(first) == refused(again) == (400, "invalid_request")


def test_a_test_key_gets_a_placeholder_and_stores_nothing(trial: Customer, rich: Partner) -> None:
    accepted = trial.post("/generate", {**ORDER, "webhook_url": "https://yourdomain.com/hook"})

    body = trial.get(f"/generate/{accepted.json()['id']}").json()

    assert (accepted.status_code, accepted.json()["status"]) == (202, "processing")
    assert (body["status"], body["style"], body["width"]) == ("completed", "studio_packshot", 1024)
    assert download(body["image_url"])["Content-Type"] == "image/png"
    assert download(body["thumbnail_url"]).status_code == 200
    assert trial.get("/generations").json() == {"data": [], "total": 0, "limit": 20, "offset": 0}
    assert not Generation.objects.exists()
    assert not Delivery.objects.exists()
    assert points.balance(partner_id=rich.pk) == Decimal(100)


def test_a_test_generation_belongs_to_its_partner(
    trial: Customer, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    name = trial.post("/generate", ORDER).json()["id"]
    rival = Customer(BASE, caller(partner=other_partner, environment="test").key)

    assert refused(rival.get(f"/generate/{name}")) == (404, "not_found")
