"""Whatever is sent, the answer is one of the documented ones: never a 500, nothing charged."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import Partner
from billing import points
from billing.models import Entry, Hold
from imaging.models import Generation
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

POSTS = [f"/partner/v1/image/{operation}" for operation in ("create", "enhance", "packshot")]
GOOD: dict[str, Any] = {
    "prompt": "a red mug",
    "images": ["https://a.example/1.jpg"],
    "productImage": "https://a.example/1.jpg",
}
FIELDS = [
    *("prompt", "images", "productImage", "userRequest", "aspectRatio", "mode", "resolution"),
    *("seed", "metadata", "startWithin", "style", "background", "sceneType", "people"),
    *("location", "platform", "dimensions", "format", "quality", "shadow", "count", "webhookUrl"),
]
NASTY = st.sampled_from(
    [
        *("", " ", "\u0000", "\u202e", "\ud800", "\U0001f5bc" * 900, "x" * 70_000, "1k", "#GGGGGG"),
        *("https://[", "https://a:99999/", "http://a\r\nX: y", "data:image/png;base64,AAAA"),
        *("iVBORw0KGgo=", "R0lGODlh", "' OR 1=1 --", "{{7*7}}", "../../etc/passwd", "NaN"),
        *(2**31, 2**63, -(2**63), 10**40, 1e308, 5e-324, -0.0, 0.1),
    ]
)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | NASTY
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=6) | st.dictionaries(st.text(max_size=8), inner, max_size=6)
    ),
    max_leaves=12,
)
QUICK = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def without_limits(partner: Partner) -> None:
    Partner.objects.update(rate_minute=1_000_000, rate_day=1_000_000)


def assert_documented(answer: Any) -> None:
    """The envelope, and nothing of our insides."""
    body = json.loads(answer.content)
    assert answer.status_code in (200, 400, 404, 405, 409, 413, 415, 422), body
    assert body["success"] is (answer.status_code == 200)
    assert answer["X-Request-Id"]
    assert "Traceback" not in answer.content.decode()
    if answer.status_code != 200:
        assert body["code"]
        assert body["message"]


def assert_nothing_happened(partner: Partner) -> None:
    assert not Generation.objects.exists()
    assert not Hold.objects.exists()
    assert Entry.objects.count() == 1  # the grant
    assert points.balance(partner_id=partner.id) == 100


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("dry", [True, False])
@QUICK
@given(change=st.dictionaries(st.sampled_from(FIELDS), VALUES, min_size=1, max_size=3))
def test_wild_values_in_known_fields(
    rich: Partner, live: Caller, test_key: Caller, path: str, dry: bool, change: dict[str, Any]
) -> None:
    """With a live key as a dry run, which is checked like an order; with a test key for real."""
    body = {**GOOD, **change, "dryRun": dry}

    assert_documented((live if dry else test_key).post(path, json.dumps(body).encode()))

    assert_nothing_happened(rich)


@pytest.mark.parametrize("path", POSTS)
@QUICK
@given(raw=st.binary(max_size=200) | VALUES.map(lambda value: json.dumps(value).encode()))
def test_wild_bodies(rich: Partner, live: Caller, path: str, raw: bytes) -> None:
    answer = live.post(path, raw)

    assert_documented(answer)
    assert answer.status_code == 400
    assert_nothing_happened(rich)


TOKENS = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
HEADERS = st.sampled_from(
    ["Idempotency-Key", "Prefer", "Content-Type", "X-Request-Id", "X-Forwarded-For"]
)


@QUICK
@given(headers=st.dictionaries(HEADERS, TOKENS, max_size=4))
def test_wild_headers(rich: Partner, test_key: Caller, headers: dict[str, str]) -> None:
    kind = headers.pop("Content-Type", "application/json")
    answer = Client().post(
        POSTS[0],
        json.dumps(GOOD).encode(),
        content_type=kind,
        headers={"X-API-Key": test_key.key, **headers},
    )

    body = json.loads(answer.content)
    assert answer.status_code in (200, 202, 400, 415), body
    assert "\n" not in answer["X-Request-Id"]
    assert_nothing_happened(rich)


@QUICK
@given(key=st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=80))
def test_wild_keys(db: None, key: str) -> None:
    for headers in ({"X-API-Key": key}, {"Authorization": f"Bearer {key}"}):
        assert Client().get("/partner/v1/image/usage", headers=headers).status_code == 401


QUERY = st.sampled_from(
    ["limit", "cursor", "status", "operation", "createdAfter", "createdBefore", "batch", "x"]
)
DATES = st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat())


@QUICK
@given(query=st.dictionaries(QUERY, SCALARS.map(str) | DATES, max_size=4))
def test_wild_queries(rich: Partner, live: Caller, test_key: Caller, query: dict[str, str]) -> None:
    text = urlencode(query, errors="replace")
    for one in (live, test_key):
        assert_documented(one.get(f"/partner/v1/generations?{text}"))


@QUICK
@given(odd=st.text(max_size=60), tail=st.sampled_from(["", "/events", "/cancel", "/regenerate"]))
def test_wild_ids(rich: Partner, live: Caller, test_key: Caller, odd: str, tail: str) -> None:
    for one in (live, test_key):
        for text in (odd, f"test_{odd}"):
            path = (
                f"/partner/v1/generations/{quote(text.encode('utf-8', 'replace'), safe='')}{tail}"
            )
            for answer in (one.get(path), one.post(path)):
                assert_documented(answer)


@QUICK
@given(path=st.text(max_size=60))
def test_wild_paths(rich: Partner, live: Caller, path: str) -> None:
    quoted = quote(path.encode("utf-8", "replace"))
    assert live.get(f"/partner/v1/{quoted}").status_code in (200, 404)
    assert Client().get(f"/media/{quoted}").status_code in (403, 404)
    assert Client().get(f"/placeholder/{quoted}").status_code == 404
