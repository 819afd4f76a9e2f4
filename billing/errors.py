"""What billing refuses, with the facts as attributes."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from accounts.errors import Conflict, NotFound, PaymentRequired, Unavailable
from billing.amounts import show


class InsufficientPoints(PaymentRequired):
    """The partner's buckets hold less than the price. Nothing was taken."""

    def __init__(self, *, required: Decimal, tier: str, mode: str, available: Decimal) -> None:
        self.required = required
        self.tier = tier
        self.mode = mode
        self.available = available
        super().__init__(
            f"Insufficient points. Required: {show(required)} ({tier} tier, {mode} mode), "
            f"Available: {show(available)}. Please top up your account."
        )


class KeyCapReached(PaymentRequired):
    """The price would take the key past its monthly cap. Nothing was taken."""

    code = "key_cap_reached"

    def __init__(self, *, required: Decimal, cap: Decimal, used: Decimal) -> None:
        self.required = required
        self.cap = cap
        self.used = used
        super().__init__(
            f"Monthly cap of this API key reached. Required: {show(required)}, "
            f"Used this month: {show(used)} of {show(cap)}."
        )


class PriceMissing(Unavailable):
    """Staff have not set the price of this operation at this tier."""

    def __init__(self, *, tier: str, operation: str, mode: str) -> None:
        self.tier = tier
        self.operation = operation
        self.mode = mode
        super().__init__(f"There is no price for {operation} ({tier} tier, {mode} mode) yet.")


class UnknownHold(NotFound):
    """No hold has this id."""

    def __init__(self, hold_id: UUID) -> None:
        self.hold_id = hold_id
        super().__init__("No points are held for this job.")


class HoldMismatch(Conflict):
    """The id of a hold was used again for something else. Nothing was taken."""

    def __init__(self, hold_id: UUID) -> None:
        self.hold_id = hold_id
        super().__init__("Points are already held under this id for something else.")


class HoldSettled(Conflict):
    """The hold ended the other way: released points cannot be captured, nor the reverse."""

    def __init__(self, hold_id: UUID, *, state: str) -> None:
        self.hold_id = hold_id
        self.state = state
        super().__init__(f"The points of this job were already {state}.")
