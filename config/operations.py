"""One described operation, or one webhook, as OpenAPI writes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

from accounts.api.description import Answer, Json, Operation, Webhook
from accounts.api.error_description import USUAL, error_content
from accounts.api.schema import Schema, text
from accounts.api.view import ApiView
from config.routes import METHODS, Route

_LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_PATH_PARAMETER = re.compile(r"\{(\w+)\}")
_SCHEME_OF_KIND = {"image": "imageKey", "management": "managementKey"}
# What any of our own views may refuse with, and those that ask for a key, read a body, or take an
# Idempotency-Key.
_ALWAYS, _WITH_KEY = (429, 500, 503), (401, 403)
_WITH_BODY, _ONCE = (400, 413, 415), (400, 409, 422)


def path_item(route: Route, operations: Mapping[str, Operation], ids: Mapping[str, Schema]) -> Json:
    """The described operations of one path; empty where there is none.

    A plain function answers the methods that are described. Raises KeyError for a path parameter
    without an entry in `ids`.
    """
    described = {
        method.lower(): _operation(operations[f"{method} {route.path}"], route, method)
        for method in route.methods or [name.upper() for name in METHODS]
        if f"{method} {route.path}" in operations
    }
    names = _PATH_PARAMETER.findall(route.path)
    if not described or not names:
        return described
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": ids[name]} for name in names
    ]
    return {"parameters": parameters, **described}


def _operation(operation: Operation, route: Route, method: str) -> Json:
    parameters = list(operation.parameters)
    if operation.once:
        parameters.append({"$ref": "#/components/parameters/IdempotencyKey"})
    view = route.api_view
    scope = view.scopes_by_method.get(method, view.scope) if view else ""
    return {
        "operationId": operation.id,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _about(operation, view, scope),
        **({"parameters": parameters} if parameters else {}),
        **({"requestBody": _request(operation)} if operation.body is not None else {}),
        "responses": dict(_responses(operation, route)),
        "security": _security(view, scope),
    }


# --- Keys ----------------------------------------------------------------------------------------


def _about(operation: Operation, view: type[ApiView] | None, scope: str) -> str:
    said = [operation.about] if operation.about else []
    if view is None or not view.authenticated:
        return "\n\n".join([*said, "No key needed."])
    article = "an" if view.key_kind == "image" else "a"
    with_scope = f" with the scope `{scope}`" if scope else ""
    return "\n\n".join([*said, f"Needs {article} {view.key_kind} key{with_scope}."])


def _security(view: type[ApiView] | None, scope: str) -> list[Json]:
    if view is None or not view.authenticated:
        return []
    scopes = [scope] if scope else []
    return [{_SCHEME_OF_KIND[view.key_kind]: scopes}, {"bearer": scopes}]


# --- Requests and answers ------------------------------------------------------------------------


def _request(operation: Operation) -> Json:
    assert operation.body is not None
    content: Json = {"schema": _titled(operation.body, f"{_capital(operation.id)}Request")}
    if operation.examples:
        content["examples"] = {name: {"value": body} for name, body in operation.examples.items()}
    return {"required": operation.body_required, "content": {"application/json": content}}


def _responses(operation: Operation, route: Route) -> Iterator[tuple[str, Json]]:
    """Successes as described, then the errors, each group by status."""
    always = ("X-Request-Id", *(_LIMITS if route.api_view else ()))
    if operation.once:
        always = (*always, "Idempotent-Replayed")
    for place, (status, answer) in enumerate(sorted(operation.answers.items())):
        word = "" if place == 0 else HTTPStatus(status).phrase.replace(" ", "")
        title = f"{_capital(operation.id)}{word}Response"
        yield str(status), _answer(answer, title, always)
    for status in _error_statuses(operation, route):
        messages = operation.errors.get(status, ())
        if messages:
            yield str(status), error_answer(status, messages)
        else:
            yield str(status), {"$ref": f"#/components/responses/{USUAL[status].name}"}


def _error_statuses(operation: Operation, route: Route) -> list[int]:
    """What this operation may refuse with: its own errors, and those of every one of its kind."""
    found = set(operation.errors)
    if operation.usual_errors:
        found.update(_ALWAYS)
        found.update(_WITH_KEY if route.api_view and route.api_view.authenticated else ())
        found.update(_WITH_BODY if operation.body is not None else ())
        found.update(_ONCE if operation.once else ())
        found.update((404,) if _PATH_PARAMETER.search(route.path) else ())
    return sorted(found - set(operation.answers))


def _answer(answer: Answer, title: str, always: Sequence[str]) -> Json:
    said: Json = {
        "description": answer.about,
        "headers": _headers(*always, *answer.headers),
    }
    if answer.schema is not None:
        content: Json = {"schema": _titled(answer.schema, title)}
        if answer.example is not None:
            content["example"] = answer.example
        said["content"] = {answer.content_type: content}
    return said


def error_answer(status: int, messages: Sequence[str] = ()) -> Json:
    """An error of our own surfaces, with its documented messages as examples."""
    retry = ("Retry-After",) if status in (409, 429, 503) else ()
    return {
        "description": USUAL[status].about,
        "headers": _headers("X-Request-Id", *_LIMITS, *retry, "Idempotent-Replayed"),
        "content": error_content(status, messages),
    }


def _headers(*names: str) -> Json:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _titled(schema: Schema, title: str) -> Schema:
    """A schema that is written in place gets a name, which generated clients use."""
    return schema if "$ref" in schema or "title" in schema else {"title": title, **schema}


def _capital(name: str) -> str:
    return name[0].upper() + name[1:]


# --- Webhooks ------------------------------------------------------------------------------------

EVENTS = "Events"

_STANDARD = {
    "webhook-id": "The message's id: the same for every try and repeat.",
    "webhook-timestamp": "Seconds since 1970 when this try was sent.",
    "webhook-signature": "`v1,` and the base64 HMAC-SHA256 of `id.timestamp.body`; several, "
    "parted by spaces, while a secret is being replaced.",
}


def message_item(webhook: Webhook) -> Json:
    """A path item for a message that we send; the receiver answers any 2xx."""
    headers = {**_STANDARD, **webhook.headers}
    return {
        "post": {
            "operationId": f"on{webhook.id}",
            # Not the tags of calls: generators write one file for each tag, or one over the other.
            "tags": [EVENTS],
            "summary": webhook.about,
            "parameters": [
                {"name": name, "in": "header", "description": about, "schema": text()}
                for name, about in headers.items()
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": _titled(webhook.payload, f"{webhook.id}Event")}
                },
            },
            "responses": {
                "2XX": {"description": "Received. Anything else is tried again for 24 hours."}
            },
            # Signed, not authenticated with a key.
            "security": [],
        }
    }
