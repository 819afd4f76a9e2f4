"""The staff admin in a real browser: its pages' manners, its menus, a member's place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import User
from tests.admin.conftest import PASSWORD, Company, company, furnish  # noqa: F401 (company: a fixture)
from tests.browser.conftest import PHONE, WIDE, Tab

pytestmark = pytest.mark.django_db(transaction=True)

CHIEF = "chief@softbox.test"
FORMS = ("accounts_partner", "accounts_apikey", "accounts_user", "billing_bucket")


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.PUBLIC_URL = live_server.url
    User.objects.create_superuser(CHIEF, PASSWORD)
    return str(live_server.url)


def log_in(tab: Tab, site: str) -> None:
    tab.page.goto(f"{site}/admin/login/?next=/admin/")
    tab.page.get_by_label("Email").fill(CHIEF)
    tab.page.get_by_label("Password").fill(PASSWORD)
    tab.page.get_by_role("button", name="Log in").click()
    expect(tab.page.get_by_role("heading", name="Dashboard")).to_be_visible()


def addresses() -> Iterator[str]:
    """The first page, every list, a page of every kind of row, every form."""
    yield reverse("admin:index")
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if row := model.objects.first():
            yield reverse(f"{name}_change", args=[quote(row.pk)])
    yield from (reverse(f"admin:{name}_add") for name in FORMS)


def main_pages(company: Company) -> list[str]:  # noqa: F811
    """One of every kind of page, and those that staff open most."""
    partner, bucket = company.partner, company.partner.buckets.get()
    return [
        reverse("admin:index"),
        reverse("admin:accounts_partner_changelist"),
        reverse("admin:accounts_partner_change", args=[partner.pk]),
        reverse("admin:accounts_partner_open_dashboard", args=[partner.pk]),
        reverse("admin:accounts_user_change", args=[partner.members.get().pk]),
        reverse("admin:accounts_apikey_add"),
        reverse("admin:billing_entry_changelist"),
        reverse("admin:billing_bucket_change", args=[bucket.pk]),
        reverse("admin:billing_bucket_correct", args=[bucket.pk]),
        reverse("admin:imaging_generation_changelist"),
        reverse("admin:imaging_generation_change", args=[company.done.pk]),
        reverse("admin:auth_group_add"),
    ]


# What is too wide is so on a phone first; policy and hosts do not hang on the size.
@pytest.mark.parametrize("tab", [PHONE], indirect=True, ids=["phone"])
def test_every_page_keeps_to_the_policy_and_to_its_host(
    tab: Tab,
    site: str,
    company: Company,  # noqa: F811
) -> None:
    log_in(tab, site)
    wrong = {}
    for path in addresses():
        tab.page.goto(f"{site}{path}", wait_until="load")
        if tab.console or tab.too_wide():
            wrong[path] = tab.console.copy() or "too wide"
        tab.console.clear()
    assert not wrong, "\n".join(f"{path}: {found}" for path, found in wrong.items())
    asked = {urlsplit(url).netloc for url in tab.requests if not url.startswith("data:")}
    assert asked == {urlsplit(site).netloc}


@pytest.mark.parametrize(
    ("tab", "scheme"),
    # Contrast hangs on the colours alone: two visits see both, and both sizes.
    [(WIDE, "light"), (PHONE, "dark")],
    indirect=["tab"],
    ids=["wide-light", "phone-dark"],
)
def test_main_pages_are_accessible(
    tab: Tab,
    site: str,
    company: Company,  # noqa: F811
    scheme: Any,
) -> None:
    tab.page.emulate_media(color_scheme=scheme)
    log_in(tab, site)
    for path in main_pages(company):
        tab.page.goto(f"{site}{path}", wait_until="load")
        assert tab.violations() == [], path


def test_menus_filters_and_actions_work_without_eval(
    tab: Tab,
    site: str,
    company: Company,  # noqa: F811
) -> None:
    page = tab.page
    log_in(tab, site)

    page.goto(f"{site}{reverse('admin:imaging_generation_changelist')}")
    page.locator("#changelist a", has_text="Filters").first.click()
    page.locator("#changelist-filter").get_by_role("link", name="Succeeded").click()
    expect(page.locator("tbody tr.data-row")).to_have_count(1)
    page.goto(f"{site}{reverse('admin:imaging_generation_changelist')}?status__exact=queued")
    page.locator("input.action-select").first.check()
    page.get_by_role("combobox").select_option("cancel")
    page.get_by_role("button", name="Run").click()
    expect(page.get_by_text("1 of 1 were still waiting or running")).to_be_visible()

    page.locator("#nav-sidebar").get_by_text(CHIEF).last.click()
    page.get_by_text("Dark", exact=True).click()
    expect(page.locator("html")).to_have_class("dark")
    page.get_by_role("button", name="Side bar").click()
    expect(page.locator("#nav-sidebar")).to_be_hidden()

    assert tab.console == []


def test_a_saved_partner_comes_back_to_its_tab(
    tab: Tab,
    site: str,
    company: Company,  # noqa: F811
) -> None:
    log_in(tab, site)
    tab.page.goto(f"{site}{reverse('admin:accounts_partner_change', args=[company.partner.pk])}")
    tab.page.get_by_role("link", name="Users of this partner").click()
    expect(tab.page.get_by_text("acme@softbox.test is owner of Acme")).to_be_visible()
    tab.page.get_by_role("button", name="Save and continue editing").click()
    expect(tab.page.get_by_text("was changed successfully")).to_be_visible()
    assert tab.page.url.endswith("#memberships")
    assert tab.console == []


@pytest.mark.parametrize("tab", [WIDE, PHONE], indirect=True, ids=["wide", "phone"])
def test_staff_look_in_a_member_s_place_and_leave(
    tab: Tab,
    site: str,
    company: Company,  # noqa: F811
) -> None:
    page = tab.page
    log_in(tab, site)
    page.goto(
        f"{site}{reverse('admin:accounts_partner_open_dashboard', args=[company.partner.pk])}"
    )
    page.get_by_label("Member").select_option(index=1)
    page.get_by_label("Reason").fill("Ticket 81")
    page.get_by_role("button", name="Open", exact=True).click()

    banner = page.get_by_role("complementary", name="You look in a member's place")
    expect(banner).to_contain_text(f"You are {CHIEF}, and see Acme as acme@softbox.test (owner)")
    assert tab.violations() == []
    assert not tab.too_wide()
    page.goto(f"{site}{reverse('dashboard-keys')}")
    expect(banner).to_be_visible()
    expect(page.get_by_role("link", name="New key")).to_have_count(0)
    banner.get_by_role("button", name="Leave").click()
    expect(page.get_by_text("You no longer look at Acme")).to_be_visible()
    assert tab.console == []
