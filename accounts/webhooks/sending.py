"""Sending what the outbox holds: in parallel, each stream in order, again until it arrives.

A delivery is claimed with a lease, sent without any lock, and its outcome written in one
transaction. A process that dies in between leaves a lease that runs out: the message is sent
again, with the same id, so a receiver can tell. It counts as delivered once somebody answered 2xx.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Exists, F, IntegerField, OuterRef, Q, QuerySet, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone
from django_q.models import OrmQ

from accounts import outbound
from accounts.outbound import OutboundRefused
from accounts.webhooks import endpoints, outbox, signing
from accounts.webhooks.models import Attempt, Delivery

AT_ONCE = 16
DEADLINE_SECONDS = 15.0
LEASE = timedelta(seconds=60)
WORK_SECONDS = 10.0
"""A wake-up begins nothing new after this long: imports, stores and schedules have their turn."""

GIVEN_UP_AFTER = timedelta(hours=24)
_DELAYS = (15, 60, 5 * 60, 15 * 60, 3600, 2 * 3600, 4 * 3600, 8 * 3600)
"""Seconds to wait after the first, second, ... failure; the last repeats."""

_MOST_BYTES = 64 * 1024
_EXCERPT = 2000


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one try: a status, or the reason why there is none."""

    started_at: datetime
    duration_ms: int
    status: int | None = None
    excerpt: str = ""
    error: str = ""

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def send_due(stop: Callable[[], bool] = lambda: False) -> int:
    """Send until nothing is due. Returns how many tries were made; django-q2 calls it."""
    _hear_other_wake_ups()
    until = time.monotonic() + WORK_SECONDS
    tried = 0
    running: dict[Future[Answer], Delivery] = {}
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook") as pool:
        while True:
            if time.monotonic() < until and not stop():
                at_work = Counter(delivery.partner_id for delivery in running.values())
                for delivery in claim(AT_ONCE - len(running), at_work=at_work):
                    running[pool.submit(post, delivery, *signed(delivery))] = delivery
            if not running:
                break
            done, _ = wait(running, timeout=DEADLINE_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                record(running.pop(future), future.result())
                tried += 1
    if not stop() and due().exists():
        outbox.wake()
    return tried


def _hear_other_wake_ups() -> None:
    """Each message woke us when it was written, and one wake-up sends them all. Behind a receiver
    that is slow the others would each take a turn of the queue's for nothing else."""
    waiting = OrmQ.objects.filter(key=outbox.QUEUE, lock__lte=timezone.now())
    mine = [row.pk for row in waiting.order_by("id")[:500] if _wakes_us(row)]
    waiting.filter(pk__in=mine).delete()


def _wakes_us(row: OrmQ) -> bool:
    return bool(row.task.get("func") == outbox.SENDER)


def wake_if_due() -> None:
    """For a clock: a message whose time has come, and a wake-up that was lost."""
    if due().exists() and not OrmQ.objects.filter(key=outbox.QUEUE).exists():
        outbox.wake()


def due(now: datetime | None = None) -> QuerySet[Delivery]:
    """What may be sent now: due, not under somebody's lease, first in its stream."""
    now = now or timezone.now()
    before = Delivery.objects.filter(
        stream=OuterRef("stream"), id__lt=OuterRef("id"), status=Delivery.Status.PENDING
    )
    return Delivery.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lte=now),
        Q(stream="") | ~Exists(before),
        status=Delivery.Status.PENDING,
        due_at__lte=now,
    )


def claim(
    most: int, *, at_work: Mapping[UUID, int] | None = None, now: datetime | None = None
) -> list[Delivery]:
    """Up to `most` due deliveries, for this process alone until their lease ends.

    Partners take turns, after what is `at_work` of each: receivers that are slow to answer, however
    many messages there are for them, hold up their own partner and nobody else.
    """
    now = now or timezone.now()
    ids = list(_in_turn(due(now), at_work or {}).values_list("id", flat=True)[:most])
    rows = Delivery.objects.select_related("partner", "endpoint", "again").in_bulk(ids)
    mine = []
    for delivery in (rows[found] for found in ids if found in rows):
        won = Delivery.objects.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lte=now),
            id=delivery.id,
            status=Delivery.Status.PENDING,
        ).update(lease_until=now + LEASE, attempts=F("attempts") + 1)
        if won:
            delivery.attempts += 1
            mine.append(delivery)
    return mine


