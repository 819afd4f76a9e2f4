"""Names as the API writes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def camel_case(facts: Mapping[str, Any]) -> dict[str, Any]:
    """`facts` with its keys in camelCase (aspect_ratio: aspectRatio); values are left alone."""
    return {_camel(name): value for name, value in facts.items()}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)
