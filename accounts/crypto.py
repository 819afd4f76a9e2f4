"""Encryption of single fields, and keyed look-up of what is encrypted.

The keys are derived from `settings.FIELD_ENCRYPTION_KEYS` with HKDF-SHA256 (RFC 5869), one for
each context, so that a value moved to another field does not decrypt there. The first setting
encrypts, all of them decrypt; `manage.py reencrypt` moves everything to the first, after which
the old ones can be taken away. `fields.py` has the model fields.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import unicodedata
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Separates our derivations from any other use of the same secret.
_SALT = b"softbox.fields.v1"


class Undecryptable(Exception):
    """No configured key opens this value: a key was lost, or the value belongs elsewhere."""


def _derive(secret: str, purpose: str, context: str) -> bytes:
    """32 bytes for one purpose ("encrypt" or "index") and one context."""
    info = f"{purpose}:{context}".encode()
    return HKDF(algorithm=SHA256(), length=32, salt=_SALT, info=info).derive(secret.encode())


@lru_cache(maxsize=512)
def _fernet(secret: str, context: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive(secret, "encrypt", context)))


@lru_cache(maxsize=512)
def _index_key(secret: str, context: str) -> bytes:
    return _derive(secret, "index", context)


def encrypt(text: str, context: str) -> str:
    """`text` under the first key. Twice the same text gives two different tokens."""
    return _fernet(settings.FIELD_ENCRYPTION_KEYS[0], context).encrypt(text.encode()).decode()


def decrypt(token: str, context: str) -> str:
    """What `encrypt` was given, with whichever key opens it. Raises Undecryptable."""
    keys = MultiFernet([_fernet(secret, context) for secret in settings.FIELD_ENCRYPTION_KEYS])
    try:
        return keys.decrypt(token.encode()).decode()
    except InvalidToken:
        raise Undecryptable(f"no configured key opens this value of {context}") from None


def is_current(token: str, context: str) -> bool:
    """Whether `token` was made with the first key."""
    try:
        _fernet(settings.FIELD_ENCRYPTION_KEYS[0], context).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


def blind_index(value: str, context: str) -> str:
    """64 hex digits that are the same for the same value, and say nothing without the key.

    Normalise the value first. To find rows while keys are being rotated, look for any of
    `blind_indexes`.
    """
    return blind_indexes(value, context)[0]


def blind_indexes(value: str, context: str) -> list[str]:
    """The index of `value` under every configured key, the current one first."""
    return [
        hmac.new(_index_key(secret, context), value.encode(), hashlib.sha256).hexdigest()
        for secret in settings.FIELD_ENCRYPTION_KEYS
    ]


def normalised(value: str) -> str:
    """One spelling of an e-mail address or number: NFKC, no outer spaces, no case."""
    return unicodedata.normalize("NFKC", value).strip().casefold()
