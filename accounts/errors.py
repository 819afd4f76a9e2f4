"""Everything that can be refused, as typed errors.

Services raise a ServiceError; each surface turns it into its own body (`accounts/api/envelope.py`
for ours). The message is written for a partner's developer; facts are attributes.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


class ServiceError(Exception):
    """A refusal with an HTTP status, a stable code and a message that is safe to show."""

    status_code = 500
    code = "internal_error"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message
        self.param = param
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        super().__init__(message)


class InvalidRequest(ServiceError):
    """The request is wrong; `param` names the field at fault where there is one."""

    status_code = 400
    code = "invalid_request"


class Unauthorized(ServiceError):
    """No key, an unknown or revoked key, or an expired one."""

    status_code = 401
    code = "unauthorized"


class PaymentRequired(ServiceError):
    """Not enough points, or the key's monthly cap is reached."""

    status_code = 402
    code = "insufficient_points"


class Forbidden(ServiceError):
    """A good key that may not do this."""

    status_code = 403
    code = "forbidden"


class NotFound(ServiceError):
    """There is no such thing, or it belongs to somebody else: the answer is the same."""

    status_code = 404
    code = "not_found"


class MethodNotAllowed(ServiceError):
    """The path exists; this method on it does not."""

    status_code = 405
    code = "method_not_allowed"


class Conflict(ServiceError):
    """The request clashes with what is there."""

    status_code = 409
    code = "conflict"


class IdempotencyInProgress(Conflict):
    """The first request with this idempotency key has not been answered yet."""

    code = "idempotency_in_progress"


class PayloadTooLarge(ServiceError):
    """The body is larger than this path accepts."""

    status_code = 413
    code = "payload_too_large"


class UnsupportedMediaType(ServiceError):
    """The body is something else than JSON in UTF-8."""

    status_code = 415
    code = "unsupported_media_type"


class Unprocessable(ServiceError):
    """Understood and refused: blocked content, or an idempotency key with another body."""

    status_code = 422
    code = "unprocessable"


class IdempotencyKeyReused(Unprocessable):
    """The idempotency key was first sent with another request."""

    code = "idempotency_key_reused"


class RateLimited(ServiceError):
    """One of the key's windows is full. The refused request does not count."""

    status_code = 429
    code = "rate_limited"


class Unavailable(ServiceError):
    """Too busy, or not in time. Nothing was charged."""

    status_code = 503
    code = "service_unavailable"


def disk_is_full(error: BaseException | None) -> bool:
    """Whether this machine had no room to write: somebody must make some, nothing is wrong with
    what was asked."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM
