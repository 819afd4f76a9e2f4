"""Holds a second for one busy partner over three buckets, against pgbench's single-row update.

    python -m bench.holds [--seconds 3] [--rounds 5]

Both wait for the same thing, the flush of the log while a row is locked, so their ratio says what
the ledger itself costs: beside a flush. The targets were set where eight clients made 646
updates a second, a flush of 1.5 ms, as a disk or a network volume takes; some machines only seem to
flush, in a tenth of a millisecond. So the server is told to wait before each flush (commit_delay,
for both sides alike), and what comes of the machine as it is is shown beside it.
Rounds alternate and each ratio pairs two neighbours of one round, because a machine's disk has good
and bad minutes. synchronous_commit stays on: this is money.
Clients are threads of two processes that call `billing.points.hold`, as the web servers do.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from bench import ground
from bench.figures import Figure, conclude, percentile

PROCESSES = 2
TARGETS = {8: 0.60, 32: 0.40}
FLUSH_US = 1000
"""Added to each flush: with the machine's own some 1.5 ms between two updates of one row."""
ANCHOR = "UPDATE bench_row SET n = n + 1 WHERE id = 1;"


@dataclass(frozen=True)
class Rate:
    """Transactions a second, and milliseconds at the 50th and 99th percentile."""

    per_second: float
    p50: float
    p99: float


def pgbench() -> str:
    """The program's path. Raises SystemExit where it is not installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/pgbench"), reverse=True)
    found = shutil.which("pgbench") or (str(debian[0]) if debian else "")
    if not found:
        raise SystemExit("pgbench is not installed (Debian: postgresql-contrib)")
    return found


def single_row_updates(clients: int, seconds: int) -> Rate:
    """pgbench, prepared, `clients` connections updating one row."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(ANCHOR)
        script.flush()
        options = ["-n", "-M", "prepared", "-c", str(clients), "-j", str(PROCESSES)]
        timing = ["-T", str(seconds), "-f", script.name, os.environ["DATABASE_URL"]]
        command = [pgbench(), *options, *timing]
        report = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    tps, latency = re.search(r"tps = ([\d.]+)", report), re.search(r"average = ([\d.]+)", report)
    if not tps or not latency:
        raise SystemExit(f"pgbench said nothing useful:\n{report}")
    return Rate(float(tps[1]), float(latency[1]), float("nan"))


def hold_alone(partner_id: UUID) -> None:
    from billing import points

    points.hold(partner_id=partner_id, hold_id=uuid4(), operation="create", mode="fast")


def hold_with_a_row(partner_id: UUID) -> None:
    """As a job does: a row of its own in the same transaction."""
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO bench_job (partner) VALUES (%s)", [partner_id])
        hold_alone(partner_id)


WORK: dict[str, Callable[[UUID], None]] = {"hold": hold_alone, "hold + row": hold_with_a_row}


def client_process(
    work: str, partner_id: UUID, threads: int, seconds: int, start: Any, answers: Any
) -> None:
    os.environ["DATABASE_POOL_MAX"] = str(threads)
    ground.set_up_django()
    from django.db import connection

    latencies: list[list[float]] = [[] for _ in range(threads)]
    ready = threading.Barrier(threads + 1)

    def client(mine: list[float]) -> None:
        connection.ensure_connection()
        ready.wait()
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            WORK[work](partner_id)
            mine.append(time.perf_counter() - begun)
        connection.close()

    running = [threading.Thread(target=client, args=[mine]) for mine in latencies]
    for thread in running:
        thread.start()
    start.wait()
    ready.wait()
    for thread in running:
        thread.join()
    connection.close_pool()
    answers.put([latency for mine in latencies for latency in mine])


