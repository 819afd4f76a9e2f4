"""The OpenAPI document: valid, whole, and nothing in it that is not there."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from accounts.api.error_description import USUAL, known_codes
from accounts.api.view import UnknownPath
from accounts.webhooks.event_types import EVENT_TYPES
from config.errors import API_PREFIXES
from config.openapi import CHAPTERS, document
from config.routes import routes
from tests.config.test_settings import GOOD, ROOT
from tests.openapi.conformity import described, faults, resolved

PREFIXES = (*API_PREFIXES, "/render/", "/healthz", "/readyz")


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(METHOD, path, operation) of everything in the document."""
    for path, item in document()["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                yield method.upper(), path, operation


def test_the_document_is_valid_openapi() -> None:
    assert document()["openapi"] == "3.1.0"
    OpenAPIV31SpecValidator(document()).validate()


def test_every_endpoint_is_described() -> None:
    known = {(method, path) for method, path, _ in operations()}
    served = {
        (method, route.path)
        for route in routes()
        for method in route.methods
        if route.api_view is not UnknownPath
    }

    assert served - known == set(), "describe it in its app's chapter (docs/contributing.md)"


def test_plain_functions_of_the_api_are_described_too() -> None:
    known = {path for _, path, _ in operations()}
    served = {route.path for route in routes() if route.path.startswith(PREFIXES)}

    assert served - known == set()


def test_everything_described_is_served() -> None:
    known = {f"{method} {path}" for method, path, _ in operations()}
    written = {name for chapter in CHAPTERS for name in chapter.operations}

    assert written == known


def test_every_call_has_a_name_of_its_own() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]

    assert len(names) == len(set(names))
    assert all(name.isidentifier() and name[0].islower() for name in names)


def test_every_reference_leads_somewhere() -> None:
    def references(part: Any) -> Iterator[str]:
        if isinstance(part, dict):
            yield from ([part["$ref"]] if "$ref" in part else [])
            part = list(part.values())
        if isinstance(part, list):
            for item in part:
                yield from references(item)

    for reference in references(document()):
        assert resolved({"$ref": reference}), reference


def test_every_schema_is_used() -> None:
    text = json.dumps(document())

    for name in document()["components"]["schemas"]:
        assert f'"#/components/schemas/{name}"' in text, name


@pytest.mark.parametrize("part", ["requestBody", "responses"])
def test_examples_are_what_their_schema_says(part: str) -> None:
    for _, _, operation in operations():
        bodies = [operation.get("requestBody", {})] if part == "requestBody" else []
        bodies += list(operation["responses"].values()) if part == "responses" else []
        for body in bodies:
            for content in resolved(body).get("content", {}).values():
                examples = [example["value"] for example in content.get("examples", {}).values()]
                examples += [content["example"]] if "example" in content else []
                for example in examples:
                    assert faults(content["schema"], example) == [], operation["operationId"]


def test_every_error_code_is_listed_and_every_status_has_one() -> None:
    listed = set(document()["components"]["schemas"]["ApiError"]["properties"]["code"]["enum"])

    assert known_codes() <= listed
    assert {usual.code for usual in USUAL.values()} <= listed


def test_every_event_that_is_sent_is_described() -> None:
    webhooks = document()["webhooks"]

    assert set(webhooks) <= set(EVENT_TYPES)
    assert set(EVENT_TYPES) - set(webhooks) <= {"batch.completed"}


def test_keys_and_scopes_are_those_of_the_views() -> None:
    paths = document()["paths"]

    create = paths["/partner/v1/image/create"]["post"]["security"]
    assert create == [{"imageKey": ["images:write"]}, {"bearer": ["images:write"]}]
    account = paths["/api/v2/third-party/createAccount"]["post"]["security"]
    assert account == [{"managementKey": ["accounts:write"]}, {"bearer": ["accounts:write"]}]
    assert paths["/partner/v1/styles"]["get"]["security"] == []


def test_it_names_this_server_and_is_not_sent_twice(settings: Any) -> None:
    answer: Any = Client().get("/openapi.json")

    assert answer.headers["Content-Type"] == "application/json"
    assert answer.json()["servers"] == [{"url": settings.PUBLIC_URL}]
    again: Any = Client().get("/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_two_chapters_may_not_say_different_things_of_one_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = replace(CHAPTERS[0], schemas={"Usage": {"type": "string"}}, operations={})
    monkeypatch.setattr("config.openapi.CHAPTERS", (*CHAPTERS, other))

    with pytest.raises(ValueError, match="Usage is described twice"):
        document()


def test_closing_the_objects_left_none_open() -> None:
    """The comparison of answers must see a field that nobody described."""
    answer = described()["components"]["schemas"]["Usage"]

    assert answer["additionalProperties"] is False
    assert faults(answer, {"surprise": 1}) != []


def test_a_process_starts_without_reading_the_document() -> None:
    program = (
        "import sys, config.wsgi, config.urls\n"
        "print([name for name in sys.modules if name == 'config.openapi' or 'description' in name])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**GOOD, "DATABASE_URL": "sqlite://:memory:", "LOG_FORMAT": "json"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == "[]\n"
