"""The life of an import from the dashboard, and what people do with it.

    received -> UPLOADED -> CHECKING -> CHECKED -> IMPORTING -> DONE
                   ^ other columns |        resume ^  | STOPPED: paused, or points ran out
                   '---------------'               '--'

The work itself is done by `import_slices.py`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from accounts import audit
from accounts.errors import Conflict, InvalidRequest, NotFound
from accounts.models import Partner
from imaging import storage
from imaging.catalog import rows
from imaging.catalog.import_slices import AT_WORK, FILE_GONE, file_of, wake
from imaging.catalog.models import CatalogueImport
from imaging.engines import presets

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
MOST_AT_WORK = 5
"""Imports take turns with each other and with other work: one partner's take no more than these."""

GONE = "There is no such import."

Status = CatalogueImport.Status


def check_size(size: int) -> None:
    """Raises InvalidRequest for a file that is too large, before anybody reads it."""
    if size > MOST_BYTES:
        raise InvalidRequest(f"The file is over {MOST_BYTES // (1024 * 1024)} MB", param="file")


def receive(*, partner: Partner, name: str, data: bytes, actor: str) -> CatalogueImport:
    """Keep an uploaded CSV file. Raises InvalidRequest for one that is no catalogue."""
    check_size(len(data))
    if b"\0" in data:  # UTF-16, or no text at all; no database takes a NUL
        raise InvalidRequest(rows.NO_UTF8, param="file")
    with tempfile.TemporaryDirectory(prefix="softbox-import-") as folder:
        file = Path(folder) / (Path(name).name[:100] or "catalogue.csv")
        file.write_bytes(data)
        columns, first = rows.read_header(file, most=1)
        if len(columns) < len(rows.NEEDED) or not first:
            raise InvalidRequest(
                "The file has no rows with at least two columns: a sku and a photo", param="file"
            )
        total = rows.count_rows(file)
    if total > MOST_ROWS:
        raise InvalidRequest(f"The file has more than {MOST_ROWS} rows", param="file")
    path = storage.keep_catalogue(data, partner_id=partner.pk)
    return CatalogueImport.objects.create(
        partner=partner, name=name[:200], path=path, total=total, created_by=actor
    )


def find(partner: Partner, import_id: UUID) -> CatalogueImport:
    """The partner's import. NotFound, also for another partner's."""
    found = partner.catalogue_imports.filter(pk=import_id).first()
    if found is None:
        raise NotFound(GONE)
    found.partner = partner
    return found


def preview(row: CatalogueImport, *, most: int = 5) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of the file and its first rows."""
    with file_of(row) as file:
        return rows.read_header(file, most=most)


def guess(columns: list[str]) -> dict[str, str]:
    """Which column is what, by its name; only what is likely."""
    plain = {column: " ".join(column.lower().replace("_", " ").split()) for column in columns}
    found: dict[str, str] = {}
    for field, names in _LIKELY.items():
        free = [column for column in columns if column not in found.values()]
        likely = [column for name in names for column in free if plain[column] == name]
        if likely:
            found[field] = likely[0]
    return found


# The likeliest first: names that shop systems and spreadsheets use.
_LIKELY: Mapping[str, tuple[str, ...]] = {
    "sku": ("sku", "variant sku", "id", "product id", "item number", "article", "handle"),
    "title": ("title", "name", "product name", "product title", "product"),
    "image": (
        *("image", "image url", "image src", "image link", "images", "photo", "photo url"),
        *("picture", "main image", "main image url"),
    ),
}


def check(row: CatalogueImport, *, columns: Mapping[str, str], style: str) -> None:
    """Check and price every row under these columns. Raises InvalidRequest, Conflict."""
    if style not in presets.styles():
        raise InvalidRequest(f"Unknown style '{style}'", param="style")
    chosen = {field: name for field, name in columns.items() if name}
    if len(set(chosen.values())) < len(chosen):
        raise InvalidRequest("One column cannot be two things", param="columns")
    known, _ = preview(row, most=0)
    for field in rows.NEEDED:
        if chosen.get(field) not in known:
            raise InvalidRequest(f"Choose the column of the {field}", param=field)
    _move(
        row,
        (Status.UPLOADED, Status.CHECKED, Status.STOPPED),
        Status.CHECKING,
        columns=chosen,
        style=style,
        report={},
        again=False,
    )


def start(row: CatalogueImport, *, actor: str, address: str | None) -> None:
    """Order what the check found. Raises Conflict."""
    _move(row, (Status.CHECKED,), Status.IMPORTING, report={})
    _note(row, "import.started", actor, address)


def resume(row: CatalogueImport, *, actor: str, address: str | None) -> None:
    """Go on where it stopped. Raises Conflict."""
    _move(row, (Status.STOPPED,), Status.IMPORTING, report={**row.report, "stopped": ""})
    _note(row, "import.resumed", actor, address)


def order_again(row: CatalogueImport, *, actor: str, address: str | None) -> None:
    """Order what came to nothing once more, of a finished import. Raises Conflict."""
    if not row.path:
        raise Conflict(FILE_GONE)
    _move(row, (Status.DONE,), Status.IMPORTING, report={}, again=True, finished_at=None)
    _note(row, "import.repeated", actor, address)


def pause(row: CatalogueImport, *, actor: str, address: str | None) -> None:
    """Stop after the row it is at; a check is given up. Orders that are placed stay placed.
    Raises Conflict."""
    if row.status == Status.CHECKING:
        _move(row, (Status.CHECKING,), Status.UPLOADED, report={}, lease_until=None)
        return
    _move(row, (Status.IMPORTING,), Status.STOPPED, lease_until=None)
    _note(row, "import.paused", actor, address)


def discard(row: CatalogueImport, *, actor: str, address: str | None) -> None:
    """Forget an import and its file. Products and pictures stay. Raises Conflict while it runs."""
    deleted, _ = CatalogueImport.objects.filter(pk=row.pk).exclude(status__in=AT_WORK).delete()
    if not deleted:
        raise Conflict("It is at work: stop it first.")
    if row.path:
        storage.discard(row.path)
    _note(row, "import.discarded", actor, address)


def _move(row: CatalogueImport, before: tuple[str, ...], after: str, **facts: Any) -> None:
    """Change the status where it still is one of `before`; a worker is woken where there is work.
    Raises Conflict."""
    if after in AT_WORK:
        others = row.partner.catalogue_imports.filter(status__in=AT_WORK).exclude(pk=row.pk)
        if others.count() >= MOST_AT_WORK:
            raise Conflict(f"{MOST_AT_WORK} imports are at work already: wait for one to end.")
    moved = CatalogueImport.objects.filter(pk=row.pk, status__in=before)
    if not moved.update(status=after, **facts):
        raise Conflict("It has moved on meanwhile: look again.")
    row.refresh_from_db()
    if after in AT_WORK:
        wake(row.pk)


def _note(row: CatalogueImport, action: str, actor: str, address: str | None) -> None:
    audit.record(
        action=action,
        target=row.name,
        partner=row.partner,
        actor=actor,
        address=address,
        facts={"import": str(row.pk), "rows": row.total, "style": row.style},
    )
