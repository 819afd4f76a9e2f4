"""manage.py import_catalog: a packshot of every row of a CSV file, each once."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser
from tqdm import tqdm

from accounts.management.command import Error, JsonCommand, partner_with
from billing.amounts import show
from imaging.catalog import rows
from imaging.catalog.importing import Report, Wishes, import_catalogue

_PATIENCE_SECONDS = 5.0


class Command(JsonCommand):
    help = (
        "Order a packshot of every row of a CSV file (columns sku, title, image; others become "
        "metadata). The same file again orders and charges nothing twice."
    )

    def add_options(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--partner", required=True, metavar="ID")
        parser.add_argument("--style", required=True, metavar="STYLE")
        parser.add_argument(
            "--resume", action="store_true", help="order again what came to nothing before"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="check and price every row, order nothing"
        )

    def run(self, **options: Any) -> Mapping[str, Any]:
        file: Path = options["file"]
        partner = partner_with(options["partner"])
        if not partner.active:  # what is ordered would be cancelled within a minute
            raise Error(f"partner {partner.pk} is inactive")
        wishes = Wishes(
            partner=partner,
            style=options["style"],
            resume=options["resume"],
            dry_run=options["dry_run"],
            folder=file.parent,
        )
        with tqdm(total=rows.count_rows(file), unit="row", file=sys.stderr) as bar:
            report = import_catalogue(rows.read_rows(file), wishes, on_row=_Teller(bar), wait=_wait)
        answer = {**asdict(report), "dryRun": options["dry_run"]}
        if report.stopped:
            self.tell(answer, as_json=options["json"])
            raise Error(f"stopped: {report.stopped} Run it again to go on from there.")
        return answer

    def sentence(self, answer: Mapping[str, Any]) -> str:
        would = "would be " if answer["dryRun"] else ""
        return (
            f"{answer['rows']} rows: {answer['ordered']} {would}ordered for"
            f" {show(answer['points'])} points, {answer['skipped']} were before,"
            f" {answer['failed']} are wrong."
        )


class _Teller:
    """Moves the bar, and writes each new error above it."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._told = 0

    def __call__(self, report: Report) -> None:
        for error in report.errors[self._told :]:
            self._bar.write(
                f"line {error['line']} ({error['sku'] or 'no sku'}): {error['message']}",
                file=sys.stderr,
            )
        self._told = len(report.errors)
        self._bar.update()


def _wait() -> bool:
    """The queue is full: workers need a while."""
    time.sleep(_PATIENCE_SECONDS)
    return True
