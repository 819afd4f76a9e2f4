"""A test key's create, from the gate to the envelope, against an empty REST framework view.

    python -m bench.test_key [--seconds 3] [--rounds 7]

Both are asked in turn, in the same granian process on PostgreSQL, by `wrk` with 16 connections
that stay open. 1,000 keys take turns. The ratio is the median over pairs of neighbours, since a
busy machine has good and bad moments. CPU is that of the web process for one request.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench import ground
from bench.figures import Figure, conclude

TARGET = 0.55
KEYS = 1000
BODY = json.dumps(
    {
        "prompt": "A ceramic mug on an oak table in soft morning light, shallow depth of field",
        "aspectRatio": "16:9",
        "mode": "fast",
        "resolution": "1k",
    }
)
PATHS = {"empty view": "/bench/empty", "test-key create": "/partner/v1/image/create"}


@dataclass(frozen=True)
class Rate:
    """Requests a second, the server's CPU microseconds for each, and the client's p50 and p99."""

    per_second: float
    cpu_us: float
    p50: str
    p99: str


def make_keys() -> list[str]:
    """Test keys of a hundred partners with limits that are counted and never reached."""
    from accounts import keys
    from accounts.models import Partner

    made = []
    for number in range(KEYS // 10):
        partner = Partner.objects.create(
            name=f"Partner {number}", rate_minute=1_000_000, rate_day=100_000_000
        )
        made += [keys.create_key(partner=partner, environment="test").key for _ in range(10)]
    return made


def write_script(folder: str, keys: list[str]) -> Path:
    """What wrk sends: the same body, the next key."""
    listed = ",".join(f'"{key}"' for key in keys)
    script = Path(folder) / "post.lua"
    script.write_text(
        f"local keys = {{{listed}}}\nlocal turn = 0\n"
        f"wrk.method = 'POST'\nwrk.body = [[{BODY}]]\n"
        "request = function()\n"
        "  turn = turn % #keys + 1\n"
        "  return wrk.format(nil, nil, {['Content-Type'] = 'application/json',"
        " ['X-API-Key'] = keys[turn]})\nend\n"
    )
    return script


def measure(web: ground.Web, path: str, script: Path, seconds: int) -> Rate:
    """`seconds` of requests. Raises SystemExit where any was not answered 200."""
    before = ground.cpu_seconds(web.pid)
    options = ["-t1", "-c16", f"-d{seconds}s", "--latency", "-s", str(script)]
    command = ["wrk", *options, web.address + path]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu = ground.cpu_seconds(web.pid) - before
    count, rate = re.search(r"(\d+) requests in", said), re.search(r"Requests/sec: +([\d.]+)", said)
    if "Non-2xx" in said or "Socket errors" in said or not count or not rate:
        raise SystemExit(f"{path} was not answered well:\n{said}")
    p50, p99 = (re.findall(rf" {part}% +(\S+)", said)[0] for part in (50, 99))
    return Rate(float(rate[1]), cpu / int(count[1]) * 1e6, p50, p99)


def body(kind: str) -> int:
    options = arguments()
    rates: dict[str, list[Rate]] = {name: [] for name in PATHS}
    with tempfile.TemporaryDirectory() as folder, ground.web() as web:
        script = write_script(folder, make_keys())
        for path in PATHS.values():
            measure(web, path, script, 2)
        for _ in range(options.rounds):
            for name, path in PATHS.items():
                rates[name].append(measure(web, path, script, options.seconds))
    for name, measured in rates.items():
        middle = sorted(measured, key=lambda rate: rate.per_second)[len(measured) // 2]
        print(
            f"{name:16s} {middle.per_second:6.0f} a second, p50 {middle.p50}, p99 {middle.p99},"
            f" {statistics.median(rate.cpu_us for rate in measured):.0f} us CPU of the server each"
        )
    empty, create = rates.values()
    ratio = statistics.median(
        mine.per_second / floor.per_second for mine, floor in zip(create, empty, strict=True)
    )
    what = "test-key create / empty view, requests a second"
    return conclude([Figure(what, ratio, TARGET, at_least=True)])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=7)
    return parser.parse_args()


def main() -> int:
    arguments()
    if not shutil.which("wrk"):
        raise SystemExit("wrk is not installed (Debian: wrk)")
    return ground.on_databases("test_key", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
