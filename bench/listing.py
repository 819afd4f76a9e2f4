"""The list of generations: does page 1,000 of a million rows cost what page 1 costs?

    python -m bench.listing [--rows 1000000] [--rounds 60]

Asked over HTTP with a live key, 20 rows a page, on PostgreSQL. One partner owns a fifth of the
rows, two hundred others share the rest, and one more has a thousand rows in a database of their
own. The rows that are asked for have a picture and a thumbnail each. The cursor of page 1,000 is
reached the way a client reaches it, page by page. Requests take turns; ratios are of medians.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psycopg

from bench import ground
from bench.figures import Figure, conclude

if TYPE_CHECKING:
    from imaging.models import Asset, Generation

TARGET = 1.3
FEW, PAGE = 1000, 1000

# Copies of one row, so that this file knows no column it does not change.
ROWS = """
INSERT INTO imaging_generation
SELECT copy.*
FROM imaging_generation g, generate_series(1, %(count)s) n,
    LATERAL jsonb_populate_record(g, jsonb_build_object(
        'id', gen_random_uuid(),
        'partner_id', (%(partners)s::uuid[])[1 + n %% cardinality(%(partners)s::uuid[])],
        'created_at', g.created_at - n * interval '7 seconds'
    )) copy
WHERE g.id = %(pattern)s
"""
ASSETS = """
INSERT INTO imaging_asset
SELECT copy.*
FROM imaging_asset a, (VALUES ('output'), ('thumbnail')) AS k (kind), imaging_generation g,
    LATERAL jsonb_populate_record(a, jsonb_build_object(
        'id', gen_random_uuid(),
        'generation_id', g.id,
        'kind', k.kind,
        'path', k.kind || '/' || g.id
    )) copy
WHERE a.id = %(pattern)s AND g.partner_id = %(partner)s
"""


def patterns() -> tuple[Generation, Asset]:
    """A finished generation and a picture, of a partner nobody asks for."""
    from django.utils import timezone

    from accounts.models import Partner
    from imaging.models import Asset, Generation, Status

    now = timezone.now()
    generation = Generation.objects.create(
        partner=Partner.objects.create(name="Pattern"),
        operation="create",
        recipe={"resolution": "1k", "prompt": "A ceramic mug on an oak table"},
        metadata={"sku": "MUG-1"},
        status=Status.SUCCEEDED,
        started_at=now,
        finished_at=now,
        points_held=8,
        points_used=8,
    )
    asset = Asset.objects.create(
        generation=generation, kind="output", path="pattern", width=1024, height=1024, bytes=99
    )
    return generation, asset


def fill(busy: int, others: int) -> str:
    """`busy` rows of one partner, `others` of two hundred more; returns the one partner's key."""
    from django.db import connection

    from accounts import keys
    from accounts.models import Partner

    limits = {"rate_minute": 1_000_000, "rate_day": 100_000_000}
    partner = Partner.objects.create(name="Busy", **limits)
    row, asset = patterns()
    with connection.cursor() as cursor:
        cursor.execute(ROWS, {"pattern": row.pk, "partners": [partner.pk], "count": busy})
        if others:
            crowd = [Partner.objects.create(name=f"Partner {n}").pk for n in range(200)]
            cursor.execute(ROWS, {"pattern": row.pk, "partners": crowd, "count": others})
        cursor.execute(ASSETS, {"pattern": asset.pk, "partner": partner.pk})
        cursor.execute("VACUUM ANALYZE imaging_generation")
        cursor.execute("VACUUM ANALYZE imaging_asset")
    return keys.create_key(partner=partner).key


class Lister:
    """One open connection that lists with one key."""

    def __init__(self, port: int, key: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = {"X-API-Key": key}

    def page(self, cursor: str) -> tuple[float, str]:
        """Milliseconds, and the next page's cursor. Raises SystemExit for a page with no rows."""
        began = time.perf_counter()
        query = f"?cursor={cursor}" if cursor else ""
        self._connection.request("GET", f"/partner/v1/generations{query}", headers=self._headers)
        answer = self._connection.getresponse()
        said = answer.read()
        milliseconds = (time.perf_counter() - began) * 1000
        if answer.status != 200 or len(json.loads(said)["data"]["generations"]) != 20:
            raise SystemExit(f"answered {answer.status}: {said[:200]!r}")
        return milliseconds, json.loads(said)["data"]["nextCursor"]

    def cursor_of(self, number: int) -> str:
        cursor = ""
        for _ in range(number - 1):
            cursor = self.page(cursor)[1]
        return cursor


@contextmanager
def small_database() -> Iterator[dict[str, str]]:
    """A second database of the same server, for the thousand rows."""
    url = os.environ["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE DATABASE bench_few")
    parts = urlsplit(url)
    yield ground.migrated(parts._replace(path="/bench_few").geturl(), os.environ["MEDIA_ROOT"])


def body(kind: str) -> int:
    options = arguments()
    if options.few:
        print(fill(FEW, 0))
        return 0
    busy = options.rows // 5
    began = time.perf_counter()
    key = fill(busy, options.rows - busy)
    print(f"{options.rows} rows in {time.perf_counter() - began:.0f} s", flush=True)
    with small_database() as small:
        few_key = ground.say("listing", "--few", environment=small)
        with ground.web() as web, ground.web(small) as few_web:
            many, few = Lister(web.port, key), Lister(few_web.port, few_key)
            deep = many.cursor_of(min(PAGE, busy // 20 - 1))
            few.cursor_of(20)
            taken: dict[str, list[float]] = {"few": [], "first": [], "deep": []}
            for _ in range(options.rounds):
                taken["few"].append(few.page("")[0])
                taken["first"].append(many.page("")[0])
                taken["deep"].append(many.page(deep)[0])
    middle = {name: statistics.median(times) for name, times in taken.items()}
    print(", ".join(f"{name} {ms:.1f} ms" for name, ms in middle.items()))
    page = f"page {PAGE} of {options.rows} rows"
    return conclude(
        [
            Figure(f"{page} / page 1", middle["deep"] / middle["first"], TARGET),
            Figure(f"{page} / page 1 of {FEW} rows", middle["deep"] / middle["few"], TARGET),
        ]
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--few", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    arguments()
    return ground.on_databases("listing", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
