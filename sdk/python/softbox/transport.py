"""One request to the server: the key, idempotency, retries, errors."""

from __future__ import annotations

import hashlib
import os
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx2

from softbox.errors import ApiError, NotFound, Unreachable, error_of

DEFAULT_URL = "http://localhost:8000"
# What may pass by itself. 409 only while the first request with the same key still runs.
RETRIED = frozenset({429, 500, 502, 503, 504})
# Faults of the address, not of the moment.
_HOPELESS = (httpx2.UnsupportedProtocol, httpx2.LocalProtocolError, httpx2.TooManyRedirects)
LONGEST_PAUSE = 60.0
"""Seconds. Who is told to come back later than that is told so, instead of sleeping on."""
LONGEST_LOST = 60.0
"""Seconds. What was accepted goes on when a server that is being updated comes back: who waits for
it gives the server this long."""
_FIRST_PAUSE, _MOST_PAUSE = 0.5, 8.0
# A stream says something every ten seconds, if only that it is still there.
_STREAM_SILENCE = 35.0


class Transport:
    """Sends JSON with the key and gives back `data` of the answer.

    `sleep` and `http` are for tests and for those who bring proxies or certificates of their own.
    """

    def __init__(
        self,
        *,
        key: str | None,
        base_url: str | None,
        timeout: float,
        retries: int,
        http: httpx2.Client | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._key = _checked_key(key if key is not None else os.environ.get("SOFTBOX_API_KEY", ""))
        self.base_url = _checked_url(base_url or os.environ.get("SOFTBOX_URL") or DEFAULT_URL)
        self.retries = retries
        self._timeout = timeout
        self._http = http if http is not None else httpx2.Client()
        self.sleep = sleep

    def close(self) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:
        """`data` of the answer. Query fields that are None are left out."""
        return self.send("GET", path, query=query)

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        idempotency_key: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """`data` of the answer. Every try carries the same Idempotency-Key, so that what it makes
        is made, and charged, once."""
        once = {"Idempotency-Key": _as_header(idempotency_key or str(uuid.uuid4()))}
        return self.send("POST", path, body=body, headers={**once, **(headers or {})})

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        """`data` of the answer; the whole of it where it has none, as the account API's.

        Raises ApiError when the server refuses, Unreachable when it cannot be had.
        """
        tries = 0

        def ask() -> httpx2.Response:
            nonlocal tries
            tries += 1
            return self._http.request(
                method,
                self.base_url + path,
                json=body,
                params={name: value for name, value in (query or {}).items() if value is not None},
                headers=self._headers(headers),
                timeout=self._timeout,
            )

        try:
            return _data(self._tried(ask, self.base_url))
        except NotFound:
            # What an earlier try deleted, and whose answer was lost, is gone as it should be.
            if method == "DELETE" and tries > 1:
                return None
            raise

    def _tried(self, ask: Callable[[], httpx2.Response], where: str) -> httpx2.Response:
        """The first good answer. Raises ApiError for a refusal that stays, Unreachable for none."""
        for tries_left in range(self.retries, -1, -1):
            pause = self._backoff(self.retries - tries_left)
            try:
                answer = ask()
            except httpx2.RequestError as error:
                if not tries_left or isinstance(error, _HOPELESS):
                    raise Unreachable(f"{where} cannot be reached: {error}") from error
            else:
                if answer.is_success:
                    return answer
                refusal = refusal_of(answer)
                if not tries_left or not may_pass(refusal):
                    raise refusal
                pause = pause if refusal.retry_after is None else refusal.retry_after
            self.sleep(pause)
        raise AssertionError("the last try returns or raises")

    @contextmanager
    def stream(self, path: str, *, last_event_id: str, seconds: float) -> Iterator[Iterator[str]]:
        """The lines of a stream of server-sent events, from the one after `last_event_id`.

        A silence of `seconds`, or of longer than any stream keeps, is a TransportError.
        """
        resume = {"Last-Event-ID": last_event_id} if last_event_id else {}
        headers = self._headers({"Accept": "text/event-stream", **resume})
        timeout = httpx2.Timeout(self._timeout, read=min(_STREAM_SILENCE, max(seconds, 0.1)))
        address = self.base_url + path
        with self._http.stream("GET", address, headers=headers, timeout=timeout) as answer:
            if not answer.is_success:
                answer.read()
                raise refusal_of(answer)
            kind = answer.headers.get("Content-Type", "")
            if answer.status_code == httpx2.codes.OK and not kind.startswith("text/event-stream"):
                raise _stranger(answer)
            yield answer.iter_lines()

    def download(self, url: str) -> bytes:
        """A finished picture. The key is not sent: the address may be a storage's, which may send
        on to another."""

        def ask() -> httpx2.Response:
            return self._http.get(url, timeout=self._timeout, follow_redirects=True)

        return self._tried(ask, url).content

    def pause(self, attempt: int, told: float | None = None) -> float:
        """Wait before trying something again for the `attempt`th time (from 0), or as long as the
        server has told. Returns the seconds."""
        seconds = self._backoff(attempt) if told is None else told
        self.sleep(seconds)
        return seconds

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        return {"X-API-Key": self._key, "Accept": "application/json", **(more or {})}

    def _backoff(self, attempt: int) -> float:
        """Seconds: twice as long each time, spread out so that many clients do not come at once."""
        longest = min(_FIRST_PAUSE * 2.0**attempt, _MOST_PAUSE)
        return random.uniform(longest / 2, longest)  # noqa: S311 (spreads load, guards nothing)


def _checked_key(given: str) -> str:
    """Without the line end that a file or a variable brings along. Raises ValueError, which does
    not show the key: it may end in a log."""
    key = given.strip()
    if not key:
        raise ValueError("Give a key, or set SOFTBOX_API_KEY")
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise ValueError("The key has characters that no key has: was it copied whole, and alone?")
    return key


def _checked_url(given: str) -> str:
    """The server's address, also where the Image API's was given. Raises ValueError."""
    url = given.strip().rstrip("/").removesuffix("/partner/v1")
    if not url.startswith(("https://", "http://")):
        raise ValueError(f"base_url must begin with https:// or http://, and is {url!r}")
    return url


def _as_header(idempotency_key: str) -> str:
    """The key; its SHA-256 where it is no plain text, as one made of a product's name may be."""
    if idempotency_key.isascii() and idempotency_key.isprintable():
        return idempotency_key
    return f"sha256-{hashlib.sha256(idempotency_key.encode()).hexdigest()}"


def _data(answer: httpx2.Response) -> Any:
    if not answer.content:
        return None
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise _stranger(answer)
    return body.get("data", body)


def _stranger(answer: httpx2.Response) -> ApiError:
    """The answer of something else, such as the log-in page of a network."""
    message = f"{answer.url} does not answer as a Softbox server does: is base_url right?"
    return error_of(answer.status_code, {"message": message})


def may_pass(refusal: ApiError) -> bool:
    """Whether it is worth asking again, soon."""
    if refusal.retry_after is not None and refusal.retry_after > LONGEST_PAUSE:
        return False
    return refusal.status in RETRIED or refusal.code == "idempotency_in_progress"


def refusal_of(answer: httpx2.Response) -> ApiError:
    """The error in an answer; also in one that is no JSON, as a proxy's are."""
    try:
        body = answer.json()
    except ValueError:
        body = {}
    if answer.has_redirect_location:
        # Not followed: a POST would arrive as a GET.
        body = {
            "message": f"The server sends on to {answer.headers['Location']}: is base_url right?"
        }
    wait = answer.headers.get("Retry-After", "")
    return error_of(
        answer.status_code,
        body if isinstance(body, dict) else {},
        # The other form of this header, a date, is not what our server sends.
        retry_after=float(wait) if wait.isascii() and wait.isdecimal() else None,
    )
