"""Qamera's documentation, walked line by line: the list, votes, and what a test key keeps."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from accounts.models import AuditEvent, Partner
from accounts.webhooks import endpoints
from accounts.webhooks.models import Delivery
from billing import points
from imaging import jobs
from imaging.catalog.models import Product
from imaging.models import Batch, Generation
from tests.api.compat.conftest import Customer
from tests.api.compat.qamera_customer import (
    BASE,
    IDEAS,
    LIST,
    UPDATE,
    finish,
    listed,
    refused,
    register,
    two,
)
from tests.api.conftest import Caller, download

pytestmark = pytest.mark.django_db(transaction=True)


# --- GET /packshots ------------------------------------------------------------------------------


def test_packshots_are_listed_newest_first(
    qamera: Customer, worker: None, rich: Partner, shirt: Product
) -> None:
    [older] = register(qamera, {**two(), "count": 1})
    [newer] = register(qamera, {**two(), "count": 1})
    finish()

    body = qamera.get(LIST).json()

    assert [row["id"] for row in body["packshots"]] == [newer, older]
    assert (body["count"], body["nextCursor"]) == (2, None)
    row = body["packshots"][0]
    assert {"id", "name", "thumbnail", "status", "voting", "createdAt"} <= set(row)
    assert row["name"] == "White T-Shirt Packshot"
    assert (row["status"], row["voting"]) == ("DONE", None)
    assert datetime.strptime(row["createdAt"], "%Y-%m-%dT%H:%M:%S.%fZ")
    for address in (row["thumbnail"], row["imageUrl"]):
        assert download(address).status_code == 200


def test_one_that_waits_has_no_thumbnail_yet(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    [record] = register(qamera, {**two(), "count": 1})

    row = listed(qamera)[record]
    assert (row["status"], row["thumbnail"], row["imageUrl"]) == ("PENDING", None, None)


def test_listing_costs_nothing(qamera: Customer, rich: Partner) -> None:
    assert qamera.get(LIST).json() == {"packshots": [], "count": 0, "nextCursor": None}
    assert points.balance(partner_id=rich.pk) == 100


def test_a_long_list_comes_in_pages(qamera: Customer, rich: Partner, shirt: Product) -> None:
    records = register(qamera, {**two(), "count": 3})

    first = qamera.get(f"{LIST}?limit=2").json()
    rest = qamera.get(f"{LIST}?limit=2&cursor={first['nextCursor']}").json()

    names = [row["id"] for row in first["packshots"] + rest["packshots"]]
    assert sorted(names) == sorted(records)
    assert (first["count"], rest["count"], rest["nextCursor"]) == (2, 1, None)


@pytest.mark.parametrize("query", ["statusFilter=rejected", "limit=0", "limit=1001", "cursor=x"])
def test_a_wrong_query_is_400(qamera: Customer, partner: Partner, query: str) -> None:
    assert refused(qamera.get(f"{LIST}?{query}")) == (400, "invalid_request")


def test_packshots_of_other_surfaces_and_partners_are_not_listed(
    qamera: Customer,
    live: Caller,
    caller: Callable[..., Caller],
    other_partner: Partner,
    rich: Partner,
    shirt: Product,
) -> None:
    live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    assert listed(qamera) == {}
    [record] = register(qamera, {**two(), "count": 1})

    rival = Customer(BASE, caller(partner=other_partner).key, "X-Api-Key")
    assert listed(rival) == {}
    foreign = rival.post(UPDATE, {"recordId": record, "Voting": "APPROVED"})
    assert refused(foreign) == (404, "not_found")


# --- POST /update-packshot -----------------------------------------------------------------------


@pytest.fixture
def made(qamera: Customer, worker: None, rich: Partner, shirt: Product) -> list[str]:
    """Two finished packshots."""
    records = register(qamera)
    finish()
    return records


def standing(qamera: Customer, record: str) -> tuple[str, str | None]:
    row = listed(qamera)[record]
    return row["status"], row["voting"]


def update(qamera: Customer, record: str, **change: str) -> None:
    answer = qamera.post(UPDATE, {"recordId": record, **change})
    assert (answer.status_code, answer.json()) == (200, {"success": True})


def test_an_approved_packshot_is_found_by_the_filter(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="APPROVED")

    assert standing(qamera, made[0]) == ("DONE", "APPROVED")
    assert standing(qamera, made[1]) == ("DONE", None)
    assert list(listed(qamera, "?statusFilter=approved")) == [made[0]]
    assert len(listed(qamera, "?statusFilter=all")) == 2


def test_rejecting_archives(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="REJECTED")

    assert standing(qamera, made[0]) == ("ARCHIVE", "REJECTED")
    assert listed(qamera, "?statusFilter=approved") == {}


def test_archiving_leaves_the_vote_as_it_is(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="APPROVED")
    update(qamera, made[0], status="ARCHIVE")
    update(qamera, made[1], status="ARCHIVE")

    assert standing(qamera, made[0]) == ("ARCHIVE", "APPROVED")
    assert standing(qamera, made[1]) == ("ARCHIVE", None)
    assert list(listed(qamera, "?statusFilter=approved")) == [made[0]]


def test_both_may_be_said_at_once(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="APPROVED", status="ARCHIVE")
    update(qamera, made[1], Voting="REJECTED", status="ARCHIVE")

    assert standing(qamera, made[0]) == ("ARCHIVE", "APPROVED")
    assert standing(qamera, made[1]) == ("ARCHIVE", "REJECTED")


def test_the_last_vote_counts(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], Voting="REJECTED")
    update(qamera, made[0], Voting="APPROVED")

    assert standing(qamera, made[0]) == ("DONE", "APPROVED")


def test_notes_are_kept_and_stay(qamera: Customer, made: list[str]) -> None:
    update(qamera, made[0], verificationResult="collar is crooked")
    update(qamera, made[0], Voting="REJECTED")

    assert listed(qamera)[made[0]]["verificationResult"] == "collar is crooked"
    assert standing(qamera, made[0]) == ("ARCHIVE", "REJECTED")
    assert set(
        AuditEvent.objects.filter(action__startswith="generation.").values_list("action", flat=True)
    ) == {"generation.noted", "generation.reject"}


def test_an_update_without_a_change_is_fine_and_costs_nothing(
    qamera: Customer, rich: Partner, made: list[str]
) -> None:
    update(qamera, made[0])

    assert standing(qamera, made[0]) == ("DONE", None)
    assert points.balance(partner_id=rich.pk) == 84


@pytest.mark.parametrize(
    "wrong",
    [
        {"recordId": None},
        {"recordId": ""},
        {"recordId": 7},
        {"Voting": "MAYBE"},
        {"Voting": True},
        {"status": "DONE"},
        {"verificationResult": 7},
        {"verificationResult": "x" * 501},
    ],
)
def test_a_wrong_update_is_400(qamera: Customer, rich: Partner, wrong: dict[str, Any]) -> None:
    body = {"recordId": "ps_" + "0" * 32, "Voting": "APPROVED", **wrong}

    assert refused(qamera.post(UPDATE, body)) == (400, "invalid_request")


def test_an_unknown_packshot_is_404(qamera: Customer, qamera_trial: Customer) -> None:
    for name in ("ps_abc123", "ps_" + "0" * 32, "gen_" + "0" * 32, "é' OR 1=1--"):
        for customer in (qamera, qamera_trial):
            answer = customer.post(UPDATE, {"recordId": name, "Voting": "APPROVED"})
            assert refused(answer) == (404, "not_found")


def test_one_without_a_picture_cannot_be_judged(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    [record] = register(qamera, {**two(), "count": 1})

    answer = qamera.post(UPDATE, {"recordId": record, "Voting": "APPROVED"})

    assert refused(answer) == (400, "invalid_request")
    assert "queued" in answer.json()["message"]


# --- Webhooks, test keys -------------------------------------------------------------------------


def test_registered_endpoints_hear_of_it_in_our_own_words(
    qamera: Customer, rich: Partner, shirt: Product
) -> None:
    endpoints.create(partner=rich, url="https://yoursite.com/all", events=["batch.completed"])
    register(qamera)
    for job in Generation.objects.all():
        jobs.cancel(job.pk)

    assert Delivery.objects.get().event == "batch.completed"


def test_a_test_key_stores_nothing(qamera_trial: Customer, rich: Partner, shirt: Product) -> None:
    body = qamera_trial.post(IDEAS, two()).json()

    assert len(set(body["createdRecordIds"])) == 2
    assert body["creditsReserved"] == 0
    update(qamera_trial, body["createdRecordIds"][0], Voting="APPROVED")
    assert qamera_trial.get(LIST).json()["packshots"] == []
    assert not Generation.objects.exists()
    assert not Batch.objects.exists()
    assert points.balance(partner_id=rich.pk) == 100


def test_a_test_packshot_belongs_to_its_partner(
    qamera_trial: Customer,
    caller: Callable[..., Caller],
    other_partner: Partner,
    shirt: Product,
) -> None:
    [record, _] = register(qamera_trial)
    key = caller(partner=other_partner, environment="test").key
    rival = Customer(BASE, key, "X-Api-Key")

    answer = rival.post(UPDATE, {"recordId": record, "Voting": "APPROVED"})

    assert refused(answer) == (404, "not_found")
