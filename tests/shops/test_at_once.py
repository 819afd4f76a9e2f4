"""The same product at the same moment: one batch, one charge (locks of PostgreSQL)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Partner
from billing import points
from imaging.models import Batch
from integrations.shops import receiving, working
from integrations.shops.models import ShopDelivery, ShopLink, ShopPicture, ShopProduct
from integrations.shops.told import Photo, Told
from tests.billing.test_concurrency import together
from tests.integrations.store_orders import make_pictures

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
WORKERS = 6


def told() -> Told:
    return Told("7", "Mug", (Photo("8", "https://a.example/mug.jpg"),), None)


def test_a_webhook_that_arrives_many_times_at_once_is_noted_once(link: ShopLink) -> None:
    answers: list[bool] = []

    def arrive(_: int) -> None:
        answers.append(receiving.receive(link, told(), delivery_id="1", topic="products/update"))

    together(WORKERS, arrive)

    assert sorted(answers) == [False] * (WORKERS - 1) + [True]
    assert (ShopDelivery.objects.count(), ShopProduct.objects.count()) == (1, 1)


def test_different_webhooks_of_one_product_make_one_product(link: ShopLink) -> None:
    def arrive(number: int) -> None:
        receiving.receive(link, told(), delivery_id=str(number), topic="products/update")

    together(WORKERS, arrive)

    assert (ShopDelivery.objects.count(), ShopProduct.objects.count()) == (WORKERS, 1)


def test_many_workers_order_once_and_write_once(
    shop: Any, link: ShopLink, partner: Partner
) -> None:
    product = shop.create(photos=("front.jpg",))
    body = Told(str(product), "Mug", (Photo("8", "https://a.example/mug.jpg"),), None)
    receiving.receive(link, body, delivery_id="1", topic="products/update")
    row = ShopProduct.objects.get()

    together(WORKERS, lambda _: working.advance(row.pk))
    make_pictures()
    together(WORKERS, lambda _: working.advance(row.pk))

    assert Batch.objects.count() == 1
    assert points.balance(partner_id=partner.pk) == 1000 - 3 * Decimal(8)
    assert len(shop.images(product)) == 4
    assert set(ShopPicture.objects.values_list("state", flat=True)) == {"written"}
