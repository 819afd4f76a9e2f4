"""Who is next: fairness, urgency, ageing, limits, and that no two workers get the same job."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from imaging import claiming, jobs
from imaging.claiming import Line, fair_order
from imaging.models import Generation
from tests.imaging.conftest import delivery, fresh, kinds

NOW = timezone.now()


def line(**facts: object) -> Line:
    return Line(
        **{
            "partner_id": uuid.uuid4(),
            "weight": 1,
            "running": 0,
            "running_limit": 8,
            "ends": 0.0,
            "oldest_urgent": NOW,
            "oldest": NOW,
            **facts,
        }
    )


def take(number: int) -> list[Generation]:
    """Claim and finish so many jobs, one after the other."""
    taken = []
    for _ in range(number):
        job = jobs.claim(worker="w")
        if job is None:
            break
        taken.append(job.generation)
        jobs.finish(job.lease, delivery())
    return taken


def test_nothing_waiting_is_no_claim(db):
    assert jobs.claim(worker="w") is None


def test_a_claim_makes_the_job_running_under_a_lease(partner, submit):
    generation = submit()

    job = jobs.claim(worker="host:gpu:1/2")

    row = fresh(generation)
    assert (row.status, row.attempts, row.worker) == ("running", 1, "host:gpu:1/2")
    assert row.lease_token == job.lease.token
    assert row.lease_until > timezone.now() + timedelta(seconds=30)
    assert kinds(row) == ["queued", "started"]


def test_one_partners_jobs_come_in_their_order(partner, submit):
    submitted = [submit().pk for _ in range(4)]

    assert [job.pk for job in take(9)] == submitted


def test_a_hundred_batch_jobs_do_not_hold_up_anothers_single_request(new_partner, submit, db):
    busy, small = new_partner("busy"), new_partner("small")
    for _ in range(100):
        submit(of=busy, priority="batch")
    take(3)

    single = submit(of=small)

    assert take(1)[0].pk == single.pk


def test_nor_do_a_hundred_of_its_single_requests(new_partner, submit, db):
    busy, small = new_partner("busy"), new_partner("small")
    for _ in range(100):
        submit(of=busy)
    take(3)

    single = submit(of=small)

    assert single.pk in [job.pk for job in take(2)]


def test_partners_are_served_by_turns(new_partner, submit, db):
    first, second = new_partner("first"), new_partner("second")
    for owner in [first] * 5 + [second] * 5:
        submit(of=owner)

    served = [job.partner_id for job in take(10)]

    assert all(set(served[i : i + 2]) == {first.pk, second.pk} for i in range(0, 10, 2))


def test_a_partner_of_weight_three_gets_three_turns_for_one(new_partner, submit, db):
    heavy, light = new_partner("heavy", weight=3), new_partner("light")
    for owner in [heavy] * 12 + [light] * 12:
        submit(of=owner)

    served = Counter(job.partner_id for job in take(12))

    assert served == {heavy.pk: 9, light.pk: 3}


def test_silence_earns_no_credit(new_partner, submit, db):
    steady, idle = new_partner("steady"), new_partner("idle")
    for _ in range(20):
        submit(of=steady)
    take(10)
    for _ in range(10):
        submit(of=idle)

    served = Counter(job.partner_id for job in take(8))

    assert served[steady.pk] >= 3


def test_somebody_who_waits_comes_before_the_partners_own_batch(partner, submit):
    submit(priority="batch")
    urgent = submit()

    assert take(1)[0].pk == urgent.pk


def test_a_batch_job_that_waited_long_counts_as_waiting(partner, submit):
    old = submit(priority="batch")
    Generation.objects.update(created_at=timezone.now() - claiming.AGEING - timedelta(seconds=1))
    submit()

    assert take(1)[0].pk == old.pk


def test_a_batch_job_that_is_a_little_old_does_not(partner, submit):
    submit(priority="batch")
    Generation.objects.update(created_at=timezone.now() - claiming.AGEING + timedelta(seconds=30))
    urgent = submit()

    assert take(1)[0].pk == urgent.pk


def test_a_partner_at_its_running_limit_waits(new_partner, submit, db):
    limited = new_partner("limited", running_limit=2)
    for _ in range(3):
        submit(of=limited)

    running = [jobs.claim(worker="w") for _ in range(2)]
    assert jobs.claim(worker="w") is None
    assert not claiming.anything_claimable()

    jobs.finish(running[0].lease, delivery())
    assert jobs.claim(worker="w") is not None


def test_its_limit_does_not_hold_up_others(new_partner, submit, db):
    limited, other = new_partner("limited", running_limit=1), new_partner("other")
    for owner in (limited, limited, other):
        submit(of=owner)

    served = {jobs.claim(worker="w").generation.partner_id for _ in range(2)}

    assert served == {limited.pk, other.pk}


def test_a_job_past_its_start_by_is_not_started(partner, submit):
    submit(start_by=timezone.now() - timedelta(seconds=1))
    later = submit(start_by=timezone.now() + timedelta(hours=1))

    assert [job.pk for job in take(5)] == [later.pk]


# --- the order itself


def test_the_order_is_urgency_then_turn_then_age():
    batch = line(oldest_urgent=None, ends=0.0)
    behind = line(ends=1.0)
    ahead = line(ends=5.0)
    older = line(ends=1.0, oldest_urgent=NOW - timedelta(seconds=9))

    assert fair_order([batch, ahead, behind, older], present=0.5) == [older, behind, ahead, batch]


def test_those_behind_the_present_are_equal():
    long_idle = line(ends=0.0)
    short_idle = line(ends=4.0, oldest_urgent=NOW - timedelta(seconds=1))

    assert fair_order([long_idle, short_idle], present=5.0) == [short_idle, long_idle]


# --- two workers


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_threads_never_claim_the_same_job(new_partner, submit):
    for owner in (new_partner("a", running_limit=99), new_partner("b", running_limit=99)):
        for _ in range(20):
            submit(of=owner)
    claims: list[uuid.UUID] = []

    def worker() -> None:
        while (job := jobs.claim(worker="w")) is not None:
            claims.append(job.generation.pk)
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(claims) == len(set(claims)) == 40


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_running_limit_holds_against_many_threads(new_partner, submit):
    limited = new_partner("limited", running_limit=3)
    for _ in range(12):
        submit(of=limited)
    claims = []

    def worker() -> None:
        claims.append(jobs.claim(worker="w"))
        connection.close()

    threads = [threading.Thread(target=worker) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sum(job is not None for job in claims) == 3


CLAIM_ALL = """
import json, django
django.setup()
from imaging import jobs
claims = []
while (job := jobs.claim(worker="w")) is not None:
    claims.append(str(job.generation.pk))
print(json.dumps(claims))
"""


@pytest.mark.django_db(transaction=True)
def test_processes_never_claim_the_same_job(new_partner, submit, in_process):
    owner = new_partner("a", running_limit=99)
    submitted = {str(submit(of=owner).pk) for _ in range(20)}

    workers = [in_process("-c", CLAIM_ALL) for _ in range(3)]
    claims = [claim for w in workers for claim in json.loads(w.communicate(timeout=60)[0])]

    assert sorted(claims) == sorted(submitted)
