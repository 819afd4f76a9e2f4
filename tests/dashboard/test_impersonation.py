"""Staff in a member's place: what they see, what they may do, what stays closed, what is kept."""

from __future__ import annotations

import html
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import impersonation
from accounts.models import AuditEvent, Membership, User
from billing import points
from tests.dashboard.conftest import PASSWORD, Company, browser, person
from tests.dashboard.test_roles import PAGES, address

pytestmark = pytest.mark.django_db

BANNER = "You look in a member's place"


@pytest.fixture
def helper(db: None) -> User:
    """Staff with the one right to look, and to see partners."""
    user = person("helper@softbox.test", is_staff=True)
    wanted = ["impersonate", "view_partner"]
    user.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return user


@pytest.fixture
def site(helper: User) -> Client:
    return browser(helper)


def door(company: Company) -> str:
    return f"/admin/accounts/partner/{company.partner.pk}/open-dashboard/"


def look(site: Client, company: Company, role: str = "owner", **form: Any) -> Any:
    """Take the place of the company's member with `role`."""
    member = company.partner.memberships.get(role=role)
    return site.post(door(company), {"member": member.pk, "reason": "Ticket 81", **form})


def read(site: Client, name: str) -> str:
    return html.unescape(site.get(reverse(name)).content.decode())


def trail(action: str) -> AuditEvent:
    return AuditEvent.objects.get(action=f"impersonation.{action}", actor="helper@softbox.test")


def looking(site: Client) -> bool:
    return "impersonation" in site.session


def test_staff_see_the_dashboard_as_the_member_with_a_banner_on_every_page(
    site: Client, acme: Company, rival: Company
) -> None:
    answer = look(site, acme, "developer")

    assert (answer.status_code, answer["Location"]) == (302, reverse("dashboard"))
    shown = [name for name, view in PAGES if view.read in ("see", "audit")]
    for name in shown:
        page = site.get(address(name, acme))
        text = "" if page.streaming else html.unescape(page.content.decode())
        if "<html" in text:  # not a file or a part of a page
            assert BANNER in text, name
            assert "helper@softbox.test" in text, name
            assert "Rival" not in text, name
    assert BANNER in read(site, "dashboard")


def test_the_look_is_kept_with_its_reason_at_its_beginning_and_end(
    site: Client, acme: Company
) -> None:
    look(site, acme)
    answer = site.post(reverse("dashboard-leave"))

    assert answer["Location"] == reverse("admin:accounts_partner_change", args=[acme.partner.pk])
    started, ended = trail("started"), trail("ended")
    assert (started.partner, started.target) == (acme.partner, "owner@acme.example")
    assert (started.facts["reason"], started.facts["role"]) == ("Ticket 81", "owner")
    assert (ended.partner, ended.facts["how"]) == (acme.partner, "by hand")
    assert not looking(site)


def test_what_staff_do_meanwhile_is_kept_under_their_own_name(site: Client, acme: Company) -> None:
    look(site, acme)

    site.post(
        reverse("dashboard-review", args=[acme.generation.pk]), {"decision": "approve", "note": ""}
    )

    acted = trail("acted")
    assert (acted.target, acted.partner) == ("owner@acme.example", acme.partner)
    assert acted.facts["arguments"] == {"generation_id": str(acme.generation.pk)}
    assert not AuditEvent.objects.filter(
        actor="owner@acme.example", created_at__gte=acted.created_at
    ).exists()


@pytest.mark.parametrize("role", ["owner", "developer", "viewer"])
def test_keys_money_people_and_secrets_are_not_lent(site: Client, acme: Company, role: str) -> None:
    look(site, acme, role)
    before = points.balance(partner_id=acme.partner.pk)

    for name, view in PAGES:
        for method, permission in (("get", view.read), ("post", view.write)):
            if permission and permission not in impersonation.LENT:
                answer = getattr(site, method)(address(name, acme))
                assert answer.status_code == 403, (method, name)

    acme.partner.refresh_from_db()
    assert acme.partner.api_keys.count() == 1
    assert acme.partner.memberships.count() == 3
    assert points.balance(partner_id=acme.partner.pk) == before


def test_nothing_is_lent_that_the_member_may_not(site: Client, acme: Company) -> None:
    look(site, acme, "viewer")

    answer = site.post(reverse("dashboard-cancel", args=[acme.generation.pk]))

    assert answer.status_code == 403
    assert site.get(reverse("dashboard-audit")).status_code == 403


