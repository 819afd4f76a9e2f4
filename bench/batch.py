"""A batch of packshots on the studio engine: do two workers serve it at twice the rate of one?

    python -m bench.batch [--items 50] [--side 1024] [--rounds 1]

The batch is submitted as the API submits it, and timed from there until its last item has ended,
pictures stored. Workers are started and warmed before, as `manage.py worker gpu` with
GPU_WORKERS=1 and =2. A worker that is alone would use every core, and two share them; so both runs
give each worker one core (ENGINE_THREADS=1), which is what a second worker gets. How many cores
were used is told as well. The rates need two cores that nobody else uses; the processor time of a
packshot, which rises where workers are in each other's way, is hardly disturbed by others. With
more rounds one and two workers take turns and the medians count.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from bench import ground
from bench.figures import Figure, conclude

if TYPE_CHECKING:
    from accounts.models import Partner

TARGET = 1.8
MOST_CPU = 2 / TARGET
"""CPU time of a packshot with two workers over that with one: more, and the rate cannot be."""
PHOTO = Path("imaging/static/samples/bottle.jpg")
MOST_SECONDS = 900


def submitted(partner: Partner, items: int, side: int) -> object:
    """The id of a new batch of `items` packshots of one photo, each with a seed of its own."""
    import base64

    from imaging import batches

    photo = base64.b64encode(PHOTO.read_bytes()).decode()
    size = {"width": side, "height": side}
    bodies = [
        {"operation": "packshot", "productImage": photo, "dimensions": size, "seed": number}
        for number in range(items)
    ]
    orders = batches.read_items(bodies, partner)
    return batches.submit(batches.Asked(partner=partner), orders).pk


def seconds_of(partner: Partner, items: int, side: int) -> float:
    """How long a batch takes. Raises SystemExit where an item fails or all of it takes too long."""
    from imaging.models import Batch, Generation, Status

    batch = submitted(partner, items, side)
    began = time.monotonic()
    while not Batch.objects.filter(pk=batch, finished_at__isnull=False).exists():
        if time.monotonic() > began + MOST_SECONDS:
            raise SystemExit("the batch took too long")
        time.sleep(0.05)
    taken = time.monotonic() - began
    if Generation.objects.filter(batch=batch).exclude(status=Status.SUCCEEDED).exists():
        raise SystemExit("an item of the batch failed")
    return taken


def measured(workers: int, partner: Partner, options: argparse.Namespace) -> tuple[float, float]:
    """Packshots a second of that many workers, and the CPU seconds of one."""
    from imaging.models import WorkerBeat

    WorkerBeat.objects.all().delete()
    os.environ |= {"GPU_WORKERS": str(workers), "ENGINE_THREADS": "1"}
    with ground.gpu_worker() as pid:
        seconds_of(partner, 2 * workers, options.side)  # engines load, caches fill
        before = ground.cpu_seconds(pid)
        taken = seconds_of(partner, options.items, options.side)
        cores = (ground.cpu_seconds(pid) - before) / taken
    print(
        f"{workers} worker(s): {options.items} packshots in {taken:.1f} s,"
        f" {options.items / taken:.2f} a second on {cores:.2f} cores",
        flush=True,
    )
    return options.items / taken, cores * taken / options.items


def body(kind: str) -> int:
    from accounts.models import Partner
    from billing import points

    options = arguments()
    partner = Partner.objects.create(name="bench", running_limit=100)
    points.grant(partner=partner, tier="starter", points=Decimal(100_000))
    runs = [
        [measured(workers, partner, options) for workers in (1, 2)] for _ in range(options.rounds)
    ]
    rate, cost = (
        statistics.median(two[k] for _, two in runs) / statistics.median(one[k] for one, _ in runs)
        for k in (0, 1)
    )
    what = f"{kind}, batch of {options.items}, two workers / one"
    return conclude(
        [
            Figure(f"{what}: rate", rate, TARGET, at_least=True),
            Figure(f"{what}: CPU time", cost, MOST_CPU),
        ]
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--items", type=int, default=50)
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=1)
    return parser.parse_args()


def main() -> int:
    arguments()
    # The real engine, not the one that takes no time.
    os.environ["BENCH_SETTINGS"] = "config.settings"
    return ground.on_databases("batch", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