def _in_turn(rows: QuerySet[Delivery], at_work: Mapping[UUID, int]) -> QuerySet[Delivery]:
    """`rows` with the first of each partner before the second of any."""
    turn = Window(RowNumber(), partition_by=["partner_id"], order_by=["due_at", "id"])
    sent = [When(partner_id=partner_id, then=number) for partner_id, number in at_work.items()]
    before = Case(*sent, default=0, output_field=IntegerField())
    return rows.alias(turn=turn + before).order_by("turn", "due_at", "id")


def signed(delivery: Delivery, *, now: datetime | None = None) -> tuple[bytes, dict[str, str]]:
    """The bytes of a delivery and every header that goes with them."""
    now = now or timezone.now()
    body = bytes(delivery.body)
    if delivery.endpoint is not None:
        secrets = endpoints.secrets_of(delivery.endpoint, now=now)
    else:
        secrets = [delivery.secret or delivery.partner.webhook_secret]
    return body, {
        "Content-Type": "application/json",
        "User-Agent": "Softbox-Webhooks/1.0",
        **signing.standard_headers(
            message_id=outbox.message_id(delivery), sent_at=now, body=body, secrets=secrets
        ),
        **signing.own_headers(delivery.scheme, body=body, secret=_own_secret(delivery)),
    }


def _own_secret(delivery: Delivery) -> str:
    """The secret of the surface's header: the request's; Paqshot's is always the partner's."""
    if delivery.secret is None and delivery.scheme == "paqshot":
        secret: str = delivery.partner.webhook_secret
        return secret
    return delivery.secret or ""


def post(delivery: Delivery, body: bytes, headers: dict[str, str]) -> Answer:
    """One try. Touches no database; every failure is an answer."""
    started_at, start = timezone.now(), time.monotonic()

    def since() -> int:
        return round((time.monotonic() - start) * 1000)

    try:
        answer = outbound.fetch(
            delivery.url,
            method="POST",
            headers=headers,
            body=body,
            max_bytes=_MOST_BYTES,
            deadline_seconds=DEADLINE_SECONDS,
            follow_redirects=False,
        )
    except OutboundRefused as refused:
        return Answer(started_at, since(), error=refused.reason[:200])
    text = answer.content[:_EXCERPT].decode("utf-8", "replace").replace("\0", "")
    return Answer(started_at, since(), status=answer.status, excerpt=text)


@transaction.atomic
def record(delivery: Delivery, answer: Answer) -> None:
    """Write what came of a try: delivered, to be tried again, or given up."""
    now = timezone.now()
    Attempt.objects.update_or_create(
        delivery=delivery,
        number=delivery.attempts,
        defaults={
            "started_at": answer.started_at,
            "duration_ms": answer.duration_ms,
            "response_status": answer.status,
            "response_excerpt": answer.excerpt,
            "error": answer.error,
        },
    )
    delivery.response_status, delivery.last_error = answer.status, answer.error
    again_at = now + _pause(delivery.attempts)
    if answer.good:
        _end(delivery, Delivery.Status.DELIVERED, now)
    elif _given_up(delivery, again_at):
        _end(delivery, Delivery.Status.FAILED, now)
    else:
        delivery.due_at = again_at
    # A lease that ran out may have given the delivery to another process: then its word counts.
    ours = Delivery.objects.filter(
        id=delivery.id, attempts=delivery.attempts, status=Delivery.Status.PENDING
    )
    ours.update(
        status=delivery.status,
        response_status=delivery.response_status,
        last_error=delivery.last_error,
        lease_until=None,
        due_at=delivery.due_at,
        finished_at=delivery.finished_at,
        secret=delivery.secret,
    )
    if delivery.endpoint_id:
        if answer.good:
            endpoints.succeeded(delivery.endpoint_id)
        else:
            endpoints.failed(delivery.endpoint_id, now=now)


def _given_up(delivery: Delivery, again_at: datetime) -> bool:
    """Its day is over, or its endpoint was deleted or switched off meanwhile."""
    if again_at > delivery.created_at + GIVEN_UP_AFTER:
        return True
    return delivery.endpoint is not None and not delivery.endpoint.enabled


def _end(delivery: Delivery, status: Delivery.Status, now: datetime) -> None:
    delivery.status, delivery.finished_at = status, now
    if delivery.secret_once:
        delivery.secret = None


def _pause(attempts: int) -> timedelta:
    """How long to wait after so many tries; a little uneven, so that a crowd comes apart."""
    seconds = _DELAYS[min(attempts, len(_DELAYS)) - 1]
    return timedelta(seconds=seconds * random.uniform(1.0, 1.2))  # noqa: S311 (no secret)
