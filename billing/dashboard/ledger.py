"""A partner's ledger as a statement: each movement, newest first, with the balance after it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from accounts.dashboard.spreadsheets import cell
from accounts.models import Partner
from billing.models import Entry

PAGE = 50
COLUMNS = ("date", "kind", "reason", "bucket", "job", "points", "balance")


@dataclass(frozen=True, slots=True)
class Line:
    """One entry and the partner's balance once it was made."""

    id: int
    at: datetime
    kind: str
    words: str
    bucket_id: int
    job: str
    points: Decimal
    balance: Decimal


def _entries(partner: Partner) -> QuerySet[Entry]:
    return Entry.objects.filter(bucket__partner=partner)


def page(partner: Partner, *, before: int | None = None) -> tuple[list[Line], int | None]:
    """Up to PAGE lines before the entry `before`, and where the next page begins."""
    found = _newest(partner, before)
    if not found:
        return [], None
    balance = _balance_after(partner, found[0])
    lines = []
    for entry in found[:PAGE]:
        lines.append(_line(entry, balance))
        balance -= entry.points
    return lines, lines[-1].id if len(found) > PAGE else None


def _newest(partner: Partner, before: int | None) -> list[Entry]:
    """The newest PAGE + 1 entries, or those before `before`, read from each bucket's own end.

    Once it is known where the page ends at the latest, at most so many of each bucket are read,
    however much others have written since.
    """
    rows = Entry.objects.all() if before is None else Entry.objects.filter(id__lt=before)
    last = rows.filter(bucket=OuterRef("pk")).order_by("-id").values("id")[PAGE : PAGE + 1]
    ends = dict(partner.buckets.annotate(end=Subquery(last)).values_list("pk", "end"))
    latest = max((end for end in ends.values() if end is not None), default=0)
    page = rows.filter(bucket__in=list(ends), id__gte=latest).select_related("hold")
    # The sum keeps PostgreSQL from walking everybody's entries backwards by their primary key.
    return list(page.order_by((F("id") + 0).desc())[: PAGE + 1])


def _balance_after(partner: Partner, entry: Entry) -> Decimal:
    """What there was once `entry` was made: what is left now, less what came since.

    One statement, so that both are of the same moment. Whoever looks at the newest lines, as most
    do, reads no older ones for it.
    """
    since = Entry.objects.filter(bucket=OuterRef("pk"), id__gt=entry.pk).order_by()
    moved = Subquery(since.values("bucket").values(total=Sum("points")))
    buckets = partner.buckets.annotate(left=F("remaining") - Coalesce(moved, Decimal(0)))
    return sum(buckets.values_list("left", flat=True), Decimal(0))


def _line(entry: Entry, balance: Decimal) -> Line:
    return Line(
        id=entry.pk,
        at=entry.created_at,
        kind=entry.kind,
        words=_words(entry),
        bucket_id=entry.bucket_id,
        job=str(entry.hold_id or ""),
        points=entry.points,
        balance=balance,
    )


def _words(entry: Entry) -> str:
    """What an entry was for."""
    if entry.reason:
        return entry.reason
    if entry.hold is None:
        return ""
    count = f", {entry.hold.count} pictures" if entry.hold.count > 1 else ""
    return f"{entry.hold.operation} ({entry.hold.mode}{count})"


class _Echo:
    """A file whose `write` hands the line back, so that a response can be streamed."""

    def write(self, text: str) -> str:
        return text


def as_csv(partner: Partner) -> Iterator[str]:
    """The whole ledger, oldest first, a line at a time."""
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(COLUMNS)
    balance = Decimal(0)
    rows = _entries(partner).select_related("hold").order_by("id")
    for entry in rows.iterator(chunk_size=2000):
        balance += entry.points
        line = _line(entry, balance)
        yield writer.writerow(
            [
                line.at.isoformat(),
                line.kind,
                cell(line.words),
                line.bucket_id,
                line.job,
                line.points,
                line.balance,
            ]
        )
