"""The errors of our own surfaces, as the OpenAPI document tells them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from accounts.api.description import Json
from accounts.api.schema import (
    Schema,
    anything,
    choice,
    many,
    moment,
    record,
    ref,
    text,
    truth,
    whole,
)
from accounts.errors import ServiceError


class Usual(NamedTuple):
    """What one error status means wherever it is answered, with a message it may carry."""

    name: str
    about: str
    code: str
    message: str


USUAL: Mapping[int, Usual] = {
    400: Usual(
        "BadRequest",
        "The request is wrong; `param` names the field at fault.",
        "invalid_request",
        "Request body must be valid JSON",
    ),
    401: Usual(
        "Unauthorized",
        "No key, an unknown or revoked one, or an expired one.",
        "unauthorized",
        "API key required. Provide via X-API-Key header.",
    ),
    402: Usual(
        "PaymentRequired",
        "Not enough points, or the key's monthly cap is reached. Nothing was charged.",
        "insufficient_points",
        "Insufficient points. Required: 8 (starter tier, fast mode), Available: 3. Please top up "
        "your account.",
    ),
    403: Usual(
        "Forbidden",
        "A good key that may not do this: partner inactive, address not on the key's list, wrong "
        "kind of key, or scope missing.",
        "forbidden",
        "Request IP not in API key whitelist",
    ),
    404: Usual("NotFound", "There is no such thing, or it is not yours.", "not_found", "Not found"),
    409: Usual(
        "Conflict",
        "The request clashes with what is there, or the first request with this Idempotency-Key "
        "is still running.",
        "conflict",
        "This generation has already ended: succeeded.",
    ),
    413: Usual(
        "PayloadTooLarge",
        "The body is larger than this path accepts.",
        "payload_too_large",
        "Request body is too large",
    ),
    415: Usual(
        "UnsupportedMediaType",
        "The body is not plain JSON in UTF-8.",
        "unsupported_media_type",
        "Content-Type must be application/json",
    ),
    422: Usual(
        "Unprocessable",
        "Blocked by the safety filter, or an Idempotency-Key that came with another body before.",
        "idempotency_key_reused",
        "This Idempotency-Key was used with another request.",
    ),
    429: Usual(
        "TooManyRequests",
        "One of the key's windows is full. The refused request does not count.",
        "rate_limited",
        "Rate limit exceeded: 60 requests per minute",
    ),
    500: Usual(
        "ServerError", "Our fault. Nothing was charged.", "internal_error", "Internal server error"
    ),
    503: Usual(
        "Unavailable",
        "Too busy, or not in time. Nothing was charged.",
        "service_unavailable",
        "Service temporarily unavailable. Please retry shortly.",
    ),
}


def error_schema(codes: Sequence[str]) -> Schema:
    """The body of every error; `codes` are all that there are."""
    return record(
        {
            "success": truth(const=False),
            "message": text("Written for a developer; may change, unlike `code`."),
            "code": choice(sorted(codes), "Stable: write programs against this."),
            "param": text("The field at fault, where it is one."),
            "retryAfter": whole("429: seconds to wait."),
            "categories": many(text(), "Blocked content: what the safety filter saw."),
            "supportedIntegrations": many(text(), "Names that `integrationName` may have."),
            "requiredCredentials": many(text(), "Fields that `credentials` must have."),
            "validCategories": many(text(), "Values that `businessCategory` may have."),
            "example": anything("A body that would be right."),
            "timestamp": moment(),
            "correlationId": text("The same as in `X-Request-Id`."),
        },
        optional=[
            *("param", "retryAfter", "categories", "supportedIntegrations"),
            *("requiredCredentials", "validCategories", "example"),
        ],
    )


def known_codes(kind: type[ServiceError] = ServiceError) -> set[str]:
    """The code of every ServiceError class of ours."""
    return {kind.code}.union(*(known_codes(sub) for sub in kind.__subclasses__()))


def error_content(status: int, messages: Sequence[str]) -> Json:
    """`content` of an error answer: the schema and an example for each message."""
    usual = USUAL[status]
    examples = {
        _name_of(message): {"value": _body(usual.code, message)}
        for message in messages or [usual.message]
    }
    return {"application/json": {"schema": ref("ApiError"), "examples": examples}}


def _name_of(message: str) -> str:
    """A short name for an example: its first words."""
    words = "".join(c if c.isalnum() else " " for c in message).split()[:6]
    return "".join(word.title() for word in words)


def _body(code: str, message: str) -> dict[str, Any]:
    blocked = "safety filters" in message
    return {
        "success": False,
        "message": message,
        "code": "content_blocked" if blocked else code,
        "timestamp": "2026-03-01T10:30:00.000Z",
        "correlationId": "0b5d4c7e9f1a4b6c8d2e3f4a5b6c7d8e",
    }
