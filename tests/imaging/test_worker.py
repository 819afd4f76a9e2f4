"""The real `manage.py worker`: it works, it ends, and nothing that is killed loses a job."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import timedelta

import psutil
import pytest
from django.utils import timezone

from imaging import jobs, sweep
from imaging.models import Generation, WorkerBeat
from tests.imaging.conftest import balance, fresh, kinds, let_lease_run_out

pytestmark = pytest.mark.django_db(transaction=True)

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def partner(transactional_db: None, new_partner):
    return new_partner()


@pytest.fixture
def worker(in_process: Start) -> Callable[..., subprocess.Popen[str]]:
    def start(queue: str = "gpu") -> subprocess.Popen[str]:
        process = in_process("manage.py", "worker", queue)
        until(lambda: WorkerBeat.objects.filter(queue=queue, name__endswith=f":{process.pid}"))
        return process

    return start


def until(true: Callable[[], object], seconds: float = 30.0) -> None:
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, "it did not come about"
        time.sleep(0.02)


def ended(generation: Generation) -> bool:
    return fresh(generation).ended


def started(generation: Generation) -> bool:
    return fresh(generation).progress_step > 0


def family(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def host_of(process: subprocess.Popen[str]) -> psutil.Process:
    return next(p for p in family(process) if "imaging.engines.host" in p.cmdline())


def worker_of(process: subprocess.Popen[str]) -> psutil.Process:
    """The process that takes the jobs: the host's parent."""
    parent = host_of(process).parent()
    assert parent is not None
    return parent


def all_gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=3)[1]


def test_a_worker_makes_pictures_as_they_are_asked_for(partner, submit, worker):
    before = submit()
    worker()
    until(lambda: ended(before))

    after = submit()
    until(lambda: ended(after))

    assert (fresh(before).status, fresh(after).status) == ("succeeded", "succeeded")
    assert balance(partner) == 984


def test_a_lost_wake_up_is_made_good(submit, worker):
    from django_q.models import OrmQ

    generation = submit()
    OrmQ.objects.all().delete()

    worker()

    until(lambda: ended(generation), seconds=15)


@pytest.mark.parametrize(
    ("number", "to_the_group"),
    [(signal.SIGTERM, True), (signal.SIGTERM, False), (signal.SIGINT, True)],
    ids=["TERM to the group", "TERM to the process", "Ctrl-C"],
)
def test_a_signal_ends_the_worker_within_seconds_and_hands_its_job_back(
    submit, worker, number, to_the_group
):
    generation = submit("steps 400 0.05")
    process = worker()
    until(lambda: started(generation))
    children = family(process)

    began = time.monotonic()
    (os.killpg if to_the_group else os.kill)(process.pid, number)
    process.wait(10)

    assert time.monotonic() - began < 8
    assert process.returncode == 0
    assert all_gone(children)
    row = fresh(generation)
    assert (row.status, row.attempts) == ("queued", 0)
    assert not WorkerBeat.objects.exists()


def test_an_idle_worker_ends_at_once(worker):
    process = worker()
    began = time.monotonic()

    process.terminate()
    process.wait(10)

    assert process.returncode == 0
    assert time.monotonic() - began < 5


def test_kill_9_of_the_host_costs_an_attempt_and_nothing_else(partner, submit, worker):
    generation = submit("steps 20 0.05")
    process = worker()
    until(lambda: started(generation))

    host_of(process).kill()

    until(lambda: ended(generation))
    row = fresh(generation)
    assert (row.status, row.attempts) == ("succeeded", 2)
    assert balance(partner) == 992


@pytest.mark.parametrize("busy", [True, False], ids=["busy", "idle"])
def test_kill_9_of_the_working_process_is_healed(partner, submit, worker, busy):
    process = worker()
    until(lambda: any("imaging.engines.host" in p.cmdline() for p in family(process)))
    generation = submit("steps 20 0.05") if busy else None
    if generation:
        until(lambda: started(generation))

    worker_of(process).kill()

    generation = generation or submit()
    until(lambda: ended(generation))
    assert fresh(generation).status == "succeeded"
    assert balance(partner) == 992


def test_kill_9_of_the_sentinel_is_healed(partner, submit, worker):
    process = worker()
    until(lambda: len(family(process)) >= 4)

    psutil.Process(process.pid).children()[0].kill()

    generation = submit()
    until(lambda: ended(generation))
    assert fresh(generation).status == "succeeded"


def test_kill_9_of_everything_loses_no_job_and_charges_once(partner, submit, worker):
    generation = submit("steps 20 0.05")
    process = worker()
    until(lambda: started(generation))
    children = family(process)

    process.kill()

    assert all_gone(children)
    assert fresh(generation).status == "running"
    let_lease_run_out(generation)
    assert sweep.expired_leases() == 1
    worker()
    until(lambda: ended(generation))
    assert fresh(generation).status == "succeeded"
    assert kinds(generation).count("succeeded") == 1
    assert balance(partner) == 992


def test_a_running_job_that_is_cancelled_frees_the_worker_for_the_next(partner, submit, worker):
    long = submit("steps 1000 0.05")
    worker()
    until(lambda: started(long))

    jobs.cancel(long.pk)
    following = submit()

    until(lambda: ended(following), seconds=10)
    assert fresh(long).status == "cancelled"
    assert balance(partner) == 992


def test_a_job_that_comes_too_late_expires_free_within_seconds(partner, submit, worker):
    busy = submit("steps 1000 0.05")
    worker()
    until(lambda: started(busy))

    late = submit(start_by=timezone.now() + timedelta(seconds=1))

    until(lambda: ended(late), seconds=15)
    assert fresh(late).status == "expired"
    assert balance(partner) == 992


def test_whatever_is_killed_whenever_each_picture_is_charged_once_and_nothing_else(
    partner, submit, worker
):
    """Six blows at random places of the worker while six jobs run."""
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    generations = [submit("steps 8 0.05") for _ in range(6)]
    process = worker()
    for _ in range(6):
        time.sleep(chance.uniform(0.2, 1.2))
        victim = chance.choice([psutil.Process(process.pid), *family(process)])
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        if victim.pid == process.pid:
            process.wait(10)
            process = worker()
    # Instead of waiting a minute for the leases of what died with its supervisor.
    until(lambda: give_up_dead_leases() or all(ended(job) for job in generations), seconds=60)

    delivered = [job for job in map(fresh, generations) if job.status == "succeeded"]
    assert balance(partner) == 1000 - 8 * len(delivered), f"seed {seed}"
    assert all(job.assets.filter(kind="output").count() == 1 for job in delivered)
    assert all(job.status in ("succeeded", "failed") for job in map(fresh, generations))
    assert sweep.books(lambda *words: pytest.fail(f"seed {seed}: {words}")) == 0


def give_up_dead_leases() -> None:
    for job in Generation.objects.filter(status="running"):
        supervisor = int(job.worker.split(":")[2].split("/")[0])
        if not psutil.pid_exists(supervisor):
            held = Generation.objects.filter(status="running", lease_token=job.lease_token)
            held.update(lease_until=timezone.now())


def test_the_default_worker_writes_the_schedules(worker):
    from django_q.models import Schedule

    process = worker("default")

    assert Schedule.objects.filter(name="sweep", cluster="default").count() == 1
    process.terminate()
    process.wait(10)
    assert process.returncode == 0
