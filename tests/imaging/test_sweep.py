"""What was lost is made good, what is over is thrown away."""

from __future__ import annotations

import io
from datetime import timedelta
from importlib import import_module

import pytest
from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from django_q.models import OrmQ, Schedule

from accounts import partners
from accounts.webhooks import endpoints, outbox
from accounts.webhooks.models import Delivery
from imaging import jobs, schedules, storage, sweep, tasks
from imaging.claiming import MAX_ATTEMPTS, Lease
from imaging.models import Asset, Generation, GenerationEvent, WorkerBeat
from tests.imaging.conftest import balance, delivery, failure, fresh, kinds, let_lease_run_out


def test_a_job_whose_worker_fell_silent_waits_again(partner, claimed):
    job = claimed()
    let_lease_run_out(job.generation)

    assert sweep.expired_leases() == 1

    row = fresh(job.generation)
    assert (row.status, row.attempts) == ("queued", 1)
    assert kinds(row)[-1] == "retried"
    assert not jobs.finish(job.lease, delivery())
    assert balance(partner) == 992


def test_a_job_whose_worker_lives_is_left_alone(claimed):
    job = claimed()

    assert sweep.expired_leases() == 0
    assert jobs.renew(job.lease)


def test_a_job_that_lost_three_workers_fails_free(partner, submit):
    generation = submit()
    for _ in range(MAX_ATTEMPTS):
        jobs.claim(worker="w")
        let_lease_run_out(generation)
        sweep.expired_leases()

    row = fresh(generation)
    assert (row.status, row.error_code, row.attempts) == ("failed", "worker_lost", 3)
    assert balance(partner) == 1000


def test_a_lease_renewed_meanwhile_is_not_taken_back(claimed):
    job = claimed()

    assert jobs.take_back(job.lease) is None
    assert jobs.take_back(Lease(job.generation.pk, job.generation.pk)) is None
    assert fresh(job.generation).status == "running"


def test_jobs_that_did_not_start_in_time_expire(partner, submit):
    late = submit(start_by=timezone.now() - timedelta(seconds=1))
    early = submit(start_by=timezone.now() + timedelta(hours=1))

    assert sweep.late_starts() == 1

    assert (fresh(late).status, fresh(early).status) == ("expired", "queued")
    assert balance(partner) == 992


def test_pictures_past_their_retention_are_deleted_and_no_others(claimed, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    job = claimed()
    jobs.finish(job.lease, delivery(made=2))
    over, kept = Asset.objects.order_by("position")
    for asset in (over, kept):
        default_storage.save(asset.path, io.BytesIO(b"x"))
    Asset.objects.filter(pk=over.pk).update(expires_at=timezone.now())
    Asset.objects.filter(pk=kept.pk).update(expires_at=timezone.now() + timedelta(days=1))

    assert sweep.expired_assets() == 1

    assert list(Asset.objects.all()) == [kept]
    assert not default_storage.exists(over.path)
    assert default_storage.exists(kept.path)


def test_an_expired_picture_whose_file_is_gone_already_is_no_error(claimed):
    job = claimed()
    jobs.finish(job.lease, delivery())
    Asset.objects.update(expires_at=timezone.now())

    assert sweep.expired_assets() == 1
    assert sweep.expired_assets() == 0


def test_old_logs_of_ended_jobs_are_pruned(submit, claimed):
    job = claimed()
    jobs.cancel(job.generation.pk)
    live = submit()
    GenerationEvent.objects.update(created_at=timezone.now() - timedelta(days=8))

    assert sweep.old_events() == 3
    assert kinds(live) == ["queued"]


def test_messages_nobody_hears_do_not_pile_up(submit):
    submit()
    assert sweep.old_messages() == 0
    OrmQ.objects.update(lock=timezone.now() - timedelta(days=2))
    assert sweep.old_messages() == 1


def test_workers_that_are_long_gone_are_forgotten(db):
    WorkerBeat.objects.create(name="gone", queue="gpu", seen_at=timezone.now() - timedelta(days=2))
    WorkerBeat.objects.create(name="silent", queue="gpu")

    assert sweep.old_beats() == 1
    assert WorkerBeat.objects.get().name == "silent"


def test_books_that_agree_say_nothing(submit):
    submit()
    submit()
    job = jobs.claim(worker="w")
    jobs.finish(job.lease, delivery())
    job = jobs.claim(worker="w")
    jobs.fail(job.lease, failure("blocked"))

    complaints: list[object] = []
    assert sweep.books(lambda *words: complaints.append(words)) == 0
    assert complaints == []


def test_points_held_for_an_ended_job_are_said_out_loud(submit):
    generation = submit()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE imaging_generation SET status = 'cancelled', finished_at = created_at"
        )
    complaints: list[object] = []

    assert sweep.books(lambda *words: complaints.append(words)) == 1
    assert complaints[0][1] == generation.pk


