"""Jobs that are drawn together: who may join, who follows whom, and the belt that carries them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from imaging import belt, jobs, running
from imaging.belt import Belt
from imaging.claiming import claim_like
from imaging.running import Stopped
from tests.imaging.conftest import balance, fresh, recipe

ALIKE = "together 3 0.01"


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def first_and_like_it(most: int = 9) -> list[object]:
    first = jobs.claim(worker="w")
    assert first is not None
    more = claim_like(first.generation, worker="w", most=most)
    return [claimed.generation.pk for claimed in (first, *more)]


def test_jobs_of_one_kind_and_size_are_claimed_together(partner, submit):
    waiting = [submit(f"picture {n}").pk for n in range(3)]

    assert first_and_like_it() == waiting


def test_no_more_are_taken_than_there_is_room_for(partner, submit):
    waiting = [submit("plain").pk for _ in range(4)]

    assert first_and_like_it(most=2) == waiting[:3]


@pytest.mark.parametrize(
    "facts",
    [{"width": 128}, {"height": 96}, {"operation": "packshot"}, {"count": 2}, {"mode": "thinking"}],
)
def test_a_job_of_another_kind_is_not_taken_along(partner, submit, facts):
    first = submit("plain")
    submit(recipe=recipe("plain", **facts))

    assert first_and_like_it() == [first.pk]


def test_nobody_overtakes_a_job_that_is_not_alike(partner, submit):
    first = submit("plain")
    submit(recipe=recipe("plain", width=128))
    submit("plain")

    assert first_and_like_it() == [first.pk]


def test_a_batch_goes_round_the_partners_as_single_claims_do(new_partner, submit, db):
    acme, rival = new_partner("Acme"), new_partner("Rival")
    hers = [submit("plain", of=acme).pk for _ in range(3)]
    his = [submit("plain", of=rival).pk for _ in range(3)]

    assert sorted(map(str, first_and_like_it(most=3))) == sorted(map(str, [*hers[:2], *his[:2]]))


def test_a_partners_running_limit_holds_in_a_batch_too(new_partner, submit, db):
    partner = new_partner("Acme", running_limit=2)
    waiting = [submit("plain", of=partner).pk for _ in range(4)]

    assert first_and_like_it() == waiting[:2]


def test_a_replay_is_drawn_by_itself(partner, submit):
    first = submit("plain")
    again = recipe("plain").as_json() | {
        "replay": {"prompt": "plain", "model": "tiny-1", "batches": [[4, 2]]}
    }
    submit(recipe=recipe().from_json(again))

    assert first_and_like_it() == [first.pk]


def test_a_batch_is_one_run_and_each_job_gets_its_own_outcome(partner, submit, tiny_engines):
    generations = [submit(ALIKE) for _ in range(3)]
    first = jobs.claim(worker="w")
    batch = [first, *claim_like(first.generation, worker="w", most=2)]

    for work in running.make(batch, tiny_engines):
        running.finish(work)

    rows = [fresh(generation) for generation in generations]
    assert [row.status for row in rows] == ["succeeded"] * 3
    assert [row.recipe["replay"]["batches"] for row in rows] == [[[3, 0]], [[3, 1]], [[3, 2]]]
    assert balance(partner) == 1000 - 3 * 8


def test_a_job_of_a_batch_is_cancelled_alone(partner, submit, tiny_engines, monkeypatch):
    lost, kept = submit("together 30 0.05"), submit("together 30 0.05")
    first = jobs.claim(worker="w")
    batch = [first, *claim_like(first.generation, worker="w", most=1)]
    original = jobs.progress

    def cancel_at_a_step(lease, **step):
        if lease.generation_id == lost.pk:
            jobs.cancel(lost.pk)
        return original(lease, **step)

    monkeypatch.setattr(jobs, "progress", cancel_at_a_step)
    for work in running.make(batch, tiny_engines):
        running.finish(work)

    assert (fresh(lost).status, fresh(kept).status) == ("cancelled", "succeeded")
    assert balance(partner) == 992


def test_a_bad_photo_ends_its_own_job_only(partner, submit, tiny_engines):
    bad = submit(recipe=recipe("plain", operation="enhance"), sources=[{"stored": "not/there"}])
    good = submit("plain")
    batch = [jobs.claim(worker="w"), jobs.claim(worker="w")]

    for work in running.make(batch, tiny_engines):
        running.finish(work)

    assert (fresh(bad).status, fresh(good).status) == ("failed", "succeeded")


def test_what_a_batch_engine_cannot_make_goes_to_the_next_engine_alone(
    partner, submit, settings, tiny_engines
):
    settings.IMAGING_ENGINE = "diffusion"
    settings.ENGINE_FACTORIES |= {"diffusion": "tests.imaging.tiny_engine:FussyEngine"}
    engines = running.Engines()
    liked, disliked = submit("plain"), submit("fussy")
    batch = [jobs.claim(worker="w"), jobs.claim(worker="w")]

    for work in running.make(batch, engines):
        running.finish(work)

    assert (fresh(liked).engine_name, fresh(disliked).engine_name) == ("fussy", "tiny")
    assert fresh(liked).fallbacks == []
    assert fresh(disliked).fallbacks[0]["engine"] == "diffusion"
    engines.kill()


# --- The belt ------------------------------------------------------------------------------------


@pytest.fixture
def slow_delivery(monkeypatch) -> threading.Event:
    """Pictures leave only once this is set."""
    gate = threading.Event()
    original = running.finish

    def finish(work: running.Work) -> None:
        assert gate.wait(30)
        original(work)

    monkeypatch.setattr(running, "finish", finish)
    return gate


@pytest.fixture
def many(transactional_db, new_partner, submit) -> Callable[[int], list[object]]:
    partner = new_partner("Belt")
    return lambda number: [submit("plain", of=partner) for _ in range(number)]


def test_the_next_batch_is_made_while_the_last_is_on_its_way_out(many, tiny_engines, slow_delivery):
    first, second = many(2)

    with Belt(tiny_engines, lambda: False) as line:
        line.run([jobs.claim(worker="w")])
        assert not line.is_idle()
        made = running.make([jobs.claim(worker="w")], tiny_engines)
        assert made[0].attempt is not None
        assert fresh(first).status == fresh(second).status == "running"
        slow_delivery.set()
    running.finish(made[0])

    assert {fresh(g).status for g in (first, second)} == {"succeeded"}


def test_no_more_than_one_batch_is_on_its_way_out(many, tiny_engines, slow_delivery, monkeypatch):
    many(2)
    looked = threading.Event()
    monkeypatch.setattr(belt, "_LOOK_SECONDS", 0.01)

    with Belt(tiny_engines, looked.is_set) as line:
        line.run([jobs.claim(worker="w")])
        second = jobs.claim(worker="w")
        threading.Timer(1.0, looked.set).start()
        with pytest.raises(Stopped):
            line.run([second])
        slow_delivery.set()

    assert fresh(second.generation).status == "queued"


def test_leaving_the_belt_waits_for_what_is_on_its_way(many, tiny_engines):
    (only,) = many(1)

    with Belt(tiny_engines, lambda: False) as line:
        line.run([jobs.claim(worker="w")])

    assert fresh(only).status == "succeeded"
    assert connection.is_usable()
