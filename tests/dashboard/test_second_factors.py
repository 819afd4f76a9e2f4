"""Second factors: the password alone opens nothing, and no code opens anything twice."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from tests.dashboard.conftest import PASSWORD, person

pytestmark = pytest.mark.django_db

ADA = "ada@shop.example"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def secret() -> str:
    return str(generate_totp_secret())


@pytest.fixture
def ada(secret: str) -> User:
    """Somebody with an authenticator app and recovery codes."""
    user = person(ADA)
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return user


def code_of(secret: str) -> str:
    """What the app shows now."""
    return str(format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time()))))


def with_password() -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": ADA, "password": PASSWORD})
    return client


def gives(client: Client, code: str) -> bool:
    """Whether the code lets the client in."""
    client.post(reverse("mfa_authenticate"), {"code": code})
    return "_auth_user_id" in client.session


def test_the_password_alone_opens_nothing(ada: User) -> None:
    client = with_password()
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("dashboard"))["Location"].startswith(reverse("account_login"))


def test_the_app_s_code_opens_once(ada: User, secret: str) -> None:
    code = code_of(secret)
    assert gives(with_password(), code)
    assert not gives(with_password(), code)


def test_a_recovery_code_opens_once(ada: User) -> None:
    code = RecoveryCodes(ada.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0]
    assert gives(with_password(), code)
    assert not gives(with_password(), code)


def test_guessing_codes_is_stopped(ada: User, secret: str) -> None:
    client = with_password()
    for number in range(12):
        gives(client, f"{number:06d}")
    assert not gives(client, code_of(secret))


def test_a_code_without_a_password_opens_nothing(ada: User, secret: str) -> None:
    assert not gives(Client(), code_of(secret))


def test_the_link_of_a_forgotten_password_works_once_and_keeps_the_second_factor(
    ada: User, secret: str
) -> None:
    client = Client()
    client.post(reverse("account_reset_password"), {"email": ADA})
    link = re.search(r"/account/password/reset/key/\S+", str(mail.outbox[-1].body))
    assert link
    new = {"password1": "another staple", "password2": "another staple"}
    form: Any = client.get(link[0])
    client.post(form["Location"], new)
    assert "_auth_user_id" not in client.session
    assert client.get(link[0]).status_code == 200  # "Bad Token", no form to lead on to

    again = Client()
    again.post(reverse("account_login"), {"login": ADA, "password": "another staple"})
    assert "_auth_user_id" not in again.session
    assert gives(again, code_of(secret))


def test_nobody_learns_by_the_reset_who_has_a_log_in(ada: User) -> None:
    known, unknown = (
        Client().post(reverse("account_reset_password"), {"email": email})
        for email in (ADA, "nobody@shop.example")
    )
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
