"""The token of an on-demand picture: a whole order, signed, in the address itself.

Whoever holds it may see the one picture that it stands for, and nothing else can be asked with
it: the order is the partner's, checked when the token was made.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.crypto import salted_hmac

LONGEST = 8000
"""Characters; longer addresses are cut by browsers and caches."""
_SALT = "imaging.render_tokens"
_MAC_DIGITS = 32


@dataclass(frozen=True, kw_only=True)
class Token:
    """What a token says. `body` is the order as its endpoint takes it; its points are taken under
    the key `key_id`, whose cap they count for."""

    text: str
    partner_id: UUID
    key_id: UUID
    operation: str
    body: Mapping[str, Any]
    stand_in_url: str
    test: bool

    @property
    def digest(self) -> str:
        """sha256 hex, under which the picture is kept."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def issue(
    *,
    partner_id: UUID,
    key_id: UUID,
    operation: str,
    body: Mapping[str, Any],
    stand_in_url: str = "",
    test: bool = False,
) -> str:
    """The token of an order that has been checked. The same order has the same token."""
    facts = [partner_id.hex, key_id.hex, operation, dict(body), stand_in_url, test]
    text = json.dumps(facts, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    packed = base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode().rstrip("=")
    return f"{packed}.{_mac(packed)}"


def read(text: str) -> Token | None:
    """What a token of ours says; None for any other text."""
    packed, _, given = text.rpartition(".")
    if len(text) > LONGEST or not text.isascii() or not hmac.compare_digest(given, _mac(packed)):
        return None
    try:
        raw = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        partner, key, operation, body, stand_in_url, test = json.loads(raw)
    except (binascii.Error, zlib.error, ValueError):  # of an earlier version
        return None
    return Token(
        text=text,
        partner_id=UUID(partner),
        key_id=UUID(key),
        operation=operation,
        body=body,
        stand_in_url=stand_in_url,
        test=test,
    )


def _mac(packed: str) -> str:
    return salted_hmac(_SALT, packed, algorithm="sha256").hexdigest()[:_MAC_DIGITS]
