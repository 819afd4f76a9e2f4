"""manage.py reencrypt: after a new first key in FIELD_ENCRYPTION_KEYS, before dropping the old."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from accounts import reencryption, second_factor
from accounts.crypto import Undecryptable
from accounts.management.command import Error, JsonCommand


class Command(JsonCommand):
    help = "Encrypt every field with the first of FIELD_ENCRYPTION_KEYS."

    def run(self, **options: Any) -> Mapping[str, Any]:
        try:
            fields, factors = reencryption.reencrypt_all(), second_factor.reencrypt()
        except Undecryptable as error:
            raise Error(str(error)) from None
        return {"checked": fields.checked + factors.checked, "moved": fields.moved + factors.moved}

    def sentence(self, answer: Mapping[str, Any]) -> str:
        return f"{answer['checked']} fields checked, {answer['moved']} moved to the first key."
