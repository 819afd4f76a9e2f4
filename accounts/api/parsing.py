"""JSON bodies: read strictly, refused with a plain 4xx, never with a traceback."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from django.http import HttpRequest, RawPostDataException
from rest_framework.parsers import BaseParser

from accounts.errors import InvalidRequest, PayloadTooLarge, UnsupportedMediaType

_NOT_JSON = "Request body must be valid JSON"
_SURROGATES = range(0xD800, 0xE000)


def _refuse_constant(name: str) -> float:
    raise InvalidRequest(f"{_NOT_JSON}: {name} is not a JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise InvalidRequest(f"{_NOT_JSON}: a number is out of range")
    return number


_decode = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite).decode


def parse_json(raw: bytes) -> Any:
    """The JSON value of `raw` (UTF-8). Raises InvalidRequest.

    Refused beyond bad syntax: NaN and Infinity, numbers no float holds, NUL and lone surrogates in
    text (no database column takes them), nesting deeper than the interpreter can follow. Of a
    repeated name the last value counts.
    """
    try:
        value = _decode(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidRequest(f"{_NOT_JSON} in UTF-8") from None
    except RecursionError:
        raise InvalidRequest(f"{_NOT_JSON}: it is nested too deeply") from None
    except ValueError:  # bad syntax, or an integer of thousands of digits
        raise InvalidRequest(_NOT_JSON) from None
    # Both can only come in as an escape: raw they are refused above.
    if b"\\u" in raw:
        _refuse_unstorable_text(value)
    return value


def _refuse_unstorable_text(value: Any) -> None:
    """Raises InvalidRequest if any text in `value`, names included, has NUL or a surrogate."""
    pending = [value]
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            pending.extend(one.keys())
            pending.extend(one.values())
        elif isinstance(one, list):
            pending.extend(one)
        elif isinstance(one, str):
            if "\0" in one:
                raise InvalidRequest(f"{_NOT_JSON}: text has a NUL character")
            if not one.isascii() and any(ord(character) in _SURROGATES for character in one):
                raise InvalidRequest(f"{_NOT_JSON}: text has half of a surrogate pair")


def raw_body(request: HttpRequest, *, limit: int | None = None) -> bytes:
    """The bytes of the body, at most `limit` (default DATA_UPLOAD_MAX_MEMORY_SIZE).

    Refused by its Content-Length before it is read. Raises PayloadTooLarge.
    """
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE if limit is None else limit
    if _declared_length(request.META) > most:
        raise PayloadTooLarge(f"Request body is too large: at most {most} bytes")
    if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
        return _chunked_body(request, most)
    return request.body


def _declared_length(meta: Mapping[str, Any]) -> int:
    text = str(meta.get("CONTENT_LENGTH") or "0")
    return int(text) if text.isdecimal() else 0


def _chunked_body(request: HttpRequest, most: int) -> bytes:
    """A body without a length, which Django by itself reads as empty."""
    if not request.META.get("wsgi.input_terminated") or request.META.get("CONTENT_LENGTH"):
        return request.body
    if not hasattr(request, "_body"):
        content: bytes = request.META["wsgi.input"].read(most + 1)
        if len(content) > most:
            raise PayloadTooLarge(f"Request body is too large: at most {most} bytes")
        request._body = content
    try:
        return request.body
    except RawPostDataException:
        raise InvalidRequest("The request could not be read") from None


def require_json(request: HttpRequest) -> None:
    """Raises UnsupportedMediaType unless the body is declared as plain JSON in UTF-8."""
    subtype = (request.content_type or "").lower()
    charset = (request.content_params or {}).get("charset", "utf-8").lower()
    if subtype != "application/json" and not (
        subtype.startswith("application/") and subtype.endswith("+json")
    ):
        raise UnsupportedMediaType("Content-Type must be application/json")
    if request.META.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in (
        "",
        "identity",
    ):
        raise UnsupportedMediaType("Compressed bodies are not read; send the JSON as it is")
    if charset.strip("'\"") not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedMediaType("JSON must be sent in UTF-8")


def object_body(request: HttpRequest, *, limit: int | None = None) -> dict[str, Any]:
    """The JSON object a request carries. Raises InvalidRequest and the two errors above."""
    raw = raw_body(request, limit=limit)
    if raw:  # nothing has no type
        require_json(request)
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise InvalidRequest("Request body must be a JSON object")
    return value


class StrictJSONParser(BaseParser):
    """The same rules for plain REST framework views."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        return parse_json(stream.read())
