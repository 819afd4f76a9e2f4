"""Use over time: what is added up beforehand and what is counted afresh are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, Partner
from billing import daily, history
from billing.models import DayUse, Hold, SummedThrough

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return Partner.objects.create(name="Acme")


def charged(partner: Partner, at: datetime, key: ApiKey | None = None, **facts: Any) -> Hold:
    """A job of 8 points that was charged at that moment."""
    row = {"operation": "create", "mode": "fast", "count": 1, "tier": "starter", **facts}
    return Hold.objects.create(
        id=uuid4(),
        partner=partner,
        api_key=key,
        unit_price=8,
        points_held=8,
        points_captured=8,
        settled_price=8,
        state="captured",
        created_at=at,
        settled_at=at,
        **row,
    )


def midnight(days_ago: int) -> datetime:
    return daily.midnight(timezone.now().date() - timedelta(days=days_ago))


def test_days_that_are_over_and_today_come_together(partner: Partner) -> None:
    for days in (0, 1, 3, 3):
        charged(partner, midnight(days) + timedelta(minutes=1))
    for _ in range(2):  # the first adds the days up, the second finds them
        uses = history.by_day(partner, since=midnight(5))
        assert [(use.jobs, use.points) for use in uses] == [(2, 16), (1, 8), (1, 8)]
        assert uses[-1].day == timezone.now().date()


def test_what_lies_before_the_span_is_left_out(partner: Partner) -> None:
    charged(partner, midnight(3))
    charged(partner, midnight(3) - timedelta(microseconds=1))
    assert sum(use.jobs for use in history.by_day(partner, since=midnight(3))) == 1


def test_a_key_s_jobs_of_before_and_of_today_are_one_line(partner: Partner) -> None:
    key = keys.create_key(partner=partner, name="Shop backend").row
    charged(partner, midnight(2), key)
    charged(partner, midnight(0), key)
    charged(partner, midnight(2))
    found = history.by_key(partner, since=midnight(5))
    assert [(use.name, use.jobs, use.points) for use in found] == [
        ("Shop backend", 2, Decimal(16)),
        ("", 1, Decimal(8)),
    ]


def test_a_day_is_added_up_once_and_never_again(partner: Partner) -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    charged(partner, now - timedelta(days=1))
    daily.sum_up(partner, now=now)
    charged(partner, now)
    assert daily.sum_up(partner, now=now + timedelta(days=1)) == now.date()
    assert sorted(DayUse.objects.values_list("day", "jobs")) == [
        (now.date() - timedelta(days=1), 1),
        (now.date(), 1),
    ]


def test_a_day_is_not_over_while_a_charge_of_it_may_still_come(partner: Partner) -> None:
    after = datetime(2026, 11, 28, 0, 30, tzinfo=UTC)
    assert daily.sum_up(partner, now=after) == after.date() - timedelta(days=2)


def test_nobody_s_days_are_mixed_with_another_s(partner: Partner) -> None:
    charged(Partner.objects.create(name="Rival"), midnight(2))
    assert history.by_day(partner, since=midnight(5)) == []
    assert history.by_key(partner, since=midnight(5)) == []


def test_the_database_keeps_one_sum_of_a_day(partner: Partner) -> None:
    facts = {"partner": partner, "day": midnight(2).date(), "operation": "edit", "jobs": 1}
    DayUse.objects.create(**facts, points=8)
    with pytest.raises(IntegrityError), transaction.atomic():
        DayUse.objects.create(**facts, points=8)
    assert not SummedThrough.objects.exists()
