from __future__ import annotations

import json
import re
from datetime import datetime

import pytest
from structlog.testing import capture_logs

pytestmark = pytest.mark.urls("tests.accounts.urls")


@pytest.fixture
def post(client, image_key):
    """Posts raw bytes to the echo with a good key."""

    def post(content, path="/partner/v1/echo", content_type="application/json", **headers):
        return client.post(
            path, content, content_type=content_type, headers={"x-api-key": image_key, **headers}
        )

    return post


def assert_error(response, status, code, message=None):
    body = response.json()
    assert response.status_code == status, body
    assert body["success"] is False
    assert body["code"] == code
    assert message is None or body["message"] == message
    assert body["correlationId"] == response["X-Request-Id"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", body["timestamp"])
    assert response["Content-Type"] == "application/json"
    return body


def test_the_answer_has_the_documented_shape(post):
    response = post(b'{"prompt": "a red shoe"}')

    body = response.json()
    assert response.status_code == 201
    assert list(body) == ["success", "message", "data", "timestamp"]
    assert (body["success"], body["message"]) == (True, "Made")
    assert body["data"] == {"prompt": "a red shoe"}
    datetime.fromisoformat(body["timestamp"])


def test_every_answer_carries_the_limits_of_its_key(post, client, image_key):
    for response in (post(b"{}"), post(b"not json"), client.get("/partner/v1/echo")):
        assert response.has_header("X-RateLimit-Limit") == (response.status_code != 401)
    last = client.delete("/partner/v1/echo", headers={"x-api-key": image_key})

    assert last.status_code == 405
    assert last["X-RateLimit-Limit"] == "60"
    assert last["X-RateLimit-Remaining"] == "57"
    assert int(last["X-RateLimit-Reset"]) > 1_700_000_000


def test_past_the_limit_the_answer_says_when_to_come_back(client, new_key):
    key = new_key(rate_minute=1).key
    client.get("/partner/v1/echo", headers={"x-api-key": key})

    response = client.get("/partner/v1/echo", headers={"x-api-key": key})

    message = "Rate limit exceeded: 1 requests per minute"
    body = assert_error(response, 429, "rate_limited", message)
    assert 0 < body["retryAfter"] <= 60
    assert response["Retry-After"] == str(body["retryAfter"])
    assert response["X-RateLimit-Remaining"] == "0"


def test_without_a_key_nothing_else_is_said(client, db):
    response = client.post("/partner/v1/echo", b"nonsense", content_type="text/plain")

    message = "API key required. Provide via X-API-Key header."
    assert_error(response, 401, "unauthorized", message)
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_bearer_key_is_as_good(client, image_key):
    response = client.get("/partner/v1/echo", headers={"Authorization": f"Bearer {image_key}"})

    assert response.status_code == 200


def test_each_method_asks_for_its_scope(client, new_key):
    headers = {"x-api-key": new_key(scopes=["images:read"]).key}

    assert client.get("/partner/v1/echo", headers=headers).status_code == 200
    refused = client.post("/partner/v1/echo", b"{}", "application/json", headers=headers)
    assert_error(refused, 403, "forbidden", "API key lacks the scope images:write")


def test_a_management_key_does_not_open_the_image_api(client, new_key):
    headers = {"x-api-key": new_key(kind="management").key}

    assert_error(client.get("/partner/v1/echo", headers=headers), 403, "forbidden")


def test_an_unknown_scope_is_found_when_the_view_is_written():
    from accounts.api.view import ApiView

    with pytest.raises(TypeError, match="unknown scopes"):
        type("Wrong", (ApiView,), {"scope": "images:paint"})


BAD_BODIES = {
    "empty": b"",
    "half": b'{"a":',
    "words": b"hello",
    "list": b"[1, 2]",
    "text": b'"text"',
    "number": b"1",
    "null": b"null",
    "not utf-8": b'{"a": "\xff"}',
    "nan": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "too big a float": b'{"a": 1e999}',
    "too long an integer": b'{"a": ' + b"9" * 5000 + b"}",
    "nul": b'{"a": "x\\u0000y"}',
    "raw nul": b'{"a": "x\x00y"}',
    "nul beside other letters": b'{"a": "\\u00e4\\u0000"}',
    "nul in a name": b'{"x\\u0000": 1}',
    "half a surrogate": b'{"a": "\\ud83d"}',
    "other half": b'{"a": ["\\ude00"]}',
    "deep list": b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep object": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "deep and cut off": b"[" * 100_000,
    "two values": b"{} {}",
    "comment": b'{"a": 1} // no',
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_body_that_is_no_json_object_is_a_400(post, name):
    body = assert_error(post(BAD_BODIES[name]), 400, "invalid_request")

    assert body["message"].startswith("Request body must be")


@pytest.mark.parametrize(
    ("raw", "data"),
    [
        (b'{"a": "\\ud83d\\ude00"}', {"a": "😀"}),
        ('{"a": "ключ 😀"}'.encode(), {"a": "ключ 😀"}),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b'\xef\xbb\xbf{"a": 1.5}', {"a": 1.5}),
        (b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}", None),
    ],
)
def test_unusual_but_good_json_is_taken(post, raw, data):
    response = post(raw)

    assert response.status_code == 201
    assert data is None or response.json()["data"] == data


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""],
)
def test_another_content_type_is_a_415(post, content_type):
    assert_error(post(b"{}", content_type=content_type), 415, "unsupported_media_type")


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/x+json"]
)
def test_json_has_several_names(post, content_type):
    assert post(b"{}", content_type=content_type).status_code == 201


