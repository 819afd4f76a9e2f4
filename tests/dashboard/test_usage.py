"""Usage: every charged picture is in a bar, whether bars are days or weeks."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from billing.history import Use
from imaging.dashboard import usage
from tests.dashboard.conftest import Company

TODAY = date(2026, 11, 28)


@pytest.mark.parametrize(("span", "bars"), [(7, 7), (30, 30), (90, 13)])
def test_the_bars_hold_the_first_day_and_the_last(span: int, bars: int) -> None:
    first = TODAY - timedelta(days=span - 1)
    uses = [Use(day, "create", 1, Decimal(8)) for day in (first, TODAY)]
    chart = usage._chart(first, span, ((use, use.points) for use in uses))
    assert len(chart.columns) == bars
    assert chart.columns[0].values[0] == chart.columns[-1].values[0] == 8
    assert chart.total == 16


def test_a_picture_that_a_clock_ahead_put_on_tomorrow_breaks_nothing() -> None:
    use = Use(TODAY + timedelta(days=1), "create", 1, Decimal(8))
    chart = usage._chart(TODAY - timedelta(days=89), 90, [(use, use.points)])
    assert chart.total == 0


@pytest.mark.django_db
@pytest.mark.parametrize("days", ["7", "30", "90", "wrong"])
def test_every_span_names_what_was_charged(acme: Company, days: str) -> None:
    page = acme.client("viewer").get(reverse("dashboard-usage"), {"days": days})
    assert re.search(r"8 used", page.content.decode())
