"""What the client does when a server is busy, broken or gone: a real one, that plays its part."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx2
import pytest

from softbox import ApiError, GenerationFailed, NotFound, RateLimited, ServerError, Unreachable
from softbox.batches import Batches
from softbox.generations import Generations
from softbox.transport import Transport

OK = (200, {}, {"success": True, "data": {"fine": True}})
BUSY = (503, {}, {"code": "service_unavailable", "message": "Busy."})

Answer = tuple[int, dict[str, str], Any]


@dataclass
class Server:
    """Gives the `answers` one after the other and keeps what it was asked."""

    answers: list[Answer] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    url: str = ""

    def handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.asked.append({name.lower(): value for name, value in self.headers.items()})
                status, headers, body = server.answers.pop(0)
                content = body if isinstance(body, bytes) else json.dumps(body).encode()
                if not status:
                    return  # hang up without a word
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_DELETE = do_POST  # noqa: N815 (the names are the standard library's)

            def log_message(self, *args: Any) -> None:
                pass

        return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    script = Server()
    http = ThreadingHTTPServer(("127.0.0.1", 0), script.handler())
    script.url = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    yield script
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def transport(server: Server, pauses: list[float]) -> Iterator[Transport]:
    made = Transport(
        key="sq_test_x", base_url=server.url, timeout=5, retries=3, sleep=pauses.append
    )
    yield made
    made.close()


def test_a_busy_server_is_asked_again_with_the_same_idempotency_key(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    server.answers = [BUSY, (502, {}, b"<html>Bad gateway"), OK]

    assert transport.post("/x", {"a": 1}) == {"fine": True}

    assert len({asked["idempotency-key"] for asked in server.asked}) == 1
    assert len(server.asked) == 3
    assert 0 < pauses[0] <= 0.5
    assert pauses[0] < pauses[1] <= 1.0


def test_two_orders_have_two_idempotency_keys(server: Server, transport: Transport) -> None:
    server.answers = [OK, OK]

    transport.post("/x", {})
    transport.post("/x", {})

    assert len({asked["idempotency-key"] for asked in server.asked}) == 2


def test_a_connection_that_breaks_is_tried_again(server: Server, transport: Transport) -> None:
    server.answers = [(0, {}, b""), OK]

    assert transport.post("/x", {}) == {"fine": True}


def test_retry_after_is_honoured(server: Server, transport: Transport, pauses: list[float]) -> None:
    server.answers = [(429, {"Retry-After": "7"}, {"code": "rate_limited"}), OK]

    transport.get("/x")

    assert pauses == [7]


def test_one_of_hours_is_raised_instead(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    server.answers = [(429, {"Retry-After": "7200"}, {"code": "rate_limited", "message": "Wait."})]

    with pytest.raises(RateLimited) as limited:
        transport.get("/x")

    assert (limited.value.retry_after, limited.value.message, pauses) == (7200, "Wait.", [])


def test_a_first_request_that_still_runs_is_waited_for(
    server: Server, transport: Transport
) -> None:
    server.answers = [(409, {"Retry-After": "1"}, {"code": "idempotency_in_progress"}), OK]

    assert transport.post("/x", {}) == {"fine": True}


@pytest.mark.parametrize("status", [400, 401, 402, 403, 404, 409, 413, 415, 422])
def test_a_refusal_that_will_not_pass_is_not_asked_for_twice(
    server: Server, transport: Transport, status: int
) -> None:
    server.answers = [(status, {}, {"code": "some", "message": "No.", "param": "seed"})]

    with pytest.raises(Exception, match=r"No\. \(\d+ some\)"):
        transport.post("/x", {})

    assert len(server.asked) == 1


def test_after_the_last_try_the_refusal_is_raised(server: Server, transport: Transport) -> None:
    server.answers = [BUSY] * 4

    with pytest.raises(ServerError) as refused:
        transport.get("/x")

    assert (refused.value.code, len(server.asked)) == ("service_unavailable", 4)


def test_a_server_that_is_gone_is_unreachable(pauses: list[float]) -> None:
    transport = Transport(
        key="k", base_url="http://127.0.0.1:9", timeout=1, retries=2, sleep=pauses.append
    )

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        transport.get("/x")

    assert len(pauses) == 2
    transport.close()


def test_the_key_is_not_sent_where_pictures_lie(server: Server, transport: Transport) -> None:
    server.answers = [(200, {}, b"picture"), (404, {}, b"")]

    assert transport.download(f"{server.url}/picture.png") == b"picture"
    with pytest.raises(Exception, match="404"):
        transport.download(f"{server.url}/gone.png")

    assert all("x-api-key" not in asked for asked in server.asked)


def test_a_download_is_tried_again_and_goes_where_it_is_sent(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    moved = (307, {"Location": "/elsewhere.png"}, b"")
    server.answers = [(0, {}, b""), (503, {"Retry-After": "4"}, b""), moved, (200, {}, b"picture")]

    assert transport.download(f"{server.url}/picture.png") == b"picture"

    assert pauses[1] == 4
    assert all("x-api-key" not in asked for asked in server.asked)


def test_an_address_that_leads_nowhere_is_not_tried_again(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    server.answers = [(302, {"Location": "/again.png"}, b"")] * 50

    for address in (f"{server.url}/again.png", "picture.png"):
        with pytest.raises(Unreachable):
            transport.download(address)

    assert not pauses


def test_a_deletion_whose_answer_was_lost_is_done(server: Server, transport: Transport) -> None:
    gone = (404, {}, {"code": "not_found", "message": "Product not found."})
    server.answers = [(0, {}, b""), gone, gone]

    transport.send("DELETE", "/x")
    with pytest.raises(NotFound):
        transport.send("DELETE", "/x")


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ((200, {}, b"<html>Welcome to the airport"), "base_url"),
        ((200, {}, ["a list"]), "base_url"),
        ((301, {"Location": "https://elsewhere.example/x"}, b""), r"elsewhere\.example.*base_url"),
    ],
)
def test_a_stranger_s_answer_is_an_error_that_says_where_to_look(
    server: Server, transport: Transport, answer: Answer, said: str
) -> None:
    server.answers = [answer, answer]

    with pytest.raises(ApiError, match=said):
        transport.get("/x")
    with pytest.raises(ApiError, match=said):
        list(Generations(transport).events("g1"))


def test_a_key_may_be_made_of_a_product_s_name(server: Server, transport: Transport) -> None:
    server.answers = [OK] * 4

    for key in ("TASSE-BLAU", "TASSE-BLAU-Ü", "TASSE-BLAU-Ü", "TASSE-BLAU-Ö"):
        transport.post("/x", {}, idempotency_key=key)

    plain, first, again, other = (asked["idempotency-key"] for asked in server.asked)
    assert plain == "TASSE-BLAU"
    assert first == again != other
    assert first.isascii()


def test_the_line_end_of_a_key_from_a_file_is_not_part_of_it(server: Server) -> None:
    server.answers = [OK]
    transport = Transport(key="sq_test_x\n", base_url=f" {server.url}/\n", timeout=5, retries=0)

    transport.get("/x")

    assert server.asked[0]["x-api-key"] == "sq_test_x"
    transport.close()


def test_the_address_of_the_image_api_is_as_good_as_the_server_s() -> None:
    transport = Transport(
        key="k", base_url="https://pictures.example.com/partner/v1/", timeout=1, retries=0
    )

    assert transport.base_url == "https://pictures.example.com"
    transport.close()


@pytest.mark.parametrize(
    ("key", "url"),
    [
        (" \n", "http://localhost"),
        ("sq_live_secret\nsq_live_secret", "http://localhost"),
        ("sq_live_secret\u2026", "http://localhost"),
        ("sq_live_secret", "localhost:8000"),
    ],
)
def test_what_cannot_be_a_key_or_an_address_is_refused_without_showing_the_key(
    key: str, url: str
) -> None:
    with pytest.raises(ValueError, match=r"key|base_url") as refused:
        Transport(key=key, base_url=url, timeout=1, retries=0)

    assert "secret" not in str(refused.value)


def _stream(*events: str) -> Answer:
    return 200, {"Content-Type": "text/event-stream"}, "".join(events).encode()


FAILED = {"id": "g1", "status": "failed", "error": {"code": "download_failed", "message": "Gone."}}
QUEUED = "id: 1\nevent: queued\ndata: {}\n\n"
RESULT = f"id: 2\nevent: result\ndata: {json.dumps(FAILED)}\n\n"


def test_a_stream_that_breaks_goes_on_where_it_was(server: Server, transport: Transport) -> None:
    server.answers = [_stream(QUEUED, ": still running\n\n"), BUSY, _stream(RESULT)]

    told = list(Generations(transport).events("g1"))

    assert [event.kind for event in told] == ["queued", "result"]
    assert [asked.get("last-event-id") for asked in server.asked] == [None, "1", "1"]


def test_a_failed_job_is_an_error_with_its_reason(server: Server, transport: Transport) -> None:
    server.answers = [_stream(QUEUED, RESULT)]

    with pytest.raises(GenerationFailed, match="Gone") as failed:
        Generations(transport).wait("g1")

    assert (failed.value.id, failed.value.code) == ("g1", "download_failed")


@pytest.mark.parametrize(("answer", "error"), [(BUSY, ServerError), ((0, {}, b""), Unreachable)])
def test_a_stream_that_never_comes_is_given_up_after_a_minute(
    server: Server, transport: Transport, pauses: list[float], answer: Answer, error: type
) -> None:
    server.answers = [answer] * 50

    with pytest.raises(error):
        list(Generations(transport).events("g1"))

    assert 60 <= sum(pauses) < 70


def test_a_server_that_is_updated_meanwhile_is_waited_for(
    server: Server, transport: Transport
) -> None:
    server.answers = [_stream(QUEUED), *[(0, {}, b"")] * 3, *[BUSY] * 3, _stream(RESULT)]

    assert [event.kind for event in Generations(transport).events("g1")] == ["queued", "result"]


def test_a_batch_is_waited_for_while_the_server_is_updated(
    server: Server, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, done = ((200, {}, {"data": {"id": "b1", "status": s}}) for s in ("x", "completed"))
    server.answers = [running, *[BUSY] * 4, *[(0, {}, b"")] * 4, done, *[BUSY] * 8]

    assert Batches(transport).wait("b1")["status"] == "completed"

    monkeypatch.setattr("softbox.batches.LONGEST_LOST", 0)
    with pytest.raises(ServerError):
        Batches(transport).wait("b1")


def test_without_retries_a_broken_stream_is_an_error_at_once(
    server: Server, pauses: list[float]
) -> None:
    server.answers = [(0, {}, b"")]
    transport = Transport(key="k", base_url=server.url, timeout=5, retries=0, sleep=pauses.append)

    with pytest.raises(Unreachable):
        list(Generations(transport).events("g1"))

    assert not pauses
    transport.close()


def test_a_stream_waits_as_long_as_it_is_told_to(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    limited = {"code": "rate_limited", "message": "Wait."}
    server.answers = [(429, {"Retry-After": "40"}, limited), _stream(RESULT)]

    assert [event.kind for event in Generations(transport).events("g1")] == ["result"]

    assert pauses == [40]


def test_a_stream_that_must_rest_for_hours_is_a_refusal_at_once(
    server: Server, transport: Transport, pauses: list[float]
) -> None:
    server.answers = [(429, {"Retry-After": "7200"}, {"code": "rate_limited", "message": "Wait."})]

    with pytest.raises(RateLimited) as limited:
        list(Generations(transport).events("g1"))

    assert (limited.value.retry_after, pauses) == (7200, [])


def test_a_client_of_ones_own_carries_the_requests(server: Server) -> None:
    seen: list[Any] = []
    hook: Callable[[httpx2.Request], None] = seen.append
    with httpx2.Client(event_hooks={"request": [hook]}) as http:
        server.answers = [OK]
        Transport(key="k", base_url=server.url, timeout=5, retries=0, http=http).get("/x")

    assert [str(request.url) for request in seen] == [f"{server.url}/x"]
