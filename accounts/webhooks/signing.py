"""Signatures of webhooks: the Standard Webhooks headers on all, a surface's own header beside.

Standard Webhooks signs `id.timestamp.body` with HMAC-SHA256 and writes `v1,` and base64; of
several valid secrets each adds a signature. Source: https://www.standardwebhooks.com (spec 1.0).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

SECRET_PREFIX = "whsec_"  # noqa: S105 (how a secret begins, not one)


@dataclass(frozen=True, slots=True)
class Scheme:
    """A surface's own signature header over the raw body; `form` holds the hex digest."""

    header: str
    form: str = "{}"


SCHEMES: Mapping[str, Scheme] = MappingProxyType(
    {
        "shopiq": Scheme("x-shopiq-signature", "sha256={}"),
        "paqshot": Scheme("X-Paqshot-Signature"),
        "prodvisual": Scheme("X-ProdVisual-Signature"),
    }
)


def secret_bytes(secret: str) -> bytes:
    """The key in a secret: what follows `whsec_` as base64; any other text is a key as it is."""
    if secret.startswith(SECRET_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
        except binascii.Error:
            pass
    return secret.encode()


def standard_headers(
    *, message_id: str, sent_at: datetime, body: bytes, secrets: Sequence[str]
) -> dict[str, str]:
    """webhook-id, webhook-timestamp and webhook-signature; a signature for each valid secret."""
    seconds = str(int(sent_at.timestamp()))
    signed = f"{message_id}.{seconds}.".encode() + body
    signatures = (
        base64.b64encode(hmac.digest(secret_bytes(secret), signed, hashlib.sha256)).decode()
        for secret in secrets
    )
    return {
        "webhook-id": message_id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def own_headers(scheme: str, *, body: bytes, secret: str) -> dict[str, str]:
    """The signature header of a surface, over the raw body with the secret's text as the key.

    None without a scheme or a secret.
    """
    if not scheme or not secret:
        return {}
    known = SCHEMES[scheme]
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {known.header: known.form.format(digest)}
