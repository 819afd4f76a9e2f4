"""manage.py grant_points: a new bucket for a partner."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser
from django.db import transaction

from accounts.management.command import JsonCommand, partner_with
from billing import points
from billing.amounts import show
from billing.management.commands.create_partner import bucket
from billing.models import Entry


def _reason(text: str) -> str:
    longest = Entry._meta.get_field("reason").max_length or 0
    if len(text) > longest:
        raise ArgumentTypeError(f"a reason has at most {longest} characters")
    return text


class Command(JsonCommand):
    help = "Give a partner a bucket of points, used after the buckets that are there."

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("--partner", required=True, metavar="ID")
        parser.add_argument("--bucket", required=True, type=bucket, metavar="TIER:POINTS")
        parser.add_argument("--reason", default="", type=_reason, help="kept in the ledger")

    @transaction.atomic
    def run(self, **options: Any) -> Mapping[str, Any]:
        partner = partner_with(options["partner"])
        tier, number = options["bucket"]
        granted = points.grant(partner=partner, tier=tier, points=number, reason=options["reason"])
        return {"bucketId": granted.pk, "balance": points.balance(partner_id=partner.pk)}

    def sentence(self, answer: Mapping[str, Any]) -> str:
        return f"Bucket {answer['bucketId']} granted; the balance is {show(answer['balance'])}."
