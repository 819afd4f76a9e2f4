"""The one shape of every JSON answer of our API, errors included."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpResponse, UnreadablePostError
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from accounts.api import correlation
from accounts.errors import (
    Forbidden,
    InvalidRequest,
    NotFound,
    PayloadTooLarge,
    ServiceError,
    Unavailable,
    disk_is_full,
)

log = structlog.get_logger("softbox.api")


def iso(moment: datetime) -> str:
    """UTC with milliseconds and a Z, as in 2025-07-15T10:30:00.000Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def timestamp() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def json_points(points: Decimal) -> int | float:
    """Points as JSON shows them: 8 and 7.25, never 8.00. Exact: quarters are binary fractions."""
    whole = int(points)
    return whole if whole == points else float(points)


def _other_types(value: object) -> Any:
    if isinstance(value, Decimal):
        return json_points(value)
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form here")


_encode = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_other_types
).encode


def json_response(
    body: Mapping[str, Any], *, status: int = 200, headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """`body` as it is. Decimals are points, datetimes ISO 8601, UUIDs text."""
    return HttpResponse(
        _encode(body).encode(), status=status, content_type="application/json", headers=headers
    )


def ok(
    data: Any,
    message: str = "Success",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The documented answer: success, message, data, timestamp."""
    body = {"success": True, "message": message, "data": data, "timestamp": timestamp()}
    return json_response(body, status=status, headers=headers)


def no_content(headers: Mapping[str, str] | None = None) -> HttpResponse:
    """204, without the content type that Django gives also to nothing."""
    response = HttpResponse(status=204, headers=headers)
    del response.headers["Content-Type"]
    return response


def error_body(error: ServiceError) -> dict[str, Any]:
    """success false, message, code, param where one field is at fault, the error's own facts."""
    body: dict[str, Any] = {"success": False, "message": error.message, "code": error.code}
    if error.param is not None:
        body["param"] = error.param
    return {
        **body,
        **error.extra,
        "timestamp": timestamp(),
        "correlationId": correlation.current_id(),
    }


def error_response(error: ServiceError) -> HttpResponse:
    return json_response(error_body(error), status=error.status_code, headers=error.headers)


def as_service_error(error: Exception) -> ServiceError:
    """Any exception as one that may be shown.

    What is not known to be the caller's fault is logged with its traceback and shown as nothing
    more than an internal error.
    """
    if isinstance(error, ServiceError):
        return error
    if isinstance(error, Http404):
        return NotFound("Not found")
    if isinstance(error, PermissionDenied):
        return Forbidden("You may not do this")
    if isinstance(error, RequestDataTooBig):
        return PayloadTooLarge("Request body is too large")
    if isinstance(error, SuspiciousOperation | UnreadablePostError):
        return InvalidRequest("The request could not be read")
    if isinstance(error, APIException) and error.status_code < 500:
        return _from_framework(error)
    log.error("unexpected error", exc_info=error)
    if isinstance(error, OperationalError) or disk_is_full(error):
        return Unavailable("Service temporarily unavailable. Please retry shortly.")
    return ServiceError("Internal server error")


def _from_framework(error: APIException) -> ServiceError:
    """REST framework's own refusal in our words, with its status."""
    detail = error.detail if isinstance(error.detail, str) else error.default_detail
    shown = ServiceError(str(detail))
    shown.status_code = error.status_code
    shown.code = error.default_code
    return shown


def exception_handler(error: Exception, context: dict[str, Any]) -> Response:
    """REST framework's hook (EXCEPTION_HANDLER), for plain APIViews that are no ApiView."""
    known = as_service_error(error)
    return Response(error_body(known), status=known.status_code, headers=known.headers)
