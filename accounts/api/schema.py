"""Words to write JSON Schema with: short, typed, and nothing that JSON Schema does not have.

Source: JSON Schema 2020-12, the dialect of OpenAPI 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Schema = dict[str, Any]


def text(about: str = "", **keywords: Any) -> Schema:
    """A string; `keywords` are JSON Schema's own, such as minLength, pattern, format, examples."""
    return _typed("string", about, keywords)


def choice(values: Sequence[str], about: str = "", **keywords: Any) -> Schema:
    """One of some strings."""
    return _typed("string", about, {"enum": list(values), **keywords})


def whole(about: str = "", **keywords: Any) -> Schema:
    """An integer; minimum and maximum are both allowed values."""
    return _typed("integer", about, keywords)


def number(about: str = "", **keywords: Any) -> Schema:
    """A number, such as points in quarter steps."""
    return _typed("number", about, keywords)


def truth(about: str = "", **keywords: Any) -> Schema:
    """True or false."""
    return _typed("boolean", about, keywords)


def moment(about: str = "") -> Schema:
    """A time as `accounts.api.envelope.iso` writes it."""
    return text(about, format="date-time", examples=["2026-03-01T10:30:00.000Z"])


def address(about: str = "", **keywords: Any) -> Schema:
    """An http or https address."""
    return text(about, format="uri", **keywords)


def many(item: Schema, about: str = "", **keywords: Any) -> Schema:
    """A list; `keywords` such as minItems and maxItems."""
    return _typed("array", about, {"items": item, **keywords})


def table(value: Schema, about: str = "", **keywords: Any) -> Schema:
    """An object whose names are not known beforehand."""
    return _typed("object", about, {"additionalProperties": value, **keywords})


def anything(about: str = "") -> Schema:
    """An object of which nothing is promised."""
    return _typed("object", about, {"additionalProperties": True})


def record(
    fields: Mapping[str, Schema],
    about: str = "",
    *,
    optional: Sequence[str] = (),
    required: Sequence[str] | None = None,
    **keywords: Any,
) -> Schema:
    """An object with named fields. All are required but the `optional` ones; where `required`
    is given, it alone says which (shorter for requests). Raises ValueError for a name that is no
    field."""
    needed = [name for name in fields if name not in optional] if required is None else required
    if strangers := {*optional, *needed} - set(fields):
        raise ValueError(f"no such fields: {sorted(strangers)}")
    parts: Schema = {"properties": dict(fields)}
    if needed:
        parts["required"] = list(needed)
    return _typed("object", about, {**parts, **keywords})


def ref(name: str) -> Schema:
    """The schema of that name among the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def or_null(schema: Schema) -> Schema:
    """`schema`, or null."""
    if "$ref" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    return {**schema, "type": [schema["type"], "null"], **values}


def either(*schemas: Schema) -> Schema:
    """Any of several."""
    return {"anyOf": list(schemas)}


def _typed(name: str, about: str, keywords: Mapping[str, Any]) -> Schema:
    return {"type": name, **({"description": about} if about else {}), **keywords}
