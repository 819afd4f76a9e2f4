"""manage.py revoke_key: an API key works no more."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.core.management.base import CommandParser

from accounts import keys
from accounts.api.envelope import iso
from accounts.management.command import Error, JsonCommand
from accounts.models import ApiKey


class Command(JsonCommand):
    help = "Revoke an API key, from the next request on."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("key_id", metavar="KEY_ID")

    def run(self, **options: Any) -> Mapping[str, Any]:
        try:
            key = ApiKey.objects.select_related("partner").get(pk=UUID(options["key_id"]))
        except (ValueError, ApiKey.DoesNotExist):
            raise Error(f"there is no key {options['key_id']}") from None
        return {"keyId": key.pk, "revokedAt": keys.revoke(key).revoked_at}

    def sentence(self, answer: Mapping[str, Any]) -> str:
        return f"Key {answer['keyId']} is revoked since {iso(answer['revokedAt'])}."
