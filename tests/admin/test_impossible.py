"""Hand-made requests to staff pages: what cannot be is told, and nothing breaks off."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from accounts.models import AuditEvent
from tests.admin.test_pages import MODELS, page

HUGE = "9" * 26
NO_KEYS = ("x", HUGE, "\0", "")


@pytest.fixture
def site(site: Client) -> Client:
    site.raise_request_exception = False
    return site


def test_an_action_on_what_is_no_row_does_nothing(site: Client, company: Any) -> None:
    events, request = AuditEvent.objects.count(), site.get("/admin/").wsgi_request
    for model in MODELS:
        address = page(model, "changelist")
        for action in admin.site._registry[model].get_actions(request):
            for chosen in NO_KEYS:
                answer = site.post(address, {"action": action, "_selected_action": ["1", chosen]})
                assert answer.status_code == 302, (address, action, chosen)
    assert AuditEvent.objects.count() == events


@pytest.mark.parametrize(
    "address",
    [
        f"usersessions/usersession/?user={HUGE}",
        f"accounts/auditevent/?created_at__year={HUGE}",
        f"shops/shopdelivery/?link__exact={HUGE}",
        "webhooks/delivery/?body=x",
        f"accounts/idempotencyrecord/?body__exact={HUGE}",
    ],
)
def test_a_filter_that_no_column_holds_is_told(site: Client, company: Any, address: str) -> None:
    assert site.get(f"/admin/{address}", follow=True).status_code in (200, 400)


IMPOSSIBLE = [
    ("accounts/membership", "user", HUGE),
    ("accounts/membership", "user", "x"),
    ("accounts/membership", "partner", "x"),
    ("catalog/owningredient", "partner", "12:99"),
    ("integrations/integration", "required_credentials", "NaN"),
    ("integrations/integration", "required_credentials", "1e400"),
    ("integrations/integration", "required_credentials", "[" * 2000),
    ("accounts/apikey", "partner", HUGE),
    ("billing/bucket", "points", "NaN"),
    ("billing/package", "points", "1E+999999"),
]


@pytest.mark.parametrize(("address", "name", "value"), IMPOSSIBLE)
def test_an_impossible_value_is_told_on_the_form(
    site: Client, company: Any, address: str, name: str, value: str
) -> None:
    answer = site.post(f"/admin/{address}/add/", {name: value})

    assert answer.status_code == 200
    page = answer.context
    assert name in (page["adminform"] if "adminform" in page else page["form"]).errors


def test_a_partners_members_are_told_too(site: Client, company: Any) -> None:
    lines = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "0-user": HUGE, "0-role": "owner"}
    form = {f"memberships-{name}": value for name, value in lines.items()}
    answer = site.post(f"/admin/accounts/partner/{company.partner.pk}/change/", form)

    assert answer.status_code == 200
    assert "Select a valid choice" in html.unescape(answer.content.decode())


@pytest.mark.parametrize(
    "address",
    [
        "accounts/membership/add/?partner=x",
        "accounts/apikey/add/?expires_at=x&partner=x",
        "billing/bucket/add/?points=NaN&partner=x",
    ],
)
def test_an_address_that_fills_in_what_cannot_be(site: Client, company: Any, address: str) -> None:
    assert site.get(f"/admin/{address}").status_code == 200


@pytest.mark.parametrize("days", ["0", "2147483647"])
def test_pictures_are_not_kept_until_a_day_that_no_calendar_has(
    site: Client, company: Any, days: str
) -> None:
    partner = company.partner
    limits = {name: getattr(partner, name) for name in ("rate_minute", "rate_day", "weight")}
    form = {"name": partner.name, "running_limit": 8, "retention_days": days, **limits}
    for prefix in ("memberships", "api_keys"):
        form |= {f"{prefix}-TOTAL_FORMS": "0", f"{prefix}-INITIAL_FORMS": "0"}
    answer = site.post(f"/admin/accounts/partner/{partner.pk}/change/", form)

    assert "Pictures can be kept for 1 to" in html.unescape(answer.content.decode())
    partner.refresh_from_db()
    assert partner.retention_days is None
