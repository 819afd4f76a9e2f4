"""The life of an import from the dashboard: uploaded, checked, imported, perhaps gone on with.

    received -> UPLOADED -> CHECKING -> CHECKED -> IMPORTING -> DONE
                   ^ other columns |        resume ^  | STOPPED: paused, or points ran out
                   '---------------'               '--'

A `default` worker does it in slices of a few seconds, so that webhooks and stores do not wait
behind ten thousand rows. After each slice the row says how far it is: a worker that dies costs a
slice at most, and what was ordered in it is not ordered twice (`importing.py`).
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django_q.models import Schedule
from django_q.tasks import async_task

from accounts import audit
from accounts.errors import Conflict, InvalidRequest, NotFound
from accounts.models import Partner
from imaging import storage
from imaging.catalog import rows
from imaging.catalog.importing import Report, Wishes, import_catalogue
from imaging.catalog.models import CatalogueImport
from imaging.engines import presets

logger = logging.getLogger(__name__)

QUEUE = "default"
SCHEDULES: dict[str, dict[str, Any]] = {
    "imports": {
        "func": "imaging.catalog.imports.advance_all",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
    },
    "old imports": {
        "func": "imaging.catalog.imports.forget_old_files",
        "schedule_type": Schedule.DAILY,
    },
}

MOST_BYTES = 20 * 1024 * 1024
MOST_ROWS = 50_000
SLICE_SECONDS = 4.0
FILE_KEPT = timedelta(days=7)
"""How long the file of a finished import stays, for those who order again what came to nothing."""

_LEASE = timedelta(minutes=2)
_SAVE_SECONDS = 0.5

GONE = "There is no such import."
BROKEN = "It broke off, and that is our fault. Try again; if that does not help, write to us."

Status = CatalogueImport.Status
_AT_WORK = (Status.CHECKING, Status.IMPORTING)


class _SliceEnded(Exception):
    """Enough for now, or nobody wants it any more."""


# --- What people do ------------------------------------------------------------------------------


def receive(*, partner: Partner, name: str, data: bytes, actor: str) -> CatalogueImport:
    """Keep an uploaded CSV file. Raises InvalidRequest for one that is no catalogue."""
    if len(data) > MOST_BYTES:
        raise InvalidRequest(f"The file is over {MOST_BYTES // (1024 * 1024)} MB", param="file")
    if b"\0" in data:  # UTF-16, or no text at all; no database takes a NUL
        raise InvalidRequest("The file is no text in UTF-8: save it as CSV UTF-8", param="file")
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
    with _file(row) as file:
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
        raise Conflict("Its file is not kept any more: upload it again.")
    _move(row, (Status.DONE,), Status.IMPORTING, report={}, again=True, finished_at=None)
    _note(row, "import.repeated", actor, address)


def pause(row: CatalogueImport, *, actor: str, address: str | None) -> None:
    """Stop after the row it is at; a check is given up. Orders that are placed stay placed.
    Raises Conflict."""
    if row.status == Status.CHECKING:
        _move(row, (Status.CHECKING,), Status.UPLOADED, wake=False, report={}, lease_until=None)
        return
    _move(row, (Status.IMPORTING,), Status.STOPPED, wake=False, lease_until=None)
    _note(row, "import.paused", actor, address)


def discard(row: CatalogueImport, *, actor: str, address: str | None) -> None:
    """Forget an import and its file. Products and pictures stay. Raises Conflict while it runs."""
    deleted, _ = CatalogueImport.objects.filter(pk=row.pk).exclude(status__in=_AT_WORK).delete()
    if not deleted:
        raise Conflict("It is at work: stop it first.")
    if row.path:
        storage.delete(row.path)
    _note(row, "import.discarded", actor, address)


def _move(
    row: CatalogueImport,
    before: tuple[str, ...],
    after: str,
    *,
    wake: bool = True,
    **facts: Any,
) -> None:
    """Change the status where it still is one of `before`. Raises Conflict."""
    moved = CatalogueImport.objects.filter(pk=row.pk, status__in=before)
    if not moved.update(status=after, **facts):
        raise Conflict("It has moved on meanwhile: look again.")
    row.refresh_from_db()
    if wake:
        _wake(row.pk)


def _wake(import_id: UUID) -> None:
    async_task("imaging.catalog.imports.advance", str(import_id), cluster=QUEUE)


def _note(row: CatalogueImport, action: str, actor: str, address: str | None) -> None:
    audit.record(
        action=action,
        target=row.name,
        partner=row.partner,
        actor=actor,
        address=address,
        facts={"import": str(row.pk), "rows": row.total, "style": row.style},
    )


# --- What the workers do -------------------------------------------------------------------------


def advance_all() -> int:
    """Look after every import that is at work; for the schedule."""
    ids = list(CatalogueImport.objects.filter(status__in=_AT_WORK).values_list("pk", flat=True))
    return sum(advance(import_id) for import_id in ids)


def advance(import_id: UUID | str) -> bool:
    """One slice of an import. True where there was something to do."""
    row = _claimed(import_id)
    if row is None:
        return False
    report, queue = read_report(row), _Queue()
    try:
        with _file(row) as file:
            import_catalogue(
                rows.read_rows(file, row.columns),
                _wishes(row),
                report=report,
                on_row=_Slice(row),
                wait=queue.is_full,
            )
        _ended(row, report, queue)
    except _SliceEnded:
        if _save(row, report, lease_until=None):
            _wake(row.pk)
    except Exception:
        logger.exception("import %s broke off", row.pk)
        report.stopped = BROKEN
        after = Status.UPLOADED if row.status == Status.CHECKING else Status.STOPPED
        _save(row, report, status=after, lease_until=None)
    return True


def _claimed(import_id: UUID | str) -> CatalogueImport | None:
    """The import, for this process alone until the lease ends; None where nothing is to be done."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    waiting = CatalogueImport.objects.filter(free, pk=import_id, status__in=_AT_WORK)
    if not waiting.update(lease_until=now + _LEASE):
        return None
    return CatalogueImport.objects.select_related("partner").get(pk=import_id)


