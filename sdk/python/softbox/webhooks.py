"""Is this message really from the server? Standard Webhooks, and the headers of each surface.

Verify the bytes as they came, before parsing them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from softbox.errors import SoftboxError

TOLERANCE_SECONDS = 300
Surface = Literal["shopiq", "paqshot", "prodvisual"]

_SURFACES: Mapping[Surface, tuple[str, str]] = {
    "shopiq": ("x-shopiq-signature", "sha256="),
    "paqshot": ("x-paqshot-signature", ""),
    "prodvisual": ("x-prodvisual-signature", ""),
}
"""Header, and what stands before the hex digest."""


class InvalidSignature(SoftboxError):
    """The message is not from the server, was changed on the way, or is too old."""


def verify(
    body: bytes,
    headers: Mapping[str, str],
    secret: str | Sequence[str],
    *,
    tolerance: float = TOLERANCE_SECONDS,
    now: float | None = None,
) -> Any:
    """The parsed message. `secret` may be several, while one replaces another.

    Its `webhook-id` header is the same for every try: remember it, and a repeat does nothing.

    Raises InvalidSignature.
    Source: https://www.standardwebhooks.com (spec 1.0).
    """
    given = {name.lower(): value for name, value in headers.items()}
    message_id, sent_at = given.get("webhook-id", ""), given.get("webhook-timestamp", "")
    signatures = given.get("webhook-signature", "").split()
    if not (message_id and sent_at.isascii() and sent_at.isdecimal() and signatures):
        raise InvalidSignature("The Standard Webhooks headers are missing")
    if abs((time.time() if now is None else now) - int(sent_at)) > tolerance:
        raise InvalidSignature("The message is too old, or this clock is wrong")
    signed = f"{message_id}.{sent_at}.".encode() + body
    for one in [secret] if isinstance(secret, str) else secret:
        digest = hmac.digest(_key(one), signed, hashlib.sha256)
        expected = b"v1," + base64.b64encode(digest)
        if any(hmac.compare_digest(expected, signature.encode()) for signature in signatures):
            return json.loads(body)
    raise InvalidSignature("No signature fits the secret")


def verify_surface(surface: Surface, body: bytes, headers: Mapping[str, str], secret: str) -> Any:
    """The parsed message of a compatible surface, by that surface's own header.

    `secret` is the webhook secret; for ProdVisual the API key of the request.

    Raises InvalidSignature.
    """
    header, before = _SURFACES[surface]
    given = next((value for name, value in headers.items() if name.lower() == header), "")
    expected = before + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.encode()):
        raise InvalidSignature(f"{header} does not fit the secret")
    return json.loads(body)


def _key(secret: str) -> bytes:
    """What follows `whsec_` as base64; any other text is a key as it is."""
    if secret.startswith("whsec_"):
        try:
            return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error:
            pass
    return secret.encode()
