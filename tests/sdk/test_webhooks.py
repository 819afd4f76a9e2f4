"""Messages as the server signs them are accepted by the client, and nothing else is."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from accounts.partners import new_webhook_secret
from accounts.webhooks import signing
from softbox import InvalidSignature, webhooks

SECRET = new_webhook_secret()
OTHER = new_webhook_secret()
BODY = '{"type":"generation.succeeded","data":{"id":"Größe"}}'.encode()
SENT_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def signed(*secrets: str, sent_at: datetime = SENT_AT, body: bytes = BODY) -> dict[str, str]:
    return signing.standard_headers(
        message_id="msg_1", sent_at=sent_at, body=body, secrets=secrets or [SECRET]
    )


def verified(body: bytes, headers: dict[str, str], secret: Any = SECRET, late: float = 0) -> Any:
    return webhooks.verify(body, headers, secret, now=SENT_AT.timestamp() + late)


def test_a_message_of_the_server_is_read() -> None:
    assert verified(BODY, signed())["data"] == {"id": "Größe"}


def test_header_names_may_be_spelled_in_any_case() -> None:
    assert verified(BODY, {name.title(): value for name, value in signed().items()})


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        verified(BODY + b" ", signed())


def test_somebody_elses_signature_is_refused() -> None:
    with pytest.raises(InvalidSignature):
        verified(BODY, signed(OTHER))


@pytest.mark.parametrize("late", [301, -301])
def test_a_message_from_another_time_is_refused(late: float) -> None:
    with pytest.raises(InvalidSignature, match="old"):
        verified(BODY, signed(), late=late)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_missing_header_is_refused(name: str) -> None:
    headers = signed()
    del headers[name]

    with pytest.raises(InvalidSignature, match="missing"):
        verified(BODY, headers)


def test_while_a_secret_is_replaced_both_are_good() -> None:
    assert verified(BODY, signed(OTHER, SECRET))
    assert verified(BODY, signed(OTHER), secret=[SECRET, OTHER])


@pytest.mark.parametrize("secret", ["plain words", "whsec_not base64", "whsec_" + "QUJD" * 8])
def test_any_secret_means_the_same_to_both_sides(secret: str) -> None:
    assert verified(BODY, signed(secret), secret=secret)


@pytest.mark.parametrize("surface", get_args(webhooks.Surface))
def test_a_surfaces_own_header_is_verified(surface: webhooks.Surface) -> None:
    headers = signing.own_headers(surface, body=BODY, secret=SECRET)

    assert webhooks.verify_surface(surface, BODY, headers, SECRET)["data"] == {"id": "Größe"}
    for body, given, secret in (
        (BODY + b" ", headers, SECRET),
        (BODY, {}, SECRET),
        (BODY, headers, OTHER),
        (BODY, {name: "ä" + value for name, value in headers.items()}, SECRET),
    ):
        with pytest.raises(InvalidSignature):
            webhooks.verify_surface(surface, body, given, secret)


def test_the_client_knows_every_surface() -> None:
    assert set(get_args(webhooks.Surface)) == set(signing.SCHEMES)


def test_the_secret_of_the_standards_example_fits() -> None:
    key = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode()

    assert verified(BODY, signed(f"whsec_{key}"), secret=f"whsec_{key}")
