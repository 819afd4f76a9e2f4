"""Connecting accounts to other services, in the documented words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection as database

from integrations.models import Account, Connection, Integration
from tests.integrations.conftest import Program

pytestmark = pytest.mark.django_db
CREDENTIALS = {"apiKey": "pk_live_abc123def456", "userId": "usr_789xyz"}
NAMES = ["yourIntegration", "shopify", "woocommerce"]


def order(account: Account, **changes: Any) -> dict[str, Any]:
    return {
        "shopIQAccountId": account.pk,
        "integrationName": "yourIntegration",
        "credentials": CREDENTIALS,
        **changes,
    }


def test_connecting_answers_without_the_credentials(call: Program, account: Account) -> None:
    answer = call("POST", "connectIntegration", order(account))
    body = answer.json()
    assert answer.status_code == 200
    assert body["message"] == "ShopIQ account successfully linked with Your Integration."
    assert body["integration"]["name"] == "yourIntegration"
    assert body["integration"]["displayName"] == "Your Integration"
    assert body["integration"]["access"] is True
    assert body["integration"]["connectedAt"].endswith("Z")
    assert "pk_live" not in answer.content.decode()


def test_credentials_lie_encrypted(call: Program, account: Account) -> None:
    call("POST", "connectIntegration", order(account))
    with database.cursor() as cursor:
        cursor.execute("SELECT credentials FROM integrations_connection")
        assert "pk_live" not in cursor.fetchone()[0]
    assert Connection.objects.get().opened() == CREDENTIALS


def test_connecting_again_updates_the_credentials(call: Program, account: Account) -> None:
    call("POST", "connectIntegration", order(account))
    call("POST", "connectIntegration", order(account, credentials={**CREDENTIALS, "userId": "u2"}))
    assert Connection.objects.get().opened()["userId"] == "u2"


@pytest.mark.parametrize("gone", ["shopIQAccountId", "integrationName", "credentials"])
def test_what_is_missing_is_told_with_an_example(
    call: Program, account: Account, gone: str
) -> None:
    body = order(account)
    del body[gone]
    answer = call("POST", "connectIntegration", body)
    told = answer.json()
    assert answer.status_code == 400
    assert told["message"] == (
        "Missing required fields: shopIQAccountId, integrationName, and credentials are mandatory."
    )
    assert set(told["example"]) == {"shopIQAccountId", "integrationName", "credentials"}
    assert told["supportedIntegrations"] == NAMES


@pytest.mark.parametrize("credentials", ["text", ["a"], 5, True])
def test_credentials_are_an_object(call: Program, account: Account, credentials: Any) -> None:
    answer = call("POST", "connectIntegration", order(account, credentials=credentials))
    assert answer.status_code == 400
    assert answer.json()["message"] == "credentials must be a JSON object."


@pytest.mark.parametrize("name", ["unknownService", 5, ["a"], "x" * 5000])
def test_an_unknown_service_is_told_with_those_there_are(
    call: Program, account: Account, name: Any
) -> None:
    answer = call("POST", "connectIntegration", order(account, integrationName=name))
    assert answer.status_code == 400
    assert answer.json()["supportedIntegrations"] == NAMES
    assert answer.json()["message"].endswith(
        "Supported integrations: yourIntegration, shopify, woocommerce"
    )


@pytest.mark.parametrize(
    "credentials", [{"x": "y"}, {"apiKey": "k"}, {"apiKey": "", "userId": 5}, {"apiKey": None}]
)
def test_missing_credentials_are_named(call: Program, account: Account, credentials: Any) -> None:
    answer = call("POST", "connectIntegration", order(account, credentials=credentials))
    told = answer.json()
    assert answer.status_code == 400
    assert told["message"].startswith("Missing required credentials for Your Integration: ")
    assert told["requiredCredentials"] == ["apiKey", "userId"]
    assert not Connection.objects.exists()


@pytest.mark.parametrize("more", [{"x": 5}, {"x": "y" * 5000}, {str(n): "" for n in range(30)}])
def test_credentials_have_a_size(call: Program, account: Account, more: Any) -> None:
    body = order(account, credentials={**CREDENTIALS, **more})
    assert call("POST", "connectIntegration", body).status_code == 400


def test_staff_add_services_as_rows(call: Program, account: Account) -> None:
    Integration.objects.create(name="etsy", display_name="Etsy", required_credentials=["token"])
    body = order(account, integrationName="etsy", credentials={"token": "t"})
    assert call("POST", "connectIntegration", body).status_code == 200


def test_disconnecting_keeps_the_row_and_forgets_the_credentials(
    call: Program, account: Account
) -> None:
    call("POST", "connectIntegration", order(account))
    answer = call("POST", "disconnectIntegration", order(account))
    assert answer.json()["message"] == "Integration 'yourIntegration' has been disconnected."
    row = Connection.objects.get()
    assert (row.access, row.opened()) == (False, {})

    again = call("POST", "disconnectIntegration", order(account))
    assert again.status_code == 404
    assert again.json()["message"] == (
        "Integration 'yourIntegration' is not connected to this account."
    )
    assert call("POST", "connectIntegration", order(account)).status_code == 200


def test_disconnecting_tells_what_is_missing_or_unknown(call: Program, account: Account) -> None:
    answer = call("POST", "disconnectIntegration", {"shopIQAccountId": account.pk})
    assert answer.json()["message"] == (
        "Missing required fields: shopIQAccountId and integrationName are mandatory."
    )
    answer = call("POST", "disconnectIntegration", order(account, integrationName="x"))
    assert answer.json()["message"] == "Unsupported integration: 'x'."
    assert answer.json()["supportedIntegrations"] == NAMES


def test_status_of_one_and_of_all(call: Program, account: Account) -> None:
    path = f"integrationStatus?shopIQAccountId={account.pk}"
    before = call("GET", f"{path}&integrationName=yourIntegration").json()
    assert before["connected"] is False
    assert before["message"] == "Integration 'yourIntegration' is not connected."
    call("POST", "connectIntegration", order(account))

    one = call("GET", f"{path}&integrationName=yourIntegration").json()
    assert one["connected"] is True
    every = call("GET", path).json()
    assert every["integrations"] == [one["integration"]]
    assert every["supportedIntegrations"] == NAMES

    call("POST", "disconnectIntegration", order(account))
    assert call("GET", path).json()["integrations"] == []


def test_status_needs_an_account(call: Program) -> None:
    answer = call("GET", "integrationStatus")
    assert answer.status_code == 400
    assert answer.json()["message"] == "shopIQAccountId query parameter is required."


def test_nobody_reaches_another_partner_s_connections(account: Account, rival: Program) -> None:
    for method, path, body in [
        ("POST", "connectIntegration", order(account)),
        ("POST", "disconnectIntegration", order(account)),
        ("GET", f"integrationStatus?shopIQAccountId={account.pk}", None),
    ]:
        answer = rival(method, path, body)
        assert answer.status_code == 404
        assert answer.json()["message"] == "ShopIQ Account not found."


def test_scopes_tell_reading_from_writing(
    program: Callable[..., Program], account: Account
) -> None:
    reader = program(scopes=["integrations:read"])
    path = f"integrationStatus?shopIQAccountId={account.pk}"
    assert reader("GET", path).status_code == 200
    assert reader("POST", "connectIntegration", order(account)).status_code == 403
