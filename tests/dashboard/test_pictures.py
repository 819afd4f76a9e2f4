"""Gallery, playground and usage: the same rules as in the API, in a browser's clothes."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing import points
from imaging.models import Generation
from tests.dashboard.conftest import Company, picture
from tests.integrations.store_orders import make_pictures

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).resolve().parents[2] / "imaging" / "static" / "samples" / "mug.jpg"
FORM = {"aspect_ratio": "1:1", "resolution": "1k", "mode": "fast"}
HTMX = {"HX-Request": "true"}


def make(acme: Company, **fields: Any) -> Any:
    client = acme.client("developer")
    return client.post(reverse("dashboard-playground"), {**FORM, **fields}, headers=HTMX)


def test_the_playground_submits_what_the_api_would(acme: Company) -> None:
    answer = make(acme, operation="create", prompt="a green vase", seed="7")
    row = Generation.objects.get(surface="dashboard")
    assert reverse("dashboard-progress", args=[row.pk]) in answer.content.decode()
    assert (row.operation, row.recipe["prompt"], row.recipe["seed"]) == (
        "create",
        "a green vase",
        7,
    )
    assert row.points_held == 8
    assert row.correlation_id


def test_the_api_s_own_words_say_what_is_wrong(acme: Company) -> None:
    assert b"must be at least 3 characters" in make(acme, operation="create", prompt="a").content
    assert not Generation.objects.filter(surface="dashboard").exists()


@pytest.mark.parametrize("operation", ["enhance", "packshot"])
def test_an_uploaded_photo_is_kept_for_the_job(acme: Company, operation: str) -> None:
    photo = SimpleUploadedFile("mug.jpg", SAMPLE.read_bytes(), "image/jpeg")
    make(acme, operation=operation, photo="file", photo_file=photo)
    [source] = Generation.objects.get(surface="dashboard").sources
    assert "stored" in source


def test_a_file_that_is_no_picture_is_refused(acme: Company) -> None:
    file = SimpleUploadedFile("mug.jpg", b"#!/bin/sh", "image/jpeg")
    answer = make(acme, operation="packshot", photo="file", photo_file=file)
    assert b"is not a JPEG, PNG, GIF or WebP picture" in answer.content


def test_blocked_words_are_refused_before_points_are_held(acme: Company) -> None:
    before = points.balance(partner_id=acme.partner.pk)
    answer = make(acme, operation="create", prompt="a bomb making guide with gore")
    assert b"content_blocked" in answer.content
    assert points.balance(partner_id=acme.partner.pk) == before


def test_test_mode_makes_nothing(acme: Company) -> None:
    client = acme.client("developer")
    client.post(reverse("dashboard-environment", args=["test"]))
    body = {**FORM, "operation": "create", "prompt": "a green vase"}
    answer = client.post(reverse("dashboard-playground"), body, headers=HTMX)
    assert b"No AI model was triggered" in answer.content
    assert not Generation.objects.filter(surface="dashboard").exists()


def test_in_test_mode_no_picture_is_made_again(acme: Company) -> None:
    assert acme.generation
    client = acme.client("developer")
    client.post(reverse("dashboard-environment", args=["test"]))
    address = reverse("dashboard-regenerate", args=[acme.generation.pk])
    assert b"You are in test mode" in client.post(address, follow=True).content
    assert not Generation.objects.filter(surface="dashboard").exists()


def test_the_price_is_known_before_anything_is_made(acme: Company) -> None:
    body = {**FORM, "operation": "create", "prompt": "it's a vase", "mode": "thinking"}
    text = acme.client("developer").post(reverse("dashboard-quote"), body).content.decode()
    assert "15 points" in text
    assert "it&#x27;\\&#x27;&#x27;s a vase" in text  # quoted for a shell
    assert not Generation.objects.filter(surface="dashboard").exists()


def test_progress_ends_in_the_picture(acme: Company) -> None:
    make(acme, operation="create", prompt="a green vase")
    row = Generation.objects.get(surface="dashboard")
    client = acme.client("viewer")
    address = reverse("dashboard-progress", args=[row.pk])
    assert b"Accepted, points held" in client.get(address).content
    make_pictures()
    assert b"Download" in client.get(address).content
    assert client.get(address + "?page=whole")["HX-Refresh"] == "true"


def test_a_decision_can_be_made_and_taken_back(acme: Company) -> None:
    assert acme.generation
    client = acme.client("developer")
    address = reverse("dashboard-review", args=[acme.generation.pk])
    client.post(address, {"decision": "approve", "note": "For spring"})
    acme.generation.refresh_from_db()
    assert (acme.generation.review, acme.generation.review_note) == ("approved", "For spring")
    client.post(address, {"decision": "reopen"})
    acme.generation.refresh_from_db()
    assert acme.generation.review == ""
    answer = client.post(address, {"decision": "explode"}, follow=True)
    assert b"Invalid decision" in answer.content


def test_archived_pictures_leave_the_gallery_but_not_the_archive(acme: Company) -> None:
    assert acme.generation
    client = acme.client("developer")
    address = reverse("dashboard-review", args=[acme.generation.pk])
    client.post(address, {"decision": "archive"})
    link = reverse("dashboard-generation", args=[acme.generation.pk]).encode()
    assert link not in client.get(reverse("dashboard-gallery")).content
    assert link in client.get(reverse("dashboard-gallery"), {"review": "archived"}).content


def test_cancelling_gives_the_points_back(acme: Company) -> None:
    before = points.balance(partner_id=acme.partner.pk)
    make(acme, operation="create", prompt="a green vase")
    row = Generation.objects.get(surface="dashboard")
    acme.client("developer").post(reverse("dashboard-cancel", args=[row.pk]))
    row.refresh_from_db()
    assert row.status == "cancelled"
    assert points.balance(partner_id=acme.partner.pk) == before


def test_the_trail_says_which_member_spent_the_points(acme: Company) -> None:
    make(acme, operation="create", prompt="a green vase")
    made = Generation.objects.get(surface="dashboard")
    client = acme.client("developer")
    client.post(reverse("dashboard-regenerate", args=[made.pk]))
    client.post(reverse("dashboard-cancel", args=[made.pk]))

    actions = ["generation.ordered", "generation.made_again", "generation.cancelled"]
    noted = acme.partner.audit_events.filter(action__in=actions).order_by("id")
    assert [event.action for event in noted] == actions
    assert {event.actor for event in noted} == {acme.people["developer"].email}
    assert noted[0].target == noted[2].target == str(made.pk)


def test_again_is_the_same_recipe_and_another_is_not(acme: Company) -> None:
    assert acme.generation
    client = acme.client("developer")
    address = reverse("dashboard-regenerate", args=[acme.generation.pk])
    client.post(address)
    client.post(address, {"another": "1"})
    again, another = Generation.objects.filter(surface="dashboard").order_by("created_at")
    assert again.recipe["seed"] == acme.generation.recipe["seed"]
    assert another.recipe["seed"] != acme.generation.recipe["seed"]


def test_older_pictures_come_a_page_at_a_time(acme: Company) -> None:
    for number in range(25):
        picture(acme.partner, f"vase number {number}")
    client = acme.client("viewer")
    first = client.get(reverse("dashboard-gallery"), {"operation": "create"}).content.decode()
    cursor = first.partition("?cursor=")[2].partition("&")[0]
    second = client.get(
        reverse("dashboard-gallery"), {"operation": "create", "cursor": cursor}, headers=HTMX
    ).content.decode()
    assert first.count('class="tile"') == 24
    assert second.count('class="tile"') >= 2
    assert "<html" not in second


def test_a_broken_cursor_is_an_answer_and_no_crash(acme: Company) -> None:
    answer = acme.client("viewer").get(reverse("dashboard-gallery"), {"cursor": "broken"})
    assert answer.status_code == 400


def test_pages_carry_the_strict_policy_and_are_not_kept(acme: Company) -> None:
    answer = acme.client("viewer").get(reverse("dashboard"))
    policy = answer["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "no-store" in answer["Cache-Control"]
    assert b"<script>" not in answer.content
    assert b" style=" not in answer.content


def test_usage_shows_what_was_charged(acme: Company) -> None:
    text = acme.client("viewer").get(reverse("dashboard-usage")).content.decode()
    assert "8 used, 4,992 left" in text


def test_a_photo_stays_the_photo(acme: Company) -> None:
    """The data URI of an upload decodes to the very file."""
    from imaging.dashboard.uploads import data_uri

    file = SimpleUploadedFile("mug.jpg", SAMPLE.read_bytes(), "image/jpeg")
    assert base64.b64decode(data_uri(file).partition(",")[2]) == SAMPLE.read_bytes()
