"""Imports as the `default` workers do them: in slices of a few seconds.

So webhooks and stores do not wait behind ten thousand rows. After each slice the row says how far
it is: a worker that dies costs a slice at most, and what was ordered in it is not ordered twice
(`importing.py`).
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django_q.tasks import async_task

from accounts.errors import Conflict, Unavailable
from imaging import schedules, storage
from imaging.catalog import rows
from imaging.catalog.importing import Report, Wishes, import_catalogue
from imaging.catalog.models import CatalogueImport

logger = logging.getLogger(__name__)

SCHEDULES = {
    "imports": schedules.every_minute("imaging.catalog.import_slices.advance_all"),
    "old imports": schedules.daily("imaging.catalog.import_slices.forget_old_files"),
}

SLICE_SECONDS = 4.0
ROUND_SECONDS = 10.0
"""The schedule's look at all of them begins nothing new after this long."""
FILE_KEPT = timedelta(days=7)
"""How long the file of a finished import stays, for those who order again what came to nothing."""

_LEASE = timedelta(minutes=2)
_SAVE_SECONDS = 0.5

BROKEN = "It broke off, and that is our fault. Try again; if that does not help, write to us."
INACTIVE = "The partner account is inactive."
FILE_GONE = "Its file is not kept any more: upload it again."

Status = CatalogueImport.Status
AT_WORK = (Status.CHECKING, Status.IMPORTING)


class _SliceEnded(Exception):
    """Enough for now, or nobody wants it any more."""


def wake(import_id: UUID) -> None:
    """Have a worker do the next slice."""
    async_task("imaging.catalog.import_slices.advance", str(import_id), cluster=schedules.QUEUE)


def advance_all() -> int:
    """Look after imports that are at work, whoever's, for a while; for the schedule. In any order:
    those that it does not come to this minute have the same chance the next."""
    until = time.monotonic() + ROUND_SECONDS
    at_work = CatalogueImport.objects.filter(status__in=AT_WORK).order_by("?")
    advanced = 0
    for import_id in list(at_work.values_list("pk", flat=True)):
        if time.monotonic() > until:
            break
        advanced += advance(import_id)
    return advanced


def advance(import_id: UUID | str) -> bool:
    """One slice of an import. True where there was something to do."""
    row = _claimed(import_id)
    if row is None:
        return False
    report, queue = read_report(row), _Queue()
    if not row.partner.active:
        _stop(row, report, INACTIVE)
        return True
    try:
        with file_of(row) as file:
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
            wake(row.pk)
    except Unavailable:  # the storage is away; the schedule comes back within a minute
        _save(row, report, lease_until=None)
    except Conflict as error:
        _stop(row, report, error.message)
    except Exception:
        logger.exception("import %s broke off", row.pk)
        _stop(row, report, BROKEN)
    return True


def _stop(row: CatalogueImport, report: Report, words: str) -> None:
    """End it until somebody tries again."""
    report.stopped = words
    after = Status.UPLOADED if row.status == Status.CHECKING else Status.STOPPED
    _save(row, report, status=after, lease_until=None)


def _claimed(import_id: UUID | str) -> CatalogueImport | None:
    """The import, for this process alone until the lease ends; None where nothing is to be done."""
    now = timezone.now()
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    waiting = CatalogueImport.objects.filter(free, pk=import_id, status__in=AT_WORK)
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
    gone = [row.pk for row in done if storage.discard(row.path)]
    CatalogueImport.objects.filter(pk__in=gone, status=Status.DONE).update(path="")
    return len(gone)


@contextmanager
def file_of(row: CatalogueImport) -> Iterator[Path]:
    """The uploaded file on this machine. Raises Conflict where it is not kept any more."""
    if not row.path:
        raise Conflict(FILE_GONE)
    with tempfile.TemporaryDirectory(prefix="softbox-import-") as folder:
        file = Path(folder) / (Path(row.name).name[:100] or "catalogue.csv")
        try:
            file.write_bytes(storage.read(row.path))
        except FileNotFoundError:
            raise Conflict(FILE_GONE) from None
        yield file