def test_every_schedule_is_there_once_and_runs(db):
    schedules.ensure()
    first = Schedule.objects.get(name="sweep").next_run
    schedules.ensure()

    assert Schedule.objects.count() == len(schedules.SCHEDULES)
    assert Schedule.objects.get(name="sweep").next_run == first
    for schedule in Schedule.objects.all():
        assert schedule.cluster == "default"
        module, _, name = schedule.func.rpartition(".")
        getattr(import_module(module), name)()


def test_a_schedule_that_a_wrong_clock_put_off_is_brought_back(db):
    schedules.ensure()
    Schedule.objects.update(next_run=timezone.now() + timedelta(hours=2))
    schedules.ensure()

    off = Schedule.objects.filter(next_run__gt=timezone.now()).values_list("schedule_type")
    assert {kind for (kind,) in off} == {Schedule.DAILY}


@pytest.mark.django_db(transaction=True)
def test_uploads_of_a_job_without_a_picture_are_deleted(new_partner, submit):
    partner = new_partner()
    path = storage.keep_source(b"upload", partner_id=partner.pk)
    generation = submit(of=partner, sources=[{"stored": path}, {"url": "https://a.test/x.png"}])

    jobs.cancel(generation.pk)

    assert not default_storage.exists(path)


@pytest.mark.django_db(transaction=True)
def test_a_job_between_two_attempts_keeps_its_uploads(new_partner, submit):
    partner = new_partner()
    path = storage.keep_source(b"upload", partner_id=partner.pk)
    generation = submit(of=partner, sources=[{"stored": path}])
    jobs.claim(worker="w")
    let_lease_run_out(generation)

    sweep.expired_leases()

    assert default_storage.exists(path)
    assert Generation.objects.get().status == "queued"


def test_nothing_is_begun_for_a_partner_that_is_switched_off(new_partner, submit, db):
    off, on = new_partner("Off"), new_partner("On")
    running = submit(of=off)
    assert jobs.claim(worker="w") is not None
    waiting, others = submit(of=off), submit(of=on)
    partners.set_active(off, False)

    claimed = jobs.claim(worker="w")
    assert claimed is not None
    assert claimed.generation.pk == others.pk
    assert jobs.claim(worker="w") is None
    assert sweep.switched_off() == 1

    assert (fresh(waiting).status, fresh(running).status) == ("cancelled", "running")
    assert balance(off) == 992


def test_jobs_wait_for_partners_that_are_switched_on_again(partner, submit):
    partners.set_active(partner, False)
    job = submit()
    assert jobs.claim(worker="w") is None
    partners.set_active(partner, True)

    assert sweep.switched_off() == 0
    assert jobs.claim(worker="w").generation.pk == job.pk


def test_sessions_that_are_over_are_forgotten(db):
    for name, hours in (("a", -1), ("b", 1)):
        over = timezone.now() + timedelta(hours=hours)
        Session.objects.create(session_key=name * 32, session_data="", expire_date=over)

    tasks.purge()

    assert Session.objects.get().session_key == "b" * 32


def test_a_storage_that_does_not_answer_holds_up_no_other_cleaning(db, monkeypatch):
    def hang() -> None:
        raise TimeoutError

    monkeypatch.setattr(sweep, "expired_assets", hang)
    over = timezone.now() - timedelta(hours=1)
    Session.objects.create(session_key="a" * 32, session_data="", expire_date=over)

    with pytest.raises(TimeoutError):
        tasks.purge()

    assert not Session.objects.exists()


def test_the_delivery_log_goes_back_ninety_days(partner):
    endpoint = endpoints.create(partner=partner, url="https://shop.example/hook")
    first, _, new = (outbox.send_test(endpoint) for _ in range(3))
    ended = timezone.now() - timedelta(days=91)
    Delivery.objects.exclude(pk=new.pk).update(status="delivered", finished_at=ended)
    first.refresh_from_db()
    again = outbox.send_again(first)

    assert outbox.forget_old() == 1
    assert set(Delivery.objects.values_list("pk", flat=True)) == {first.pk, new.pk, again.pk}

    Delivery.objects.filter(pk=again.pk).update(status="failed", finished_at=ended)
    assert outbox.forget_old() == 2
    assert Delivery.objects.get() == new
