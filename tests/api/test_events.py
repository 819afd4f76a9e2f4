"""Server-sent events of one job: numbered from 1, resumable, with an end."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Partner
from imaging import events, jobs
from imaging.models import Generation, GenerationEvent
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def cancelled(live: Caller, rich: Partner) -> Generation:
    """A job that was queued and cancelled: two lines in its log, and the result."""
    made = live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    generation = Generation.objects.get(id=made.json()["data"]["id"])
    jobs.cancel(generation.id)
    return generation


def follow(one: Caller, generation_id: Any, **headers: str) -> Any:
    return one.get(f"/partner/v1/generations/{generation_id}/events", **headers)


def told(answer: Any) -> list[tuple[int, str]]:
    """(number, kind) of each event."""
    text = answer.getvalue().decode()
    return [(int(n), kind) for n, kind in re.findall(r"id: (\d+)\nevent: (\w+)\n", text)]


def test_a_jobs_events_are_numbered_from_one(live: Caller, cancelled: Generation) -> None:
    answer = follow(live, cancelled.id)

    assert answer["Content-Type"] == "text/event-stream"
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-RateLimit-Remaining"]
    assert told(answer) == [(1, "queued"), (2, "cancelled"), (3, "result")]


def test_the_result_is_the_generation_as_it_can_be_read(
    live: Caller, cancelled: Generation
) -> None:
    text = follow(live, cancelled.id).getvalue().decode()

    result = json.loads(text.split("event: result\ndata: ")[1].split("\n")[0])
    read = live.get(f"/partner/v1/generations/{cancelled.id}").json()["data"]
    assert result == read
    assert result["error"]["code"] == "cancelled"


def test_the_numbers_tell_nothing_of_other_jobs(
    live: Caller, cancelled: Generation, rich: Partner
) -> None:
    for _ in range(5):
        events.record(cancelled.id, events.Kind.PROGRESS, step=1, of=2, label="x")
    other = live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    jobs.cancel(Generation.objects.get(id=other.json()["data"]["id"]).id)

    assert told(follow(live, other.json()["data"]["id"]))[0] == (1, "queued")


@pytest.mark.parametrize(("seen", "rest"), [("1", [2, 3]), ("2", [3]), ("0", [1, 2, 3])])
def test_who_comes_back_gets_the_rest(
    live: Caller, cancelled: Generation, seen: str, rest: list[int]
) -> None:
    answer = follow(live, cancelled.id, Last_Event_ID=seen)

    assert [number for number, _ in told(answer)] == rest


def test_who_has_seen_the_end_is_told_not_to_come_again(
    live: Caller, test_key: Caller, cancelled: Generation
) -> None:
    assert follow(live, cancelled.id, Last_Event_ID="3").status_code == 204
    made = test_key.post("/partner/v1/image/create", {"prompt": "a mug"}).json()["data"]
    assert follow(test_key, made["generationId"], Last_Event_ID="2").status_code == 204


@pytest.mark.parametrize("seen", ["", "x", "-1", "1.5", "9" * 40, "²", "1 2"])
def test_an_event_id_that_is_none_is_refused(
    live: Caller, cancelled: Generation, seen: str
) -> None:
    answer = follow(live, cancelled.id, Last_Event_ID=seen)

    assert (answer.status_code, answer.json()["param"]) == (400, "Last-Event-ID")


def test_the_end_brings_all_that_went_before(
    live: Caller, cancelled: Generation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job that ends between two looks: its last line is not lost."""
    GenerationEvent.objects.filter(generation=cancelled, kind="cancelled").delete()
    read = Generation.objects.get

    def read_and_then_it_ends(**wanted: Any) -> Generation:
        generation = read(**wanted)
        events.record(cancelled.id, events.Kind.CANCELLED)
        return generation

    answer = follow(live, cancelled.id)
    monkeypatch.setattr(Generation.objects, "get", read_and_then_it_ends)

    assert [kind for _, kind in told(answer)] == ["queued", "cancelled", "result"]


def test_a_test_job_tells_the_same_story(test_key: Caller) -> None:
    made = test_key.post("/partner/v1/image/create", {"prompt": "a mug"}).json()["data"]

    assert told(follow(test_key, made["generationId"])) == [(1, "succeeded"), (2, "result")]


def test_a_look_at_the_headers_does_not_wait_for_the_job(live: Caller, rich: Partner) -> None:
    made = live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    path = f"/partner/v1/generations/{made.json()['data']['id']}/events"

    answer: Any = Client().head(path, headers={"X-API-Key": live.key})

    assert (answer.status_code, answer.getvalue()) == (200, b"")
