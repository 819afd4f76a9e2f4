"""What staff do goes through the services: points move once, and the trail names who did it."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from accounts import keyformat
from accounts.api.gate import admit
from accounts.errors import Forbidden, Unauthorized
from accounts.models import ApiKey, AuditEvent, Membership, Partner, User
from accounts.webhooks.models import Delivery
from billing import points
from billing.models import Bucket, Entry, Hold, Price
from tests.imaging.conftest import balance, fresh


def act(site: Client, address: str, action: str, *ids: object) -> str:
    """Choose rows of a list and an action; the page that follows."""
    answer = site.post(
        f"/admin/{address}/",
        {"action": action, "_selected_action": [str(chosen) for chosen in ids]},
        follow=True,
    )
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def trail(action: str) -> AuditEvent:
    return AuditEvent.objects.get(action=action, actor="chief@softbox.test")


def test_a_waiting_job_is_cancelled_for_free_and_an_ended_one_is_left_alone(site, company):
    before = balance(company.partner)

    text = act(site, "imaging/generation", "cancel", company.waiting.pk, company.done.pk)

    assert "1 of 2 were still waiting or running" in text
    assert fresh(company.waiting).status == "cancelled"
    assert fresh(company.done).status == "succeeded"
    assert balance(company.partner) == before + 8
    assert trail("generation.cancelled").target == str(company.waiting.pk)


def test_points_that_an_ended_job_still_holds_are_released_and_no_others(site, company):
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE imaging_generation SET status = 'cancelled', finished_at = created_at"
            " WHERE status = 'queued'"
        )
    before = balance(company.partner)

    text = act(site, "imaging/generation", "release", company.waiting.pk, company.done.pk)
    again = act(site, "imaging/generation", "release", company.waiting.pk)

    assert "1 still held points" in text
    assert "0 still held points" in again
    assert balance(company.partner) == before + 8
    assert Hold.objects.get(pk=company.waiting.pk).state == "released"
    assert trail("points.released").partner == company.partner
    assert points.reconcile() == []


def test_points_of_a_job_that_still_waits_are_not_released(site, company):
    before = balance(company.partner)

    act(site, "imaging/generation", "release", company.waiting.pk)

    assert balance(company.partner) == before


def test_granted_points_are_a_bucket_with_an_entry(site, company):
    before = balance(company.partner)
    form = {"partner": company.partner.pk, "tier": "growth", "points": "7.25", "reason": "Sorry"}

    answer = site.post("/admin/billing/bucket/add/", form)

    assert answer.status_code == 302
    assert balance(company.partner) == before + Decimal("7.25")
    entry = Entry.objects.get(reason="Sorry")
    assert (entry.kind, entry.bucket.tier) == ("grant", "growth")
    assert trail("points.granted").facts == {"tier": "growth", "points": 7.25, "reason": "Sorry"}


@pytest.mark.parametrize("bad", ["0", "-5", "7.1", "many", "99999999999"])
def test_points_that_cannot_be_are_told_on_the_form(site, company, bad):
    before = Bucket.objects.count()
    form = {"partner": company.partner.pk, "tier": "growth", "points": bad, "reason": "Sorry"}

    answer = site.post("/admin/billing/bucket/add/", form)

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
    assert Bucket.objects.count() == before


def test_a_bucket_cannot_be_edited(site, company):
    bucket = Bucket.objects.get()

    answer = site.post(f"/admin/billing/bucket/{bucket.pk}/change/", {"remaining": "1000000"})

    assert answer.status_code == 403
    assert balance(company.partner) < 100


def correct(site: Client, bucket: Bucket, amount: str, reason: str = "Ticket 81") -> str:
    form = {"points": amount, "reason": reason}
    answer = site.post(f"/admin/billing/bucket/{bucket.pk}/correct/", form, follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def test_a_correction_is_a_new_entry_with_its_reason(site, company):
    bucket = Bucket.objects.get()
    before = list(Entry.objects.order_by("id").values_list("id", "points"))
    left = bucket.remaining

    assert "The correction is in the ledger." in correct(site, bucket, "-7.25")
    assert "The correction is in the ledger." in correct(site, bucket, "7.25")

    bucket.refresh_from_db()
    assert bucket.remaining == left
    assert list(Entry.objects.order_by("id").values_list("id", "points"))[:-2] == before
    out, back = Entry.objects.filter(kind="correction").order_by("id")
    assert (out.points, back.points, out.reason) == (Decimal("-7.25"), Decimal("7.25"), "Ticket 81")
    assert AuditEvent.objects.filter(action="points.corrected").count() == 2
    assert points.reconcile() == []


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("-1000", "points left"),
        ("1000", "Grant a new one for more"),
        ("0", "more than 0"),
        ("7.1", "quarter steps"),
        ("many", "Enter a number"),
    ],
)
def test_a_correction_that_cannot_be_is_told_on_the_form(site, company, amount, words):
    assert words in correct(site, Bucket.objects.get(), amount)
    assert not Entry.objects.filter(kind="correction").exists()


def test_a_correction_leaves_room_for_points_that_jobs_still_hold(site, company):
    """The points of the jobs that wait may come back; the delivered one's never do."""
    bucket = Bucket.objects.get()
    held = sum(Hold.objects.filter(state="held").values_list("points_held", flat=True))
    assert (bucket.original - bucket.remaining, held) == (40, 32)

    assert "At most 8 points" in correct(site, bucket, "8.25")
    assert "The correction is in the ledger." in correct(site, bucket, "8")

    act(
        site,
        "imaging/generation",
        "cancel",
        *company.partner.generations.values_list("pk", flat=True),
    )
    bucket.refresh_from_db()
    assert bucket.remaining == 100


