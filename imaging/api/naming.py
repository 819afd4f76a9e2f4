"""Names as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def camel_case(facts: Mapping[str, Any]) -> dict[str, Any]:
    """`facts` with its keys in camelCase (aspect_ratio: aspectRatio); values are left alone."""
    return {camel(name): value for name, value in facts.items()}


def camel(name: str) -> str:
    """One name in camelCase."""
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
