"""Charts: heights tell the truth, and nothing falls out of the picture."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from accounts.dashboard import charts

DAYS = [date(2026, 1, 1) + timedelta(days=index) for index in range(30)]


def test_a_piece_is_as_high_as_its_share_of_the_scale() -> None:
    values = {(DAYS[0], "create"): Decimal(6), (DAYS[0], "enhance"): Decimal(2)}
    chart = charts.stacked(DAYS, ["create", "enhance"], values)
    create, enhance = chart.columns[0].pieces
    assert create.height == pytest.approx(3 * enhance.height, abs=0.05)
    assert enhance.y + enhance.height == pytest.approx(create.y, abs=0.05)
    assert chart.total == 8


def test_every_piece_lies_within_the_picture() -> None:
    values = {(day, "create"): Decimal(index * 37) for index, day in enumerate(DAYS)}
    chart = charts.stacked(DAYS, ["create"], values)
    for piece in (piece for column in chart.columns for piece in column.pieces):
        assert 0 <= piece.x <= piece.x + piece.width <= chart.width
        assert 0 <= piece.y <= piece.y + piece.height <= chart.height


@pytest.mark.parametrize(("highest", "top"), [("0", "4"), ("90", "100"), ("101", "120")])
def test_the_scale_ends_at_a_number_that_reads_well(highest: str, top: str) -> None:
    chart = charts.stacked(DAYS, ["create"], {(DAYS[0], "create"): Decimal(highest)})
    assert chart.rules[-1][1] == top


def test_a_month_without_use_is_an_empty_chart() -> None:
    chart = charts.stacked(DAYS, ["create"], {})
    assert not any(column.pieces for column in chart.columns)


def test_bars_may_be_weeks() -> None:
    chart = charts.stacked(
        DAYS[::7], ["create"], {(DAYS[7], "create"): Decimal(3)}, unit="Week from"
    )
    assert chart.unit == "Week from"
    assert chart.columns[1].words == "Week from 08 January: create 3"
