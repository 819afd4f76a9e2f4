"""What staff do to jobs and deliveries; who may only look can do nothing."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.webhooks.models import Delivery
from billing import points
from billing.models import Bucket, Hold
from tests.admin.acting import act, correct, trail
from tests.imaging.conftest import balance, fresh


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