def test_a_body_too_large_is_refused_before_it_is_read(post, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert post(b'{"a": "' + b"x" * 900 + b'"}').status_code == 201

    assert_error(post(b'{"a": "' + b"x" * 1000 + b'"}'), 413, "payload_too_large")


def test_a_declared_length_alone_refuses(rf, settings):
    from accounts.api.parsing import object_body
    from accounts.errors import PayloadTooLarge

    request = rf.post("/", b"{}", content_type="application/json")
    request.META["CONTENT_LENGTH"] = str(30 * 1024 * 1024)
    with pytest.raises(PayloadTooLarge):
        object_body(request)
    assert not hasattr(request, "_body")


def test_a_view_can_have_its_own_limit_and_an_optional_body(client, db):
    def post(content):
        return client.post("/partner/v1/small", content, "application/json")

    assert post(b"").json()["data"] == {"body": {}, "points": 8}
    assert_error(post(b" " * 101), 413, "payload_too_large")


def test_a_chunked_body_is_read_too(rf):
    import io

    from accounts.api.parsing import object_body
    from accounts.errors import PayloadTooLarge

    def chunked(content):
        request = rf.generic("POST", "/", content_type="application/json")
        request.content_type, request.content_params = "application/json", {}
        request.META.pop("CONTENT_LENGTH", None)
        request.META["HTTP_TRANSFER_ENCODING"] = "chunked"
        request.META["wsgi.input_terminated"] = True
        request.META["wsgi.input"] = io.BytesIO(content)
        return request

    assert object_body(chunked(b'{"a": 1}')) == {"a": 1}
    with pytest.raises(PayloadTooLarge):
        object_body(chunked(b'{"a": 1}'), limit=4)


def test_an_error_names_the_field_and_its_facts(client):
    body = assert_error(client.get("/partner/v1/failing/field"), 400, "invalid_request")

    assert (body["message"], body["param"], body["least"]) == ("Prompt is required", "prompt", 3)


@pytest.mark.parametrize(
    ("name", "status", "code", "message"),
    [
        ("missing", 404, "not_found", "Not found"),
        ("bug", 500, "internal_error", "Internal server error"),
        (
            "database",
            503,
            "service_unavailable",
            "Service temporarily unavailable. Please retry shortly.",
        ),
    ],
)
def test_an_unexpected_error_is_logged_and_not_shown(client, name, status, code, message):
    with capture_logs() as logs:
        response = client.get(f"/partner/v1/failing/{name}")

    assert_error(response, status, code, message)
    assert b"secret detail" not in response.content
    logged = [line for line in logs if line["event"] == "unexpected error"]
    assert len(logged) == (status >= 500)


def test_an_unknown_path_and_a_wrong_method_are_told_in_json(client, image_key):
    assert_error(client.get("/partner/v1/nothing/here"), 404, "not_found")
    response = client.put("/partner/v1/echo", b"{}", headers={"x-api-key": image_key})
    assert_error(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, POST, OPTIONS"


def test_options_and_head_are_answered(client, image_key):
    assert client.options("/partner/v1/echo")["Allow"] == "GET, POST, OPTIONS"
    assert client.head("/partner/v1/echo", headers={"x-api-key": image_key}).status_code == 200


def test_a_view_of_the_framework_stands_behind_the_same_gate(client, image_key):
    def post(content, **headers):
        return client.post("/partner/v1/plain", content, "application/json", headers=headers)

    good = post(b'{"a": 1}', **{"x-api-key": image_key})
    assert good.json()["body"] == {"a": 1}
    assert_error(post(b"{}"), 401, "unauthorized")
    assert_error(post(b'{"a": NaN}', **{"x-api-key": image_key}), 400, "invalid_request")


@pytest.mark.parametrize("given", ["abc-123_X.y", "x" * 64])
def test_a_good_correlation_id_is_kept(client, given):
    response = client.get("/partner/v1/failing/field", headers={"X-Request-Id": given})

    assert response["X-Request-Id"] == given == response.json()["correlationId"]


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "a\tb", "<script>", "ключ"])
def test_a_bad_correlation_id_is_replaced(client, given):
    first = client.get("/chat/t", headers={"X-Request-Id": given})["X-Request-Id"]

    assert first != given
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert client.get("/chat/t", headers={"X-Request-Id": given})["X-Request-Id"] != first


