"""The terms of an order as its caller names them, checked: tier, operation, mode, pictures."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

from accounts.errors import InvalidRequest
from billing.models import Mode

MOST_PICTURES = 1000
Choice = TypeVar("Choice", bound=Enum)


def known(choices: type[Choice], value: str, param: str) -> Choice:
    """`value` as a member of `choices`; raises InvalidRequest where it is none."""
    try:
        return choices(value)
    except ValueError:
        supported = ", ".join(str(choice.value) for choice in choices)
        raise InvalidRequest(f"Invalid {param}. Supported: {supported}", param=param) from None


def mode(value: str) -> Mode:
    """`value` as a mode; raises InvalidRequest where it is none."""
    return known(Mode, value, "mode")


def pictures(count: int) -> int:
    """`count` if one order may have so many pictures; raises InvalidRequest otherwise."""
    if not 1 <= count <= MOST_PICTURES:
        raise InvalidRequest(f"Count must be between 1 and {MOST_PICTURES}.", param="count")
    return count
