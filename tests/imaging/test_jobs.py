"""The state machine: every way through it, what it costs, and that no second way is taken."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ

from accounts.errors import Unavailable
from billing.errors import InsufficientPoints
from billing.models import Hold
from imaging import jobs
from imaging.models import Asset, Generation, Status
from tests.imaging.conftest import balance, delivery, failure, fresh, kinds, recipe


class FakeTicket:
    def __init__(self, refuses: bool = False) -> None:
        self.attached: list[str] = []
        self.refuses = refuses

    def attach(self, resource: str) -> None:
        if self.refuses:
            raise RuntimeError("taken over")
        self.attached.append(resource)


# --- submit


def test_a_submitted_job_is_queued_with_its_points_held_and_a_worker_woken(partner, submit):
    generation = submit(metadata={"sku": "A-1"}, correlation_id="abc")

    row = fresh(generation)
    assert (row.status, row.points_held, row.points_used) == ("queued", 8, 0)
    assert (row.tier, row.unit_price) == ("starter", 8)
    assert (row.metadata, row.correlation_id) == ({"sku": "A-1"}, "abc")
    assert balance(partner) == 992
    assert kinds(row) == ["queued"]
    assert OrmQ.objects.filter(key="gpu").count() == 1


def test_the_ticket_remembers_the_job_in_the_same_transaction(partner, submit):
    ticket = FakeTicket()

    generation = submit(ticket=ticket)

    assert ticket.attached == [str(generation.pk)]


def test_a_refused_ticket_leaves_nothing_behind(partner, submit):
    with pytest.raises(RuntimeError):
        submit(ticket=FakeTicket(refuses=True))

    assert not Generation.objects.exists()
    assert not OrmQ.objects.exists()
    assert balance(partner) == 1000


def test_without_points_nothing_is_stored(new_partner, submit, db):
    poor = new_partner(granted="7")

    with pytest.raises(InsufficientPoints):
        submit(of=poor)

    assert not Generation.objects.exists()


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("create", "due to high demand. Please retry in a few seconds."),
        ("enhance", "Service temporarily unavailable. Please retry shortly."),
        ("packshot", "Service temporarily unavailable. Please retry shortly."),
    ],
)
def test_a_full_queue_is_answered_503_in_the_documented_words(
    partner, submit, settings, operation, words
):
    settings.QUEUE_LIMIT = 1
    submit()

    with pytest.raises(Unavailable, match=words) as refused:
        submit(recipe=recipe(operation=operation))

    assert refused.value.status_code == 503
    assert balance(partner) == 992


def test_a_long_batch_does_not_fill_the_queue_for_those_who_wait(partner, submit, settings):
    settings.QUEUE_LIMIT = 1
    for _ in range(3):
        submit(priority="batch")

    assert submit().status == "queued"


# --- finish


def test_a_finished_job_is_charged_and_has_its_pictures(partner, claimed):
    job = claimed()

    assert jobs.finish(job.lease, delivery())

    row = fresh(job.generation)
    assert (row.status, row.points_used, row.model) == ("succeeded", 8, "tiny-1")
    assert (row.engine_name, row.engine_kind) == ("tiny", "procedural")
    assert row.finished_at is not None
    assert row.lease_token is None
    assert row.assets.count() == 1
    assert balance(partner) == 992
    assert kinds(row) == ["queued", "started", "succeeded"]


def test_a_second_finish_changes_nothing(partner, claimed):
    job = claimed()
    jobs.finish(job.lease, delivery())

    assert not jobs.finish(job.lease, delivery())
    assert jobs.fail(job.lease, failure()) is None
    assert not jobs.hand_back(job.lease)

    assert Asset.objects.count() == 1
    assert fresh(job.generation).status == "succeeded"
    assert balance(partner) == 992


def test_a_finish_with_an_older_lease_changes_nothing(claimed):
    job = claimed()
    old = jobs.Lease(job.lease.generation_id, uuid.uuid4())

    assert not jobs.finish(old, delivery())
    assert not jobs.renew(old)
    assert not jobs.progress(old, done=1, of=2, label="x")
    assert fresh(job.generation).status == "running"


def test_thinking_that_fell_back_to_fast_pays_fast(partner, claimed):
    job = claimed(recipe=recipe(mode="thinking"))
    assert balance(partner) == 985

    jobs.finish(job.lease, delivery(recipe(mode="fast")))

    row = fresh(job.generation)
    assert (row.mode, row.requested_mode, row.points_used) == ("fast", "thinking", 8)
    assert balance(partner) == 992


def test_a_stand_in_costs_nothing(partner, claimed):
    job = claimed()

    jobs.finish(job.lease, delivery(stand_in=True))

    row = fresh(job.generation)
    assert (row.status, row.stand_in, row.points_used) == ("succeeded", True, 0)
    assert balance(partner) == 1000


def test_pictures_that_were_not_made_are_not_charged(partner, claimed):
    order = recipe(operation="packshot", count=4)
    job = claimed(recipe=order)
    assert balance(partner) == 968

    jobs.finish(job.lease, delivery(order, made=3))

    assert fresh(job.generation).points_used == 24
    assert balance(partner) == 976


def test_several_photos_enhanced_are_one_operation(partner, claimed):
    order = recipe(operation="enhance", inputs=("a", "b"))
    job = claimed(recipe=order)

    jobs.finish(job.lease, delivery(order, made=2))

    assert fresh(job.generation).points_used == 8


def test_pictures_expire_when_the_partner_wants_it(new_partner, claimed, db):
    forgetful = new_partner(retention_days=7)
    job = claimed(of=forgetful)

    jobs.finish(job.lease, delivery())

    expires = Asset.objects.get().expires_at
    assert timedelta(days=6, hours=23) < expires - timezone.now() < timedelta(days=7, hours=1)


# --- fail


@pytest.mark.parametrize("kind", ["failed", "out_of_memory", "timed_out"])
def test_what_may_succeed_later_is_tried_three_times_and_then_fails_free(partner, submit, kind):
    generation = submit()
    for attempt in (1, 2, 3):
        job = jobs.claim(worker="w")
        assert job.generation.attempts == attempt
        jobs.fail(job.lease, failure(kind, "Why."))

    row = fresh(generation)
    assert (row.status, row.error_message, row.points_used) == ("failed", "Why.", 0)
    assert row.error_code
    assert balance(partner) == 1000
    assert kinds(row)[-2:] == ["started", "failed"]
    assert jobs.claim(worker="w") is None


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("blocked", "blocked", "content_blocked"),
        ("bad_input", "failed", "invalid_input"),
        ("model_missing", "failed", "model_missing"),
    ],
)
def test_what_cannot_succeed_later_ends_at_once_and_free(partner, claimed, kind, status, code):
    job = claimed()

    assert jobs.fail(job.lease, failure(kind)) == status

    row = fresh(job.generation)
    assert (row.status, row.error_code, row.points_used) == (status, code, 0)
    assert balance(partner) == 1000


def test_a_second_failure_releases_nothing_more(partner, claimed):
    job = claimed()
    jobs.fail(job.lease, failure("blocked"))

    assert jobs.fail(job.lease, failure("blocked")) is None
    assert balance(partner) == 1000


def test_fallbacks_are_recorded(claimed):
    job = claimed()
    tried = [{"engine": "diffusion", "kind": "out_of_memory", "reason": "Too large."}]

    jobs.fail(job.lease, failure("model_missing"), fallbacks=tried)

    assert fresh(job.generation).fallbacks == tried


# --- hand back, cancel, expire


def test_a_job_handed_back_waits_again_and_the_attempt_does_not_count(partner, claimed):
    job = claimed()

    assert jobs.hand_back(job.lease)

    row = fresh(job.generation)
    assert (row.status, row.attempts, row.worker) == ("queued", 0, "")
    assert jobs.claim(worker="other").generation.pk == row.pk
    assert balance(partner) == 992


def test_cancelling_a_waiting_job_is_free(partner, submit):
    generation = submit()

    assert jobs.cancel(generation.pk)

    assert fresh(generation).status == "cancelled"
    assert balance(partner) == 1000
    assert jobs.claim(worker="w") is None


def test_cancelling_a_running_job_is_free_and_its_worker_notices(partner, claimed):
    job = claimed()

    assert jobs.cancel(job.generation.pk)

    assert not jobs.progress(job.lease, done=1, of=9, label="x")
    assert not jobs.finish(job.lease, delivery())
    assert fresh(job.generation).status == "cancelled"
    assert not Asset.objects.exists()
    assert balance(partner) == 1000


def test_a_job_that_has_ended_cannot_be_cancelled(partner, claimed):
    job = claimed()
    jobs.finish(job.lease, delivery())

    assert not jobs.cancel(job.generation.pk)
    assert fresh(job.generation).status == "succeeded"
    assert balance(partner) == 992


def test_a_job_that_did_not_start_in_time_expires_free(partner, submit):
    generation = submit(start_by=timezone.now() - timedelta(seconds=1))

    assert jobs.claim(worker="w") is None
    assert jobs.expire(generation.pk)

    assert fresh(generation).status == "expired"
    assert balance(partner) == 1000


def test_a_job_that_started_in_time_does_not_expire(claimed):
    job = claimed(start_by=timezone.now() + timedelta(hours=1))
    Generation.objects.update(start_by=timezone.now() - timedelta(seconds=1))

    assert not jobs.expire(job.generation.pk)
    assert jobs.progress(job.lease, done=1, of=2, label="x")


def test_progress_keeps_the_lease_and_tells_followers(claimed):
    job = claimed()
    Generation.objects.update(lease_until=timezone.now() + timedelta(seconds=1))

    assert jobs.progress(job.lease, done=3, of=10, label="denoise")

    row = fresh(job.generation)
    assert row.lease_until > timezone.now() + timedelta(seconds=30)
    assert (row.progress_step, row.progress_of, row.progress_label) == (3, 10, "denoise")
    assert row.events.last().data == {"step": 3, "of": 10, "label": "denoise"}


# --- what the database itself refuses


@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "lost"},
        {"status": "succeeded"},
        {"status": "running"},
        {"finished_at": timezone.now()},
        {"lease_token": uuid.uuid4()},
        {"points_used": Decimal(-1)},
        {"points_used": Decimal(1)},
        {"points_used": Decimal(9), "status": "succeeded", "finished_at": timezone.now()},
        {"status": "failed", "finished_at": timezone.now()},
        {"priority": "soon"},
    ],
)
def test_the_database_refuses_rows_that_contradict_themselves(submit, wrong):
    generation = submit()

    with pytest.raises(IntegrityError), transaction.atomic():
        Generation.objects.filter(pk=generation.pk).update(**wrong)


def test_a_stand_in_cannot_be_charged_whoever_writes_it(claimed):
    job = claimed()
    jobs.finish(job.lease, delivery(stand_in=True))

    with pytest.raises(IntegrityError), transaction.atomic():
        Generation.objects.filter(pk=job.generation.pk).update(points_used=8)


def test_every_end_settles_its_hold(partner, submit):
    ends = [
        lambda job: jobs.finish(job.lease, delivery()),
        lambda job: jobs.fail(job.lease, failure("blocked")),
        lambda job: jobs.cancel(job.generation.pk),
    ]
    for end in ends:
        submit()
        end(jobs.claim(worker="w"))

    assert not Hold.objects.filter(state=Hold.State.HELD).exists()
    assert not Generation.objects.filter(status__in=[Status.QUEUED, Status.RUNNING]).exists()


def test_a_free_job_needs_no_points_and_costs_none(db, new_partner, submit):
    poor = new_partner("Poor", granted="0")
    made, given_up = submit(of=poor, free=True), submit(of=poor, free=True)
    jobs.cancel(given_up.pk)
    found = jobs.claim(worker="w/1")
    assert found is not None
    assert found.generation.pk == made.pk
    jobs.finish(found.lease, delivery())
    assert (fresh(made).status, fresh(made).points_used) == ("succeeded", 0)
    assert balance(poor) == 0


def test_a_free_job_cannot_hold_points(submit):
    generation = submit(free=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Generation.objects.filter(pk=generation.pk).update(points_held=8)
