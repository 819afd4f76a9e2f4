"""manage.py create_partner: a partner with keys, a log-in and points."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from accounts import partners
from accounts.management.command import JsonCommand, amount, positive
from billing import points


def bucket(text: str) -> tuple[str, Decimal]:
    """`tier:points`, as in starter:5000."""
    tier, colon, number = text.partition(":")
    if not colon:
        raise ArgumentTypeError(f"'{text}' is not of the form tier:points")
    return tier, amount(number)


class Command(JsonCommand):
    help = "Create a partner with an owner, three keys, a webhook secret and points."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True)
        parser.add_argument("--email", required=True)
        parser.add_argument(
            "--bucket", action="append", default=[], type=bucket, metavar="TIER:POINTS"
        )
        parser.add_argument("--rate-minute", type=positive, metavar="N")
        parser.add_argument("--rate-day", type=positive, metavar="N")

    @transaction.atomic
    def run(self, **options: Any) -> Mapping[str, Any]:
        made = partners.create_partner(
            name=options["name"],
            email=options["email"],
            rate_minute=options["rate_minute"],
            rate_day=options["rate_day"],
        )
        for tier, number in options["bucket"]:
            points.grant(partner=made.partner, tier=tier, points=number, reason="First bucket")
        return {
            "partnerId": made.partner.pk,
            "managementKey": made.management_key,
            "liveKey": made.live_key,
            "testKey": made.test_key,
            "webhookSecret": made.webhook_secret,
            "email": made.email,
            "password": made.password,
        }

    def sentence(self, answer: Mapping[str, Any]) -> str:
        login = answer["password"] or "(the password they have)"
        return (
            f"Partner {answer['partnerId']}. Shown this once: management key"
            f" {answer['managementKey']}, live key {answer['liveKey']}, test key"
            f" {answer['testKey']}, webhook secret {answer['webhookSecret']}, log-in"
            f" {answer['email']} {login}"
        )
