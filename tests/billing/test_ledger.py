"""The books: conserved whatever happens, append-only, and reconciled."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError, Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import Partner
from billing import points
from billing.errors import HoldSettled, InsufficientPoints
from billing.models import AppendOnlyError, Bucket, Entry, Hold, Tier

PRICES = {"starter": (8, 15), "growth": (Decimal("7.25"), 14), "scale": (6, 11)}
quarters = st.integers(1, 240).map(lambda quarter: Decimal(quarter) / 4)


class Books(RuleBasedStateMachine):
    """Grants, holds and settlements in any order, next to a plain model of what they should do."""

    def __init__(self) -> None:
        super().__init__()
        self.transaction = transaction.atomic()
        self.transaction.__enter__()
        self.partner = Partner.objects.create(name="Acme")
        self.buckets: list[list[Decimal | str]] = []  # [tier, remaining], oldest first
        self.open: dict[UUID, Decimal] = {}
        self.captured = Decimal(0)
        self.granted = Decimal(0)
        self.ended: dict[UUID, tuple[str, points.Settled]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.transaction.__exit__(None, None, None)

    @rule(tier=st.sampled_from(Tier.values), amount=quarters)
    def grant(self, tier: str, amount: Decimal) -> None:
        points.grant(partner=self.partner, tier=tier, points=amount)
        self.granted += amount

    @rule(thinking=st.booleans(), count=st.integers(1, 3))
    def hold(self, thinking: bool, count: int) -> None:
        job, mode = uuid4(), "thinking" if thinking else "fast"
        oldest = Bucket.objects.filter(remaining__gt=0).order_by("created_at", "id").first()
        order = {"operation": "create", "mode": mode, "count": count}
        quote = points.quote(partner_id=self.partner.pk, **order)
        if oldest:
            assert quote.total == PRICES[oldest.tier][thinking] * count
        try:
            held = points.hold(partner_id=self.partner.pk, hold_id=job, **order)
        except InsufficientPoints:
            assert not quote.enough
            return
        assert quote.enough
        taken = Entry.objects.filter(hold_id=job).order_by("id").values_list("bucket_id", "points")
        assert [(take.bucket_id, -take.points) for take in quote.takes] == list(taken)
        assert held.points == quote.total
        assert points.hold(partner_id=self.partner.pk, hold_id=job, **order) == held
        self.open[job] = held.points

    @precondition(lambda self: self.open)
    @rule(data=st.data(), count=st.integers(0, 4), fast=st.booleans())
    def capture(self, data: st.DataObject, count: int, fast: bool) -> None:
        job = data.draw(st.sampled_from(sorted(self.open)))
        settled = points.capture(hold_id=job, count=count, mode="fast" if fast else None)
        assert 0 <= settled.points_used <= self.open.pop(job)
        self.captured += settled.points_used
        self.ended[job] = ("captured" if count else "released", settled)

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def release(self, data: st.DataObject) -> None:
        job = data.draw(st.sampled_from(sorted(self.open)))
        before = points.balance(partner_id=self.partner.pk)
        settled = points.release(hold_id=job)
        assert settled.balance == before + self.open.pop(job)
        self.ended[job] = ("released", settled)

    @precondition(lambda self: self.ended)
    @rule(data=st.data(), by_capture=st.booleans())
    def settle_again(self, data: st.DataObject, by_capture: bool) -> None:
        job = data.draw(st.sampled_from(sorted(self.ended)))
        state, before = self.ended[job]
        settle: Callable[..., points.Settled] = points.capture if by_capture else points.release
        if by_capture == (state == "captured"):
            again = settle(hold_id=job)
            assert (again.points_used, again.unit_price) == (before.points_used, before.unit_price)
        else:
            with pytest.raises(HoldSettled):
                settle(hold_id=job)

    @invariant()
    def nothing_is_lost_or_made(self) -> None:
        balance = points.balance(partner_id=self.partner.pk)
        assert balance == self.granted - self.captured - sum(self.open.values())
        total = Entry.objects.filter(bucket__partner=self.partner).aggregate(t=Sum("points"))["t"]
        assert balance == (total or 0)

    @invariant()
    def every_bucket_is_its_entries(self) -> None:
        for bucket in Bucket.objects.filter(partner=self.partner):
            moved = bucket.entries.exclude(kind="grant").aggregate(total=Sum("points"))["total"]
            assert 0 <= bucket.remaining <= bucket.original
            assert bucket.original - bucket.remaining == -(moved or 0)

    @invariant()
    def every_hold_is_captured_or_given_back(self) -> None:
        for hold in Hold.objects.filter(partner=self.partner):
            back = hold.entries.filter(kind="release").aggregate(total=Sum("points"))["total"] or 0
            kept = hold.points_captured if hold.state != "held" else hold.points_held
            assert kept + back == hold.points_held

    @invariant()
    def the_books_reconcile(self) -> None:
        assert points.reconcile() == []


@pytest.mark.django_db
def test_points_are_conserved_whatever_happens():
    run_state_machine_as_test(
        Books,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


# --- Append-only -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE billing_entry SET points = 99",
        "UPDATE billing_entry SET reason = 'oops'",
        "DELETE FROM billing_entry",
    ],
)
def test_the_database_refuses_to_change_an_entry(bucket, statement):
    bucket("5")
    with pytest.raises(IntegrityError, match="never changed"), transaction.atomic():
        connection.cursor().execute(statement)
    assert Entry.objects.get().points == 5


def test_the_model_refuses_to_change_an_entry(bucket):
    bucket("5")
    entry = Entry.objects.get()
    entry.points = Decimal(6)
    for change in (
        entry.save,
        entry.delete,
        Entry.objects.all().delete,
        lambda: Entry.objects.update(points=6),
        lambda: Entry.objects.bulk_update([entry], ["points"]),
    ):
        with pytest.raises(AppendOnlyError), transaction.atomic():
            change()
    assert Entry.objects.get().points == 5


def test_a_settled_hold_cannot_be_opened_again(bucket, hold):
    bucket("8")
    hold()
    points.release(hold_id=Hold.objects.get().pk)
    with pytest.raises(IntegrityError, match="settled hold is final"), transaction.atomic():
        Hold.objects.update(state="held", settled_at=None)


def test_a_bucket_or_partner_with_entries_cannot_be_deleted(bucket, partner):
    money = bucket("5")
    for thing in (money, partner):
        with pytest.raises(ProtectedError):
            thing.delete()


@pytest.mark.parametrize("remaining", ["-0.25", "5.25", "4.9"])
def test_the_database_refuses_an_impossible_bucket(bucket, remaining):
    bucket("5")
    with pytest.raises(IntegrityError), transaction.atomic():
        Bucket.objects.update(remaining=Decimal(remaining))


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "hold", "points": 1},
        {"kind": "hold", "points": -1, "hold": None},
        {"kind": "release", "points": -1},
        {"kind": "grant", "points": 1, "hold": None},
        {"kind": "refund", "points": 1, "hold": None},
        {"kind": "correction", "points": 0, "hold": None},
        {"kind": "correction", "points": Decimal("0.1"), "hold": None},
        {"kind": "hold", "points": -8},
    ],
    ids=str,
)
def test_the_database_refuses_an_impossible_entry(bucket, hold, wrong):
    """The last one is a second movement of the same kind, hold and bucket."""
    money = bucket("8")
    hold()
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(**{"bucket": money, "hold": Hold.objects.get(), **wrong})


# --- Reconciliation ----------------------------------------------------------------------------


def test_a_bucket_that_left_its_entries_is_found(bucket, partner):
    money = bucket("8")
    Bucket.objects.update(remaining=7)

    (found,) = points.reconcile()

    assert found == points.Discrepancy(
        "bucket_remaining", str(money.pk), partner.pk, Decimal(8), Decimal(7)
    )


def test_a_hold_that_left_its_entries_is_found(bucket, hold):
    bucket("100")
    job = uuid4()
    hold(job)
    Hold.objects.update(points_held=16, count=2)
    assert {(found.what, found.subject, found.found) for found in points.reconcile()} == {
        ("hold_taken", str(job), 16),
        ("hold_captured", str(job), 16),
    }


def test_a_hold_on_a_strangers_bucket_is_found(bucket, hold):
    stranger = Partner.objects.create(name="Other")
    bucket("100")
    hold()
    Bucket.objects.update(partner=stranger)
    assert [found.what for found in points.reconcile()] == ["foreign_bucket"]
