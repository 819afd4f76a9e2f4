"""Photos in requests: an address to fetch, or the picture itself as base64 or data URI."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from accounts.errors import InvalidRequest

URL_LENGTH = 2048
UPLOAD_MAX_BYTES = 15 * 1024 * 1024
# How the files begin that can be read; whether they are whole is found out by decoding.
_TYPES: Mapping[bytes, tuple[str, str]] = {
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"GIF8": ("image/gif", "gif"),
    b"RIFF": ("image/webp", "webp"),
}
UPLOAD_SIGNATURES = tuple(_TYPES)

_DATA_URI = re.compile(r"data:image/[a-z+.-]+;base64,", re.IGNORECASE)


@dataclass(frozen=True)
class Source:
    """One source picture: an address to fetch, or the bytes that came with the request."""

    url: str = ""
    data: bytes = b""


def picture_type(data: bytes) -> tuple[str, str]:
    """Content type and file name ending of a picture, by how its file begins."""
    for signature, names in _TYPES.items():
        if data.startswith(signature):
            return names
    return "application/octet-stream", "bin"


def is_http_url(value: str) -> bool:
    """Whether `value` has the form of an address that could be fetched. Nothing is contacted."""
    if len(value) > URL_LENGTH or not value.isprintable() or " " in value:
        return False
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def read_photo(value: Any, param: str) -> Source:
    """The photo in a field. Raises InvalidRequest naming `param`."""
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest(
            f"{param} is required: an image URL, base64 or a data URI", param=param
        )
    value = value.strip()
    if value[:8].lower().startswith(("http://", "https://")):
        if not is_http_url(value):
            raise InvalidRequest(f"{param} is not a valid URL", param=param)
        return Source(url=value)
    return Source(data=_decoded(value, param))


def _decoded(value: str, param: str) -> bytes:
    match = _DATA_URI.match(value[:64])
    # Tools that write base64 break it into lines.
    text = "".join((value[match.end() :] if match else value).split())
    if len(text) > UPLOAD_MAX_BYTES * 4 // 3 + 4:
        megabytes = UPLOAD_MAX_BYTES // (1024 * 1024)
        raise InvalidRequest(f"{param} is over {megabytes} MB; send a URL instead", param=param)
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(f"{param} is neither a URL nor valid base64", param=param) from None
    if not data.startswith(UPLOAD_SIGNATURES):
        raise InvalidRequest(f"{param} is not a JPEG, PNG, GIF or WebP picture", param=param)
    return data
