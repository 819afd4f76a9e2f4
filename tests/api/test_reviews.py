"""Reviews: the last decision counts, and only pictures can be decided upon."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import AuditEvent, Partner
from imaging.models import Generation
from tests.api.conftest import Caller
from tests.api.test_generations_list import add, ids

pytestmark = pytest.mark.django_db


def decide(one: Caller, generation_id: str, decision: Any, **more: Any) -> Any:
    path = f"/partner/v1/generations/{generation_id}/review"
    return one.post(path, {"decision": decision, **more})


@pytest.fixture
def finished(partner: Partner) -> str:
    return add(partner, "2025-07-10T10:00:00", status="succeeded")


@pytest.mark.parametrize(
    ("decision", "state"),
    [("approve", "approved"), ("reject", "rejected"), ("archive", "archived")],
)
def test_a_decision_is_kept_and_audited(
    live: Caller, finished: str, decision: str, state: str
) -> None:
    data = decide(live, finished, decision, note=" too dark ").json()["data"]

    assert (data["review"], data["note"]) == (state, "too dark")
    assert data["reviewedAt"]
    event = AuditEvent.objects.get(action=f"generation.{decision}")
    assert (event.target, event.facts) == (finished, {"note": "too dark"})
    assert event.actor.startswith("sq_live_")


def test_the_last_decision_counts_and_reopening_takes_it_back(live: Caller, finished: str) -> None:
    decide(live, finished, "approve")
    assert decide(live, finished, "reject").json()["data"]["review"] == "rejected"

    data = decide(live, finished, "reopen").json()["data"]

    assert (data["review"], data["reviewedAt"]) == (None, None)


def vote_on(generation_id: str) -> str:
    return Generation.objects.get(pk=generation_id).vote


def test_archiving_keeps_the_vote_and_reopening_takes_it_back(live: Caller, finished: str) -> None:
    decide(live, finished, "approve")
    decide(live, finished, "archive")
    assert vote_on(finished) == "approved"

    decide(live, finished, "reject")
    assert vote_on(finished) == "rejected"

    decide(live, finished, "reopen")
    assert vote_on(finished) == ""


@pytest.mark.parametrize("wrong", [{"vote": "archived"}, {"vote": "approved", "review": ""}])
def test_the_database_refuses_a_vote_that_is_none(finished: str, wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Generation.objects.filter(pk=finished).update(**wrong)


def test_generations_are_filtered_by_review(live: Caller, partner: Partner, finished: str) -> None:
    other = add(partner, "2025-07-11T10:00:00", status="succeeded")
    add(partner, "2025-07-12T10:00:00")  # cancelled: nothing to look at
    decide(live, finished, "approve")

    assert ids(live, "review=approved") == [finished]
    assert ids(live, "review=open") == [other]
    assert live.get("/partner/v1/generations?review=liked").status_code == 400


def test_what_has_no_picture_cannot_be_reviewed(live: Caller, partner: Partner) -> None:
    cancelled = add(partner, "2025-07-10T10:00:00")

    answer = decide(live, cancelled, "approve")

    assert answer.status_code == 409
    assert not AuditEvent.objects.filter(action="generation.approve").exists()


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"decision": "like"}, "decision"),
        ({"decision": None}, "decision"),
        ({"decision": ["approve"]}, "decision"),
        ({"decision": "approve", "note": 5}, "note"),
        ({"decision": "approve", "note": "x" * 501}, "note"),
    ],
)
def test_a_wrong_field_is_named(live: Caller, finished: str, body: Any, param: str) -> None:
    answer = live.post(f"/partner/v1/generations/{finished}/review", body)

    assert (answer.status_code, answer.json()["param"]) == (400, param)


def test_the_database_refuses_a_review_of_nothing(partner: Partner) -> None:
    cancelled = add(partner, "2025-07-10T10:00:00")

    with pytest.raises(IntegrityError), transaction.atomic():
        Generation.objects.filter(pk=cancelled).update(review="approved")


def test_a_test_key_is_answered_and_keeps_nothing(test_key: Caller) -> None:
    made = test_key.post("/partner/v1/image/create", {"prompt": "a mug"}).json()["data"]

    data = decide(test_key, made["generationId"], "approve").json()["data"]

    assert (data["review"], data["testMode"]) == ("approved", True)
    assert not AuditEvent.objects.filter(action="generation.approve").exists()
