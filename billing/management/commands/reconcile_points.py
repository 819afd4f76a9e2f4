"""manage.py reconcile_points: do buckets, entries and holds agree?"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandParser

from accounts.management.command import Error, PlainCommand, database_refusals
from billing import points
from billing.amounts import show


class Command(PlainCommand):
    """Prints one JSON object or one line for each discrepancy; exit status 1 if there is any."""

    help = "Compare buckets and holds with the ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        with database_refusals():
            found = points.reconcile()
        if options["json"]:
            rows = [
                {
                    **asdict(wrong),
                    "partner_id": str(wrong.partner_id),
                    "expected": show(wrong.expected),
                    "found": show(wrong.found),
                }
                for wrong in found
            ]
            self.stdout.write(json.dumps({"discrepancies": rows}))
        else:
            for wrong in found:
                self.stdout.write(
                    f"{wrong.what} {wrong.subject} of partner {wrong.partner_id}: "
                    f"the ledger says {show(wrong.expected)}, found {show(wrong.found)}"
                )
        if found:
            raise Error(f"{len(found)} numbers do not agree with the ledger")
        if not options["json"]:
            self.stdout.write("Buckets, holds and ledger agree.")
