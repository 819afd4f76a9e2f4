"""From an accepted job to its start in a worker, from request to answer, and an idle worker's cost.

    python -m bench.latency [--jobs 60]

A real web process and a real `manage.py worker gpu` whose engine takes no time; one job at a time
at random moments. "Accepted" is when `jobs.submit` has committed, "started" the moment of the
claim. The HTTP figure is a whole live create of 1,024 x 1,024: gate, hold, queue, claim, encoding,
two files, capture, answer. Its engine takes next to nothing, so nothing is taken off.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import time
from decimal import Decimal
from itertools import pairwise
from typing import Any

from bench import ground
from bench.figures import Figure, conclude, percentile

TARGET_START_MS, TARGET_ANSWER_MS, TARGET_IDLE = 10.0, 60.0, 2.0
IDLE_SECONDS = 10.0
STEPS = ("sent -> stored", "-> claimed", "-> made and encoded", "-> finished", "-> answered")


def body(kind: str) -> int:
    jobs_wanted = arguments().jobs
    from accounts import keys
    from accounts.models import Partner
    from billing import points

    partner = Partner.objects.create(name="bench", rate_minute=100_000, rate_day=1_000_000)
    points.grant(partner=partner, tier="starter", points=Decimal(1_000_000))
    key = keys.create_key(partner=partner).key
    with ground.gpu_worker() as worker, ground.web() as web:
        time.sleep(3)
        idle = ground.idle_percent(worker, IDLE_SECONDS)
        one_job(partner)  # the engine host is loaded by this one
        measured = [one_job(partner) for _ in range(jobs_wanted)]
        connection = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
        one_request(connection, key)
        answers = [one_request(connection, key) for _ in range(jobs_wanted)]
    totals, steps = [row[0] for row in answers], [row[1:] for row in answers]
    submit, start, end = ([row[i] for row in measured] for i in range(3))
    print(
        f"{kind}: submit p50 {percentile(submit, 0.5):.1f} ms,"
        f" accepted -> started p95 {percentile(start, 0.95):.1f} ms,"
        f" accepted -> stored p50 {percentile(end, 0.5):.1f} ms,"
        f" answer p95 {percentile(totals, 0.95):.1f} ms"
    )
    named = zip(STEPS, zip(*steps, strict=True), strict=True)
    print("a request: " + ", ".join(f"{name} {percentile(ms, 0.5):.1f}" for name, ms in named))
    started, answered = percentile(start, 0.5), percentile(totals, 0.5)
    return conclude(
        [
            Figure(f"{kind}: accepted to started, p50", started, TARGET_START_MS, "ms"),
            Figure(f"{kind}: request to answer less engine, p50", answered, TARGET_ANSWER_MS, "ms"),
            Figure(f"{kind}: CPU of an idle worker", idle, TARGET_IDLE, "%"),
        ]
    )


def one_job(partner: Any) -> tuple[float, float, float]:
    """Milliseconds: to submit, from accepted to started, from accepted to finished."""
    from imaging import jobs
    from imaging.engines.base import Recipe
    from imaging.models import Generation

    time.sleep(random.uniform(0.02, 0.3))
    recipe = Recipe(operation="create", width=64, height=64, seed=1, prompt="plain")
    began = time.time()
    generation = jobs.submit(partner_id=partner.pk, recipe=recipe)
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


def one_request(connection: http.client.HTTPConnection, key: str) -> tuple[float, ...]:
    """Milliseconds from sending a live create to its points: row made, claimed, made and encoded,
    finished, answer read. Each counts from the one before; the first is their sum."""
    from imaging.models import Generation

    time.sleep(random.uniform(0.02, 0.3))
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    began = time.time()
    connection.request("POST", "/partner/v1/image/create", json.dumps({"prompt": "plain"}), headers)
    answer = connection.getresponse()
    said = answer.read()
    answered = time.time()
    if answer.status != 200:
        raise SystemExit(f"answered {answer.status}: {said.decode()}")
    row = Generation.objects.get(pk=json.loads(said)["data"]["generationId"])
    assert row.started_at
    assert row.finished_at
    moments = [began, *(m.timestamp() for m in (row.created_at, row.started_at)), answered]
    made = moments[2] + (row.processing_ms or 0) / 1000
    moments[3:3] = [made, row.finished_at.timestamp()]
    steps = [(after - before) * 1000 for before, after in pairwise(moments)]
    return sum(steps), *steps


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=60)
    return parser.parse_args()


def main() -> int:
    arguments()
    return ground.on_databases("latency", ["PostgreSQL", "SQLite"], body)


if __name__ == "__main__":
    sys.exit(main())
