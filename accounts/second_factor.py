"""Second factors: the secrets behind codes lie encrypted, under keys that rotate like others."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator

from accounts import crypto
from accounts.reencryption import Moved

CONTEXT = "mfa.authenticator.data"
_SECRET_FIELDS = ("secret", "seed", "migrated_codes")


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth asks this before it stores a secret and after it read one."""

    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text, CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.decrypt(encrypted_text, CONTEXT)


def reencrypt() -> Moved:
    """Move every secret to the first key. Raises Undecryptable."""
    checked = moved = 0
    for row in Authenticator.objects.all():
        data, before = dict(row.data), moved
        for name in _SECRET_FIELDS:
            if not data.get(name):
                continue
            checked += 1
            fresh = _fresh(data[name])
            moved += fresh != data[name]
            data[name] = fresh
        if moved != before:
            Authenticator.objects.filter(pk=row.pk, data=row.data).update(data=data)
    return Moved(checked=checked, moved=moved)


def _fresh(value: Any) -> Any:
    if isinstance(value, list):
        return [_fresh(item) for item in value]
    if crypto.is_current(value, CONTEXT):
        return value
    return crypto.encrypt(crypto.decrypt(value, CONTEXT), CONTEXT)
