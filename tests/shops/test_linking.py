"""linkShop and shopStatus: how a partner links a merchant's shop, and what it sees of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import AuditEvent, Partner
from billing.models import Bucket
from integrations import connections
from integrations.models import Account, Integration
from integrations.shops import api, links
from integrations.shops.models import ShopLink
from integrations.shops.styles import DEFAULT
from tests.integrations.conftest import Program
from tests.shops.conftest import post, states, work

pytestmark = pytest.mark.django_db

shopify = pytest.mark.parametrize("shop", ["shopify"], indirect=True)
woocommerce = pytest.mark.parametrize("shop", ["woocommerce"], indirect=True)


@pytest.fixture
def call(program: Callable[..., Program]) -> Program:
    return program()


def connect(account: Account, shop: Any, **changes: str) -> None:
    integration = Integration.objects.get(name=shop.kind)
    connections.connect(account, integration, {**shop.credentials, **changes})


def asked(account: Account, shop: Any, **fields: Any) -> dict[str, Any]:
    return {"shopIQAccountId": account.pk, "integrationName": shop.kind, **fields}


def test_a_link_answers_the_address_for_the_webhooks(
    call: Program, account: Account, shop: Any, settings: Any
) -> None:
    settings.PUBLIC_URL = "https://softbox.example"
    connect(account, shop)

    answer = call("POST", "linkShop", asked(account, shop, webhookSecret=shop.secret))

    link = ShopLink.objects.get()
    assert answer.status_code == 200
    assert answer.json()["message"] == api.LINKED
    assert answer.json()["shop"] == {
        "name": shop.kind,
        "webhookUrl": f"https://softbox.example/shops/{shop.kind}/webhook/{link.token}",
        "topics": list(links.TOPICS[shop.kind]),
        "styles": dict(DEFAULT),
    }
    assert "webhookSecret" not in answer.json()
    [event] = AuditEvent.objects.filter(action="shop.linked")
    assert shop.secret not in str(event.facts)


@woocommerce
def test_a_secret_is_made_and_shown_once(call: Program, account: Account, shop: Any) -> None:
    connect(account, shop)
    first = call("POST", "linkShop", asked(account, shop)).json()
    second = call("POST", "linkShop", asked(account, shop)).json()

    shop.secret = first["webhookSecret"]
    assert len(shop.secret) == 43
    assert "webhookSecret" not in second
    assert first["shop"]["webhookUrl"] == second["shop"]["webhookUrl"]
    assert post(ShopLink.objects.get(), shop.webhook(shop.create())).status_code == 202


@shopify
def test_shopify_s_secret_must_be_told(call: Program, account: Account, shop: Any) -> None:
    connect(account, shop)
    answer = call("POST", "linkShop", asked(account, shop))

    assert (answer.status_code, answer.json()["param"]) == (400, "webhookSecret")
    assert not ShopLink.objects.exists()


def test_it_may_stand_among_the_credentials(call: Program, account: Account, shop: Any) -> None:
    connect(account, shop, webhookSecret=shop.secret)
    call("POST", "linkShop", asked(account, shop))

    assert post(ShopLink.objects.get(), shop.webhook(shop.create())).status_code == 202


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"shopIQAccountId": ""}, "shopIQAccountId"),
        ({"integrationName": None}, "integrationName"),
        ({"integrationName": "yourIntegration"}, "integrationName"),
        ({"integrationName": ["shopify"]}, "integrationName"),
        ({"webhookSecret": ""}, "webhookSecret"),
        ({"webhookSecret": 5}, "webhookSecret"),
        ({"webhookSecret": "x" * 257}, "webhookSecret"),
        ({"styles": []}, "styles"),
        ({"styles": {"cover": "marble"}}, "styles"),
        ({"styles": {"hero": "no such style"}}, "styles"),
        ({"styles": {"hero": 5}}, "styles"),
        ({"styles": dict.fromkeys(DEFAULT)}, "styles"),
    ],
)
def test_each_field_is_checked(
    call: Program, account: Account, shop: Any, fields: dict[str, Any], param: str
) -> None:
    connect(account, shop)
    answer = call("POST", "linkShop", {**asked(account, shop), **fields})

    assert (answer.status_code, answer.json()["param"]) == (400, param)
    assert not ShopLink.objects.exists()


@pytest.mark.parametrize(
    "address", ["", "http://shop.example", "ftp://a", "https://a b", "https://u:p@a.example", "a?b"]
)
def test_credentials_go_to_https_addresses_only(
    call: Program, account: Account, shop: Any, address: str
) -> None:
    field = {"shopify": "shopDomain", "woocommerce": "storeUrl"}[shop.kind]
    connect(account, shop, **{field: address})
    answer = call("POST", "linkShop", asked(account, shop, webhookSecret="s"))

    assert (answer.status_code, answer.json()["param"]) == (400, field)


@pytest.mark.parametrize("token", ["", " \n", "shpat_a\nshpat_b", "shpat_\u2026"])
def test_a_token_that_is_none_is_said_so_before_the_shop_is_blamed(
    call: Program, account: Account, shop: Any, token: str
) -> None:
    field = {"shopify": "accessToken", "woocommerce": "consumerSecret"}[shop.kind]
    connect(account, shop, **{field: token})
    answer = call("POST", "linkShop", asked(account, shop, webhookSecret="s"))

    assert (answer.status_code, answer.json()["param"]) == (400, field)


def test_the_line_end_that_was_copied_with_a_token_is_not_part_of_it(
    call: Program, account: Account, shop: Any
) -> None:
    field = {"shopify": "accessToken", "woocommerce": "consumerSecret"}[shop.kind]
    connect(account, shop, **{field: f" {shop.credentials[field]}\n"})
    call("POST", "linkShop", asked(account, shop, webhookSecret=shop.secret))
    post(ShopLink.objects.get(), shop.webhook(shop.create()))
    work()

    assert set(states().values()) == {"written"}


def test_a_linked_shop_whose_new_token_is_none_is_heard_and_nothing_is_ordered(
    call: Program, account: Account, shop: Any
) -> None:
    connect(account, shop)
    call("POST", "linkShop", asked(account, shop, webhookSecret=shop.secret))
    field = {"shopify": "accessToken", "woocommerce": "consumerSecret"}[shop.kind]
    connect(account, shop, **{field: "a\nb"})

    assert post(ShopLink.objects.get(), shop.webhook(shop.create())).status_code < 300
    assert work() == 0
    path = f"shopStatus?shopIQAccountId={account.pk}&integrationName={shop.kind}"
    [told] = call("GET", path).json()["products"]
    assert field in told["problem"]


def test_a_shop_must_be_connected_first(call: Program, account: Account, shop: Any) -> None:
    answer = call("POST", "linkShop", asked(account, shop, webhookSecret="s"))

    assert answer.status_code == 404


@pytest.mark.parametrize("styles", [None, {"hero": "marble", "square": None}])
def test_styles_can_be_changed(call: Program, account: Account, shop: Any, styles: Any) -> None:
    connect(account, shop)
    body = asked(account, shop, webhookSecret="s", styles=styles)
    answer = call("POST", "linkShop", body)

    roles = set(DEFAULT) - ({"square"} if styles else set())
    assert set(answer.json()["shop"]["styles"]) == roles


def test_the_status_says_what_became_of_each_product(
    call: Program, account: Account, shop: Any
) -> None:
    connect(account, shop, webhookSecret=shop.secret)
    path = f"shopStatus?shopIQAccountId={account.pk}&integrationName={shop.kind}"
    assert call("GET", path).status_code == 404
    call("POST", "linkShop", asked(account, shop))
    link, product = ShopLink.objects.get(), shop.create()
    post(link, shop.webhook(product))
    work()

    [told] = call("GET", path).json()["products"]
    assert (told["productId"], told["title"], told["problem"]) == (str(product), "Blue Mug", None)
    assert [picture["status"] for picture in told["pictures"]] == ["written"] * 4
    assert told["pictures"][0]["shopImageId"] == str(shop.images(product)[2]["id"])


def test_it_shows_what_is_wrong(call: Program, account: Account, shop: Any) -> None:
    Bucket.objects.update(remaining=Decimal(0))
    connect(account, shop, webhookSecret=shop.secret)
    call("POST", "linkShop", asked(account, shop))
    post(ShopLink.objects.get(), shop.webhook(shop.create()))
    work()

    path = f"shopStatus?shopIQAccountId={account.pk}&integrationName={shop.kind}"
    [told] = call("GET", path).json()["products"]
    assert "Insufficient points" in told["problem"]


def test_another_partner_finds_nothing(
    program: Callable[..., Program], account: Account, shop: Any, link: ShopLink
) -> None:
    rival = program(partner=Partner.objects.create(name="Rival"))
    path = f"shopStatus?shopIQAccountId={account.pk}&integrationName={shop.kind}"

    assert rival("GET", path).status_code == 404
    assert (
        rival("POST", "linkShop", asked(account, shop, webhookSecret="theirs")).status_code == 404
    )
    link.refresh_from_db()
    assert link.secret == shop.secret


def test_a_key_needs_the_scope(
    program: Callable[..., Program], account: Account, shop: Any
) -> None:
    reader = program(scopes=["integrations:read"])

    assert reader("POST", "linkShop", asked(account, shop)).status_code == 403


def test_the_link_goes_with_its_account(account: Account, shop: Any, link: ShopLink) -> None:
    from integrations import merchants

    post(link, shop.webhook(shop.create()))
    work()
    merchants.delete(account)

    assert not ShopLink.objects.exists()
