"""What a shop's webhook must bring to be believed, and how it is answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django_q.models import OrmQ

from accounts.models import Partner
from integrations import connections
from integrations.models import Account, Integration
from integrations.shops import links, webhooks
from integrations.shops.models import ShopDelivery, ShopLink, ShopProduct
from tests.shops.conftest import linked, post
from tests.shops.doubles import sign

pytestmark = pytest.mark.django_db

shopify = pytest.mark.parametrize("shop", ["shopify"], indirect=True)
woocommerce = pytest.mark.parametrize("shop", ["woocommerce"], indirect=True)
SIGNATURE = {"shopify": "X-Shopify-Hmac-Sha256", "woocommerce": "X-WC-Webhook-Signature"}
TOPIC = {"shopify": "X-Shopify-Topic", "woocommerce": "X-WC-Webhook-Topic"}


def nothing_happened() -> bool:
    return not ShopProduct.objects.exists() and not ShopDelivery.objects.exists()


def test_a_signed_webhook_is_answered_at_once_and_worked_on_later(
    shop: Any, send: Callable[..., Any]
) -> None:
    answer = send(shop.webhook(shop.create(title="Tasse é ☕")))

    assert (answer.status_code, answer.json()) == (202, {"received": True})
    assert ShopProduct.objects.get().title == "Tasse é ☕"
    assert shop.requests == []
    assert OrmQ.objects.count() == 1


@pytest.mark.parametrize("wrong", ["", "x", "é", sign(b"other", "shpss_client-secret")])
def test_a_wrong_signature_is_refused(shop: Any, send: Callable[..., Any], wrong: str) -> None:
    answer = send(shop.webhook(shop.create(), **{SIGNATURE[shop.kind]: wrong}))

    assert (answer.status_code, answer.json()["message"]) == (401, webhooks.WRONG_SIGNATURE)
    assert nothing_happened()


def test_so_is_a_body_that_was_changed_on_its_way(shop: Any, send: Callable[..., Any]) -> None:
    body, headers = shop.webhook(shop.create())

    assert send((body.replace(b"Blue", b"Dear"), headers)).status_code == 401
    assert nothing_happened()


def test_a_signature_with_another_secret_is_refused(shop: Any, send: Callable[..., Any]) -> None:
    body, headers = shop.webhook(shop.create())

    for secret in ("", "guessed"):
        headers[SIGNATURE[shop.kind]] = sign(body, secret)
        assert send((body, headers)).status_code == 401


@pytest.mark.parametrize("token", ["x", "x" * 43, "é" * 43, "%00" * 43, "..%2f"])
def test_an_unknown_address_is_not_found(shop: Any, link: ShopLink, token: str) -> None:
    body, headers = shop.webhook(shop.create())
    answer: Any = Client().post(
        f"/shops/{shop.kind}/webhook/{token}",
        body,
        content_type="application/json",
        headers=headers,
    )

    assert answer.status_code == 404
    assert nothing_happened()


def test_a_token_is_good_for_its_own_kind_of_shop_only(shop: Any, link: ShopLink) -> None:
    other = {"shopify": "woocommerce", "woocommerce": "shopify"}[shop.kind]
    body, headers = shop.webhook(shop.create())
    answer: Any = Client().post(
        f"/shops/{other}/webhook/{link.token}",
        body,
        content_type="application/json",
        headers=headers,
    )

    assert answer.status_code == 404


def test_a_partner_that_is_switched_off_is_told(shop: Any, send: Callable[..., Any]) -> None:
    Partner.objects.update(active=False)
    answer = send(shop.webhook(shop.create()))

    assert (answer.status_code, answer.json()["message"]) == (403, "Partner account is inactive")
    assert nothing_happened()


def test_a_disconnected_shop_is_not_found(
    shop: Any, send: Callable[..., Any], account: Account
) -> None:
    connections.disconnect(account, Integration.objects.get(name=shop.kind))

    assert send(shop.webhook(shop.create())).status_code == 404


def test_a_body_beyond_the_limit_is_refused(
    shop: Any, send: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "BODY_LIMIT", 100)
    webhook = shop.webhook(shop.create(title="x" * 200))

    assert send(webhook).status_code == 413
    assert nothing_happened()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b'{"id": "a"}', b'{"id": true}', b'{"id": 0}', b'{"id": {}}']
)
def test_a_signed_body_that_is_no_product_is_refused(
    shop: Any, send: Callable[..., Any], body: bytes
) -> None:
    _, headers = shop.webhook(shop.create())

    answer = send((body, {**headers, SIGNATURE[shop.kind]: sign(body, shop.secret)}))

    assert answer.status_code == 400
    assert nothing_happened()


@pytest.mark.parametrize(
    "images",
    [
        None,
        "x",
        {"a": 1},
        [None, 5, {}, {"id": 1}, {"src": "https://a.example/a.jpg"}],
        [{"id": 7, "src": "ftp://a"}, {"id": 8, "src": 5}, {"id": 0, "src": "https://a.example"}],
    ],
)
def test_images_that_are_none_are_left_out(
    shop: Any, send: Callable[..., Any], images: Any
) -> None:
    body = json.dumps({"id": 7, "images": images, "updated_at": "no", "title": 5}).encode()
    _, headers = shop.webhook(shop.create())

    answer = send((body, {**headers, SIGNATURE[shop.kind]: sign(body, shop.secret)}))

    assert answer.status_code == 202
    assert ShopProduct.objects.get().photos == []


def test_other_topics_are_thanked_for_and_forgotten(shop: Any, send: Callable[..., Any]) -> None:
    answer = send(shop.webhook(shop.create(), **{TOPIC[shop.kind]: "orders/create"}))

    assert answer.status_code == 202
    assert nothing_happened()


def test_only_post_is_answered(shop: Any, link: ShopLink) -> None:
    answer: Any = Client().get(f"/shops/{shop.kind}/webhook/{link.token}")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


def test_without_an_id_the_same_body_is_the_same_webhook(
    shop: Any, send: Callable[..., Any]
) -> None:
    body, headers = shop.webhook(shop.create())
    name = {"shopify": "X-Shopify-Webhook-Id", "woocommerce": "X-WC-Webhook-Delivery-ID"}
    del headers[name[shop.kind]]
    for _ in range(2):
        assert send((body, headers)).status_code == 202

    assert ShopDelivery.objects.count() == 1


@shopify
@pytest.mark.parametrize("domain", ["", "another.myshopify.com"])
def test_a_webhook_of_another_shop_of_the_app_is_refused(
    shop: Any, send: Callable[..., Any], domain: str
) -> None:
    """All shops that installed an app share its secret."""
    answer = send(shop.webhook(shop.create(), **{"X-Shopify-Shop-Domain": domain}))

    assert (answer.status_code, answer.json()["message"]) == (401, webhooks.OTHER_SHOP)
    assert nothing_happened()


@woocommerce
def test_the_question_when_a_webhook_is_saved_is_answered_with_200(
    shop: Any, link: ShopLink
) -> None:
    answer: Any = Client().post(
        f"/shops/woocommerce/webhook/{link.token}",
        b"webhook_id=7",
        content_type="application/x-www-form-urlencoded",
    )

    assert answer.status_code == 200
    assert nothing_happened()


def test_a_link_of_one_shop_does_not_take_the_webhooks_of_another(
    account: Account, shop: Any
) -> None:
    """Two accounts of a partner, each with a secret of its own."""
    link = linked(account, shop)
    webhook = shop.webhook(shop.create())
    link.secret = "another secret"
    link.save()

    assert post(link, webhook).status_code == 401


def test_neither_secret_nor_credentials_lie_open_in_the_database(shop: Any, link: ShopLink) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM shops_shoplink")
        assert shop.secret not in str(cursor.fetchall())
    assert shop.secret not in f"{link} {link!r}"
    assert links.shop(link).host == shop.host
