"""A partner, an API key, and points to spend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts import keys
from accounts.models import ApiKey, Partner
from billing import points, purchases
from billing.models import Bucket, Purchase
from tests.billing.stripe_double import SECRET, StripeDouble


@pytest.fixture
def partner(db: None) -> Partner:
    return Partner.objects.create(name="Acme Lamps")


@pytest.fixture
def api_key(partner: Partner) -> ApiKey:
    return keys.create_key(partner=partner).row


@pytest.fixture
def bucket(partner: Partner) -> Callable[..., Bucket]:
    """A bucket of so many points; the next one made is the younger one."""

    def make(points_granted: str, tier: str = "starter", of: Partner = partner) -> Bucket:
        return points.grant(partner=of, tier=tier, points=Decimal(points_granted))

    return make


@pytest.fixture
def hold(partner: Partner) -> Callable[..., points.Held]:
    """Hold one fast create for the partner; anything can be set otherwise."""

    def make(hold_id: UUID | None = None, **options: object) -> points.Held:
        order = {"partner_id": partner.pk, "operation": "create", "mode": "fast", **options}
        return points.hold(hold_id=hold_id or uuid4(), **order)  # type: ignore[arg-type]

    return make


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the time that the services see; it moves on a little with every look."""

    def set_to(moment: datetime) -> None:
        looks = iter(range(1_000_000))
        monkeypatch.setattr(timezone, "now", lambda: moment + timedelta(microseconds=next(looks)))

    return set_to


@pytest.fixture
def stripe(settings: Any) -> Iterator[StripeDouble]:
    double = StripeDouble()
    settings.STRIPE_SECRET_KEY = f"sk_test_{uuid4().hex}"
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    settings.STRIPE_API_BASE = double.base
    yield double
    double.close()


@pytest.fixture
def buy(partner: Partner, stripe: StripeDouble) -> Callable[..., Purchase]:
    """Orders a package; the checkout is open."""

    def order(package: str = "pack_5000", **wishes: Any) -> Purchase:
        url = purchases.start_checkout(
            partner=partner,
            package_code=package,
            buyer="owner@acme.example",
            success_url="http://testserver/dashboard/billing?session={CHECKOUT_SESSION_ID}",
            cancel_url="http://testserver/dashboard/billing",
            **wishes,
        )
        assert url.startswith("https://checkout.stripe.com/")
        return Purchase.objects.order_by("created_at").last()  # type: ignore[return-value]

    return order
