"""manage.py create_key: a new API key, printed this once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import keys
from accounts.management.command import JsonCommand, amount, moment, partner_with, positive


class Command(JsonCommand):
    help = "Create an API key for a partner. The key is shown this once."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", required=True, metavar="ID")
        parser.add_argument("--kind", required=True, help="image or management")
        parser.add_argument("--environment", required=True, help="live or test")
        parser.add_argument("--name", default="")
        parser.add_argument("--scope", action="append", default=[], help="repeat for several")
        parser.add_argument("--ip", action="append", default=[], metavar="CIDR")
        parser.add_argument("--expires", type=moment, metavar="ISO-8601")
        parser.add_argument("--rate-minute", type=positive, metavar="N")
        parser.add_argument("--rate-day", type=positive, metavar="N")
        parser.add_argument("--monthly-cap", type=amount, metavar="POINTS")

    def run(self, **options: Any) -> Mapping[str, Any]:
        made = keys.create_key(
            partner=partner_with(options["partner"]),
            kind=options["kind"],
            environment=options["environment"],
            name=options["name"],
            scopes=options["scope"],
            networks=options["ip"],
            expires_at=options["expires"],
            rate_minute=options["rate_minute"],
            rate_day=options["rate_day"],
            monthly_cap=options["monthly_cap"],
        )
        return {"keyId": made.row.pk, "key": made.key}

    def sentence(self, answer: Mapping[str, Any]) -> str:
        return f"Key {answer['keyId']}, shown this once: {answer['key']}"
