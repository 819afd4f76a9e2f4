"""Grant, quote, hold: what is taken, from where, at which price, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from accounts.errors import InvalidRequest
from accounts.models import Partner
from billing import points
from billing.errors import HoldMismatch, InsufficientPoints, PriceMissing
from billing.models import Bucket, Entry, Hold, Price


def remaining(*buckets: Bucket) -> tuple[Decimal, ...]:
    left = dict(Bucket.objects.values_list("pk", "remaining"))
    return tuple(left[bucket.pk] for bucket in buckets)


def test_a_grant_is_a_bucket_and_an_entry(partner):
    granted = points.grant(
        partner=partner,
        tier="growth",
        points=Decimal("25000"),
        reason="welcome",
        package_code="pack_25000",
    )

    entry = Entry.objects.get()
    assert (granted.original, granted.remaining) == (25000, 25000)
    assert (entry.bucket_id, entry.kind, entry.points) == (granted.pk, "grant", 25000)
    assert (entry.reason, granted.package_code) == ("welcome", "pack_25000")
    assert points.balance(partner_id=partner.pk) == 25000


@pytest.mark.parametrize("bad", ["0", "-5", "7.3", "0.125", "NaN", "Infinity", "1e11"])
def test_points_that_cannot_be_are_not_granted(partner, bad):
    with pytest.raises(InvalidRequest) as refused:
        points.grant(partner=partner, tier="starter", points=Decimal(bad))
    assert refused.value.param == "points"
    assert not Bucket.objects.exists()


def test_an_unknown_tier_is_not_granted(partner):
    with pytest.raises(InvalidRequest, match="Supported: starter, growth, scale"):
        points.grant(partner=partner, tier="gold", points=Decimal(5))


def test_a_hold_takes_the_price_of_the_oldest_bucket_from_it(bucket, hold, partner):
    old, new = bucket("100", "growth"), bucket("100", "starter")

    held = hold()

    assert held == points.Held(Decimal("7.25"), Decimal("7.25"), "growth", Decimal("192.75"))
    assert remaining(old, new) == (Decimal("92.75"), 100)
    assert points.balance(partner_id=partner.pk) == Decimal("192.75")


@pytest.mark.parametrize(
    ("operation", "mode", "price"),
    [
        ("create", "fast", 8),
        ("enhance", "thinking", 15),
        ("packshot", "fast", 8),
        ("edit", "thinking", 15),
    ],
)
def test_every_operation_has_its_price(bucket, hold, operation, mode, price):
    bucket("100")
    assert hold(operation=operation, mode=mode).points == price


def test_what_the_oldest_bucket_cannot_cover_comes_from_the_next_ones(bucket, hold):
    old, middle, new = bucket("3"), bucket("1.25", "growth"), bucket("100", "scale")

    held = hold()

    assert (held.points, held.tier) == (8, "starter")
    assert remaining(old, middle, new) == (0, 0, Decimal("96.25"))
    moved = Entry.objects.filter(kind="hold").order_by("id").values_list("bucket_id", "points")
    assert list(moved) == [
        (old.pk, -3),
        (middle.pk, Decimal("-1.25")),
        (new.pk, Decimal("-3.75")),
    ]


def test_an_empty_bucket_sets_no_price(bucket, hold):
    bucket("8")
    bucket("100", "scale")
    hold()
    assert (hold().tier, hold().points) == ("scale", 6)


def test_many_pictures_cost_many_times_the_price(bucket, hold):
    bucket("100", "growth")
    assert hold(count=3).points == Decimal("21.75")
    assert Hold.objects.get().count == 3


def test_a_hold_is_repeated_without_taking_more(bucket, hold, partner):
    bucket("10")
    job = uuid4()
    first = hold(job)

    again = hold(job)

    assert again == first
    assert points.balance(partner_id=partner.pk) == 2
    assert Entry.objects.filter(kind="hold").count() == 1


def test_a_hold_is_repeated_when_nothing_else_is_left(bucket, hold):
    bucket("8")
    job = uuid4()
    hold(job)
    assert hold(job) == points.Held(Decimal(8), Decimal(8), "starter", Decimal(0))


@pytest.mark.parametrize("other", [{"mode": "thinking"}, {"operation": "enhance"}, {"count": 2}])
def test_the_id_of_a_hold_cannot_be_used_for_something_else(bucket, hold, other):
    bucket("100")
    job = uuid4()
    hold(job)
    with pytest.raises(HoldMismatch):
        hold(job, **other)
    assert Hold.objects.get().points_held == 8


def test_the_id_of_another_partners_hold_is_refused(bucket, hold):
    stranger = Partner.objects.create(name="Other")
    bucket("100")
    bucket("100", of=stranger)
    job = uuid4()
    hold(job)
    with pytest.raises(HoldMismatch):
        hold(job, partner_id=stranger.pk)
    assert points.balance(partner_id=stranger.pk) == 100


def test_too_few_points_take_nothing_and_say_so(bucket, hold, partner):
    bucket("3")
    with pytest.raises(InsufficientPoints) as refused:
        hold()
    assert refused.value.message == (
        "Insufficient points. Required: 8 (starter tier, fast mode), Available: 3. "
        "Please top up your account."
    )
    assert (refused.value.status_code, refused.value.code) == (402, "insufficient_points")
    assert points.balance(partner_id=partner.pk) == 3
    assert not Hold.objects.exists()


def test_quarter_points_are_shown_as_they_are(bucket, hold):
    bucket("7", "growth")
    with pytest.raises(InsufficientPoints, match=r"Required: 7\.25 \(growth tier.*Available: 7\."):
        hold()


def test_without_points_the_tier_is_the_last_one_used(bucket, hold):
    with pytest.raises(
        InsufficientPoints, match=r"Required: 8 \(starter tier, fast mode\), Available: 0"
    ):
        hold()
    bucket("8")
    bucket("6", "scale")
    hold()
    hold()
    with pytest.raises(InsufficientPoints, match=r"Required: 11 \(scale tier, thinking mode\)"):
        hold(mode="thinking")


@pytest.mark.parametrize(
    "bad", [{"operation": "paint"}, {"mode": "slow"}, {"count": 0}, {"count": -1}, {"count": 1001}]
)
def test_an_order_that_makes_no_sense_is_refused(bucket, hold, partner, bad):
    bucket("100")
    with pytest.raises(InvalidRequest) as refused:
        hold(**bad)
    assert refused.value.param == next(iter(bad))
    assert points.balance(partner_id=partner.pk) == 100


def test_a_price_edited_by_staff_counts_for_the_next_hold_only(bucket, hold):
    bucket("100")
    job = uuid4()
    hold(job)
    Price.objects.filter(tier="starter", operation="create", mode="fast").update(points="9.5")

    assert hold().points == Decimal("9.5")
    assert points.capture(hold_id=job).points_used == 8


def test_a_missing_price_is_an_honest_refusal(bucket, hold, partner):
    bucket("100")
    Price.objects.filter(tier="starter").delete()
    with pytest.raises(PriceMissing):
        hold()
    with pytest.raises(PriceMissing):
        points.quote(partner_id=partner.pk, operation="create", mode="fast")
    assert points.balance(partner_id=partner.pk) == 100


def test_a_hold_is_undone_with_the_callers_transaction(bucket, hold, partner):
    bucket("100")
    with transaction.atomic():
        hold()
        transaction.set_rollback(True)
    assert points.balance(partner_id=partner.pk) == 100
    assert not Hold.objects.exists()


def test_a_refused_hold_leaves_the_callers_transaction_usable(bucket, hold, partner):
    with transaction.atomic():
        with pytest.raises(InsufficientPoints):
            hold()
        bucket("8")
        hold()
    assert points.balance(partner_id=partner.pk) == 0


def test_a_quote_says_what_a_hold_would_take_and_takes_nothing(bucket, partner):
    old, new = bucket("3"), bucket("100", "scale")

    quote = points.quote(partner_id=partner.pk, operation="packshot", mode="fast", count=2)

    assert (quote.unit_price, quote.total, quote.tier) == (8, 16, "starter")
    assert (quote.available, quote.enough) == (103, True)
    assert quote.takes == ((old.pk, "starter", 3), (new.pk, "scale", 13))
    assert points.balance(partner_id=partner.pk) == 103
    assert Entry.objects.filter(kind="hold").count() == 0


def test_a_quote_beyond_the_balance_says_that_it_is_not_enough(bucket, partner):
    bucket("3")
    quote = points.quote(partner_id=partner.pk, operation="create", mode="fast")
    assert (quote.enough, quote.takes, quote.available) == (False, (), 3)


def test_a_quote_without_buckets_is_at_the_starter_price(partner):
    quote = points.quote(partner_id=partner.pk, operation="create", mode="thinking")
    assert (quote.tier, quote.total, quote.available) == ("starter", 15, 0)
