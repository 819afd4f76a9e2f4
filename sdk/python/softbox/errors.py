"""What can go wrong, as classes to catch and facts to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class SoftboxError(Exception):
    """Everything that this package raises."""


class Unreachable(SoftboxError):
    """No answer came: no connection, or it broke or took too long, however often it was tried."""


class StillRunning(SoftboxError):
    """The wait is over and the job is not. It goes on; `id` finds it."""

    def __init__(self, job_id: str, seconds: float) -> None:
        self.id = job_id
        super().__init__(f"{job_id} is still running after {seconds:g} s")


class GenerationFailed(SoftboxError):
    """A job ended without a picture. Nothing was charged.

    `status` is failed, blocked, cancelled or expired; `code` says why; `generation` is all of it.
    """

    def __init__(self, generation: Mapping[str, Any]) -> None:
        error = generation.get("error") or {}
        self.generation = generation
        self.id = str(generation["id"])
        self.status = str(generation["status"])
        self.code = str(error.get("code", self.status))
        self.correlation_id = generation.get("correlationId")
        super().__init__(str(error.get("message", self.status)))


class ApiError(SoftboxError):
    """The server refused. Write programs against `code`, which never changes.

    `param` names the field at fault, `correlation_id` finds the request in the server's logs,
    `retry_after` is in seconds.
    """

    def __init__(
        self, status: int, body: Mapping[str, Any], *, retry_after: float | None = None
    ) -> None:
        self.status = status
        self.body = body
        self.code = str(body.get("code", f"http_{status}"))
        self.message = str(body.get("message", f"The server answered {status}"))
        self.param: str | None = body.get("param")
        self.correlation_id: str | None = body.get("correlationId")
        self.retry_after = retry_after
        super().__init__(f"{self.message} ({status} {self.code})")


class InvalidRequest(ApiError):
    """400, 413, 415: a field is wrong; `param` names it."""


class Unauthorized(ApiError):
    """401: no key, or an unknown, revoked or expired one."""


class InsufficientPoints(ApiError):
    """402: not enough points, or the key's monthly cap is reached."""


class Forbidden(ApiError):
    """403: partner off, address not on the key's list, wrong kind of key or scope."""


class NotFound(ApiError):
    """404: no such thing."""


class Conflict(ApiError):
    """409: already ended, or the first request with this key still runs."""


class Refused(ApiError):
    """422: blocked by the safety filter, or an idempotency key used for something else."""


class RateLimited(ApiError):
    """429: too many requests; `retry_after` says how long to wait."""


class ServerError(ApiError):
    """5xx: the server's fault. Nothing was charged."""


_BY_STATUS: Mapping[int, type[ApiError]] = {
    **{400: InvalidRequest, 401: Unauthorized, 402: InsufficientPoints, 403: Forbidden},
    **{404: NotFound, 409: Conflict, 413: InvalidRequest, 415: InvalidRequest},
    **{422: Refused, 429: RateLimited},
}


def error_of(status: int, body: Mapping[str, Any], *, retry_after: float | None = None) -> ApiError:
    """The error for an answer of this status."""
    kind = _BY_STATUS.get(status, ServerError if status >= 500 else ApiError)
    return kind(status, body, retry_after=retry_after)
