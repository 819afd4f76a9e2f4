"""What is answered where no view answers, and what every page and answer carries."""

from __future__ import annotations

import errno
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from redis import RedisError

from accounts.api.correlation import ensure_id
from config import errors
from imaging.storage import StorageUnavailable

pytestmark = pytest.mark.django_db

API = ["/partner/v1/image/usage", "/partner/v1/nothing", "/api/v2/third-party/nothing"]
PAGES = ["/nothing", "/admin/login/", "/"]


@pytest.mark.parametrize("path", [*API, *PAGES, "/healthz"])
@pytest.mark.parametrize("host", ["evil.example", "a b", ""])
def test_another_hosts_name_is_refused_in_the_dialect_of_who_asked(path: str, host: str) -> None:
    answer = Client().get(path, headers={"Host": host})

    assert answer.status_code == 400
    assert b"<" not in answer.content
    if path in API:
        body = answer.json()
        assert (body["success"], body["code"]) == (False, "invalid_request")
        assert body["message"] == "The Host header names a host that is not served here."
        assert body["correlationId"] == answer["X-Request-Id"]


@pytest.mark.parametrize("path", API)
def test_an_unforeseen_failure_says_nothing_of_itself(rf: Any, path: str) -> None:
    request = rf.get(path)
    known = ensure_id(request)

    for answer in (errors.server_error(request), errors.bad_request(request, ValueError("secret"))):
        assert answer.status_code in (400, 500)
        assert f'"correlationId":"{known}"'.encode() in answer.content
        assert b"secret" not in answer.content


@pytest.mark.parametrize("path", PAGES)
def test_people_get_plain_words(rf: Any, path: str) -> None:
    for answer in (
        errors.server_error(rf.get(path)),
        errors.not_found(rf.get(path), ValueError("secret")),
        errors.bad_request(rf.get(path), ValueError("secret")),
    ):
        assert answer["Content-Type"] == "text/plain"
        assert b"secret" not in answer.content


@pytest.mark.parametrize("path", [*API, *PAGES])
@pytest.mark.parametrize(
    "away",
    [
        OperationalError("secret"),
        RedisError("secret"),
        StorageUnavailable(),
        OSError(errno.ENOSPC, "secret"),
    ],
)
def test_who_asks_while_the_database_or_redis_is_away_may_try_again(
    rf: Any, path: str, away: Exception
) -> None:
    request = rf.get(path)
    ensure_id(request)
    try:
        raise away
    except type(away):
        answer = errors.server_error(request)
    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
    assert b"retry shortly" in answer.content
    assert b"secret" not in answer.content


@pytest.mark.parametrize("path", ["/compat/qamera/nothing", "/partner/v1/x"])
def test_an_unknown_address_of_an_api_is_told_in_json(path: str) -> None:
    answer = Client().get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("path", [*API, *PAGES, "/healthz", "/media/x", "/static/no"])
def test_every_answer_carries_the_security_headers_and_its_id(path: str) -> None:
    answer = Client().get(path)

    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "object-src 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Request-Id"]
    assert "Strict-Transport-Security" not in answer


@pytest.fixture
def https(settings: Any) -> None:
    """As with an https PUBLIC_URL behind a proxy that says so."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def test_over_https_the_browser_is_told_to_stay_there(https: None) -> None:
    answer = Client().get("/admin/login/", headers={"X-Forwarded-Proto": "https"})

    assert answer.status_code == 200
    assert "max-age=31536000" in answer["Strict-Transport-Security"]


def test_plain_http_is_led_to_https_except_for_probes(https: None) -> None:
    answer = Client().get("/admin/login/")

    assert (answer.status_code, answer["Location"]) == (301, "https://testserver/admin/login/")
    for probe in ("/healthz", "/readyz", "/metrics"):
        assert Client().get(probe).status_code in (200, 503)


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/healthz", "/readyz", "/metrics", "/openapi.json", "/docs", "/chat"),
        *("/media/x.png", "/render/x", "/placeholder/create/64x64.png"),
    ],
)
def test_what_is_only_read_takes_no_other_method(path: str) -> None:
    """As a stranger's program asks, without a form's token."""
    client = Client(enforce_csrf_checks=True)
    for method in ("post", "put", "delete"):
        answer = getattr(client, method)(path)
        assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")


@pytest.mark.parametrize("path", ["/dashboard", "/admin", "/dashboard/gallery", "/account/login"])
def test_a_page_typed_without_its_last_slash_is_shown(path: str) -> None:
    answer: Any = Client().get(f"{path}?a=b")
    assert (answer.status_code, answer["Location"]) == (302, f"{path}/?a=b")


@pytest.mark.parametrize("path", ["/nothing", "/partner/v1", "/dashboard/nothing", "/media/x"])
def test_what_is_nowhere_stays_nowhere(path: str) -> None:
    assert Client().get(path).status_code == 404
