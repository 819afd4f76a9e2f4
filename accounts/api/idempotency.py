"""The same request twice is one job: the Idempotency-Key header.

The first request with a key opens a ticket. What it makes is attached in the transaction that
makes it, what it answers is stored; the same key with the same body is answered from there for
24 hours. A request that dies leaves one of three things, and each has its way on:

- an answer: it is sent again;
- a resource without an answer: the caller rebuilds the answer from the resource;
- neither: when the lease has run out, the next request takes the key over.

Every step is one conditional statement, so of two requests only one ever holds the ticket.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.api.envelope import error_response
from accounts.api.parsing import raw_body
from accounts.errors import (
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InvalidRequest,
    ServiceError,
)
from accounts.models import IdempotencyRecord

log = structlog.get_logger("softbox.idempotency")

KEPT = timedelta(hours=24)
MAX_KEY_LENGTH = 255
REPLAYED_HEADER = "Idempotent-Replayed"
# A lease outlives the longest wait for a picture by this much: storing it and answering.
_LEASE_MARGIN = timedelta(seconds=60)
_RETRY_AFTER_SECONDS = 2


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """What the first request came to.

    `body` None: it made `resource` and was never answered; build the answer from that.
    """

    status: int
    body: bytes | None
    resource: str
    record: int = field(default=0, compare=False)

    def forget(self) -> None:
        """What was made came to nothing that the same request need come to again: the key is
        free. Changes nothing where the first answer has been stored meanwhile."""
        IdempotencyRecord.objects.filter(
            pk=self.record, resource=self.resource, status__isnull=True
        ).delete()


class Ticket:
    """The right to answer one idempotency key. Without a key it notes nothing."""

    def __init__(self, record: IdempotencyRecord | None) -> None:
        self._record = record

    def attach(self, resource: str) -> None:
        """Bind what is being made to the key; call it in the transaction that makes it.

        Raises IdempotencyInProgress where somebody else has taken the key over meanwhile: the
        transaction must not be committed then.
        """
        if self._record is not None and not self._mine().update(resource=resource):
            raise in_progress()

    def store(self, status: int, body: bytes) -> None:
        """The first answer, to be sent again."""
        if self._record is not None and not self._mine().update(status=status, body=body):
            log.warning("answer came after its idempotency key was taken over")

    def store_error(self, error: ServiceError) -> None:
        """The first answer was a refusal, and stays one."""
        self.store(error.status_code, error_response(error).content)

    def discard(self) -> None:
        """Forget the key: this answer must not stick, the same request may succeed later."""
        if self._record is not None:
            self._mine().delete()

    def give_up(self) -> None:
        """Something unforeseen went wrong: forget the key, unless something was made under it."""
        if self._record is not None:
            self._mine().filter(resource="").delete()

    def _mine(self) -> QuerySet[IdempotencyRecord]:
        assert self._record is not None
        return IdempotencyRecord.objects.filter(
            pk=self._record.pk, owner=self._record.owner, status__isnull=True
        )


def fingerprint(request: HttpRequest) -> str:
    """What makes two requests the same: method, path with query, and the very bytes sent."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    digest.update(raw_body(request))
    return digest.hexdigest()


def in_progress() -> IdempotencyInProgress:
    return IdempotencyInProgress(
        "A request with this Idempotency-Key is still being processed",
        headers={"Retry-After": str(_RETRY_AFTER_SECONDS)},
    )


def replay(stored: StoredAnswer) -> HttpResponse:
    """A stored answer, byte by byte."""
    if stored.body is None:
        raise ValueError("there is no stored answer: build it from the resource")
    return mark_replayed(
        HttpResponse(stored.body, status=stored.status, content_type="application/json")
    )


def mark_replayed(response: HttpResponse) -> HttpResponse:
    response.headers[REPLAYED_HEADER] = "true"
    return response


