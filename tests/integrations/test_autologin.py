"""Log-in links: seven days, one account, void when revoked or deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from django.utils import timezone

from accounts.models import Partner
from integrations import autologin, merchants
from integrations.models import Account
from tests.integrations.conftest import SARAH, Program

pytestmark = pytest.mark.django_db


def token_in(answer: Any) -> str:
    parts = urlsplit(answer.json()["redirectUrl"])
    assert parts.path == "/chat"
    return parse_qs(parts.query)["token"][0]


@pytest.mark.parametrize(
    "wanted",
    [
        {"accountId": "{id}"},
        {"email": "Sarah@novaretail.example"},
        {"phone": "9876543210"},
        {"phone": "+91 98765 43210"},
        {"accountId": "{id}", "email": "nobody@shop.example"},
        {"email": SARAH["email"], "phone": "000"},
    ],
)
def test_a_link_opens_the_account_it_names(
    call: Program, account: Account, wanted: dict[str, str]
) -> None:
    body = {name: value.format(id=account.pk) for name, value in wanted.items()}
    answer = call("POST", "generateAutoLoginUrl", body)
    assert answer.json()["message"] == "Auto-login URL generated successfully."
    token = token_in(answer)
    assert autologin.account_of(token) == account
    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] == 7 * 24 * 3600


@pytest.mark.parametrize("body", [{}, {"accountId": ""}, {"accountId": 5}, {"email": None}])
def test_nobody_named_is_refused(call: Program, body: Any) -> None:
    answer = call("POST", "generateAutoLoginUrl", body)
    assert answer.status_code == 400
    assert answer.json()["message"] == (
        "Must provide accountId, email, or phone to generate a login link."
    )


def test_the_first_one_named_counts(call: Program, account: Account) -> None:
    body = {"accountId": "0" * 24, "email": SARAH["email"]}
    answer = call("POST", "generateAutoLoginUrl", body)
    assert (answer.status_code, answer.json()["message"]) == (404, "Account not found.")


def test_a_number_without_its_country_that_two_have_opens_neither(
    call: Program, account: Account, partner: Partner
) -> None:
    twin = {"email": "b@c.example", "mobileNumber": {"value": "9876543210", "countryCode": 1}}
    merchants.create(partner=partner, body=twin)
    assert call("POST", "generateAutoLoginUrl", {"phone": "9876543210"}).status_code == 404
    assert call("POST", "generateAutoLoginUrl", {"phone": "+919876543210"}).status_code == 200


def test_revoking_voids_every_link(call: Program, account: Account) -> None:
    token = autologin.token_for(account)
    answer = call("POST", "revokeAutoLoginUrls", {"accountId": account.pk})
    assert answer.json()["message"] == "Auto-login URLs revoked."
    assert autologin.account_of(token) is None
    assert autologin.account_of(autologin.token_for(merchants.find(account.partner, account.pk)))


def test_links_die_with_the_account_and_rest_with_the_partner(account: Account) -> None:
    token = autologin.token_for(account)
    Partner.objects.update(active=False)
    assert autologin.account_of(token) is None
    Partner.objects.update(active=True)
    merchants.delete(account)
    assert autologin.account_of(token) is None


def test_a_link_is_over_after_seven_days(account: Account, monkeypatch: Any) -> None:
    early = timezone.now() - autologin.LIFE - timedelta(seconds=1)
    monkeypatch.setattr(autologin.timezone, "now", lambda: early)
    assert autologin.account_of(autologin.token_for(account)) is None


@pytest.mark.parametrize("algorithm", ["none", "HS512"])
def test_another_algorithm_or_key_opens_nothing(account: Account, algorithm: str) -> None:
    claims = jwt.decode(autologin.token_for(account), options={"verify_signature": False})
    key = None if algorithm == "none" else autologin._key() * 2
    assert autologin.account_of(jwt.encode(claims, key, algorithm=algorithm)) is None
    assert autologin.account_of(jwt.encode(claims, b"x" * 32, algorithm="HS256")) is None
    assert autologin.account_of("nonsense") is None