def test_passwords_and_second_factors_on_hand_are_the_staff_s_own(
    site: Client, acme: Company, helper: User
) -> None:
    look(site, acme)

    text = read(site, "account_email")

    assert "helper@softbox.test" in text
    form = {"oldpassword": PASSWORD, "password1": "another long word", "password2": ""}
    site.post(reverse("account_change_password"), form)
    owner = acme.people["owner"]
    owner.refresh_from_db()
    assert owner.check_password(PASSWORD)


@pytest.mark.parametrize(
    "facts", [{"is_staff": True}, {"is_superuser": True}, {"is_active": False}]
)
def test_staff_superusers_and_switched_off_people_are_never_looked_as(
    site: Client, acme: Company, facts: dict[str, bool]
) -> None:
    User.objects.filter(pk=acme.people["owner"].pk).update(**facts)

    answer = look(site, acme)

    assert answer.status_code == 200
    assert "Select a valid choice" in answer.content.decode()
    assert not AuditEvent.objects.filter(action="impersonation.started").exists()


def test_another_partner_s_member_cannot_be_smuggled_in(
    site: Client, acme: Company, rival: Company
) -> None:
    stranger = rival.partner.memberships.get(role="owner")

    assert look(site, acme, member=stranger.pk).status_code == 200

    assert not AuditEvent.objects.filter(action="impersonation.started").exists()


def test_a_look_needs_a_reason(site: Client, acme: Company) -> None:
    assert look(site, acme, reason=" ").status_code == 200
    assert not looking(site)


def test_the_right_to_look_is_one_of_its_own(site: Client, acme: Company, helper: User) -> None:
    others = Permission.objects.exclude(codename="impersonate")
    helper.user_permissions.set(others)

    assert look(site, acme).status_code == 403
    assert (
        "Open dashboard as"
        not in site.get(
            reverse("admin:accounts_partner_change", args=[acme.partner.pk])
        ).content.decode()
    )


def test_who_is_no_staff_cannot_look(acme: Company) -> None:
    member = acme.people["owner"]
    member.user_permissions.add(Permission.objects.get(codename="impersonate"))

    answer = look(browser(member), acme)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/admin/login/")


def test_a_look_ends_when_its_time_is_up(site: Client, acme: Company) -> None:
    look(site, acme)
    later = timezone.now() + impersonation.LONGEST + timedelta(seconds=1)

    with patch("accounts.impersonation.timezone.now", return_value=later):
        answer = site.get(reverse("dashboard-keys"))

    assert answer["Location"] == reverse("dashboard-welcome")
    assert trail("ended").facts == {"how": "time is up"}


@pytest.mark.parametrize("gone", ["right", "staff", "membership", "promoted"])
def test_a_look_ends_at_once_when_its_ground_is_gone(
    site: Client, acme: Company, helper: User, gone: str
) -> None:
    look(site, acme)
    if gone == "right":
        helper.user_permissions.clear()
    elif gone == "staff":
        User.objects.filter(pk=helper.pk).update(is_staff=False)
    elif gone == "membership":
        Membership.objects.filter(user=acme.people["owner"]).delete()
    else:
        User.objects.filter(pk=acme.people["owner"].pk).update(is_staff=True)

    assert site.get(reverse("dashboard")).status_code == 302
    assert not looking(site)
    assert trail("ended").facts == {"how": "withdrawn"}


def test_the_session_gets_a_new_key_at_both_ends(site: Client, acme: Company) -> None:
    keys = [site.session.session_key]
    look(site, acme)
    keys.append(site.session.session_key)
    site.post(reverse("dashboard-leave"))
    keys.append(site.session.session_key)

    assert len(set(keys)) == 3
    for old in keys[:2]:
        stale = Client()
        stale.cookies["sessionid"] = old
        assert stale.get(reverse("dashboard"))["Location"].startswith("/account/login/")


def test_logging_out_ends_it_too(site: Client, acme: Company) -> None:
    look(site, acme)
    site.post("/admin/logout/")
    assert trail("ended").facts == {"how": "logged out"}


def test_a_second_look_ends_the_first(site: Client, acme: Company, rival: Company) -> None:
    look(site, acme)
    look(site, rival)

    assert trail("ended").partner == acme.partner
    assert "Rival" in read(site, "dashboard")


def test_leaving_without_a_look_leads_to_the_dashboard(acme: Company) -> None:
    client = acme.client("owner")
    assert client.post(reverse("dashboard-leave"))["Location"] == reverse("dashboard")
    assert client.get(reverse("dashboard-leave")).status_code == 405
