"""What a partner has, and how it gets less."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

from accounts.models import Partner
from billing import points


def balance(partner: Partner) -> Decimal:
    return points.balance(partner_id=partner.pk)


def spend(partner: Partner, count: int) -> None:
    """Use up `count` fast pictures at 8 points."""
    hold_id = uuid4()
    points.hold(
        partner_id=partner.pk, hold_id=hold_id, operation="create", mode="fast", count=count
    )
    points.capture(hold_id=hold_id)
