"""Accounts connected to other services: connect, connect again, disconnect, look."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import InvalidRequest, NotFound
from integrations.models import Account, Connection, Integration

MOST_CREDENTIALS = 20
CREDENTIAL_LENGTH = 4096


def supported() -> list[str]:
    """Names of the services that can be connected, in the order they were added."""
    return list(Integration.objects.filter(enabled=True).values_list("name", flat=True))


def find_integration(name: Any, *, list_in_message: bool) -> Integration:
    """The service of that name. Raises InvalidRequest in the documented words."""
    found = None
    if isinstance(name, str):
        found = Integration.objects.filter(name=name, enabled=True).first()
    if found is None:
        names = supported()
        listed = f" Supported integrations: {', '.join(names)}" if list_in_message else ""
        raise InvalidRequest(
            f"Unsupported integration: '{_shown(name)}'.{listed}",
            param="integrationName",
            extra={"supportedIntegrations": names},
        )
    return found


def _shown(name: Any) -> str:
    return name[:100] if isinstance(name, str) else json.dumps(name)[:100]


def checked_credentials(integration: Integration, value: Mapping[str, Any]) -> dict[str, str]:
    """Text for every required field, and whatever text comes with it. Raises InvalidRequest."""
    required: Sequence[str] = integration.required_credentials
    missing = [
        name for name in required if not isinstance(value.get(name), str) or not value[name].strip()
    ]
    if missing:
        raise InvalidRequest(
            f"Missing required credentials for {integration.display_name}: {', '.join(missing)}",
            param="credentials",
            extra={"requiredCredentials": list(required)},
        )
    known = all(isinstance(text, str) and len(text) <= CREDENTIAL_LENGTH for text in value.values())
    if not known or len(value) > MOST_CREDENTIALS:
        raise InvalidRequest(
            f"credentials must hold at most {MOST_CREDENTIALS} texts of at most "
            f"{CREDENTIAL_LENGTH} characters",
            param="credentials",
        )
    return dict(value)


@transaction.atomic
def connect(
    account: Account,
    integration: Integration,
    credentials: Mapping[str, str],
    *,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Connection:
    """Connect, or connect again with new credentials."""
    connection, _ = Connection.objects.update_or_create(
        account=account,
        integration=integration,
        defaults={
            "credentials": json.dumps(dict(credentials)),
            "access": True,
            "connected_at": timezone.now(),
            "disconnected_at": None,
        },
    )
    _recorded("connected", connection, actor, address)
    return connection


@transaction.atomic
def disconnect(
    account: Account,
    integration: Integration,
    *,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> None:
    """Take the access away and forget the credentials; that it was connected stays known.

    Raises NotFound where it is not connected.
    """
    connection = (
        Connection.objects.select_for_update()
        .filter(account=account, integration=integration, access=True)
        .first()
    )
    if connection is None:
        raise NotFound(f"Integration '{integration.name}' is not connected to this account.")
    connection.access = False
    connection.disconnected_at = timezone.now()
    connection.credentials = json.dumps({})
    connection.save(update_fields=["access", "disconnected_at", "credentials"])
    _recorded("disconnected", connection, actor, address)


def connected(account: Account, *, name: str | None = None) -> list[Connection]:
    """The account's present connections, the oldest first; `name` asks for one service's."""
    rows = account.connections.filter(access=True).select_related("integration").order_by("id")
    return list(rows.filter(integration__name=name) if name is not None else rows)


def _recorded(what: str, connection: Connection, actor: str, address: str | None) -> None:
    audit.record(
        action=f"integration.{what}",
        target=connection.account_id,
        partner=connection.account.partner,
        actor=actor,
        address=address,
        facts={"integration": connection.integration.name},
    )
