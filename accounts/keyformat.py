"""What an API key looks like, and how a mistyped one is told from a real one.

    <prefix>_<live|test|mgmt>_<43 base62 digits: 256 random bits><6 base62 digits: checksum>

The checksum is the CRC-32 of everything before it, so a typo or a cut-off copy is refused
without a look-up, and a secret scanner knows a real key from something alike (`PATTERN`). It
proves nothing: only the hash in the database does.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib
from dataclasses import dataclass

_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SECRET_BYTES = 32
_SECRET_DIGITS = 43  # 62 ** 43 is just above 2 ** 256
_CHECKSUM_DIGITS = 6  # 62 ** 6 is above 2 ** 32

PATTERN = re.compile(
    rf"([a-z][a-z0-9]{{0,15}})_(live|test|mgmt)_[0-9A-Za-z]{{{_SECRET_DIGITS + _CHECKSUM_DIGITS}}}",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A well-formed key: what its prefix claims, and the hash to look it up by."""

    label: str
    hash: str
    hint: str


def _base62(number: int, digits: int) -> str:
    """`number` in base 62, left-padded with zeros to `digits` places."""
    places = []
    for _ in range(digits):
        number, place = divmod(number, 62)
        places.append(_DIGITS[place])
    return "".join(reversed(places))


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode("ascii")), _CHECKSUM_DIGITS)


def mint(*, prefix: str, label: str) -> str:
    """A new key. `label` is live, test or mgmt."""
    secret = int.from_bytes(secrets.token_bytes(_SECRET_BYTES), "big")
    body = f"{prefix}_{label}_{_base62(secret, _SECRET_DIGITS)}"
    key = body + _checksum(body)
    if not PATTERN.fullmatch(key):
        raise ValueError(f"API_KEY_PREFIX {prefix!r} must be 1-16 of a-z and 0-9, a letter first")
    return key


def parse(key: str) -> ParsedKey | None:
    """The parts of a well-formed key with a right checksum, None for anything else.

    Any prefix passes: keys outlive a change of API_KEY_PREFIX.
    """
    shape = PATTERN.fullmatch(key)
    if shape is None or _checksum(key[:-_CHECKSUM_DIGITS]) != key[-_CHECKSUM_DIGITS:]:
        return None
    return ParsedKey(label=shape[2], hash=hash_of(key), hint=hint_of(key))


def hash_of(key: str) -> str:
    """SHA-256 in hex: with 256 random bits behind it, a slow hash would protect nothing more."""
    return hashlib.sha256(key.encode("ascii")).hexdigest()


def hint_of(key: str) -> str:
    """What may be shown of a key: its prefix and its last four."""
    return f"{key[: key.rindex('_') + 1]}…{key[-4:]}"
