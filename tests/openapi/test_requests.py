"""What the document says of a request's body is what is accepted and what is refused.

Each schema is broken in every way it can be: a required field left out, a text too long, a number
out of range, a value that is not in the list, another type. A test key pays for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from accounts.models import Partner
from tests.api.conftest import Caller, photo
from tests.openapi.conformity import faults, resolved
from tests.openapi.test_document import operations

pytestmark = pytest.mark.django_db

Fields = dict[str, Any]
WRONG_TYPE = {"string": 7, "integer": "7", "boolean": "yes", "array": "a", "object": "a"}

GOOD: dict[str, Fields] = {
    "createImage": {"prompt": "a red mug"},
    "enhanceImages": {"images": ["https://a.example/1.jpg"]},
    "makePackshot": {"productImage": photo()},
    "addModel": {"id": "model_7", "label": "Thorough"},
    "createWebhookEndpoint": {"url": "https://a.example/hook"},
}
"""The least that is accepted. The other bodies name rows, which their own tests make."""

ELSEWHERE = {("makePackshot", "productId")}
"""Looked at only where there is no photo, and the name of a row: tested with the products."""

PATHS = {
    operation["operationId"]: (
        path,
        resolved(operation["requestBody"]["content"]["application/json"]["schema"]),
    )
    for _, path, operation in operations()
    if operation["operationId"] in GOOD
}


def outside(schema: Fields) -> Iterator[Any]:
    """Values just beyond what `schema` allows."""
    kind = schema["type"]
    yield WRONG_TYPE[kind]
    if "enum" in schema:
        yield "no such value"
    if "minLength" in schema:
        yield "x" * (schema["minLength"] - 1)
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "maxItems" in schema:
        yield [schema["items"].get("examples", ["https://a.example/1.jpg"])[0]] * (
            schema["maxItems"] + 1
        )
    if schema.get("minItems"):
        yield []
    if "maxProperties" in schema:
        yield {f"k{number}": "v" for number in range(schema["maxProperties"] + 1)}
    yield from (
        {name: value}
        for name, part in schema.get("properties", {}).items()
        for value in outside(part)
    )


def edges(schema: Fields) -> Iterator[Any]:
    """Values that `schema` only just allows, and the examples it gives."""
    yield from schema.get("enum", ())
    yield from schema.get("examples", ())
    if "default" in schema:
        yield schema["default"]
    if "maxLength" in schema and not {"format", "pattern"} & set(schema):
        yield "x" * schema["maxLength"]
        yield "x" * schema.get("minLength", 1)
    yield from (schema[edge] for edge in ("minimum", "maximum") if edge in schema)
    if "maxProperties" in schema:
        yield {f"k{number}": "v" for number in range(schema["maxProperties"])}


def changes(ways: Callable[[Fields], Iterator[Any]]) -> list[Any]:
    return [
        pytest.param(name, field, value, id=f"{name}-{field}-{str(value)[:20]}")
        for name, (_, schema) in PATHS.items()
        for field, part in schema["properties"].items()
        if (name, field) not in ELSEWHERE
        for value in ways(part)
    ]


@pytest.fixture(autouse=True)
def without_limits(partner: Partner) -> None:
    Partner.objects.update(rate_minute=1_000_000, rate_day=1_000_000)


@pytest.mark.parametrize(("name", "field", "value"), changes(outside))
def test_what_is_beyond_the_schema_is_refused(
    test_key: Caller, name: str, field: str, value: Any
) -> None:
    path, schema = PATHS[name]
    body = {**GOOD[name], field: value}
    assert faults(schema, body)

    answer: Any = test_key.post(path, body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["param"].partition(".")[0] == field


@pytest.mark.parametrize(("name", "field", "value"), changes(edges))
def test_what_is_just_within_the_schema_is_accepted(
    test_key: Caller, name: str, field: str, value: Any
) -> None:
    path, schema = PATHS[name]
    body = {**GOOD[name], field: value}
    assert faults(schema, body) == []

    answer: Any = test_key.post(path, body)

    assert answer.status_code < 300, answer.content


@pytest.mark.parametrize("name", GOOD)
def test_what_is_required_is_missed(test_key: Caller, name: str) -> None:
    path, schema = PATHS[name]
    assert faults(schema, {}) != []
    assert faults(schema, GOOD[name]) == []

    answer: Any = test_key.post(path, {})

    assert answer.status_code == 400
    assert answer.json()["param"] in GOOD[name]
