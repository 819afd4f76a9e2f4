"""How an app describes its part of the API: operations, schemas and webhooks, as plain data.

Each app has a module that makes one `Chapter`; `config/openapi.py` binds them into one OpenAPI
document. What views know themselves (the kind of key, the scope) is read from the views, and what
every answer has (limits, ids, the usual errors) is added there, so a description holds only what
is particular. `docs/contributing.md` shows how to describe an endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.api.pagination import DEFAULT_LIMIT, MAX_LIMIT
from accounts.api.schema import Schema, moment, record, text, truth, whole

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What comes with one status. No `schema`: no body. `headers` are names of HEADERS."""

    about: str
    schema: Schema | None = None
    content_type: str = "application/json"
    headers: Sequence[str] = ()
    example: Any = None


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One method of one path.

    `id` is the name of the call in generated clients. `errors` are the statuses that it may
    answer beyond those of every operation of its kind, with the documented messages of each.
    `once`: takes an Idempotency-Key. `usual_errors` off: a surface with errors of its own, which
    then stand among the `answers`.
    """

    id: str
    tag: str
    summary: str
    about: str = ""
    parameters: Sequence[Json] = ()
    body: Schema | None = None
    body_required: bool = True
    examples: Mapping[str, Json] = field(default_factory=dict)
    answers: Mapping[int, Answer]
    errors: Mapping[int, Sequence[str]] = field(default_factory=dict)
    once: bool = False
    usual_errors: bool = True


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A message that we send. `headers` beside those of Standard Webhooks, by name."""

    id: str
    about: str
    payload: Schema
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Chapter:
    """One app's part of the document.

    `operations` by method and path ("GET /partner/v1/generations/{generationId}"), `ids` by the
    name of a path's parameter, `webhooks` by event type, `codes` what its errors carry beyond the
    codes of the ServiceError classes.
    """

    tags: Mapping[str, str] = field(default_factory=dict)
    operations: Mapping[str, Operation]
    schemas: Mapping[str, Schema] = field(default_factory=dict)
    ids: Mapping[str, Schema] = field(default_factory=dict)
    webhooks: Mapping[str, Webhook] = field(default_factory=dict)
    codes: Sequence[str] = ()


# --- What is written often -----------------------------------------------------------------------


def enveloped(data: Schema, *, message: str = "Success") -> Schema:
    """The body that `accounts.api.envelope.ok` makes around `data`."""
    return record(
        {
            "success": SUCCESS,
            "message": text(examples=[message]),
            "data": data,
            "timestamp": moment(),
        }
    )


def query(name: str, schema: Schema, about: str = "", *, required: bool = False) -> Json:
    """A parameter of the query string."""
    return {"name": name, "in": "query", "required": required, "description": about} | {
        "schema": schema
    }


def shared(name: str) -> Json:
    """One of PARAMETERS."""
    return {"$ref": f"#/components/parameters/{name}"}


SUCCESS: Schema = truth(const=True)

PAGING = (shared("Limit"), shared("Cursor"))
"""The parameters that `accounts.api.pagination.read_page` reads."""

NEXT_CURSOR = {
    "type": ["string", "null"],
    "description": "Send it as `cursor` for the next page; null: this is the last one.",
}

PARAMETERS: Mapping[str, Json] = {
    "IdempotencyKey": {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "A key of your own for this request. Sent again within 24 hours with the "
        "same body, it is answered with the first answer, and nothing is made or charged twice.",
        "schema": text(minLength=1, maxLength=255, pattern="^[ -~]+$"),
    },
    "Prefer": {
        "name": "Prefer",
        "in": "header",
        "description": "`respond-async`: answer 202 at once, and say where to look.",
        "schema": text(examples=["respond-async"]),
    },
    "Limit": query(
        "limit", whole(minimum=1, maximum=MAX_LIMIT, default=DEFAULT_LIMIT), "Rows on a page."
    ),
    "Cursor": query("cursor", text(), "`nextCursor` of the page before."),
}

HEADERS: Mapping[str, Json] = {
    "X-Request-Id": {
        "description": "Stands in every log line of this request and of its job: quote it to "
        "support. Send one of your own (1-64 of A-Z a-z 0-9 . _ -) and it is used.",
        "schema": text(),
    },
    "X-RateLimit-Limit": {
        "description": "Requests that the nearer of the two windows (minute, day) admits.",
        "schema": whole(),
    },
    "X-RateLimit-Remaining": {"description": "Requests left in it.", "schema": whole()},
    "X-RateLimit-Reset": {
        "description": "When the next place in it becomes free, in seconds since 1970.",
        "schema": whole(),
    },
    "Retry-After": {"description": "Seconds to wait before trying again.", "schema": whole()},
    "Idempotent-Replayed": {
        "description": "`true`: this is the first answer to the same Idempotency-Key.",
        "schema": text(const="true"),
    },
    "Location": {"description": "Where the result will be.", "schema": text(format="uri")},
    "Preference-Applied": {
        "description": "The preference that was followed.",
        "schema": text(const="respond-async"),
    },
}
