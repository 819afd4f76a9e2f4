"""Amounts of points: quarter steps, exact, shown without needless zeros."""

from __future__ import annotations

from decimal import Decimal

from accounts.api.envelope import json_points
from accounts.errors import InvalidRequest

STEP = Decimal("0.25")
MOST = Decimal("9999999999.75")  # what a column of 12 digits, 2 of them decimals, can hold


# 8 and 7.25, never 8.00, in JSON and in messages alike.
show = json_points


def checked(points: Decimal) -> Decimal:
    """`points` if they can be granted or charged: more than 0, in quarter steps, not absurd.

    Raises InvalidRequest otherwise.
    """
    if not points.is_finite() or not 0 < points <= MOST:
        raise InvalidRequest("Points must be more than 0 and fit the books.", param="points")
    if points % STEP:
        raise InvalidRequest("Points come in quarter steps, such as 7.25.", param="points")
    return points
