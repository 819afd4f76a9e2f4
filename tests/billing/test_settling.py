"""Capture and release: what a job costs in the end, and where the rest goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest

from accounts import keys
from accounts.errors import InvalidRequest
from billing import points
from billing.errors import HoldSettled, KeyCapReached, UnknownHold
from billing.models import Bucket, Entry, Hold, Price
from tests.billing.test_points import remaining


@pytest.fixture
def job(bucket, hold):
    """A held job of three thinking pictures at 15 points, from a bucket of 100."""
    bucket("100")
    job = uuid4()
    hold(job, mode="thinking", count=3)
    return job


def test_a_capture_charges_what_was_held(job):
    settled = points.capture(hold_id=job)

    assert settled == points.Settled(Decimal(45), Decimal(55), "starter", Decimal(15))
    held = Hold.objects.get()
    assert (held.state, held.points_captured) == ("captured", 45)
    assert held.settled_at is not None
    assert not Entry.objects.filter(kind="release").exists()


def test_a_job_that_fell_back_to_fast_pays_fast_at_the_tier_of_the_hold(job, bucket):
    bucket("1000", "scale")

    settled = points.capture(hold_id=job, mode="fast")

    assert settled == points.Settled(Decimal(24), Decimal(1076), "starter", Decimal(8))


def test_fewer_pictures_cost_less(job):
    assert points.capture(hold_id=job, count=1).points_used == 15
    assert Bucket.objects.get().remaining == 85


def test_more_pictures_than_asked_for_cost_no_more_than_was_held(job):
    assert points.capture(hold_id=job, count=9).points_used == 45


def test_a_fallback_never_costs_more_than_the_mode_that_was_asked_for(job):
    Price.objects.filter(tier="starter", mode="fast").update(points=99)
    assert points.capture(hold_id=job, mode="fast").points_used == 45


def test_no_picture_is_a_release(job):
    settled = points.capture(hold_id=job, count=0)

    assert settled == points.Settled(Decimal(0), Decimal(100), "starter", Decimal(15))
    assert Hold.objects.get().state == "released"
    assert points.release(hold_id=job).points_used == 0


def test_a_release_gives_everything_back(job, partner):
    settled = points.release(hold_id=job)
    assert (settled.points_used, settled.balance) == (0, 100)
    assert points.balance(partner_id=partner.pk) == 100


@pytest.mark.parametrize(
    ("pictures", "left"),
    [
        (3, ("0", "0", "100")),
        (2, ("0", "0.5", "107")),
        (1, ("0", "8", "107")),
        (0, ("3", "12.5", "107")),
    ],
)
def test_points_go_back_to_their_own_buckets_the_last_taken_first(bucket, hold, pictures, left):
    """Three pictures at 7.50 took 3, 12.50 and 7; what they did not cost begins with the 7."""
    Price.objects.filter(tier="starter", operation="create", mode="fast").update(points="7.5")
    buckets = bucket("3"), bucket("12.5", "growth"), bucket("107", "scale")
    job = uuid4()
    hold(job, count=3)

    points.capture(hold_id=job, count=pictures)

    assert remaining(*buckets) == tuple(map(Decimal, left))


@pytest.mark.parametrize("how", [{}, {"mode": "fast"}, {"count": 1}, {"mode": "fast", "count": 2}])
def test_a_capture_can_be_repeated(job, how):
    first = points.capture(hold_id=job, **how)
    assert points.capture(hold_id=job, **how) == first
    assert points.capture(hold_id=job) == first
    assert Bucket.objects.get().remaining == 100 - first.points_used


def test_a_release_can_be_repeated(job):
    first = points.release(hold_id=job)
    assert points.release(hold_id=job) == first
    assert Entry.objects.filter(kind="release").count() == 1


def test_released_points_cannot_be_captured_later(job):
    points.release(hold_id=job)
    with pytest.raises(HoldSettled, match="already released"):
        points.capture(hold_id=job)
    assert Bucket.objects.get().remaining == 100


def test_captured_points_cannot_be_released_later(job):
    points.capture(hold_id=job)
    with pytest.raises(HoldSettled, match="already captured"):
        points.release(hold_id=job)
    with pytest.raises(HoldSettled):
        points.capture(hold_id=job, count=0)
    assert Bucket.objects.get().remaining == 55


def test_a_hold_that_never_was_cannot_be_settled(db):
    for settle in (points.capture, points.release):
        with pytest.raises(UnknownHold):
            settle(hold_id=uuid4())


@pytest.mark.parametrize("how", [{"count": -1}, {"mode": "slow"}])
def test_a_capture_that_makes_no_sense_is_refused(job, how):
    with pytest.raises(InvalidRequest):
        points.capture(hold_id=job, **how)
    assert Hold.objects.get().state == "held"


# --- Monthly caps of keys ----------------------------------------------------------------------


@pytest.fixture
def hold_by_key(bucket, hold, api_key):
    bucket("1000")
    return lambda **options: hold(
        **{"api_key_id": api_key.pk, "monthly_cap": Decimal(20), **options}
    )


def test_a_key_stops_at_its_cap(hold_by_key, partner):
    hold_by_key()
    hold_by_key()
    with pytest.raises(KeyCapReached, match="Used this month: 16 of 20") as refused:
        hold_by_key()
    assert (refused.value.status_code, refused.value.code) == (402, "key_cap_reached")
    assert points.balance(partner_id=partner.pk) == 984


def test_a_key_may_reach_its_cap_exactly(hold_by_key):
    hold_by_key(monthly_cap=Decimal(16))
    hold_by_key(monthly_cap=Decimal(16))
    with pytest.raises(KeyCapReached):
        hold_by_key(monthly_cap=Decimal(16))


def test_a_rotated_key_goes_on_counting_where_it_stood(hold_by_key, api_key, partner):
    hold_by_key()
    new = keys.rotate(api_key, overlap=timedelta(days=1)).row
    newest = keys.rotate(new, overlap=timedelta(days=1)).row
    hold_by_key(api_key_id=newest.pk)

    for key in (api_key, new, newest):
        with pytest.raises(KeyCapReached, match="Used this month: 16 of 20"):
            hold_by_key(api_key_id=key.pk)

    hold_by_key(api_key_id=keys.create_key(partner=partner).row.pk)


def test_released_points_do_not_count_and_captured_ones_do(hold_by_key):
    failed, done = uuid4(), uuid4()
    hold_by_key(hold_id=failed)
    hold_by_key(hold_id=done)
    points.release(hold_id=failed)
    points.capture(hold_id=done)
    hold_by_key()
    with pytest.raises(KeyCapReached):
        hold_by_key()


def test_repeating_a_hold_at_the_cap_is_no_breach(hold_by_key):
    job = uuid4()
    first = hold_by_key(hold_id=job, mode="thinking")
    assert hold_by_key(hold_id=job, mode="thinking") == first


def test_a_cap_begins_anew_with_the_month_in_utc(hold_by_key, clock):
    clock(datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC))
    hold_by_key(mode="thinking")
    with pytest.raises(KeyCapReached):
        hold_by_key()
    clock(datetime(2026, 2, 1, tzinfo=UTC))
    hold_by_key()


def test_the_cap_of_one_key_is_not_the_cap_of_another(hold_by_key, partner):
    other = keys.create_key(partner=partner).row
    hold_by_key(mode="thinking")
    hold_by_key(mode="thinking", api_key_id=other.pk)
    with pytest.raises(KeyCapReached):
        hold_by_key(mode="thinking")