def holds(work: str, partner_id: UUID, clients: int, seconds: int) -> Rate:
    """`clients` threads over two processes, each holding as fast as it is answered."""
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(PROCESSES), context.Queue()
    threads = clients // PROCESSES
    arguments = (work, partner_id, threads, seconds, start, answers)
    processes = [context.Process(target=client_process, args=arguments) for _ in range(PROCESSES)]
    for process in processes:
        process.start()
    latencies = [latency for _ in processes for latency in answers.get(timeout=seconds + 60)]
    for process in processes:
        process.join()
    p50, p99 = (percentile(latencies, part) * 1000 for part in (0.5, 0.99))
    return Rate(len(latencies) / seconds, p50, p99)


def prepare() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        if cursor.fetchone() != ("on",):
            raise SystemExit("the figures are for durable commits")
        cursor.execute("CREATE TABLE bench_row (id integer PRIMARY KEY, n bigint NOT NULL)")
        cursor.execute("INSERT INTO bench_row VALUES (1, 0)")
        cursor.execute(
            "CREATE TABLE bench_job"
            " (id bigserial PRIMARY KEY, partner uuid REFERENCES accounts_partner)"
        )


def delay_flushes(microseconds: int) -> None:
    """Have the server wait before every flush, also of a transaction that is alone."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET commit_siblings = 0")
        cursor.execute(f"ALTER SYSTEM SET commit_delay = {microseconds:d}")
        cursor.execute("SELECT pg_reload_conf()")
    time.sleep(0.5)


def new_partner() -> UUID:
    """A partner whose first bucket runs dry early in the round; the next two last."""
    from accounts.models import Partner
    from billing import points

    partner = Partner.objects.create(name="Busy")
    for tier, size in (("starter", "4003"), ("growth", "9999999"), ("scale", "9999999")):
        points.grant(partner=partner, tier=tier, points=Decimal(size))
    return partner.pk


def body(kind: str) -> int:
    options = arguments()
    prepare()
    from billing import points

    print("as the machine flushes:")
    report(measured(options))
    print(f"with {FLUSH_US / 1000:g} ms more to each flush:")
    delay_flushes(FLUSH_US)
    ratios = report(measured(options))
    wrong = points.reconcile()
    print(f"books after all that: {wrong or 'in order'}")
    figures = [
        Figure(f"holds / single-row updates, {clients} clients", ratio, target, at_least=True)
        for (clients, target), ratio in zip(TARGETS.items(), ratios, strict=True)
    ]
    return conclude(figures) or int(bool(wrong))


def measured(options: argparse.Namespace) -> dict[tuple[int, str], list[Rate]]:
    """By clients and work, what each round gave."""
    rates: dict[tuple[int, str], list[Rate]] = {}
    for _ in range(options.rounds):
        for clients in TARGETS:
            anchor = single_row_updates(clients, options.seconds)
            rates.setdefault((clients, "pgbench row"), []).append(anchor)
            for work in WORK:
                rate = holds(work, new_partner(), clients, options.seconds)
                rates.setdefault((clients, work), []).append(rate)
    return rates


def report(rates: dict[tuple[int, str], list[Rate]]) -> list[float]:
    """Print every rate; returns the ratios of plain holds, in the order of TARGETS."""
    ratios = []
    print(f"{'':14}{'clients':>8}{'a second':>10}{'p50 ms':>8}{'p99 ms':>8}{'ratio':>7}")
    for (clients, name), measured in rates.items():
        anchor = rates[clients, "pgbench row"]
        ratio = statistics.median(
            mine.per_second / row.per_second for mine, row in zip(measured, anchor, strict=True)
        )
        middle = [
            statistics.median(getattr(rate, part) for rate in measured)
            for part in ("per_second", "p50", "p99")
        ]
        print(f"{name:14}{clients:8}{middle[0]:10.0f}{middle[1]:8.1f}{middle[2]:8.1f}{ratio:7.2f}")
        if name == "hold":
            ratios.append(ratio)
    return ratios


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


def main() -> int:
    arguments()
    pgbench()
    return ground.on_databases("holds", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
