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


class PhotoTooLarge(InvalidRequest):
    """A photo has more bytes than its surface takes."""

    code = "image_too_large"


class PhotoTypeUnsupported(InvalidRequest):
    """A photo is of a type that its surface does not take."""

    code = "unsupported_image"


@dataclass(frozen=True)
class Rules:
    """What a surface takes for a photo: bytes at most, and content types."""

    most_bytes: int
    types: tuple[str, ...]

    def check(self, data: bytes, *, param: str | None = None) -> None:
        """Raises PhotoTooLarge or PhotoTypeUnsupported where the file breaks the rules."""
        if len(data) > self.most_bytes:
            raise self.too_large(param)
        kind = picture_type(data)[0]
        other_riff = kind == "image/webp" and data[8:12] != b"WEBP"
        if kind not in self.types or other_riff:
            names = ", ".join(name.removeprefix("image/").upper() for name in self.types)
            raise PhotoTypeUnsupported(f"The image must be one of {names}", param=param)

    def too_large(self, param: str | None = None) -> PhotoTooLarge:
        """The refusal of a file over the limit."""
        megabytes = self.most_bytes // (1024 * 1024)
        return PhotoTooLarge(f"The image exceeds {megabytes} MB", param=param)


_STRICT = Rules(10 * 1024 * 1024, ("image/jpeg", "image/png", "image/webp"))
RULES: Mapping[str, Rules] = {"paqshot": _STRICT, "prodvisual": _STRICT}
"""Surface -> the rules that its documentation has beyond ours."""


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


def read_photo(value: Any, param: str, *, rules: Rules | None = None) -> Source:
    """The photo in a field. Raises InvalidRequest naming `param`.

    `rules` of a surface are met here by a picture that came along (or PhotoTooLarge or
    PhotoTypeUnsupported is raised), by one behind an address when it is fetched.
    """
    if not isinstance(value, str) or not value.strip():
        raise InvalidRequest(
            f"{param} is required: an image URL, base64 or a data URI", param=param
        )
    value = value.strip()
    if value[:8].lower().startswith(("http://", "https://")):
        if not is_http_url(value):
            raise InvalidRequest(f"{param} is not a valid URL", param=param)
        return Source(url=value)
    if rules is None:
        return Source(data=_decoded(value, param))
    data = _unpacked(value, param, most=rules.most_bytes)
    if data is None:
        raise rules.too_large(param)
    rules.check(data, param=param)
    return Source(data=data)


def _decoded(value: str, param: str) -> bytes:
    data = _unpacked(value, param, most=UPLOAD_MAX_BYTES)
    if data is None:
        megabytes = UPLOAD_MAX_BYTES // (1024 * 1024)
        raise InvalidRequest(f"{param} is over {megabytes} MB; send a URL instead", param=param)
    if not data.startswith(UPLOAD_SIGNATURES):
        raise InvalidRequest(f"{param} is not a JPEG, PNG, GIF or WebP picture", param=param)
    return data


def _unpacked(value: str, param: str, *, most: int) -> bytes | None:
    """The bytes in base64, with or without a data URI around it; None for more than `most`."""
    match = _DATA_URI.match(value[:64])
    # Tools that write base64 break it into lines.
    text = "".join((value[match.end() :] if match else value).split())
    if len(text) > most * 4 // 3 + 4:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidRequest(f"{param} is neither a URL nor valid base64", param=param) from None
