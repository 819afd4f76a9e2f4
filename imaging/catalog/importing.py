"""A whole catalogue made into packshots: each row a product and an order, and each only once.

Rows are read and ordered one at a time, so a file of any length takes no more memory than a short
one, and an import that dies goes on where it was. What makes a row charge once is a constraint of
the database (`ImportedRow`), not this code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from accounts.errors import InvalidRequest, PaymentRequired, ServiceError, Unavailable
from accounts.models import Partner
from billing import quoting
from imaging import recipes, submitting
from imaging.catalog import products
from imaging.catalog.models import ImportedRow, Product
from imaging.catalog.rows import Row, photo_of
from imaging.engines import presets
from imaging.models import ENDED, Generation, Priority, Status
from imaging.photos import read_photo

SURFACE = "import"
MOST_ERRORS = 1000
"""Errors that a report keeps; the others are only counted."""


@dataclass
class Report:
    """How an import went so far. `ordered` rows are paid for, `skipped` ones were before; `failed`
    ones are wrong. `stopped` says why it ended early."""

    rows: int = 0
    ordered: int = 0
    skipped: int = 0
    failed: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    points: Decimal = Decimal(0)
    stopped: str = ""

    def refuse(self, row: Row, message: str) -> None:
        self.failed += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append({"line": row.line, "sku": row.sku, "message": message})


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What is made of every row. `resume` orders again what came to nothing before; `dry_run`
    checks and prices and does nothing else. `folder` is where photos that are files may lie."""

    partner: Partner
    style: str
    resume: bool = False
    dry_run: bool = False
    folder: Path | None = None


def import_catalogue(
    rows: Iterable[Row],
    wishes: Wishes,
    *,
    report: Report | None = None,
    on_row: Callable[[Report], None] = lambda report: None,
    wait: Callable[[], bool] = lambda: False,
) -> Report:
    """Order a packshot of every row that has none yet.

    `on_row` is told after each; `wait` is asked when the queue is full, sleeps, and says whether
    to try again. Stops where points run out; the rows before stay ordered. With the `report` of a
    run that was broken off it goes on after that run's last row. Raises InvalidRequest for an
    unknown style.
    """
    if wishes.style not in presets.styles():
        known = ", ".join(presets.styles())
        raise InvalidRequest(f"Unknown style '{wishes.style}'. Supported: {known}", param="style")
    report, seen = report or Report(), dict[str, int]()
    done = report.rows
    for number, row in enumerate(rows):
        if number < done:
            seen.setdefault(row.sku, row.line)
            continue
        report.rows += 1
        if row.sku and row.sku in seen:
            report.refuse(row, f"sku {row.sku} stands in line {seen[row.sku]} already")
        else:
            seen[row.sku] = row.line
            _take(row, wishes, report, wait)
        on_row(report)
        if report.stopped:
            break
    if wishes.dry_run:
        price = [quoting.Wish("packshot", "fast")] * report.ordered
        report.points = quoting.estimate(partner_id=wishes.partner.pk, wishes=price).total
    return report


def _take(row: Row, wishes: Wishes, report: Report, wait: Callable[[], bool]) -> None:
    """One row into the report, ordered if it must be."""
    while True:
        try:
            ordered = _ordered(row, wishes)
        except PaymentRequired as error:
            report.stopped = error.message
        except Unavailable as error:
            if wait():
                continue
            report.stopped = error.message
        except ServiceError as error:
            report.refuse(row, error.message)
        else:
            if ordered is None:
                report.skipped += 1
            else:
                report.ordered += 1
                report.points += ordered
        return


def _ordered(row: Row, wishes: Wishes) -> Decimal | None:
    """The points held for the row; None where it was ordered before. A dry run holds none."""
    before = (
        ImportedRow.objects.filter(partner=wishes.partner, key=row.key(wishes.style))
        .select_related("generation")
        .first()
    )
    if before is not None and not (wishes.resume and _came_to_nothing(before.generation)):
        return None
    body = _body(row, wishes)
    if wishes.dry_run:
        read_photo(body["image"], "image")
        return Decimal(0)
    product = _product(row.sku, body, wishes.partner)
    return _submitted(row, wishes, product, before)


def _came_to_nothing(generation: Generation) -> bool:
    return generation.status in ENDED and generation.status != Status.SUCCEEDED


def _body(row: Row, wishes: Wishes) -> dict[str, Any]:
    """The row as the API would take the product. Raises InvalidRequest."""
    body = {
        "sku": products.read_sku(row.sku),
        "title": products.read_title(row.title),
        "metadata": _kept(row.metadata),
    }
    return {**body, "image": photo_of(row, wishes.folder)}


def _kept(columns: Mapping[str, str]) -> dict[str, str]:
    """A row's further columns as metadata: as many and as much of each as fits. A shop's export has
    dozens, and descriptions of a page; that is no reason to make no picture."""
    first = islice(columns.items(), recipes.METADATA_MAX)
    longest, long = recipes.METADATA_KEY_MAX, recipes.METADATA_VALUE_MAX
    return {name[:longest]: value[:long] for name, value in first}


def _product(sku: str, body: Mapping[str, Any], partner: Partner) -> Product:
    """The product of that sku, as the row has it."""
    found = partner.products.filter(sku=sku).first()
    if found is None:
        return products.add(partner=partner, body=body)
    found.partner = partner
    return products.change(found, body)


def _submitted(
    row: Row, wishes: Wishes, product: Product, before: ImportedRow | None
) -> Decimal | None:
    """Order and note the row together; None where another import of it came first."""
    metadata = {"sku": row.sku, **_kept(row.metadata)}
    if len(metadata) > recipes.METADATA_MAX:  # the product has it all
        metadata.pop("sku")
    order = recipes.packshot_order(
        {"productId": str(product.pk), "style": wishes.style, "metadata": metadata}
    )
    key = row.key(wishes.style)
    try:
        with transaction.atomic():
            generation = submitting.submit(
                submitting.checked(order, wishes.partner),
                partner=wishes.partner,
                surface=SURFACE,
                priority=Priority.BATCH,
            )
            if before is None:
                ImportedRow.objects.create(partner=wishes.partner, key=key, generation=generation)
            elif not ImportedRow.objects.filter(pk=before.pk, generation=before.generation).update(
                generation=generation
            ):
                raise IntegrityError("another import was faster")
    except IntegrityError:
        return None
    return generation.points_held
