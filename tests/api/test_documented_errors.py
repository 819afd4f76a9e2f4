"""Every refusal that the Image API documents, word for word.

Source: ShopIQ API documentation, "Authentication Errors", "Rate Limiting", "Image Create" and
"Image Enhance".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, Partner
from billing import points
from imaging.models import Generation
from tests.api.conftest import Caller, photo

pytestmark = pytest.mark.django_db

CREATE = "/partner/v1/image/create"
ENHANCE = "/partner/v1/image/enhance"
PACKSHOT = "/partner/v1/image/packshot"
USAGE = "/partner/v1/image/usage"
PHOTO = "https://a.example/1.jpg"
RATIOS = "1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3"
SHORT = "Prompt is required and must be at least 3 characters"
NO_IMAGE = "At least one image URL is required in the 'images' array"
NO_URL = "All images must be valid HTTP/HTTPS URLs"


def assert_says(answer: Any, status: int, message: str, code: str = "invalid_request") -> Any:
    """The documented envelope with our additions; returns the body."""
    body = answer.json()
    assert (answer.status_code, body["message"]) == (status, message)
    assert (body["success"], body["code"]) == (False, code)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert body["correlationId"] == answer["X-Request-Id"]
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store"
    return body


@pytest.mark.parametrize(
    ("path", "change", "param", "message"),
    [
        *[(CREATE, {"prompt": p}, "prompt", SHORT) for p in (None, "", "ab", "  ab  ", 5, ["abc"])],
        (CREATE, {"prompt": "x" * 4001}, "prompt", "Prompt must be less than 4000 characters"),
        *[(ENHANCE, {"images": i}, "images", NO_IMAGE) for i in (None, [], "x", {}, 5)],
        (ENHANCE, {"images": [PHOTO] * 5}, "images", "Maximum 4 images per request"),
        *[
            (ENHANCE, {"images": [PHOTO, url]}, "images", NO_URL)
            for url in (None, 5, "", "x", "ftp://a.example/1.jpg", "file:///etc/passwd", "http://")
        ],
        *[(ENHANCE, {"images": [url]}, "images", NO_URL) for url in ("javascript:1", " http://a")],
        (
            ENHANCE,
            {"userRequest": "x" * 2001},
            "userRequest",
            "User request must be less than 2000 characters",
        ),
        *[
            (path, {field: value}, field, message)
            for path in (CREATE, ENHANCE, PACKSHOT)
            for field, message in (
                ("aspectRatio", f"Invalid aspect ratio. Supported: {RATIOS}"),
                ("mode", "Invalid mode. Supported: fast, thinking"),
                ("resolution", "Invalid resolution. Supported: 1k, 2k, 4k"),
            )
            for value in ("5:5", "FAST", 1, True, [], {}, "")
        ],
        *[
            (CREATE, {"seed": seed}, "seed", "seed must be a whole number from 0 to 4294967295")
            for seed in (-1, 2**32, 1.5, 1.0, "7", True, [], 10**30)
        ],
        *[
            (CREATE, {"dryRun": value}, "dryRun", "dryRun must be true or false")
            for value in ("true", 1, 0, [])
        ],
        *[
            (
                CREATE,
                {"metadata": value},
                "metadata",
                "metadata must be a flat object of at most 20 strings",
            )
            for value in ([], "x", 5, {str(n): "x" for n in range(21)})
        ],
        *[
            (
                CREATE,
                {"metadata": {"a": value}},
                "metadata",
                "metadata values must be strings of at most 500 characters",
            )
            for value in (None, 5, {}, ["x"], "x" * 501)
        ],
    ],
)
def test_a_wrong_field_is_refused_in_the_documented_words(
    test_key: Caller, path: str, change: dict[str, Any], param: str, message: str
) -> None:
    good = {"prompt": "a red mug", "images": [PHOTO], "productImage": PHOTO}

    body = assert_says(test_key.post(path, {**good, **change}), 400, message)

    assert body["param"] == param


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (CREATE, {"prompt": "abc"}),
        (CREATE, {"prompt": "x" * 4000}),
        (CREATE, {"prompt": "\U0001f5bc" * 4000}),
        (CREATE, {"prompt": "a mug", "seed": 0, "metadata": {str(n): "" for n in range(20)}}),
        (CREATE, {"prompt": "a mug", "seed": 2**32 - 1, "metadata": {"k" * 40: "v" * 500}}),
        (CREATE, {"prompt": "a mug", "mode": None, "aspectRatio": None, "nobody": "knows this"}),
        (ENHANCE, {"images": [PHOTO] * 4, "userRequest": "x" * 2000}),
        (ENHANCE, {"images": ["HTTP://A.example:8080/ä.jpg?x=1#y"], "userRequest": ""}),
    ],
)
def test_what_is_just_allowed_is_taken(test_key: Caller, path: str, body: dict[str, Any]) -> None:
    assert test_key.post(path, body).status_code == 200


# --- Who may come in ---------------------------------------------------------------------------


def test_the_documented_refusals_at_the_door(partner: Partner) -> None:
    made = keys.create_key(partner=partner, networks=["198.51.100.0/24", "2001:db8::/32"])
    row = ApiKey.objects.filter(pk=made.row.pk)

    def ask(address: str = "198.51.100.7") -> Any:
        return Client().get(USAGE, headers={"X-API-Key": made.key}, REMOTE_ADDR=address)

    missing = "API key required. Provide via X-API-Key header."
    assert_says(Client().get(USAGE), 401, missing, "unauthorized")
    assert ask().status_code == ask("2001:db8::1").status_code == 200
    for stranger in ("198.51.101.7", "2001:db9::1", "127.0.0.1"):
        assert_says(ask(stranger), 403, "Request IP not in API key whitelist", "forbidden")
    Partner.objects.update(active=False)
    assert_says(ask("127.0.0.1"), 403, "Partner account is inactive", "forbidden")
    row.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert_says(ask("127.0.0.1"), 401, "API key has expired", "unauthorized")
    row.update(revoked_at=timezone.now(), slot=None)
    assert_says(ask("127.0.0.1"), 401, "Invalid or revoked API key", "unauthorized")


def test_the_address_of_the_client_is_the_proxys_word_only_if_it_is_trusted(
    partner: Partner, settings: Any
) -> None:
    made = keys.create_key(partner=partner, networks=["198.51.100.7/32"])

    def ask(forwarded: str) -> int:
        headers = {"X-API-Key": made.key, "X-Forwarded-For": forwarded}
        return Client().get(USAGE, headers=headers, REMOTE_ADDR="10.0.0.1").status_code

    assert ask("198.51.100.7") == 403
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert ask("198.51.100.7") == 200
    assert ask("198.51.100.7, 10.9.9.9") == 200
    assert ask("198.51.100.7, 203.0.113.5") == 403


def test_a_key_is_taken_from_either_header(live: Caller) -> None:
    for headers in (
        {"x-api-key": live.key},
        {"Authorization": f"Bearer {live.key}"},
        {"Authorization": f"bearer  {live.key} "},
    ):
        assert Client().get(USAGE, headers=headers).status_code == 200
    for headers in ({"Authorization": live.key}, {"Authorization": f"Basic {live.key}"}):
        assert Client().get(USAGE, headers=headers).status_code == 401


def test_a_key_of_another_kind_or_scope_is_forbidden(caller: Callable[..., Caller]) -> None:
    management, reader = caller(kind="management"), caller(scopes=["images:read"])

    needs = "This endpoint needs an image API key"
    assert_says(management.post(CREATE, {"prompt": "a mug"}), 403, needs, "forbidden")
    lacks = "API key lacks the scope images:write"
    assert_says(reader.post(CREATE, {"prompt": "a mug"}), 403, lacks, "forbidden")
    assert_says(reader.get(USAGE), 403, "API key lacks the scope usage:read", "forbidden")
    assert reader.get("/partner/v1/generations").status_code == 200


def test_both_limits_are_told_in_the_documented_words(caller: Callable[..., Caller]) -> None:
    minute, day = caller(rate_minute=1), caller(rate_minute=9, rate_day=1)
    for one in (minute, day):
        assert one.get(USAGE)["X-RateLimit-Remaining"] == "0"

    body = assert_says(
        minute.get(USAGE), 429, "Rate limit exceeded: 1 requests per minute", "rate_limited"
    )
    assert 1 <= body["retryAfter"] <= 60
    answer = day.get(USAGE)
    body = assert_says(answer, 429, "Daily rate limit exceeded: 1 requests per day", "rate_limited")
    assert answer["Retry-After"] == str(body["retryAfter"])


# --- The limits' headers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", USAGE, 200),
        ("HEAD", USAGE, 200),
        ("POST", CREATE, 400),
        ("PUT", CREATE, 405),
        ("TRACE", CREATE, 405),
        ("HEAD", CREATE, 405),
        ("GET", "/partner/v1/generations/nothing", 404),
        ("GET", "/partner/v1/no/such/thing", 404),
        ("POST", "/api/v2/third-party/noSuchThing", 404),
        ("GET", "/partner/v1/styles", 200),
        ("GET", "/partner/v1/platforms", 200),
    ],
)
def test_every_answer_carries_the_limits(live: Caller, method: str, path: str, status: int) -> None:
    answer = Client().generic(method, path, headers={"X-API-Key": live.key})

    assert answer.status_code == status
    assert (answer["X-RateLimit-Limit"], answer["X-RateLimit-Remaining"]) == ("60", "59")
    assert int(answer["X-RateLimit-Reset"]) > 1_700_000_000
    assert answer["X-Request-Id"]


def test_an_open_door_lets_everybody_in_and_still_counts(caller: Callable[..., Caller]) -> None:
    styles = "/partner/v1/styles"
    assert Client().get(styles).status_code == 200
    assert Client().get(styles, headers={"X-API-Key": "nonsense"}).status_code == 200
    assert_says(Client().get("/partner/v1/x"), 404, "There is no such endpoint.", "not_found")

    busy = caller(rate_minute=1)
    assert busy.get(styles).status_code == 200
    assert busy.get(styles).status_code == 429


def test_options_needs_no_key_and_costs_nothing(live: Caller) -> None:
    answer = Client().options(CREATE)

    assert (answer.status_code, answer["Allow"]) == (204, "POST, OPTIONS")
    assert "Content-Type" not in answer
    assert live.get(USAGE)["X-RateLimit-Remaining"] == "59"


# --- Money ---------------------------------------------------------------------------------------


def test_too_few_points_for_thinking_are_told_with_tier_and_mode(
    live: Caller, partner: Partner
) -> None:
    points.grant(partner=partner, tier="growth", points=Decimal("10.25"))

    answer = live.post(ENHANCE, {"images": [PHOTO], "mode": "thinking"})

    message = (
        "Insufficient points. Required: 14 (growth tier, thinking mode), Available: 10.25. "
        "Please top up your account."
    )
    assert_says(answer, 402, message, "insufficient_points")
    assert not Generation.objects.exists()


def test_past_its_monthly_cap_a_key_is_refused(
    caller: Callable[..., Caller], rich: Partner
) -> None:
    capped = caller(monthly_cap=Decimal(10))
    order = {"prompt": "a red mug"}
    assert capped.post(CREATE, order, Prefer="respond-async").status_code == 202

    answer = capped.post(CREATE, order, Prefer="respond-async")

    assert (answer.status_code, answer.json()["code"]) == (402, "key_cap_reached")
    assert points.balance(partner_id=rich.id) == Decimal(92)


def test_a_refused_upload_leaves_no_file(live: Caller, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path

    assert live.post(PACKSHOT, {"productImage": photo()}).status_code == 402

    assert [file for file in tmp_path.rglob("*") if file.is_file()] == []


def test_a_full_queue_is_told_in_the_documented_words(
    live: Caller, rich: Partner, settings: Any
) -> None:
    settings.QUEUE_LIMIT = 0
    texts = {
        CREATE: (
            "Service temporarily unavailable due to high demand. Please retry in a few seconds."
        ),
        ENHANCE: "Service temporarily unavailable. Please retry shortly.",
    }
    for path, message in texts.items():
        answer = live.post(path, {"prompt": "a red mug", "images": [PHOTO]})
        assert_says(answer, 503, message, "service_unavailable")
        assert answer["Retry-After"]
    assert points.balance(partner_id=rich.id) == Decimal(100)


@pytest.mark.parametrize(
    ("path", "field", "message"),
    [
        (CREATE, "prompt", "Image generation was blocked by safety filters: graphic violence"),
        (ENHANCE, "userRequest", "Enhancement blocked by safety filters: graphic violence"),
        *[
            (PACKSHOT, field, "Packshot generation was blocked by safety filters: graphic violence")
            for field in ("prompt", "background", "sceneType", "people", "location")
        ],
    ],
)
def test_blocked_words_are_refused_wherever_they_stand(
    live: Caller, rich: Partner, path: str, field: str, message: str
) -> None:
    good = {"prompt": "a red mug", "images": [PHOTO], "productImage": PHOTO}

    answer = live.post(path, {**good, field: "beside a bloody corpse"})

    assert_says(answer, 422, message, "content_blocked")
    assert not Generation.objects.exists()
