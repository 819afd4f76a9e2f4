"""Second factors in a real browser: passkeys, codes from an app, recovery codes, a new password."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser.conftest import Tab
from tests.browser.test_dashboard import log_in, site  # noqa: F401 (a fixture)
from tests.dashboard.conftest import PASSWORD, Company, company

pytestmark = pytest.mark.django_db(transaction=True)

OWNER = "owner@acme.example"


@pytest.fixture
def acme(site: str) -> Company:  # noqa: F811 (the fixture)
    cache.clear()
    return company("Acme", "acme.example")


def authenticator(tab: Tab) -> None:
    """A key that is built into the machine, and a finger that is always on it."""
    session = tab.page.context.new_cdp_session(tab.page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def prove_it_is_you(tab: Tab) -> None:
    """The password once more, before a log-in's locks are changed."""
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Confirm").click()


def log_out(tab: Tab) -> None:
    tab.page.context.clear_cookies()


def code(secret: str, *, ahead: int = 0) -> str:
    """What an app shows now; `ahead` counts its steps of thirty seconds."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead)))


def add_app(tab: Tab, site: str) -> str:  # noqa: F811
    """Add an authenticator app; returns its secret."""
    tab.page.goto(f"{site}{reverse('mfa_activate_totp')}")
    prove_it_is_you(tab)
    text = str(tab.page.get_by_label("Authenticator secret").input_value())
    tab.page.get_by_label("Authenticator code").fill(code(text))
    assert tab.violations() == []
    tab.page.get_by_role("button", name="Activate").click()
    return text


def give_password(tab: Tab, site: str) -> None:  # noqa: F811
    tab.page.goto(f"{site}/account/login/")
    tab.page.get_by_label("Email").fill(OWNER)
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Sign In", exact=True).click()


def test_a_passkey_is_registered_and_opens_the_log_in(site: str, acme: Company, tab: Tab) -> None:  # noqa: F811
    page = tab.page
    authenticator(tab)
    log_in(tab, site, OWNER)
    page.goto(f"{site}{reverse('mfa_add_webauthn')}")
    prove_it_is_you(tab)
    page.get_by_label("Name").fill("My laptop")
    page.get_by_label(re.compile("Passwordless")).check()
    assert tab.violations() == []
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_role("heading", name=re.compile("ecovery"))).to_be_visible()

    log_out(tab)
    page.goto(f"{site}/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()

    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    assert tab.console == []


def test_an_app_s_code_is_asked_for_and_a_recovery_code_does_too(
    site: str,  # noqa: F811
    acme: Company,
    tab: Tab,
) -> None:
    page = tab.page
    log_in(tab, site, OWNER)
    secret = add_app(tab, site)
    page.goto(f"{site}{reverse('mfa_view_recovery_codes')}")
    shown = page.locator("#recovery_codes").input_value().split()
    assert len(shown) == 10

    for given, right in (("000000", False), (code(secret, ahead=1), True), (shown[0], True)):
        log_out(tab)
        give_password(tab, site)
        page.get_by_label("Code").fill(given)
        page.get_by_role("button", name="Sign In", exact=True).click()
        if right:
            expect(page.get_by_role("heading", name="Overview")).to_be_visible()
        else:
            expect(page.get_by_text("Incorrect code")).to_be_visible()

    log_out(tab)
    give_password(tab, site)
    page.get_by_label("Code").fill(shown[0])
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_text("Incorrect code")).to_be_visible()  # each opens once


def test_a_forgotten_password_is_set_anew_by_mail(site: str, acme: Company, tab: Tab) -> None:  # noqa: F811
    page = tab.page
    page.goto(f"{site}{reverse('account_reset_password')}")
    page.get_by_label("Email").fill(OWNER)
    page.get_by_role("button", name="Reset My Password").click()
    expect(page.get_by_text("sent you an email")).to_be_visible()
    link = re.search(r"https?://\S+", str(mail.outbox[-1].body))
    assert link
    page.goto(link[0])
    fresh = "another horse battery staple"
    page.get_by_label("New Password", exact=True).fill(fresh)
    page.get_by_label("New Password (again)").fill(fresh)
    page.get_by_role("button", name="Change Password").click()
    expect(page.get_by_text("Your password is now changed")).to_be_visible()

    page.goto(f"{site}/account/login/")
    page.get_by_label("Email").fill(OWNER)
    page.get_by_label("Password").fill(fresh)
    page.get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.goto(link[0])
    expect(page.get_by_text("Bad Token")).to_be_visible()  # the link works once


def test_other_sessions_can_be_ended(site: str, acme: Company, tab: Tab) -> None:  # noqa: F811
    page = tab.page
    log_in(tab, site, OWNER)
    elsewhere: Any = tab.page.context.cookies()
    log_out(tab)
    log_in(tab, site, OWNER)
    page.goto(f"{site}{reverse('usersessions_list')}")
    page.get_by_role("button", name="End all others").click()
    expect(page.get_by_role("button", name="End all others")).to_have_count(0)

    log_out(tab)
    page.context.add_cookies(elsewhere)
    page.goto(f"{site}/dashboard/")
    expect(page.get_by_role("button", name="Sign In", exact=True)).to_be_visible()
