"""JSON as JavaScript writes it: parsing these bytes and stringifying them again changes nothing.

Receivers often verify a signature over `JSON.stringify(body)` instead of the bytes they got. That
works only if the bytes are what `JSON.stringify` would have written.
Source: ECMA-262, JSON.stringify, Number::toString, OrdinaryOwnPropertyKeys.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

_LARGEST_EXACT = 2**53
_LARGEST_INDEX = 2**32 - 2
# Outside these JavaScript writes an exponent.
_LARGEST_PLAIN_EXPONENT = 21
_SMALLEST_PLAIN_EXPONENT = -6


def javascript_json(value: Any) -> bytes:
    """`value` (JSON types, string keys) as UTF-8 without a superfluous byte.

    Raises ValueError for a number that is none, TypeError for anything JSON does not know.
    """
    return _written(value).encode()


def _written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return _number(value)
    if isinstance(value, Mapping):
        members = (f"{_text(key)}:{_written(value[key])}" for key in _ordered(value))
        return "{" + ",".join(members) + "}"
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return "[" + ",".join(_written(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} has no JSON form here")


def _text(value: str) -> str:
    """Escapes are the same on both sides, but a lone surrogate is escaped by JavaScript only."""
    written = json.dumps(value, ensure_ascii=False)
    if written.isascii():
        return written
    return "".join(
        f"\\u{ord(sign):04x}" if "\ud800" <= sign <= "\udfff" else sign for sign in written
    )


def _ordered(value: Mapping[str, Any]) -> list[str]:
    """Keys that look like array indexes come first, by number; the others as they were added."""
    indexes = sorted((key for key in value if _is_index(key)), key=int)
    return [*indexes, *(key for key in value if not _is_index(key))]


def _is_index(key: str) -> bool:
    plain = key.isascii() and key.isdecimal() and len(key) <= 10
    return plain and (key == "0" or key[0] != "0") and int(key) <= _LARGEST_INDEX


def _number(value: int | float) -> str:
    if isinstance(value, int) and abs(value) <= _LARGEST_EXACT:
        return str(int(value))
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is no JSON number")
    if number == 0:
        return "0"
    sign = "-" if number < 0 else ""
    return sign + _positive(abs(number))


def _positive(number: float) -> str:
    """The shortest digits that read back as `number`, laid out as JavaScript does."""
    mantissa, _, exponent = repr(number).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0")
    count = len(digits)
    if count <= point <= _LARGEST_PLAIN_EXPONENT:
        return digits + "0" * (point - count)
    if 0 < point <= _LARGEST_PLAIN_EXPONENT:
        return f"{digits[:point]}.{digits[point:]}"
    if _SMALLEST_PLAIN_EXPONENT < point <= 0:
        return f"0.{'0' * -point}{digits}"
    power = point - 1
    shown = digits[0] + (f".{digits[1:]}" if count > 1 else "")
    return f"{shown}e{'+' if power > 0 else '-'}{abs(power)}"