def _check_key(key: str) -> None:
    # The web server hands on a header that has anything else as an empty one.
    if not (1 <= len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise InvalidRequest(
            f"Idempotency-Key must be 1 to {MAX_KEY_LENGTH} printable ASCII characters",
            param="Idempotency-Key",
        )


def open_ticket(
    *,
    partner_id: uuid.UUID,
    environment: str,
    key: str | None,
    fingerprint: str,
    now: datetime | None = None,
) -> Ticket | StoredAnswer:
    """The ticket of a new key, or what its first request came to.

    `key` None (no header) always opens a ticket. Live and test keys are separate worlds.
    Raises InvalidRequest for a key that is none, IdempotencyKeyReused where the first request was
    another one, IdempotencyInProgress while it is being answered and has made nothing yet.
    """
    if key is None:
        return Ticket(None)
    _check_key(key)
    now = now or timezone.now()
    mine = IdempotencyRecord(
        partner_id=partner_id,
        environment=environment,
        key=key,
        fingerprint=fingerprint,
        owner=uuid.uuid4(),
        lease_until=now + _lease(),
        created_at=now,
    )
    while True:
        found = _insert_or_find(mine)
        if found is None:  # deleted between the two: try again
            continue
        if found.owner == mine.owner:
            return Ticket(found)
        if found.created_at <= now - KEPT:
            taken = _take_over(found, mine, Q(created_at=found.created_at))
        elif found.fingerprint != fingerprint:
            raise IdempotencyKeyReused(
                "This Idempotency-Key was first sent with a different request",
                param="Idempotency-Key",
            )
        elif known := _came_to(found):
            return known
        elif found.lease_until > now:
            raise in_progress()
        else:
            # Checked again in the statement: its owner may have attached something just now.
            taken = _take_over(found, mine, Q(resource="", status__isnull=True))
        if taken:
            return Ticket(taken)


def answered_before(
    *, partner_id: uuid.UUID, environment: str, key: str | None, fingerprint: str
) -> StoredAnswer | None:
    """What the first request with this key and body came to; None where `open_ticket` must say.

    For those who must otherwise look up what a body names before they can open a ticket: it may
    be gone by now, and the first answer is the answer all the same.
    """
    if key is None:
        return None
    found = IdempotencyRecord.objects.filter(
        partner_id=partner_id,
        environment=environment,
        key=key,
        fingerprint=fingerprint,
        created_at__gt=timezone.now() - KEPT,
    ).first()
    return _came_to(found) if found else None


def _came_to(found: IdempotencyRecord) -> StoredAnswer | None:
    if found.status is not None:
        return StoredAnswer(found.status, bytes(found.body or b""), found.resource, found.pk)
    if found.resource:
        return StoredAnswer(0, None, found.resource, found.pk)
    return None


def _lease() -> timedelta:
    return timedelta(seconds=settings.IMAGE_WAIT_SECONDS) + _LEASE_MARGIN


def _insert_or_find(mine: IdempotencyRecord) -> IdempotencyRecord | None:
    """The row of this key: ours if it is new, somebody's otherwise."""
    IdempotencyRecord.objects.bulk_create([mine], ignore_conflicts=True)
    return IdempotencyRecord.objects.filter(
        partner_id=mine.partner_id, environment=mine.environment, key=mine.key
    ).first()


def _take_over(
    found: IdempotencyRecord, mine: IdempotencyRecord, unchanged: Q
) -> IdempotencyRecord | None:
    """Make `found` ours if it still is as it was found; None if it is not."""
    still = IdempotencyRecord.objects.filter(unchanged, pk=found.pk, owner=found.owner)
    changed = still.update(
        owner=mine.owner,
        fingerprint=mine.fingerprint,
        lease_until=mine.lease_until,
        created_at=mine.created_at,
        resource="",
        status=None,
        body=None,
    )
    if not changed:
        return None
    found.owner = mine.owner
    return found


def purge(*, now: datetime | None = None) -> int:
    """Delete what is older than 24 hours (for a schedule). Returns how many rows went."""
    edge = (now or timezone.now()) - KEPT
    return IdempotencyRecord.objects.filter(created_at__lte=edge).delete()[0]
