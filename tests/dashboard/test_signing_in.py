"""Sign-up and log-in: addresses are proved, guessing is slowed, sessions are renewed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import ApiKey, Membership, Partner, User
from tests.dashboard.conftest import PASSWORD, browser, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


def log_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_a_new_user_is_let_in_after_proving_the_address() -> None:
    client = Client()
    client.post(reverse("account_signup"), {"email": "Ada@shop.example", "password1": PASSWORD})
    assert client.get(reverse("dashboard"))["Location"].startswith(reverse("account_login"))

    code = re.search(r"^[A-Z0-9-]{6,9}$", str(mail.outbox[0].body), re.MULTILINE)
    assert code
    client.post(reverse("account_email_verification_sent"), {"code": code[0]})

    assert client.get(reverse("dashboard"))["Location"] == reverse("dashboard-welcome")
    assert User.objects.get().email == "ada@shop.example"


def test_a_wrong_code_lets_nobody_in() -> None:
    client = Client()
    client.post(reverse("account_signup"), {"email": "ada@shop.example", "password1": PASSWORD})
    client.post(reverse("account_email_verification_sent"), {"code": "WRONG1"})
    assert client.get(reverse("dashboard"))["Location"].startswith(reverse("account_login"))


def test_nobody_learns_who_has_a_log_in() -> None:
    person("ada@shop.example")
    known = Client().post(
        reverse("account_signup"), {"email": "ada@shop.example", "password1": PASSWORD}
    )
    unknown = Client().post(
        reverse("account_signup"), {"email": "new@shop.example", "password1": PASSWORD}
    )
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_guessing_a_password_is_stopped() -> None:
    person("ada@shop.example")
    client = Client()
    for _ in range(6):
        log_in(client, "ada@shop.example", "guess")
    assert log_in(client, "ada@shop.example").status_code == 200  # the right one, too late
    assert "_auth_user_id" not in client.session


def test_the_session_is_a_new_one_after_the_log_in() -> None:
    person("ada@shop.example")
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["kept"] = True
    session.save()
    before = session.session_key
    client.cookies["sessionid"] = before

    assert log_in(client, "ADA@shop.example").status_code == 302

    assert client.session.session_key != before


def test_the_staff_admin_keeps_its_own_log_in() -> None:
    User.objects.create_superuser("root@softbox.example", PASSWORD)
    client = Client()
    answer = client.post(
        "/admin/login/?next=/admin/", {"username": "root@softbox.example", "password": PASSWORD}
    )
    assert answer["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_sign_up_can_be_closed(settings: Any) -> None:
    settings.SIGNUP_OPEN = False
    Client().post(reverse("account_signup"), {"email": "a@shop.example", "password1": PASSWORD})
    assert not User.objects.exists()


def test_a_new_company_shows_its_keys_once() -> None:
    client = browser(person("ada@shop.example"))
    text = client.post(reverse("dashboard-welcome"), {"name": "Ada's Mugs"}).content.decode()

    partner = Partner.objects.get(name="Ada's Mugs")
    assert Membership.objects.get(partner=partner).role == "owner"
    assert partner.api_keys.count() == 3
    for mark in ("sq_mgmt_", "sq_live_", "sq_test_", "whsec_"):
        found = re.search(mark + r"[\w+/=]{20,}", text)
        assert found
        later = "".join(
            client.get(reverse(name)).content.decode() for name in ("dashboard", "dashboard-keys")
        )
        assert found[0] not in later


def test_nobody_sets_up_companies_without_end() -> None:
    ada = person("ada@shop.example")
    for number in range(10):
        partner = Partner.objects.create(name=f"Shop {number}")
        Membership.objects.create(user=ada, partner=partner, role="owner")
    answer = browser(ada).post(reverse("dashboard-welcome"), {"name": "One more"})
    assert b"You own 10 companies already" in answer.content
    assert not Partner.objects.filter(name="One more").exists()


def test_somebody_of_two_companies_sees_one_at_a_time() -> None:
    ada = person("ada@shop.example")
    for name in ("Mugs", "Vases"):
        partner = Partner.objects.create(name=name)
        Membership.objects.create(user=ada, partner=partner, role="owner")
        ApiKey.objects.create(partner=partner, name=f"{name} key", hash=name, hint=name, slot=1)
    client = browser(ada)
    assert b"Mugs key" in client.get(reverse("dashboard-keys")).content
    client.post(reverse("dashboard-choose", args=[partner.pk]))
    text = client.get(reverse("dashboard-keys")).content
    assert b"Vases key" in text
    assert b"Mugs key" not in text


def test_a_company_one_does_not_belong_to_cannot_be_chosen() -> None:
    ada = person("ada@shop.example")
    mine, theirs = (Partner.objects.create(name=name) for name in ("Mine", "Theirs"))
    Membership.objects.create(user=ada, partner=mine, role="owner")
    client = browser(ada)
    client.post(reverse("dashboard-choose", args=[theirs.pk]))
    text = client.get(reverse("dashboard-settings")).content
    assert b"Mine" in text
    assert b"Theirs" not in text


def test_switching_to_test_does_not_lead_off_the_site() -> None:
    client = browser(person("ada@shop.example"))
    address = reverse("dashboard-environment", args=["test"])
    for odd in ("https://evil.example/", "//evil.example/", "no-page"):
        assert client.post(address, {"next": odd})["Location"] == "/dashboard/"
    assert client.post(address, {"next": "/dashboard/keys/"})["Location"] == "/dashboard/keys/"
