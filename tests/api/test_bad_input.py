"""Bad input gets a clear 4xx in the documented envelope; nothing is stored or charged."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest

from accounts.models import Partner
from billing.models import Hold
from imaging.models import Generation
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

CREATE = "/partner/v1/image/create"
POSTS = [CREATE, "/partner/v1/image/enhance", "/partner/v1/image/packshot"]


def assert_refused(answer: Any, *statuses: int) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.content)
    assert answer.status_code in statuses, body
    assert body["success"] is False
    assert body["message"]
    assert body["code"]
    assert body["timestamp"].endswith("Z")
    assert body["correlationId"] == answer["X-Request-Id"]
    assert "Traceback" not in answer.content.decode()
    assert not Generation.objects.exists()
    assert not Hold.objects.exists()
    return body


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "raw",
    [
        b" ",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"prompt": NaN}',
        b'{"prompt": "a\\u0000b"}',
        b'{"prompt": "\\ud800 lone"}',
        b'{"prompt": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"prompt": 1e999}',
    ],
    ids=lambda raw: repr(raw[:24]),
)
def test_a_body_that_is_no_json_object_is_refused(
    live: Caller, rich: Partner, path: str, raw: bytes
) -> None:
    assert_refused(live.post(path, raw), 400)


@pytest.mark.parametrize("path", POSTS)
def test_another_content_type_is_refused(live: Caller, rich: Partner, path: str) -> None:
    answer = live.post(path, b"prompt=a+red+mug", content_type="application/x-www-form-urlencoded")

    assert_refused(answer, 415)


def test_a_compressed_body_is_refused(live: Caller, rich: Partner) -> None:
    raw = gzip.compress(b'{"prompt": "a red mug"}')

    body = assert_refused(live.post(CREATE, raw, Content_Encoding="gzip"), 415)
    assert body["message"].startswith("Compressed bodies are not read")


@pytest.mark.parametrize("path", POSTS)
def test_a_body_of_thirty_megabytes_is_refused(live: Caller, rich: Partner, path: str) -> None:
    raw = b'{"prompt": "' + b"x" * (30 * 1024 * 1024) + b'"}'

    assert_refused(live.post(path, raw), 413)


WRONG = [None, True, 5, 1.5, "", "x", [], ["x"], {}, {"a": 1}, "\u202e", "x" * 5000]
FIELDS = [
    *("prompt", "aspectRatio", "mode", "resolution", "seed", "metadata", "dryRun", "startWithin"),
    *("images", "userRequest", "productImage", "style", "background", "sceneType", "people"),
    *("location", "platform", "dimensions", "format", "quality", "shadow", "count"),
]


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("field", FIELDS)
def test_no_wrong_type_in_any_field_breaks_the_server(
    test_key: Caller, path: str, field: str
) -> None:
    good = {"prompt": "a red mug", "images": ["https://a.example/x.jpg"]}
    good["productImage"] = "https://a.example/x.jpg"
    for value in WRONG:
        answer = test_key.post(path, {**good, field: value})
        assert answer.status_code in (200, 400), (field, value, answer.content)


def test_the_wrong_method_is_told_in_json(live: Caller) -> None:
    answer = live.get(CREATE)

    assert_refused(answer, 405)
    assert "POST" in answer["Allow"]


def test_an_unknown_endpoint_is_told_in_json(live: Caller) -> None:
    assert_refused(live.get("/partner/v1/image/paint"), 404)


def test_blocked_words_are_refused_before_anything_is_held(live: Caller, rich: Partner) -> None:
    answer = live.post(CREATE, {"prompt": "a pile of cocaine on a mirror"})

    body = assert_refused(answer, 422)
    assert body["code"] == "content_blocked"
    assert body["message"] == "Image generation was blocked by safety filters: illegal drugs"


def test_too_few_points_are_told_with_the_numbers(live: Caller, partner: Partner) -> None:
    body = assert_refused(live.post(CREATE, {"prompt": "a red mug"}), 402)

    assert body["message"] == (
        "Insufficient points. Required: 8 (starter tier, fast mode), Available: 0. "
        "Please top up your account."
    )


def test_no_key_is_told_before_anything_else() -> None:
    answer = Caller("").post(CREATE, b"not json")

    assert answer.status_code == 401
    assert answer.json()["message"] == "API key required. Provide via X-API-Key header."


@pytest.mark.parametrize("url", ["", 5, "http://shop.example/hook", "ftp://x", "https://a:b@x.yz"])
def test_a_webhook_goes_to_https_only(rich: Partner, live: Caller, url: Any) -> None:
    answer = live.post("/partner/v1/image/create", {"prompt": "a mug", "webhookUrl": url})
    assert answer.status_code == 400
    assert answer.json()["param"] == "webhookUrl"
