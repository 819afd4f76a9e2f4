"""Log-in through another service, over HTTP with an OpenID Connect server on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent, User
from config.environment import Environment
from config.social import social
from tests.dashboard.conftest import PASSWORD, browser, person
from tests.dashboard.openid_double import CLIENT_ID, CLIENT_SECRET, OpenIdDouble

pytestmark = pytest.mark.django_db

START = "/account/oidc/company/login/"


@pytest.fixture
def server(settings: Any) -> Iterator[OpenIdDouble]:
    cache.clear()
    double = OpenIdDouble()
    app = {
        "provider_id": "company",
        "name": "Acme log-in",
        "client_id": CLIENT_ID,
        "secret": CLIENT_SECRET,
        "settings": {"server_url": double.base, "oauth_pkce_enabled": True},
    }
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield double
    double.close()


def visit(client: Client, server: OpenIdDouble, *, process: str = "login", **says: Any) -> Any:
    """Go there, log in, come back; the answer to coming back."""
    server.says = {"sub": "1", **says}
    there = client.post(f"{START}?process={process}")
    assert there.status_code == 302, there.content
    back = server.approve(there["Location"])
    return client.get(back.removeprefix("http://testserver"))


def inside(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_a_proved_address_signs_up_without_a_code(server: OpenIdDouble) -> None:
    client = Client()
    answer = visit(client, server, email="Ada@Shop.example", email_verified=True)
    assert answer.status_code == 302
    assert inside(client)
    ada = User.objects.get()
    assert ada.email == "ada@shop.example"
    assert not ada.has_usable_password()
    assert client.get(reverse("dashboard"))["Location"] == reverse("dashboard-welcome")
    assert not SocialToken.objects.exists()


@pytest.mark.parametrize("word", [False, None, "false", "true", 1])
def test_an_unproved_address_must_be_proved_by_a_code(server: OpenIdDouble, word: Any) -> None:
    client = Client()
    visit(client, server, email="ada@shop.example", email_verified=word)
    assert not inside(client)
    assert not EmailAddress.objects.filter(verified=True).exists()
    assert "code" in mail.outbox[0].body


def test_the_same_account_logs_in_again(server: OpenIdDouble) -> None:
    visit(Client(), server, email="ada@shop.example", email_verified=True)
    again = Client()
    visit(again, server, email="changed@shop.example", email_verified=True)
    assert inside(again)
    assert User.objects.count() == 1


@pytest.mark.parametrize("proved", [True, False])
def test_nobody_is_let_into_a_log_in_that_was_there(server: OpenIdDouble, proved: bool) -> None:
    """Whatever the other service says of the address: its owner has not connected the two."""
    person("ada@shop.example")
    client = Client()
    visit(client, server, email="ada@shop.example", email_verified=proved)
    assert not inside(client)
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1
    assert "ada@shop.example" in mail.outbox[0].to


def test_the_second_factor_is_asked_for_all_the_same(server: OpenIdDouble) -> None:
    visit(Client(), server, email="ada@shop.example", email_verified=True)
    TOTP.activate(User.objects.get(), generate_totp_secret())
    client = Client()
    answer = visit(client, server, email="ada@shop.example", email_verified=True)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not inside(client)


def test_a_closed_sign_up_is_closed_here_too(server: OpenIdDouble, settings: Any) -> None:
    settings.SIGNUP_OPEN = False
    visit(Client(), server, email="ada@shop.example", email_verified=True)
    assert not User.objects.exists()


def signed_in(email: str) -> Client:
    """A client that gave its password once more: connecting asks for that."""
    person(email)
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_an_owner_connects_sees_and_disconnects(server: OpenIdDouble) -> None:
    client = signed_in("ada@shop.example")
    done = visit(client, server, process="connect", email="ada@home.example", email_verified=True)
    assert done["Location"] == reverse("socialaccount_connections")
    account = SocialAccount.objects.get()
    page = client.get(reverse("socialaccount_connections")).content.decode()
    assert "Disconnect" in page
    assert "Acme log-in" in page
    elsewhere = Client()
    visit(elsewhere, server, email="ada@home.example", email_verified=True)
    assert inside(elsewhere)

    client.post(reverse("socialaccount_connections"), {"account": account.pk})

    assert not SocialAccount.objects.exists()
    deeds = list(AuditEvent.objects.order_by("id").values_list("action", "target"))
    assert deeds == [
        ("login.connected", "ada@shop.example"),
        ("login.disconnected", "ada@shop.example"),
    ]


def test_an_account_of_somebody_else_can_be_neither_taken_nor_disconnected(
    server: OpenIdDouble,
) -> None:
    visit(Client(), server, email="ada@shop.example", email_verified=True)
    account = SocialAccount.objects.get()
    eve = signed_in("eve@shop.example")
    visit(eve, server, process="connect", email="ada@shop.example", email_verified=True)
    eve.post(reverse("socialaccount_connections"), {"account": account.pk})
    account.refresh_from_db()
    assert account.user.email == "ada@shop.example"


def test_the_only_way_in_stays(server: OpenIdDouble) -> None:
    client = Client()
    visit(client, server, email="ada@shop.example", email_verified=True)
    account = SocialAccount.objects.get()
    client.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert SocialAccount.objects.exists()


@pytest.mark.parametrize("refuses", [True, False])
def test_a_refusal_over_there_is_a_page_of_ours(server: OpenIdDouble, refuses: bool) -> None:
    server.refuses = refuses
    client = Client()
    there = client.post(START)
    back = server.approve(there["Location"]).removeprefix("http://testserver")
    answer = client.get(back if refuses else f"{START}callback/?error=server_error")
    assert answer.status_code in (200, 401)
    assert b"That log-in did not work" in answer.content
    assert b"dashboard.css" in answer.content
    assert not inside(client)


def test_an_answer_to_another_browser_is_worth_nothing(server: OpenIdDouble) -> None:
    server.says = {"sub": "1", "email": "ada@shop.example", "email_verified": True}
    there = Client().post(START)
    other = Client()
    answer = other.get(server.approve(there["Location"]).removeprefix("http://testserver"))
    assert b"That log-in did not work" in answer.content
    assert not inside(other)


def test_a_server_that_is_down_is_a_page_of_ours(server: OpenIdDouble, settings: Any) -> None:
    [app] = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    answer = Client().post(START)
    assert b"That log-in did not work" in answer.content


def test_what_is_sent_is_bound_to_the_browser(server: OpenIdDouble) -> None:
    there = Client().post(START)
    asked = dict(parse_qsl(urlsplit(there["Location"]).query))
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 16
    # A link or picture on another page starts nothing.
    assert Client().get(START).status_code == 200


def test_buttons_appear_where_a_service_is_switched_on(server: OpenIdDouble) -> None:
    for name in ("account_login", "account_signup"):
        assert "Continue with Acme log-in" in Client().get(reverse(name)).content.decode()


def test_without_a_service_there_is_no_button_and_no_address() -> None:
    for name in ("account_login", "account_signup"):
        assert b"Continue with" not in Client().get(reverse(name)).content
    assert Client().post(START).status_code == 404
    page = browser(person("ada@shop.example")).get(reverse("mfa_index")).content
    assert b"Connected accounts" not in page


def test_settings_switch_services_on_by_their_client_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    assert social(Environment()).providers == {}
    for name in ("GOOGLE", "GITHUB", "MICROSOFT", "OIDC"):
        monkeypatch.setenv(f"{name}_CLIENT_ID", f"{name} id")
        monkeypatch.setenv(f"{name}_CLIENT_SECRET", "secret")
    monkeypatch.setenv("OIDC_SERVER", "https://id.example.com/realms/staff")
    found = social(Environment())
    assert sorted(found.providers) == ["github", "google", "microsoft", "openid_connect"]
    assert found.origins[-1] == "https://id.example.com"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GOOGLE_CLIENT_SECRET", ""),
        ("OIDC_CLIENT_SECRET", ""),
        ("OIDC_SERVER", ""),
        ("OIDC_SERVER", "id.example.com"),
    ],
)
def test_a_service_switched_on_by_halves_stops_the_start_and_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    good = {
        **{f"{one}_CLIENT_ID": "id" for one in ("GOOGLE", "OIDC")},
        **{f"{one}_CLIENT_SECRET": "secret" for one in ("GOOGLE", "OIDC")},
        "OIDC_SERVER": "https://id.example.com",
    }
    for variable, text in {**good, name: value}.items():
        monkeypatch.setenv(variable, text)
    with pytest.raises(ImproperlyConfigured, match=name):
        social(Environment())
