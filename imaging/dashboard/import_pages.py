"""A catalogue as a CSV file: uploaded, its columns chosen, checked and priced, then ordered."""

from __future__ import annotations

import csv
import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.api import pagination
from accounts.dashboard.access import Visit, page
from accounts.dashboard.spreadsheets import cell
from accounts.errors import Conflict, InvalidRequest, ServiceError
from billing import points
from imaging.catalog import import_slices, imports
from imaging.catalog.models import CatalogueImport
from imaging.engines import presets

PER_PAGE = 20
FIELDS = (
    ("sku", "Your article number", True),
    ("title", "The product's name", False),
    ("image", "The photo: an address that starts with http", True),
)
STYLE = "studio_packshot"
Status = CatalogueImport.Status


@page(read="see", write="make", back="dashboard-imports")
def import_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Earlier imports, newest first, and the upload of another."""
    if request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            raise InvalidRequest("Choose a file first.", param="file")
        imports.check_size(file.size or 0)
        made = imports.receive(
            partner=visit.partner,
            name=file.name or "catalogue.csv",
            data=file.read(),
            actor=visit.user.email,
        )
        return redirect("dashboard-import", made.pk)
    asked = pagination.read_page(request)
    rows = visit.partner.catalogue_imports.all()
    found, cursor = pagination.take(rows, pagination.Page(limit=PER_PAGE, after=asked.after))
    context = {
        "imports": [(row, _percent(row)) for row in found],
        "cursor": cursor,
        "first": asked.after is None,
        "most_megabytes": imports.MOST_BYTES // (1024 * 1024),
        "most_rows": imports.MOST_ROWS,
        "visit": visit,
    }
    return render(request, "imaging/imports.html", context)


@page(read="see", write="make")
def one_import(request: HttpRequest, visit: Visit, import_id: uuid.UUID) -> HttpResponse:
    """One import: its columns, then its report. POST has every row checked."""
    row = imports.find(visit.partner, import_id)
    if request.method == "POST":
        columns = {field: request.POST.get(field, "") for field, _, _ in FIELDS}
        try:
            imports.check(row, columns=columns, style=request.POST.get("style", ""))
        except ServiceError as error:
            messages.error(request, error.message)
        return redirect("dashboard-import", row.pk)
    choosing = row.status == Status.UPLOADED or "columns" in request.GET
    if choosing and row.path and row.status in (Status.UPLOADED, Status.CHECKED, Status.STOPPED):
        return render(request, "imaging/import_columns.html", _choice(row, visit))
    context = {"visit": visit, **_shown(row)}
    part = bool(request.htmx)  # type: ignore[attr-defined]  # django-htmx
    return render(
        request, "imaging/import_standing.html" if part else "imaging/import.html", context
    )


def _choice(row: CatalogueImport, visit: Visit) -> dict[str, Any]:
    """The file's columns and first rows, and which column is likely what. Of a file that is gone
    there is nothing to choose, and the import can still be forgotten."""
    columns: list[str] = []
    first: list[dict[str, str]] = []
    gone = ""
    try:
        columns, first = imports.preview(row)
    except Conflict as error:
        gone = error.message
    guessed = row.columns or imports.guess(columns)
    return {
        "row": row,
        "visit": visit,
        "gone": gone,
        "columns": columns,
        "rows": [[cells[column] for column in columns] for cells in first],
        "fields": [
            (field, words, needed, guessed.get(field, "")) for field, words, needed in FIELDS
        ],
        "styles": [(name, style.label) for name, style in presets.styles().items()],
        "style": row.style or STYLE,
    }


def _shown(row: CatalogueImport) -> dict[str, Any]:
    report = import_slices.read_report(row)
    balance = points.balance(partner_id=row.partner_id)
    return {
        "row": row,
        "report": report,
        "percent": _percent(row),
        "at_work": row.status in (Status.CHECKING, Status.IMPORTING),
        "checking": row.status in (Status.CHECKING, Status.CHECKED),
        "balance": balance,
        "enough": balance >= report.points,
        "errors": report.errors[:20],
        "more_errors": report.failed - len(report.errors),
        "style": presets.styles()[row.style].label if row.style in presets.styles() else "",
    }


def _percent(row: CatalogueImport) -> int:
    """Rows done, in percent of the file."""
    return round(100 * int(row.report.get("rows", 0)) / max(row.total, 1))


# --- What can be done with it --------------------------------------------------------------------

Act = Callable[..., None]


def _acted(
    request: HttpRequest, visit: Visit, import_id: uuid.UUID, act: Act, words: str
) -> HttpResponse:
    row = imports.find(visit.partner, import_id)
    try:
        act(row, **visit.acting)
        messages.success(request, words)
    except ServiceError as error:
        messages.error(request, error.message)
    return redirect("dashboard-import", row.pk)


def _live_only(visit: Visit) -> None:
    """Whoever is in test mode means to spend nothing."""
    if visit.test:
        raise Conflict("You are in test mode, and an import spends points. Switch to live first.")


@page(write="make", back="dashboard-imports")
def start(request: HttpRequest, visit: Visit, import_id: uuid.UUID) -> HttpResponse:
    imports.find(visit.partner, import_id)
    _live_only(visit)
    return _acted(request, visit, import_id, imports.start, "It has begun.")


@page(write="make", back="dashboard-imports")
def resume(request: HttpRequest, visit: Visit, import_id: uuid.UUID) -> HttpResponse:
    """Go on where it stopped; of one that is done, order again what came to nothing."""
    row = imports.find(visit.partner, import_id)
    _live_only(visit)
    act = imports.order_again if row.status == Status.DONE else imports.resume
    return _acted(request, visit, import_id, act, "It goes on.")


@page(write="make")
def pause(request: HttpRequest, visit: Visit, import_id: uuid.UUID) -> HttpResponse:
    return _acted(request, visit, import_id, imports.pause, "Stopped. What is ordered stays so.")


@page(write="make")
def discard(request: HttpRequest, visit: Visit, import_id: uuid.UUID) -> HttpResponse:
    row = imports.find(visit.partner, import_id)
    try:
        imports.discard(row, **visit.acting)
    except ServiceError as error:
        messages.error(request, error.message)
        return redirect("dashboard-import", row.pk)
    messages.success(request, f"{row.name} is forgotten. Products and pictures stay.")
    return redirect("dashboard-imports")


@page(read="see")
def errors(request: HttpRequest, visit: Visit, import_id: uuid.UUID) -> HttpResponse:
    """The rows that are wrong and why, as a CSV file; a report keeps the first thousand."""
    row = imports.find(visit.partner, import_id)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="errors-{str(row.pk)[:8]}.csv"'
    writer = csv.writer(response)
    writer.writerow(["line", "sku", "message"])
    for error in import_slices.read_report(row).errors:
        writer.writerow([error["line"], cell(error["sku"]), cell(error["message"])])
    return response
