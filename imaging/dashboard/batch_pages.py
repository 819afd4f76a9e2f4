"""Batches: what was ordered together, how far it is, and each item's picture or error."""

from __future__ import annotations

import csv
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import audit
from accounts.api import pagination
from accounts.dashboard.access import Visit, page
from accounts.dashboard.spreadsheets import cell
from accounts.errors import NotFound
from accounts.models import Partner
from imaging import jobs
from imaging.api.batch_answers import batch_state
from imaging.dashboard.pictures import Tile, tiles
from imaging.models import LIVE, Asset, Batch, Generation, Status
from imaging.refusals import refusal
from imaging.storage import public_url

PER_PAGE = 20
ITEMS_SHOWN = 200
"""A batch over the API has at most fifty; surfaces of others may bring more."""


@dataclass(frozen=True)
class Standing:
    """A batch in the list: its counts and what its items cost so far."""

    batch: Batch
    state: dict[str, Any]
    points: Any
    name: str


@dataclass(frozen=True)
class Item:
    """One order of a batch."""

    tile: Tile
    number: int
    problem: str


@page(read="see")
def batch_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Newest first."""
    asked = pagination.read_page(request)
    rows = Batch.objects.filter(partner=visit.partner)
    found, cursor = pagination.take(rows, pagination.Page(limit=PER_PAGE, after=asked.after))
    context = {
        "batches": standings(found),
        "cursor": cursor,
        "first": asked.after is None,
        "visit": visit,
    }
    return render(request, "imaging/batches.html", context)


def standings(found: Sequence[Batch]) -> list[Standing]:
    """The counts of these batches, in one query."""
    counts: dict[uuid.UUID, Counter[str]] = {batch.pk: Counter() for batch in found}
    cost: dict[uuid.UUID, Any] = dict.fromkeys(counts, 0)
    rows = Generation.objects.filter(batch__in=found).values("batch_id", "status")
    for row in rows.annotate(number=Count("pk"), points=Sum("points_used")).order_by():
        counts[row["batch_id"]][row["status"]] = row["number"]
        cost[row["batch_id"]] += row["points"] or 0
    return [
        Standing(one, batch_state(one, counts[one.pk]), cost[one.pk], name_of(one)) for one in found
    ]


def name_of(batch: Batch) -> str:
    """What its own metadata calls it, else the beginning of its id."""
    said = batch.metadata.get("name") or batch.metadata.get("title")
    return str(said or f"Batch {str(batch.pk)[:8]}")


def find(partner: Partner, batch_id: uuid.UUID) -> Batch:
    """The partner's batch. NotFound, also for another partner's."""
    found = Batch.objects.filter(partner=partner, pk=batch_id).first()
    if found is None:
        raise NotFound("There is no such batch.")
    return found


@page(read="see")
def batch(request: HttpRequest, visit: Visit, batch_id: uuid.UUID) -> HttpResponse:
    """One batch; htmx asks for its items alone, once a second while it runs."""
    row = find(visit.partner, batch_id)
    context = {"visit": visit, **_shown(row)}
    part = bool(request.htmx)  # type: ignore[attr-defined]  # django-htmx
    return render(request, "imaging/batch_items.html" if part else "imaging/batch.html", context)


def _shown(row: Batch) -> dict[str, Any]:
    found = list(_items(row).prefetch_related("assets")[:ITEMS_SHOWN])
    [standing] = standings([row])
    return {
        "row": row,
        "standing": standing,
        "running": standing.state["status"] == "processing",
        "items": [
            Item(tile, (tile.row.position or 0) + 1, _problem(tile.row)) for tile in tiles(found)
        ],
    }


def _items(row: Batch) -> Any:
    return Generation.objects.filter(partner=row.partner_id, batch=row).order_by("position")


def _problem(row: Generation) -> str:
    return refusal(row).message if row.ended and row.status != Status.SUCCEEDED else ""


@page(write="make")
def cancel(request: HttpRequest, visit: Visit, batch_id: uuid.UUID) -> HttpResponse:
    """Cancel whatever has not ended; its points come back."""
    row = find(visit.partner, batch_id)
    waiting = _items(row).filter(status__in=LIVE).values_list("pk", flat=True)
    stopped = sum(jobs.cancel(each) for each in list(waiting))
    if stopped:
        audit.record(
            action="batch.cancelled",
            target=str(row.pk),
            partner=visit.partner,
            facts={"cancelled": stopped},
            **visit.acting,
        )
        messages.success(request, f"{stopped} cancelled. Their points are back.")
    else:
        messages.error(request, "Everything in it had ended already.")
    return redirect("dashboard-batch", row.pk)


@page(read="see")
def results(request: HttpRequest, visit: Visit, batch_id: uuid.UUID) -> HttpResponse:
    """What became of every item, as a CSV file."""
    row = find(visit.partner, batch_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="batch-{str(row.pk)[:8]}.csv"'
    writer = csv.writer(response)
    writer.writerow(["index", "generationId", "status", "imageUrl", "points", "error", "page"])
    writer.writerows(_lines(row))
    return response


def _lines(row: Batch) -> Iterator[list[Any]]:
    for item in _items(row).prefetch_related("assets"):
        item.partner = row.partner
        outputs = [asset for asset in item.assets.all() if asset.kind == Asset.Kind.OUTPUT]
        first = min(outputs, key=lambda asset: asset.position, default=None)
        yield [
            item.position,
            item.pk,
            item.status,
            public_url(first) if first else "",
            item.points_used,
            cell(_problem(item)),
            f"{settings.PUBLIC_URL}/dashboard/gallery/{item.pk}/",
        ]
