"""A partner with points whose merchant has a linked shop, and what the shop and workers do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Partner
from billing import points
from integrations import connections, merchants
from integrations.models import Account, Integration
from integrations.shops import links, working
from integrations.shops.models import ShopLink, ShopPicture, ShopProduct
from integrations.shops.styles import read_styles
from tests.integrations.conftest import SARAH, Program, program  # noqa: F401 (a fixture)
from tests.integrations.store_orders import make_pictures
from tests.openapi.conformity import answers_as_described  # noqa: F401 (a fixture)
from tests.shops.doubles import ShopDouble, ShopifyDouble, WooCommerceDouble

KINDS = {"shopify": ShopifyDouble, "woocommerce": WooCommerceDouble}


@pytest.fixture
def partner(db: None) -> Partner:
    made = Partner.objects.create(name="Acme", rate_minute=1000)
    points.grant(partner=made, tier="starter", points=Decimal(1000))
    return made


@pytest.fixture
def account(partner: Partner) -> Account:
    return merchants.create(partner=partner, body=SARAH)


@pytest.fixture(params=KINDS)
def shop(request: pytest.FixtureRequest, settings: Any) -> Iterator[Any]:
    """A shop of each kind in turn; a test that is about one of them names it in `param`."""
    double: ShopDouble = KINDS[request.param]()
    settings.FETCH_ALLOWED_HOSTS = [double.host]
    yield double
    double.close()


def linked(account: Account, shop: Any, **wishes: Any) -> ShopLink:
    """The account's connection to the shop, and the link that a partner makes of it."""
    integration = Integration.objects.get(name=shop.kind)
    connections.connect(account, integration, shop.credentials)
    styles = read_styles(wishes.pop("styles", None))
    return links.link(account, shop.kind, styles=styles, secret=shop.secret, **wishes).link


@pytest.fixture
def link(account: Account, shop: Any) -> ShopLink:
    return linked(account, shop)


def post(link: ShopLink, webhook: tuple[bytes, dict[str, str]]) -> Any:
    """The shop sends a webhook to the link's address."""
    body, headers = webhook
    path = links.webhook_address(link).removeprefix("http://testserver")
    return Client().post(path, body, content_type="application/json", headers=headers)


@pytest.fixture
def send(link: ShopLink) -> Callable[..., Any]:
    return lambda webhook: post(link, webhook)


def work(*, fail: bool = False) -> int:
    """What workers do: order, make every picture, write back. Returns the pictures made."""
    for product in ShopProduct.objects.all():
        working.advance(product.pk)
    made = make_pictures(fail=fail)
    for product in ShopProduct.objects.all():
        working.advance(product.pk)
    return made


def left(partner: Partner) -> Decimal:
    """The points that the partner has."""
    return points.balance(partner_id=partner.pk)


def states() -> dict[str, str]:
    """Role -> state of the pictures."""
    return dict(ShopPicture.objects.values_list("role", "state"))


def later() -> None:
    """The time for the next try has come."""
    ShopProduct.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