def test_a_correction_needs_a_reason(site, company):
    correct(site, Bucket.objects.get(), "-1", reason="")
    assert not Entry.objects.filter(kind="correction").exists()


def test_a_job_is_made_again_as_a_new_one_and_the_old_keeps_its_end(site, company):
    before = balance(company.partner)

    text = act(site, "imaging/generation", "again", company.done.pk)

    assert "1 queued as new." in text
    new = company.partner.generations.get(surface="staff")
    assert (new.status, new.recipe["prompt"]) == ("queued", fresh(company.done).recipe["prompt"])
    assert fresh(company.done).status == "succeeded"
    assert balance(company.partner) == before - 8
    assert trail("generation.made_again").facts == {"from": str(company.done.pk)}


def test_a_job_that_cannot_be_paid_is_not_made_again(site, company):
    bucket = Bucket.objects.get()
    correct(site, bucket, f"-{bucket.remaining}")

    assert "Insufficient points" in act(site, "imaging/generation", "again", company.done.pk)
    assert not company.partner.generations.filter(surface="staff").exists()


def test_an_ended_delivery_is_sent_again_and_the_trail_says_who(site, company):
    first = Delivery.objects.filter(partner=company.partner).first()
    assert "still being tried" in act(site, "webhooks/delivery", "send_again", first.pk)
    Delivery.objects.filter(pk=first.pk).update(status="failed", finished_at=first.created_at)

    assert "1 will be sent again." in act(site, "webhooks/delivery", "send_again", first.pk)
    assert trail("webhook.sent_again").facts == {"from": str(first.key)}


LOOKERS = [
    ("accounts/partner", "switch_off"),
    ("accounts/apikey", "revoke"),
    ("imaging/generation", "cancel"),
    ("imaging/generation", "again"),
    ("imaging/generation", "release"),
    ("webhooks/endpoint", "switch_off"),
    ("webhooks/delivery", "send_again"),
    ("integrations/account", "revoke_links"),
    ("storefronts/storefront", "roll_back"),
    ("shops/shopproduct", "try_again"),
]


@pytest.mark.parametrize(("address", "action"), LOOKERS)
def test_who_may_only_look_can_do_nothing(company, address, action):
    clerk = User.objects.create_user("clerk@softbox.test", "x" * 20, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(clerk)
    app, name = address.split("/")
    row = apps.get_model(app, name).objects.first()
    before = AuditEvent.objects.count()

    act(client, address, action, row.pk)

    assert AuditEvent.objects.count() == before
    assert (
        client.post(f"/admin/billing/bucket/{Bucket.objects.get().pk}/correct/").status_code == 403
    )


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


def test_a_price_is_edited_in_quarter_steps(site, company):
    price = Price.objects.get(tier="starter", operation="create", mode="fast")
    address = f"/admin/billing/price/{price.pk}/change/"

    assert site.post(address, {"points": "8.1"}).status_code == 200
    assert site.post(address, {"points": "9.25"}).status_code == 302

    price.refresh_from_db()
    assert str(price.points) == "9.25"
    assert trail("price.changed").facts["fields"] == ["points"]


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
