"""Partners, their keys, their people and their presets, as staff make and change them."""

from __future__ import annotations

import html
import re

import pytest

from accounts import keyformat
from accounts.api.gate import admit
from accounts.errors import Forbidden, Unauthorized
from accounts.models import ApiKey, AuditEvent, Membership, Partner, User
from tests.admin.acting import act, trail


def test_a_new_key_is_shown_once_and_works(site, company):
    form = {
        "partner": company.partner.pk,
        "kind": "image",
        "environment": "live",
        "name": "Shop",
        "networks": "192.0.2.0/24 2001:db8::1",
    }

    answer = site.post("/admin/accounts/apikey/add/", form)

    [key] = re.findall(r"sq_live_\w+", answer.content.decode())
    assert keyformat.hash_of(key) == ApiKey.objects.get(name="Shop").hash
    assert admit(presented=key, address="192.0.2.7")
    assert "no-store" in answer["Cache-Control"]
    assert key not in str(answer.cookies)
    assert key not in site.get("/admin/accounts/apikey/").content.decode()
    assert key not in str(list(AuditEvent.objects.values_list("facts", "target")))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"kind": "management", "environment": "test"}, "Management keys are always live"),
        ({"scopes": "everything"}, "Unknown scope"),
        ({"networks": "300.1.1.1"}, "Not an IP address"),
        ({"expires_at_0": "2020-01-01", "expires_at_1": "00:00"}, "The expiry lies in the past"),
        ({"monthly_cap": "-1"}, "above zero"),
    ],
)
def test_a_wrong_key_is_told_on_the_form(site, company, wrong, words):
    before = ApiKey.objects.count()
    form = {"partner": company.partner.pk, "kind": "image", "environment": "live", **wrong}

    answer = site.post("/admin/accounts/apikey/add/", form)

    assert words in answer.content.decode()
    assert ApiKey.objects.count() == before


def test_a_revoked_key_works_no_more(site, company):
    live = company.secrets[1]
    key = ApiKey.objects.get(hash=keyformat.hash_of(live))

    assert "1 revoked." in act(site, "accounts/apikey", "revoke", key.pk)
    assert "0 revoked." in act(site, "accounts/apikey", "revoke", key.pk)

    with pytest.raises(Unauthorized):
        admit(presented=live, address=None)
    assert trail("key.revoked").target == str(key.pk)


def test_a_partner_is_switched_off_and_on(site, company):
    act(site, "accounts/partner", "switch_off", company.partner.pk)
    with pytest.raises(Forbidden):
        admit(presented=company.secrets[1], address=None)

    act(site, "accounts/partner", "switch_on", company.partner.pk)
    assert admit(presented=company.secrets[1], address=None)
    assert trail("partner.deactivated")


def test_a_new_partner_comes_with_everything_shown_once(site, company):
    form = {"name": "Lamps", "email": "lamps@softbox.test", "rate_minute": "7"}

    text = site.post("/admin/accounts/partner/add/", form).content.decode()

    partner = Partner.objects.get(name="Lamps")
    assert (partner.rate_minute, partner.rate_day) == (7, 10_000)
    assert {"sq_mgmt_", "sq_live_", "sq_test_", "whsec_"} <= set(
        re.findall(r"sq_(?:mgmt|live|test)_|whsec_", text)
    )
    assert trail("partner.created").partner == partner


def test_a_partners_limits_are_edited_and_the_trail_names_the_fields(site, company):
    lines = {
        f"{prefix}-{name}": "0"
        for prefix in ("memberships", "api_keys")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    form = {
        "name": "Acme",
        "rate_minute": "90",
        "rate_day": "10000",
        "weight": "1",
        "running_limit": "8",
    }

    answer = site.post(f"/admin/accounts/partner/{company.partner.pk}/change/", {**form, **lines})

    assert answer.status_code == 302
    company.partner.refresh_from_db()
    assert (company.partner.rate_minute, company.partner.active) == (90, True)
    assert trail("partner.changed").facts["fields"] == ["rate_minute"]


def test_a_new_user_gets_a_lower_case_address_and_a_partner(site, company):
    form = {
        "email": "New@Softbox.test",
        "usable_password": "true",
        "password1": "a long enough one",
        "password2": "a long enough one",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-partner": company.partner.pk,
        "memberships-0-role": "viewer",
    }

    site.post("/admin/accounts/user/add/", form)

    user = User.objects.get(email="new@softbox.test")
    assert user.check_password("a long enough one")
    assert trail("user.created").target == str(user.pk)
    assert Membership.objects.get(user=user).partner == company.partner


def test_a_partners_preset_is_added_by_staff_as_the_api_would(site, company):
    address = "/admin/catalog/owningredient/add/"
    form = {"partner": company.partner.pk, "kind": "scenery", "key": "night", "label": "Night"}

    refused = site.post(address, {**form, "mode": "fast"})
    added = site.post(address, {**form, "background": "spot:navy"})

    assert "A scenery has no mode" in html.unescape(refused.content.decode())
    assert added.status_code == 302
    assert company.partner.ingredients.get(key="night").background == "spot:navy"
    assert trail("owningredient.created").partner == company.partner


def test_a_partner_s_only_owner_can_neither_be_demoted_nor_removed(site, company):
    owner = company.partner.memberships.get()
    address = f"/admin/accounts/membership/{owner.pk}"
    form = {"user": owner.user_id, "partner": company.partner.pk, "role": "viewer"}

    refused = site.post(f"{address}/change/", form)
    assert "A partner needs an owner" in refused.content.decode()
    assert site.post(f"{address}/delete/", {"post": "yes"}).status_code == 403
    chosen = {"action": "delete_selected", "_selected_action": owner.pk, "post": "yes"}
    site.post("/admin/accounts/membership/", chosen)

    owner.refresh_from_db()
    assert owner.role == "owner"


def test_an_owner_beside_another_can_be_demoted_and_removed(site, company):
    owner = company.partner.memberships.get()
    other = User.objects.create_user("other@softbox.test")
    Membership.objects.create(user=other, partner=company.partner, role="owner")
    address = f"/admin/accounts/membership/{owner.pk}"
    form = {"user": owner.user_id, "partner": company.partner.pk, "role": "viewer"}

    assert site.post(f"{address}/change/", form).status_code == 302
    owner.refresh_from_db()
    assert owner.role == "viewer"
    assert site.post(f"{address}/delete/", {"post": "yes"}).status_code == 302
    assert not Membership.objects.filter(pk=owner.pk).exists()