def _wishes(row: CatalogueImport) -> Wishes:
    return Wishes(
        partner=row.partner,
        style=row.style,
        resume=row.again,
        dry_run=row.status == Status.CHECKING,
    )


class _Slice:
    """Told of every row: writes down how far it is, and ends the slice when its time is over."""

    def __init__(self, row: CatalogueImport) -> None:
        self._row = row
        self._ends = time.monotonic() + SLICE_SECONDS
        self._save_at = time.monotonic() + _SAVE_SECONDS

    def __call__(self, report: Report) -> None:
        now = time.monotonic()
        if report.stopped or now < self._save_at:
            return
        if now >= self._ends or not _save(self._row, report, lease_until=timezone.now() + _LEASE):
            raise _SliceEnded
        self._save_at = now + _SAVE_SECONDS


class _Queue:
    """Notes that the import ended because too many jobs wait already."""

    full = False

    def is_full(self) -> bool:
        """For `wait`: do not sleep in a worker that others need."""
        self.full = True
        return False


def _ended(row: CatalogueImport, report: Report, queue: _Queue) -> None:
    """The file is through, or the run has stopped at a row that must be tried again."""
    if report.stopped:
        report.rows -= 1
    if queue.full:  # the schedule comes back within a minute
        report.stopped = ""
        _save(row, report, lease_until=None)
    elif report.stopped:
        _save(row, report, status=Status.STOPPED, lease_until=None)
    elif row.status == Status.CHECKING:
        _save(row, report, status=Status.CHECKED, lease_until=None)
    else:
        _save(row, report, status=Status.DONE, lease_until=None, finished_at=timezone.now())


def _save(row: CatalogueImport, report: Report, **facts: Any) -> bool:
    """Write the report down; False where the import is not this slice's any more.

    The lease is the proof: whoever stops an import ends it, and the next slice has another. So a
    slice that was stopped writes nothing over the run that follows, whatever columns it has.
    """
    mine = CatalogueImport.objects.filter(pk=row.pk, status=row.status, lease_until=row.lease_until)
    kept = mine.update(report={**asdict(report), "points": str(report.points)}, **facts)
    if kept and "lease_until" in facts:
        row.lease_until = facts["lease_until"]
    return bool(kept)


def read_report(row: CatalogueImport) -> Report:
    """How far an import is, as an object."""
    kept = {**row.report}
    return Report(**{**kept, "points": Decimal(kept.get("points", 0))})


def forget_old_files() -> int:
    """Delete the files of imports that have been done for a week; for the schedule."""
    done = CatalogueImport.objects.filter(
        status=Status.DONE, finished_at__lt=timezone.now() - FILE_KEPT
    ).exclude(path="")
    for row in done:
        storage.delete(row.path)
        CatalogueImport.objects.filter(pk=row.pk, status=Status.DONE).update(path="")
    return len(done)


@contextmanager
def _file(row: CatalogueImport) -> Iterator[Path]:
    """The uploaded file on this machine. Raises Conflict where it is not kept any more."""
    if not row.path:
        raise Conflict("Its file is not kept any more: upload it again.")
    with tempfile.TemporaryDirectory(prefix="softbox-import-") as folder:
        file = Path(folder) / (Path(row.name).name[:100] or "catalogue.csv")
        file.write_bytes(storage.read(row.path))
        yield file
