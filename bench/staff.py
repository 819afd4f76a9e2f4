"""The staff admin over a million jobs: are its pages as quick as over a thousand?

    python -m bench.staff [--rows N]

Views and templates in this process, without a web server in between; PostgreSQL. The first page is
also measured with nothing remembered, as the first visitor of a process sees it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING

from bench import ground, listing
from bench.figures import Figure, conclude

if TYPE_CHECKING:
    from django.test import Client

TARGET_MS = 150.0
ROUNDS = 15


def chief() -> Client:
    """A browser with a superuser's log-in."""
    from django.test import Client

    from accounts.models import User

    user = User.objects.create_superuser("chief@bench.test", None)
    client = Client(headers={"host": "localhost"})
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def milliseconds(client: Client, path: str) -> float:
    began = time.perf_counter()
    answer = client.get(path)
    taken = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise SystemExit(f"{path} answered {answer.status_code}")
    return taken


def usual(client: Client, path: str) -> float:
    return statistics.median(milliseconds(client, path) for _ in range(ROUNDS))


def body(kind: str) -> int:
    from django.core.cache import cache
    from django.urls import reverse

    from imaging.models import Generation

    rows = arguments().rows
    listing.fill(rows // 5, rows - rows // 5)
    client, jobs = chief(), reverse("admin:imaging_generation_changelist")
    newest = Generation.objects.order_by("-created_at").values_list("pk", flat=True)[0]
    milliseconds(client, jobs)  # templates are compiled once
    cache.clear()
    cold = milliseconds(client, "/admin/")
    pages = {
        "first page": "/admin/",
        "jobs": jobs,
        "jobs that failed": f"{jobs}?status__exact=failed",
        "a job found by its id": f"{jobs}?q={newest}",
        "a job": reverse("admin:imaging_generation_change", args=[newest]),
    }
    return conclude(
        [
            Figure(f"{rows} jobs: first page, nothing remembered", cold, 1000, "ms"),
            *(
                Figure(f"{rows} jobs: {name}", usual(client, path), TARGET_MS, "ms")
                for name, path in pages.items()
            ),
        ]
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    return parser.parse_args()


def main() -> int:
    arguments()
    return ground.on_databases("staff", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