def test_every_request_leaves_one_line_with_its_key_and_partner(client, new_key, partner):
    made = new_key()
    with capture_logs() as logs:
        client.get("/partner/v1/echo?secret=1", headers={"x-api-key": made.key})

    (line,) = [line for line in logs if line["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/partner/v1/echo", 200)
    assert line["ms"] >= 0
    assert made.key not in json.dumps(logs)


def test_what_opens_a_door_is_not_logged(client):
    with capture_logs() as logs:
        client.get("/chat/very-secret-token")

    assert [line["path"] for line in logs if line["event"] == "request"] == ["/chat/…"]


@pytest.mark.django_db
@pytest.mark.urls("config.urls")
@pytest.mark.parametrize(
    "path",
    [
        "/render/{}",
        "/shops/shopify/webhook/{}",
        "/shops/woocommerce/webhook/{}",
        "/dashboard/join/{}/",
    ],
)
def test_no_real_address_shows_what_opens_a_door_either(client, path):
    with capture_logs() as logs:
        client.post(path.format("very-secret-token"), b"{}", content_type="application/json")

    assert [line["path"] for line in logs if line["event"] == "request"] == [path.format("…")]


@pytest.mark.django_db
@pytest.mark.urls("config.urls")
@pytest.mark.parametrize("path", ["/render/{}/", "/render/{}/x", "/renders/{}"])
def test_an_address_with_a_slip_of_the_pen_shows_no_token_either(client, path):
    with capture_logs() as logs:
        found = client.get(path.format("s3cretT0ken" * 4))

    assert found.status_code == 404
    assert [line["path"] for line in logs if line["event"] == "request"] == [path.format("…")]


def test_the_context_of_one_request_does_not_reach_the_next(client, image_key):
    from structlog.contextvars import get_contextvars

    client.get("/partner/v1/echo", headers={"x-api-key": image_key})
    assert get_contextvars()["key"].startswith("sq_live_")

    client.get("/chat/t")
    assert "key" not in get_contextvars()
