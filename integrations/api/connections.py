"""/api/v2/third-party: connect an account to another service, disconnect it, look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api.once import answer_once
from accounts.errors import InvalidRequest
from integrations import connections, merchants
from integrations.api.accounts import ThirdPartyView, answer
from integrations.models import Connection

ACCOUNT_GONE = "ShopIQ Account not found."

_EXAMPLE = {
    "shopIQAccountId": "your-account-id",
    "integrationName": "yourIntegration",
    "credentials": {"apiKey": "your-api-key", "userId": "your-user-id"},
}


def connection_data(connection: Connection) -> dict[str, Any]:
    """A connection as the API shows it: never its credentials."""
    return {
        "name": connection.integration.name,
        "displayName": connection.integration.display_name,
        "connectedAt": connection.connected_at,
        "access": connection.access,
    }


def _missing(body: Mapping[str, Any], *names: str) -> str | None:
    """The first of `names` that the body lacks or leaves empty."""
    return next((name for name in names if body.get(name) in (None, "")), None)


class ConnectIntegration(ThirdPartyView):
    """POST connectIntegration."""

    scope = "integrations:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)
        if lacks := _missing(body, "shopIQAccountId", "integrationName", "credentials"):
            raise InvalidRequest(
                "Missing required fields: shopIQAccountId, integrationName, and credentials are "
                "mandatory.",
                param=lacks,
                extra={
                    "example": _EXAMPLE,
                    "supportedIntegrations": connections.supported(),
                },
            )
        if not isinstance(body["credentials"], dict):
            raise InvalidRequest("credentials must be a JSON object.", param="credentials")
        integration = connections.find_integration(body["integrationName"], list_in_message=True)
        credentials = connections.checked_credentials(integration, body["credentials"])
        account = merchants.find(self.partner, body["shopIQAccountId"], gone=ACCOUNT_GONE)

        def connect() -> HttpResponse:
            made = connections.connect(account, integration, credentials, **self.acting)
            linked = f"ShopIQ account successfully linked with {integration.display_name}."
            return answer({"message": linked, "integration": connection_data(made)})

        return answer_once(request, self.admitted, connect)


class DisconnectIntegration(ThirdPartyView):
    """POST disconnectIntegration."""

    scope = "integrations:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)
        if lacks := _missing(body, "shopIQAccountId", "integrationName"):
            raise InvalidRequest(
                "Missing required fields: shopIQAccountId and integrationName are mandatory.",
                param=lacks,
            )
        integration = connections.find_integration(body["integrationName"], list_in_message=False)
        account = merchants.find(self.partner, body["shopIQAccountId"], gone=ACCOUNT_GONE)

        def disconnect() -> HttpResponse:
            connections.disconnect(account, integration, **self.acting)
            return answer({"message": f"Integration '{integration.name}' has been disconnected."})

        return answer_once(request, self.admitted, disconnect)


class IntegrationStatus(ThirdPartyView):
    """GET integrationStatus: of one service by name, or of all that are connected."""

    scope = "integrations:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        wanted = request.GET.get("shopIQAccountId", "").strip()
        if not wanted:
            raise InvalidRequest(
                "shopIQAccountId query parameter is required.", param="shopIQAccountId"
            )
        account = merchants.find(self.partner, wanted, gone=ACCOUNT_GONE)
        name = request.GET.get("integrationName", "").strip()
        if not name:
            found = [connection_data(row) for row in connections.connected(account)]
            return answer({"integrations": found, "supportedIntegrations": connections.supported()})
        one = connections.connected(account, name=name.replace("\0", ""))
        if not one:
            message = f"Integration '{name[:100]}' is not connected."
            return answer({"connected": False, "message": message})
        return answer({"connected": True, "integration": connection_data(one[0])})
