"""A product in a shop gets its pictures: made and paid for once, written back once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent, Partner
from billing import points
from billing.models import Bucket
from imaging.models import Batch, Generation
from integrations.models import Account
from integrations.shops import receiving, working
from integrations.shops.models import ShopDelivery, ShopLink, ShopPicture, ShopProduct
from tests.shops.conftest import left, linked, post, states, work

pytestmark = pytest.mark.django_db

PRICE = Decimal(8)
EVERY = ["hero", "angle", "lifestyle", "square"]


# --- The set --------------------------------------------------------------------------------------


def test_a_new_product_gets_its_set_in_the_shop(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    product = shop.create()
    before = [image["id"] for image in shop.images(product)]

    assert send(shop.webhook(product)).status_code == 202
    assert work() == 4

    images = shop.images(product)
    assert [image["id"] for image in images[:2]] == before
    assert [image["alt"] for image in images[2:]] == [
        "Blue Mug",
        "Blue Mug, another view",
        "Blue Mug in its surroundings",
        "Blue Mug on a coloured background",
    ]
    assert left(partner) == 1000 - 4 * PRICE
    assert list(ShopPicture.objects.values_list("role", "state")) == [
        (role, "written") for role in EVERY
    ]
    assert {picture.remote_id for picture in ShopPicture.objects.all()} == {
        str(image["id"]) for image in images[2:]
    }


def test_the_pictures_are_one_batch_of_packshots_of_the_merchant_s_photos(
    shop: Any, send: Callable[..., Any]
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    work()

    [batch] = Batch.objects.all()
    jobs = list(batch.items.order_by("position"))
    front, side = (image["src"] for image in shop.images(product)[:2])
    assert (batch.surface, batch.total) == ("shops", 4)
    assert {(job.operation, job.priority) for job in jobs} == {("packshot", "batch")}
    assert [job.sources[0]["url"] for job in jobs] == [front, side, front, front]
    assert [job.recipe["style"] for job in jobs] == [
        *("white_bg", "white_bg", "lifestyle", "social_square")
    ]


def test_a_link_says_which_pictures_there_are(account: Account, shop: Any) -> None:
    link = linked(account, shop, styles={"hero": "marble", "lifestyle": None, "square": None})
    post(link, shop.webhook(shop.create()))
    work()

    assert list(ShopPicture.objects.values_list("role", "style")) == [
        ("hero", "marble"),
        ("angle", "white_bg"),
    ]


def test_a_product_without_photos_waits_for_some(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    product = shop.create(photos=())
    send(shop.webhook(product))
    assert work() == 0

    shop.add(product, "front.jpg")
    send(shop.webhook(product))

    assert work() == 3
    assert left(partner) == 1000 - 3 * PRICE


# --- Once -----------------------------------------------------------------------------------------


def test_a_webhook_that_comes_again_changes_nothing(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    webhook = shop.webhook(shop.create())
    assert [send(webhook).status_code for _ in range(3)] == [202, 202, 202]
    work()
    send(webhook)

    assert work() == 0
    assert ShopDelivery.objects.count() == 1
    assert left(partner) == 1000 - 4 * PRICE


def test_what_we_write_back_is_no_news(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    """Each picture that we add has the shop send its webhook again."""
    product = shop.create()
    send(shop.webhook(product))
    work()

    for _ in range(3):
        send(shop.webhook(product))
        assert work() == 0

    assert len(shop.images(product)) == 6
    assert left(partner) == 1000 - 4 * PRICE


def test_nor_while_nobody_has_noted_it_yet(shop: Any, send: Callable[..., Any]) -> None:
    """The webhook may overtake the answer to the very request that caused it."""
    product = shop.create()
    send(shop.webhook(product))
    shop.troubles = [
        # Both kinds are asked for what they have first, then given a picture.
        (200, {}, shop.products[product]),
        "silence",
    ]
    work()
    assert states()["hero"] == "made"

    send(shop.webhook(product))

    assert work() == 0
    assert ShopPicture.objects.count() == 4


def test_a_new_photo_costs_its_own_picture_only(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    work()
    shop.add(product, "back.jpg")

    send(shop.webhook(product))

    assert work() == 1
    assert left(partner) == 1000 - 5 * PRICE


def test_news_that_was_overtaken_is_not_believed(shop: Any, send: Callable[..., Any]) -> None:
    product = shop.create()
    old = shop.webhook(product)
    shop.add(product, "back.jpg")
    send(shop.webhook(product))
    send(old)

    assert len(ShopProduct.objects.get().photos) == 3


def test_the_database_refuses_a_second_picture_of_the_same(
    shop: Any, send: Callable[..., Any]
) -> None:
    send(shop.webhook(shop.create()))
    work()
    picture = ShopPicture.objects.first()
    assert picture is not None

    for changes in ({}, {"source_key": "x"}):  # the same photo, or the same picture in the shop
        picture.pk, picture.generation = None, None
        for name, value in changes.items():
            setattr(picture, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            picture.save(force_insert=True)


# --- Points ---------------------------------------------------------------------------------------


def test_too_few_points_are_said_and_made_good_by_the_next_webhook(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    Bucket.objects.update(remaining=0)
    points.grant(partner=partner, tier="starter", points=Decimal(20))
    short = left(partner)
    product = shop.create()
    send(shop.webhook(product))
    assert work() == 0

    assert "Insufficient points" in ShopProduct.objects.get().problem
    assert set(states().values()) == {"wanted"}
    assert left(partner) == short
    assert AuditEvent.objects.filter(action="shop.unpaid", partner=partner).exists()

    points.grant(partner=partner, tier="starter", points=Decimal(100))
    send(shop.webhook(product))

    assert work() == 4
    assert ShopProduct.objects.get().problem == ""
    assert set(states().values()) == {"written"}


def test_pictures_that_could_not_be_made_cost_nothing_and_are_tried_thrice(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    product = shop.create()
    made = []
    for _ in range(5):
        send(shop.webhook(product))
        made.append(work(fail=True))

    assert made == [4, 4, 4, 0, 0]
    assert set(states().values()) == {"failed"}
    assert ShopPicture.objects.filter(problem="It cannot be drawn.").count() == 4
    assert left(partner) == 1000


def test_a_partner_that_is_switched_off_pays_nothing(
    shop: Any, send: Callable[..., Any], partner: Partner
) -> None:
    send(shop.webhook(shop.create()))
    Partner.objects.update(active=False)

    assert work() == 0
    assert ShopProduct.objects.get().problem == "The partner is switched off"


# --- Who is woken ---------------------------------------------------------------------------------


def test_a_batch_wakes_its_product_once(
    shop: Any, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(working, "queue", woken.append)
    send(shop.webhook(shop.create()))
    product = ShopProduct.objects.get()
    assert woken == [product.pk]

    work()

    assert woken == [product.pk] * 2


def test_old_deliveries_are_forgotten(shop: Any, send: Callable[..., Any]) -> None:
    send(shop.webhook(shop.create()))
    assert receiving.forget_old_deliveries() == 0
    ShopDelivery.objects.update(received_at=timezone.now() - receiving.DELIVERIES_KEPT * 2)
    assert receiving.forget_old_deliveries() == 1


def test_shops_of_two_partners_know_nothing_of_each_other(
    shop: Any, link: ShopLink, partner: Partner
) -> None:
    """The same shop, linked by two partners: each pays for its own pictures."""
    from integrations import merchants
    from tests.integrations.conftest import SARAH

    other = Partner.objects.create(name="Rival")
    points.grant(partner=other, tier="starter", points=Decimal(100))
    theirs = merchants.create(
        partner=other,
        body={
            **SARAH,
            "email": "b@b.example",
            "mobileNumber": {"value": "9876543211", "countryCode": 91},
        },
    )
    rival = linked(theirs, shop)
    assert rival.token != link.token

    post(rival, shop.webhook(shop.create()))
    work()

    assert (left(partner), left(other)) == (1000, 100 - 4 * PRICE)
    assert set(Generation.objects.values_list("partner_id", flat=True)) == {other.pk}
    assert not link.products.exists()
