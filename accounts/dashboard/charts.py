"""Bars for charts: plain geometry that a template draws as SVG. No script draws anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WIDTH, HEIGHT, FOOT, HEAD, LEFT = 560.0, 190.0, 24.0, 10.0, 36.0
_COLOURS = ("one", "two", "three", "four")


@dataclass(frozen=True)
class Piece:
    """One rectangle of a bar, in the SVG's units."""

    x: float
    y: float
    width: float
    height: float
    colour: str


@dataclass(frozen=True)
class Column:
    """A day: its pieces, its label (empty where there is no room) and what to say of it."""

    x: float
    width: float
    middle: float
    label: str
    words: str
    day: date
    values: tuple[Decimal, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Chart:
    """Stacked bars. `rules` are the horizontal lines: (y, label); a bar stands for a `unit`."""

    unit: str
    width: float
    height: float
    left: float
    foot: float
    columns: tuple[Column, ...]
    rules: tuple[tuple[float, str], ...]
    legend: tuple[tuple[str, str], ...]
    total: Decimal


def stacked(
    days: Sequence[date],
    series: Sequence[str],
    values: Mapping[tuple[date, str], Decimal],
    *,
    unit: str = "Day",
) -> Chart:
    """One bar a day, one piece for each of `series` (at most four). Missing values are zero.

    With the `unit` "Week from" each of `days` stands for the week that begins with it.
    """
    rows = [tuple(values.get((day, name), Decimal(0)) for name in series) for day in days]
    top = _round_up(max((sum(row, Decimal(0)) for row in rows), default=Decimal(0)))
    step = (WIDTH - LEFT) / max(1, len(days))
    every = max(1, -(-len(days) // 6))
    columns = tuple(
        _column(
            index,
            day,
            row,
            top=top,
            step=step,
            series=series,
            named=f"{day:%d %B}" if unit == "Day" else f"{unit} {day:%d %B}",
            labelled=index % every == 0,
        )
        for index, (day, row) in enumerate(zip(days, rows, strict=True))
    )
    return Chart(
        unit=unit,
        width=WIDTH,
        height=HEIGHT,
        left=LEFT,
        foot=HEIGHT - 6,
        columns=columns,
        rules=tuple((_y(top * part / 4, top), _short(top * part / 4)) for part in (0, 2, 4)),
        legend=tuple(zip(_COLOURS, series, strict=False)),
        total=sum((sum(row, Decimal(0)) for row in rows), Decimal(0)),
    )


def _column(
    index: int,
    day: date,
    row: tuple[Decimal, ...],
    *,
    top: Decimal,
    step: float,
    series: Sequence[str],
    named: str,
    labelled: bool,
) -> Column:
    x, width = LEFT + index * step, step * 0.68
    pieces, below = [], Decimal(0)
    for colour, value in zip(_COLOURS, row, strict=False):
        if value:
            upper = _y(below + value, top)
            height = round(_y(below, top) - upper, 2)
            pieces.append(Piece(round(x + step * 0.16, 2), upper, round(width, 2), height, colour))
        below += value
    said = ", ".join(f"{name} {float(value):,.6g}" for name, value in zip(series, row, strict=True))
    return Column(
        x=round(x, 2),
        width=round(step, 2),
        middle=round(x + step / 2, 2),
        label=f"{day:%d %b}" if labelled else "",
        words=f"{named}: {said}",
        day=day,
        values=row,
        pieces=tuple(pieces),
    )


def _y(value: Decimal, top: Decimal) -> float:
    return round(HEAD + (HEIGHT - FOOT - HEAD) * (1 - float(value / top)), 2)


def _short(value: Decimal) -> str:
    """A number beside a line, where there is room for five letters: 1,200, 25k, 1.6M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if value >= size and value >= 10_000:
            return f"{float(value / size):.3g}{letter}"
    return f"{float(value):,.6g}"


def _round_up(value: Decimal) -> Decimal:
    """The next number above that reads well, and so does its half."""
    size = Decimal(1)
    while True:
        for factor in ("1", "1.2", "1.6", "2", "2.4", "3", "4", "6", "8"):
            if value <= (top := size * Decimal(factor)) and top >= 4:
                return top
        size *= 10
