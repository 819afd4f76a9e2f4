"""On-demand pictures: does a cached answer cost what a plain static file costs?

    python -m bench.render [--seconds 3] [--rounds 7]

One picture of a real size is asked for over HTTP at its `/render` address and, the same bytes, by
Django's own `static.serve` in the same server. Requests of both take turns; the ratio is of the
server's CPU time for each, which does not count what the client costs. Also measured: how soon the
first reader has a stand-in.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal
from pathlib import Path

from bench import ground
from bench.figures import Figure, conclude

TARGET, TARGET_STAND_IN_SECONDS = 1.3, 2.0
PICTURE = Path("imaging/static/samples/bottle.jpg")


def addresses() -> tuple[str, str]:
    """The path of a token whose picture is finished, and of one that nobody asked for yet."""
    from accounts import keys
    from accounts.models import ApiKey, Partner
    from billing import points
    from imaging import render_tokens, rendering

    partner = Partner.objects.create(name="bench")
    points.grant(partner=partner, tier="starter", points=Decimal(1000))
    keys.create_key(partner=partner)
    key = ApiKey.objects.get()
    tokens = [
        rendering.link_token(
            partner=partner,
            key_id=key.pk,
            body={"operation": "create", "prompt": "a red mug", "seed": seed},
        )
        for seed in (1, 2)
    ]
    read = render_tokens.read(tokens[0])
    assert read is not None
    rendering.picture(read)
    deliver()
    return f"/render/{tokens[0]}", f"/render/{tokens[1]}"


def deliver() -> None:
    """Finish the waiting job with the sample as its picture, as a worker does."""
    from imaging import jobs, storage
    from imaging.engines.base import Made, Recipe

    claimed = jobs.claim(worker="bench")
    assert claimed is not None
    stored = storage.keep(
        PICTURE.read_bytes(), generation=claimed.generation, kind="output", position=0,
        extension="jpg", content_type="image/jpeg", size=(1200, 1200),
    )  # fmt: skip
    delivery = jobs.Delivery(
        recipe=Recipe.from_json(claimed.generation.recipe),
        engine=jobs.EngineFacts("tiny", "1", "procedural"),
        made=Made(pictures=(), model="tiny"),
        assets=[stored],
        processing_ms=1,
    )
    assert jobs.finish(claimed.lease, delivery)


def cpu_us(web: ground.Web, path: str, seconds: int) -> float:
    """The server's CPU microseconds for a request. Raises SystemExit where one went wrong."""
    before = ground.cpu_seconds(web.pid)
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", web.address + path]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    count = re.search(r"(\d+) requests in", said)
    if "Non-2xx" in said or "Socket errors" in said or not count:
        raise SystemExit(f"{path[:40]} was not answered well:\n{said}")
    return (ground.cpu_seconds(web.pid) - before) / int(count[1]) * 1e6


def body(kind: str) -> int:
    options = arguments()
    cached, fresh = addresses()
    plain = f"/bench/static/{PICTURE.name}"
    taken: dict[str, list[float]] = {cached: [], plain: []}
    with ground.web() as web:
        for path in taken:
            cpu_us(web, path, 1)
        for _ in range(options.rounds):
            for path, measured in taken.items():
                measured.append(cpu_us(web, path, options.seconds))
        began = time.perf_counter()
        with urllib.request.urlopen(web.address + fresh) as answer:  # noqa: S310 - ourselves
            assert answer.headers["X-Stand-In"] == "true"
            answer.read()
        stand_in = time.perf_counter() - began
    mine, floor = (statistics.median(measured) for measured in taken.values())
    print(f"{kind}: cached /render {mine:.0f} us CPU, static file {floor:.0f} us")
    return conclude(
        [
            Figure(f"{kind}: cached /render / static file view, CPU", mine / floor, TARGET),
            Figure(f"{kind}: first reader's stand-in", stand_in, TARGET_STAND_IN_SECONDS, "s"),
        ]
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def main() -> int:
    arguments()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed (Debian: wrk)")
    return ground.on_databases("render", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
