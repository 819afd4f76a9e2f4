"""From an accepted job to its start in a worker, and what an idle worker costs.

    python -m bench.latency [--jobs 60]

A real `manage.py worker gpu` with an engine that takes no time; one job at a time at random
moments. "accepted" is when `jobs.submit` has committed, "started" the moment of the claim.
Targets: accepted -> started p50 under 10 ms, idle CPU under 2 % of one core, on both databases.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from decimal import Decimal

from bench import ground

TARGET_MS, TARGET_IDLE = 10.0, 2.0
IDLE_SECONDS = 8.0


def drive(kind: str, jobs_wanted: int) -> None:
    ground.set_up_django()
    from accounts.models import Partner
    from billing import points
    from imaging.models import WorkerBeat

    partner = Partner.objects.create(name="bench")
    points.grant(partner=partner, tier="starter", points=Decimal(1_000_000))
    worker = subprocess.Popen([sys.executable, "manage.py", "worker", "gpu"], cwd=ground.ROOT)
    try:
        while not WorkerBeat.objects.exists():
            time.sleep(0.1)
        time.sleep(3)
        before = ground.cpu_seconds(worker.pid)
        time.sleep(IDLE_SECONDS)
        idle = (ground.cpu_seconds(worker.pid) - before) / IDLE_SECONDS * 100
        _job(partner)  # the engine host is loaded by this one
        measured = [_job(partner) for _ in range(jobs_wanted)]
        _report(kind, measured, idle)
    finally:
        worker.terminate()
        worker.wait(15)


def _job(partner: object) -> tuple[float, float, float]:
    """Milliseconds: to submit, from accepted to started, from accepted to finished."""
    from imaging import jobs
    from imaging.engines.base import Recipe
    from imaging.models import Generation

    time.sleep(random.uniform(0.02, 0.3))
    recipe = Recipe(operation="create", width=64, height=64, seed=1, prompt="plain")
    began = time.time()
    generation = jobs.submit(partner_id=partner.pk, recipe=recipe)  # type: ignore[attr-defined]
    accepted = time.time()
    while not generation.ended:
        time.sleep(0.005)
        generation = Generation.objects.get(pk=generation.pk)
    assert generation.started_at
    assert generation.finished_at
    return (
        (accepted - began) * 1000,
        (generation.started_at.timestamp() - accepted) * 1000,
        (generation.finished_at.timestamp() - accepted) * 1000,
    )


def _report(kind: str, measured: list[tuple[float, float, float]], idle: float) -> None:
    submit, start, end = ([row[i] for row in measured] for i in range(3))
    p50, p95 = ground.percentile(start, 0.5), ground.percentile(start, 0.95)
    print(
        f"{kind:10s} submit p50 {ground.percentile(submit, 0.5):5.1f} ms | accepted -> started "
        f"p50 {p50:5.1f} p95 {p95:5.1f} ms ({ground.verdict(p50 < TARGET_MS)}: < {TARGET_MS:.0f}) "
        f"| -> stored p50 {ground.percentile(end, 0.5):5.1f} ms | idle worker {idle:.2f} % CPU "
        f"({ground.verdict(idle < TARGET_IDLE)}: < {TARGET_IDLE:.0f})",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--drive", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.drive:
        drive(options.drive, options.jobs)
        return
    for kind in ("PostgreSQL",):
        with ground.database(kind) as environment:
            ground.call_self(
                "latency", "--drive", kind, "--jobs", str(options.jobs), environment=environment
            )


if __name__ == "__main__":
    main()
