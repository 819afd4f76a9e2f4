"""The shop's bad days, and ours: busy, gone, silent, killed; no picture is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from imaging.models import Asset
from integrations import connections
from integrations.models import Account, Integration
from integrations.shops import working, writing
from integrations.shops.calls import CREDENTIALS_REFUSED, PRODUCT_GONE
from integrations.shops.models import ShopPicture, ShopProduct
from tests.shops.conftest import later, states, work

pytestmark = pytest.mark.django_db

only = pytest.mark.parametrize


@only(
    ("trouble", "seconds"),
    [((429, {"Retry-After": "120.0"}, {"errors": "Exceeded"}), 120), ((503, {}, {}), 30)],
)
def test_a_busy_shop_is_asked_again_later(
    shop: Any, send: Callable[..., Any], trouble: Any, seconds: int
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    shop.troubles = [trouble]
    before = timezone.now()
    work()

    row = ShopProduct.objects.get()
    wait = timedelta(seconds=seconds)
    assert before + wait <= row.next_try_at <= timezone.now() + wait
    assert len(shop.images(product)) == 2
    assert working.advance_all() == 0  # not yet

    later()
    assert working.advance_all() == 1
    assert working.advance(row.pk) == 4
    assert len(shop.images(product)) == 6


def test_an_answer_that_is_lost_does_not_write_a_picture_twice(
    shop: Any, send: Callable[..., Any]
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    shop.troubles = [(200, {}, shop.products[product]), "silence"]
    work()
    assert len(shop.images(product)) == 3

    later()
    work()

    assert len(shop.images(product)) == 6
    assert set(states().values()) == {"written"}


def test_a_worker_that_dies_between_two_pictures_leaves_them_to_the_next(
    shop: Any, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has written the second, and was killed before it could note that."""
    product = shop.create()
    send(shop.webhook(product))
    save, saved = ShopPicture.save, []

    def dies(self: ShopPicture, **options: Any) -> None:
        if self.state == "written":
            saved.append(self.role)
            if len(saved) == 2:
                raise KeyboardInterrupt
        save(self, **options)

    with monkeypatch.context() as killed:
        killed.setattr(ShopPicture, "save", dies)
        with pytest.raises(KeyboardInterrupt):
            work()
    assert len(shop.images(product)) == 4
    assert sorted(states().values()) == ["made", "made", "made", "written"]

    work()

    assert len(shop.images(product)) == 6
    assert len({image["src"] for image in shop.images(product)}) == 6
    assert set(states().values()) == {"written"}


def test_a_lease_that_a_killed_worker_left_ends(shop: Any, send: Callable[..., Any]) -> None:
    send(shop.webhook(shop.create()))
    ShopProduct.objects.update(lease_until=timezone.now() + working.LEASE)
    work()
    assert set(states().values()) == {"making"}
    assert working.advance_all() == 0

    ShopProduct.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert working.advance_all() == 1


def test_a_shop_that_stays_busy_is_given_up_and_taken_up_when_it_sends_again(
    shop: Any, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MOST_ATTEMPTS", 2)
    product = shop.create(photos=("front.jpg",))
    send(shop.webhook(product))
    shop.troubles = [(502, {}, {})] * 6
    for _ in range(6):
        work()
        later()

    assert set(states().values()) == {"failed"}
    assert ShopProduct.objects.get().problem == "The shop answered 502"
    assert AuditEvent.objects.filter(action="shop.picture_failed").count() == 3

    send(shop.webhook(product))

    assert work() == 0  # nothing is made or charged again
    assert set(states().values()) == {"written"}


def test_credentials_that_the_shop_refuses_are_told_at_once(
    shop: Any, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    monkeypatch.setattr(type(shop), "authorised", lambda *_: False)
    work()

    assert set(states().values()) == {"failed"}
    assert ShopProduct.objects.get().problem == CREDENTIALS_REFUSED


def test_a_product_that_is_gone_gets_nothing(shop: Any, send: Callable[..., Any]) -> None:
    product = shop.create()
    send(shop.webhook(product))
    del shop.products[product]
    work()

    assert set(ShopPicture.objects.values_list("problem", flat=True)) == {PRODUCT_GONE}


def test_a_shop_that_was_disconnected_is_left_alone(
    shop: Any, send: Callable[..., Any], account: Account
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    working.advance(ShopProduct.objects.get().pk)
    connections.disconnect(account, Integration.objects.get(name=shop.kind))
    work()

    assert shop.requests == []
    assert ShopProduct.objects.get().problem == "The shop is disconnected"
    assert send(shop.webhook(product)).status_code == 404


def test_a_picture_whose_file_is_gone_is_not_written(
    shop: Any, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    send(shop.webhook(shop.create()))
    advance = working.advance
    monkeypatch.setattr(working, "advance", lambda pk: 0)
    working_before = advance(ShopProduct.objects.get().pk)
    work()
    Asset.objects.all().delete()
    advance(ShopProduct.objects.get().pk)

    assert working_before == 0
    assert set(states().values()) == {"failed"}


@only("shop", ["woocommerce"], indirect=True)
def test_an_answer_without_images_does_not_empty_the_product(
    shop: Any, send: Callable[..., Any]
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    shop.troubles = [(200, {}, {"id": product})]
    work()

    assert shop.calls("PUT") == 0
    assert len(shop.images(product)) == 2


@only("shop", ["woocommerce"], indirect=True)
def test_a_shop_that_cannot_fetch_our_picture_is_asked_again(
    shop: Any, send: Callable[..., Any]
) -> None:
    product = shop.create()
    send(shop.webhook(product))
    shop.reachable = lambda url: False
    work()
    assert states()["hero"] == "made"

    shop.reachable = lambda url: url.startswith("http://testserver/media/")
    later()
    work()

    assert len(shop.images(product)) == 6
