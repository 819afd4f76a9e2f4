"""manage.py set_partner_active: all keys of a partner on or off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from accounts import partners
from accounts.management.command import JsonCommand, partner_with


class Command(JsonCommand):
    help = "Switch a partner on or off."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", required=True, metavar="ID")
        parser.add_argument("state", choices=["on", "off"])

    def run(self, **options: Any) -> Mapping[str, Any]:
        partner = partners.set_active(partner_with(options["partner"]), options["state"] == "on")
        return {"partnerId": partner.pk, "active": partner.active}

    def sentence(self, answer: Mapping[str, Any]) -> str:
        return f"Partner {answer['partnerId']} is {'on' if answer['active'] else 'off'}."
