"""Many clients, one partner: never overdrawn, never deadlocked (locks of PostgreSQL)."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction

from accounts.models import Partner
from billing import points
from billing.errors import HoldSettled, InsufficientPoints, KeyCapReached
from billing.models import Bucket, Hold

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
CLIENTS = 32


def together(clients: int, work: Callable[[int], object]) -> None:
    """Run `work(number)` in that many threads that begin at the same moment; re-raise a failure."""
    failures: list[BaseException] = []
    gate = threading.Barrier(clients)

    def client(number: int) -> None:
        try:
            gate.wait(timeout=30)
            work(number)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=client, args=[number]) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "deadlock"
    if failures:
        raise failures[0]


def order(partner: Partner, hold_id: UUID) -> points.Held:
    return points.hold(partner_id=partner.pk, hold_id=hold_id, operation="create", mode="fast")


def grant(partner: Partner, **tiers: str) -> list[Bucket]:
    return [
        points.grant(partner=partner, tier=tier, points=Decimal(size))
        for tier, size in tiers.items()
    ]


def test_clients_never_overdraw_and_spend_to_the_last_price(partner):
    """99 points in three buckets: 5 holds at 8, 4 at 7.25 (the price follows the bucket)..."""
    grant(partner, starter="33", growth="25", scale="41")
    outcomes: Counter[str] = Counter()

    def spend(_: int) -> None:
        for _ in range(3):
            try:
                outcomes[order(partner, uuid4()).tier] += 1
            except InsufficientPoints:
                outcomes["refused"] += 1

    together(CLIENTS, spend)

    # 33 = 4 * 8 + 1, the fifth takes 7 of growth; 18 left = 2 * 7.25 + 3.50, the third takes 3.75
    # of scale; 37.25 left = 6 * 6 + 1.25. The same in any order: one after the other.
    assert outcomes == {"starter": 5, "growth": 3, "scale": 6, "refused": 3 * CLIENTS - 14}
    assert points.balance(partner_id=partner.pk) == Decimal("1.25")
    assert points.reconcile() == []


def test_holds_and_settlements_across_buckets_never_deadlock(partner):
    """Small buckets, so that most holds and releases write several of them, in opposite order."""
    for _ in range(40):
        grant(partner, starter="5", scale="5")
    captured: list[Decimal] = []

    def job(number: int) -> None:
        chance = random.Random(number)
        for _ in range(4):
            job_id = uuid4()
            try:
                order(partner, job_id)
            except InsufficientPoints:
                continue
            if chance.random() < 0.5:
                points.release(hold_id=job_id)
            else:
                captured.append(points.capture(hold_id=job_id).points_used)

    together(CLIENTS, job)

    assert points.balance(partner_id=partner.pk) == 400 - sum(captured)
    assert points.reconcile() == []


def test_transactions_of_many_movements_never_deadlock(partner):
    """A batch holds for all of its items in one transaction, and gives some back in it."""
    for _ in range(20):
        grant(partner, starter="5", scale="5")

    def batch(number: int) -> None:
        try:
            with transaction.atomic():
                jobs = [uuid4() for _ in range(4)]
                for job_id in jobs:
                    order(partner, job_id)
                for job_id in jobs[number % 3 :]:
                    points.release(hold_id=job_id)
        except InsufficientPoints:
            pass

    together(16, batch)

    assert points.reconcile() == []


def test_the_same_hold_from_many_clients_is_taken_once(partner):
    grant(partner, starter="100")
    job = uuid4()

    together(CLIENTS, lambda _: order(partner, job))

    assert points.balance(partner_id=partner.pk) == 92
    assert Hold.objects.count() == 1


def test_a_job_that_ends_twice_at_once_ends_once(partner):
    grant(partner, starter="1000")
    jobs = [uuid4() for _ in range(8)]
    for job in jobs:
        order(partner, job)

    def end(number: int) -> None:
        settle = points.capture if number % 2 else points.release
        for job in jobs:
            try:
                settle(hold_id=job)
            except HoldSettled:
                continue

    together(16, end)

    done = Hold.objects.filter(state="captured").count()
    assert Hold.objects.filter(state="held").count() == 0
    assert points.balance(partner_id=partner.pk) == 1000 - 8 * done
    assert points.reconcile() == []


def test_a_monthly_cap_holds_for_clients_at_once(partner, api_key):
    grant(partner, starter="1000")
    held: list[points.Held] = []

    def spend(_: int) -> None:
        try:
            held.append(
                points.hold(
                    partner_id=partner.pk,
                    hold_id=uuid4(),
                    operation="enhance",
                    mode="fast",
                    api_key_id=api_key.pk,
                    monthly_cap=Decimal(50),
                )
            )
        except KeyCapReached:
            return

    together(CLIENTS, spend)

    assert len(held) == 6
    assert points.balance(partner_id=partner.pk) == 952


def test_partners_do_not_wait_for_each_other(partner):
    other = Partner.objects.create(name="Other")
    grant(partner, starter="100")
    grant(other, starter="100")
    done = threading.Event()

    def work(number: int) -> None:
        if number:
            order(other, uuid4())
            done.set()
            return
        with transaction.atomic():
            order(partner, uuid4())
            assert done.wait(timeout=20), "a partner waited for another one's lock"

    together(2, work)
