"""Whether an answer is what the OpenAPI document says: status, headers, and every field of it.

Stricter than the document towards ourselves: a field that is not described is a fault too.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from unittest import mock
from urllib.parse import urlsplit

import pytest
from django.http import HttpRequest, HttpResponseBase
from jsonschema import Draft202012Validator, FormatChecker

from accounts.api.description import HEADERS
from accounts.api.view import ApiView
from config.openapi import document
from config.routes import written

OBJECT_OR_NULL = ["object", "null"]

formats = FormatChecker(formats=())


@formats.checks("date-time")
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or (value.endswith("Z") and bool(_moment(value)))


@formats.checks("uri")
def _is_address(value: object) -> bool:
    return not isinstance(value, str) or urlsplit(value).scheme in ("http", "https")


def _moment(value: str) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


@cache
def described() -> dict[str, Any]:
    """The document, its objects closed."""
    closed: dict[str, Any] = _closed(document())
    return closed


def _closed(part: Any) -> Any:
    """Every object with named fields has no others."""
    if isinstance(part, list):
        return [_closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    inner = {name: _closed(value) for name, value in part.items()}
    if isinstance(part.get("properties"), dict) and part.get("type") in ("object", OBJECT_OR_NULL):
        inner.setdefault("additionalProperties", False)
    return inner


def resolved(part: Any) -> Any:
    """`part`, or what it refers to."""
    while isinstance(part, dict) and "$ref" in part:
        found: Any = described()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def faults(schema: dict[str, Any], value: Any) -> list[str]:
    """What is wrong with `value`, in jsonschema's words; empty where nothing is."""
    root = {"components": described()["components"], "allOf": [schema]}
    validator = Draft202012Validator(root, format_checker=formats)
    return [
        f"{error.json_path}: {best.message[:300]}"
        for error in validator.iter_errors(value)
        for best in [_deepest(error)]
    ]


def _deepest(error: Any) -> Any:
    while error.context:
        error = max(error.context, key=lambda inner: len(inner.absolute_path))
    return error


def answer_faults(request: HttpRequest, response: HttpResponseBase) -> list[str]:
    """What an answer has that its operation does not describe, or lacks that it does.

    Empty also where there is no such operation: whether each has one is another test's business.
    """
    operation = _operation(request)
    if not operation:
        return []
    said = resolved(operation["responses"].get(str(response.status_code)))
    name = f"{operation['operationId']} {response.status_code}"
    if said is None:
        return [f"{name}: no such answer is described"]
    strangers = [
        f"{name}: the header {header} is not described"
        for header in HEADERS
        if header in response.headers and header not in said["headers"]
    ]
    return strangers + [f"{name}: {fault}" for fault in _body_faults(said, request, response)]


def _operation(request: HttpRequest) -> dict[str, Any]:
    """The described operation that a request asks for; empty where there is none."""
    match = request.resolver_match
    path = written(f"/{match.route}") if match else ""
    method = "get" if request.method == "HEAD" else str(request.method).lower()
    found: dict[str, Any] = described()["paths"].get(path, {}).get(method, {})
    return found


def _body_faults(
    said: dict[str, Any], request: HttpRequest, response: HttpResponseBase
) -> list[str]:
    content_type = response.headers.get("Content-Type", "").partition(";")[0]
    content = said.get("content", {})
    if not content_type and not content:
        return []
    if content_type not in content:
        return [f"the content type {content_type or 'of nothing'} is not described"]
    if request.method == "HEAD" or content_type != "application/json":
        return []
    return faults(content[content_type]["schema"], json.loads(response.content))  # type: ignore[attr-defined]


@dataclass
class Watch:
    """What was wrong with the answers seen, and which (operationId, status) they were."""

    faults: list[str] = field(default_factory=list)
    seen: set[tuple[str, int]] = field(default_factory=set)


@contextmanager
def watched() -> Iterator[Watch]:
    """Every answer of an ApiView is compared while this is open."""
    watch = Watch()
    lock = threading.Lock()
    dispatch = ApiView.dispatch

    def compared(
        self: ApiView, request: HttpRequest, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        response = dispatch(self, request, *args, **kwargs)
        with lock:
            watch.faults.extend(answer_faults(request, response))
            watch.seen.add((_operation(request).get("operationId", ""), response.status_code))
        return response

    with mock.patch.object(ApiView, "dispatch", compared):
        yield watch


@pytest.fixture(autouse=True)
def answers_as_described() -> Iterator[Watch]:
    """A conftest that imports this has every answer of its tests compared with the document."""
    with watched() as watch:
        yield watch
    assert not watch.faults, "\n".join(sorted(set(watch.faults)))
