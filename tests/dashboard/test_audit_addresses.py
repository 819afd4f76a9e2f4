"""What people and programs do stands in the trail with where they did it from."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from accounts import keys
from accounts.models import AuditEvent, User
from accounts.webhooks.models import Endpoint
from integrations.models import Account
from tests.admin.acting import act
from tests.api.conftest import Caller
from tests.dashboard.conftest import Company
from tests.integrations.conftest import SARAH, Program
from tests.integrations.store_orders import order

pytestmark = pytest.mark.django_db

HERE = "127.0.0.1"
HOOK = {"url": "https://acme.example/new"}


@pytest.fixture(autouse=True)
def only_new_events(acme: Company) -> None:
    AuditEvent.objects.all().delete()


def noted() -> dict[str, set[tuple[str, str | None]]]:
    """Actor and address of each kind of event."""
    found: dict[str, set[tuple[str, str | None]]] = {}
    for event in AuditEvent.objects.all():
        found.setdefault(event.action, set()).add((event.actor, event.address))
    return found


def test_of_programs(acme: Company) -> None:
    image = Caller(keys.create_key(partner=acme.partner).key)
    management = Caller(keys.create_key(partner=acme.partner, kind="management").key)
    AuditEvent.objects.all().delete()

    made = image.post("/partner/v1/webhook-endpoints", HOOK).json()["data"]["id"]
    address = f"/partner/v1/webhook-endpoints/{made}"
    image.patch(address, {"description": "New"})
    image.post(f"{address}/rotate-secret")
    image.delete(address)
    image.post(f"/partner/v1/generations/{acme.generation.pk}/review", {"decision": "approve"})
    account = {"accountId": acme.account.pk}
    management.post("/api/v2/third-party/generateAutoLoginUrl", account)
    management.post(f"/api/v2/third-party/revokeAutoLoginUrls?accountId={acme.account.pk}")

    assert set(noted()) == {
        *(f"webhook_endpoint.{what}" for what in ("created", "changed", "secret_rotated")),
        *("webhook_endpoint.deleted", "generation.approve"),
        *("account.login_link", "account.logins_revoked"),
    }
    assert {address for who in noted().values() for _, address in who} == {HERE}


def test_of_the_life_of_an_account(acme: Company) -> None:
    call = Program(keys.create_key(partner=acme.partner, kind="management").key)
    AuditEvent.objects.all().delete()

    email, number = "mia@shop.example", {"value": "9123456780", "countryCode": 91}
    call("POST", "createAccount", {**SARAH, "email": email, "mobileNumber": number})
    mine = Account.objects.exclude(pk=acme.account.pk).get().pk
    call("PUT", f"updateAccount?accountId={mine}", {"firstName": "Mia"})
    shop = {"shopIQAccountId": mine, "integrationName": "woocommerce"}
    keys_of_it = {"consumerKey": "ck_1", "consumerSecret": "cs_1"}
    credentials = {"storeUrl": "https://shop.example", **keys_of_it}
    call("POST", "connectIntegration", {**shop, "credentials": credentials})
    call("POST", "linkShop", shop)
    call("POST", "disconnectIntegration", shop)
    call("POST", "createAndDeploy", order(mine))
    call("DELETE", f"deleteAccount?accountId={mine}")

    assert set(noted()) == {
        *(f"account.{what}" for what in ("created", "changed", "deleted")),
        *("integration.connected", "integration.disconnected"),
        *("shop.linked", "storefront.started"),
    }
    assert {address for who in noted().values() for _, address in who} == {HERE}


def test_of_people(acme: Company) -> None:
    client, owner = acme.client("owner"), "owner@acme.example"
    row, account = Endpoint.objects.get(), [acme.account.pk]
    client.post(reverse("dashboard-webhook-new"), HOOK)
    client.post(reverse("dashboard-webhook", args=[row.pk]), HOOK)
    for page in ("turn", "rotate", "delete"):
        client.post(reverse(f"dashboard-webhook-{page}", args=[row.pk]))
    client.post(
        reverse("dashboard-review", args=[acme.generation.pk]), {"decision": "reject", "note": ""}
    )
    client.post(reverse("dashboard-merchant-open", args=account))
    client.post(reverse("dashboard-merchant-revoke", args=account))

    assert {len(who) for who in noted().values()} == {1}
    assert {one for who in noted().values() for one in who} == {(owner, HERE)}
    assert len(noted()) == 7


def test_of_staff(acme: Company) -> None:
    site = Client()
    site.force_login(User.objects.create_superuser("chief@softbox.test", "x" * 20))
    act(site, "webhooks/endpoint", "switch_off", Endpoint.objects.get().pk)
    act(site, "integrations/account", "revoke_links", acme.account.pk)

    assert noted() == {
        "webhook_endpoint.changed": {("chief@softbox.test", HERE)},
        "account.logins_revoked": {("chief@softbox.test", HERE)},
    }
