"""One id for everything that belongs to one request, and one log line for each request.

The id comes from `X-Request-Id` where that is 1-64 of A-Z a-z 0-9 . _ -, and is new otherwise. It
stands in the header of every answer, in every log line (structlog's context), and on the job.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponseBase
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

log = structlog.get_logger("softbox.request")

HEADER = "X-Request-Id"
_ACCEPTED = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)
# Last words of the names of path parts that let their reader in, such as `shop_token`; they are no
# more for the log than a key is.
_SECRET_PARTS = frozenset({"token", "key", "signature"})
# Where no address fits, a slash too many perhaps, no part has a name: what is as long as a token
# may be one.
_LONG_PART = re.compile(r"[^/]{24,}")


def new_id() -> str:
    return secrets.token_hex(16)


def current_id() -> str:
    """The id of the request or job that this thread is working for; empty outside of one."""
    found: str = get_contextvars().get("correlation_id", "")
    return found


def accepted_id(presented: str) -> str:
    """`presented` where it is well-formed, a new id otherwise."""
    return presented if _ACCEPTED.fullmatch(presented) else new_id()


def ensure_id(request: HttpRequest) -> str:
    """The id of this thread's request; bound here where the middleware is not installed."""
    known = current_id()
    if not known:
        known = accepted_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        bind_contextvars(correlation_id=known)
    return known


def shown_path(request: HttpRequest, status: int) -> str:
    """The path, answered with `status`, without query and without what is secret in it."""
    match = request.resolver_match
    if match is None and status == HTTPStatus.NOT_FOUND:
        return without_long_parts(request.path)
    return without_secrets(request.path, match.kwargs if match else {})


def without_long_parts(path: str) -> str:
    """A path that leads nowhere with an ellipsis for whatever in it may be a token."""
    return _LONG_PART.sub("…", path)


def without_secrets(path: str, parts: Mapping[str, Any]) -> str:
    """A path with an ellipsis for each of its named parts that is secret."""
    for name, value in parts.items():
        if name.rpartition("_")[2] in _SECRET_PARTS:
            path = path.replace(str(value), "…")
    return path


class CorrelationMiddleware:
    """Binds the id before anything else runs, and writes the log line when all is done.

    Put it first in MIDDLEWARE. The API's views add the key's hint and the partner to the line.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        clear_contextvars()
        correlation_id = accepted_id(request.META.get("HTTP_X_REQUEST_ID", ""))
        bind_contextvars(correlation_id=correlation_id)
        response = self.get_response(request)
        response.headers[HEADER] = correlation_id
        log.info(
            "request",
            method=request.method,
            path=shown_path(request, response.status_code),
            status=response.status_code,
            ms=round((time.perf_counter() - started) * 1000, 1),
        )
        return response
