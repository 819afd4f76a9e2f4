"""Every page of the dashboard over a million generations: server time, queries and bytes.

    python -m bench.dashboard [--rows 1000000] [--rounds 20] [--only NAME]

Asked as the owner of a partner with a fifth of the rows, on PostgreSQL, through every middleware
but without a socket. The pages are found by the names of their addresses, so a new one is measured
as well; each is asked plainly, with each filter, and four pages on. CPU is the process's and its
database connection's, which another load on the machine does not lengthen as it does the clock.
Bytes: the page, and the scripts, styles, letters and icons that a first visit loads beside it.
"""

from __future__ import annotations

import argparse
import html
import importlib
import logging
import re
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil

from bench import ground
from bench.dashboard_rows import fill
from bench.figures import Figure, conclude, percentile

MOST_MS, MOST_QUERIES, MOST_FIRST, MOST_AFTER = 150, 30, 300, 60
PAGES_ON = 4
DOWNLOADS = "-csv"  # streams of everything, not pages
VARIANTS = {
    "dashboard-gallery": (
        *(f"?status={one}" for one in ("succeeded", "failed", "blocked", "running")),
        *("?operation=edit", "?review=approved", "?review=rejected", "?review=none"),
        "?status=blocked&operation=packshot",
    ),
    "dashboard-usage": ("?days=7", "?days=90"),
    "dashboard-audit": ("?action=key", "?action=nothing", "?actor=owner", "?actor=nobody"),
    "dashboard-webhook": ("?status=delivered", "?status=failed"),
    "dashboard-products": ("?q=MUG-5", "?q=nothing"),
}
_FURTHER = re.compile(r'href="([^"]*[?&](?:cursor|before)=[^"]*)"')
_ASSET = re.compile(r'(?:href|src)="(/static/[^"#]+)')
_IN_STYLE = re.compile(r"""url\(["']?([^"')#]+)""")


@dataclass(frozen=True)
class Visit:
    """What one address cost, over some rounds."""

    name: str
    milliseconds: list[float]
    cpu: float
    queries: int
    page: int
    first: int

    @property
    def p95(self) -> float:
        return percentile(self.milliseconds, 0.95)


class Meter:
    """Asks for pages as `owner` and notes what they cost."""

    def __init__(self, owner: Any) -> None:
        from django.db import connection
        from django.test import Client

        logging.disable()  # a line for every request is the server's business, not this one's
        self.client = Client(SERVER_NAME="localhost")
        self.client.force_login(owner, "django.contrib.auth.backends.ModelBackend")
        connection.ensure_connection()
        self._backend = psutil.Process(connection.connection.info.backend_pid)
        self._sizes: dict[str, int] = {}

    def visit(self, name: str, address: str, rounds: int) -> tuple[Visit, str]:
        """The figures, and the page. Raises SystemExit for an address that is no page."""
        with counted() as asked:
            answer = self.client.get(address)
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        took, before = [], self._cpu()
        for _ in range(rounds):
            began = time.perf_counter()
            self.client.get(address)
            took.append((time.perf_counter() - began) * 1000)
        cpu = (self._cpu() - before) / rounds * 1000
        text = answer.content.decode()
        beside = sum(self._size(url) for url in sorted(set(_ASSET.findall(text))))
        size = len(answer.content)
        return Visit(name, took, cpu, asked[0], size, size + beside), text

    def _cpu(self) -> float:
        """Seconds, of this process and of its database connection."""
        times = self._backend.cpu_times()
        return float(time.process_time() + times.user + times.system)

    def _size(self, url: str) -> int:
        """Bytes of a static file, with what a style sheet asks for in its turn."""
        if url not in self._sizes:
            body = self.client.get(url).getvalue()
            inner = _IN_STYLE.findall(body.decode()) if url.endswith(".css") else []
            folder = url.rpartition("/")[0]
            paths = [one if one.startswith("/") else f"{folder}/{one}" for one in inner]
            within = sum(self._size(path) for path in set(paths) if not path.startswith("data:"))
            self._sizes[url] = len(body) + within
        return self._sizes[url]


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many queries are made meanwhile, in a list of one."""
    from django.db import connection

    asked = [0]

    def note(execute: Any, *arguments: Any) -> Any:
        asked[0] += 1
        return execute(*arguments)

    with connection.execute_wrapper(note):
        yield asked


def addresses(partner: Any) -> Iterator[tuple[str, str]]:
    """Name and address of every page, filters included, with ids of the partner's own rows."""
    known = own_ids(partner)
    for pattern in patterns():
        ids = {name: known.get(name) for name in pattern.pattern.converters}
        if None in ids.values():
            continue  # the partner has no such row; the other one does
        for query in ("", *VARIANTS.get(pattern.name, ())):
            yield f"{pattern.name}{query}", _reverse(pattern.name, ids) + query


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[Any]:
    """Every named address below /dashboard/ that can be read as a page."""
    from django.urls import URLResolver, get_resolver

    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        elif path.startswith("dashboard/") and _is_page(entry):
            yield entry


def _is_page(entry: Any) -> bool:
    return bool(getattr(entry.callback, "read", None)) and not entry.name.endswith(DOWNLOADS)


def _reverse(name: str, ids: dict[str, Any]) -> str:
    from django.urls import reverse

    return reverse(name, kwargs=ids)


def own_ids(partner: Any) -> dict[str, Any]:
    """A row of the partner's for every kind of id that an address holds."""
    from accounts.webhooks.models import Delivery
    from imaging.models import Batch, Status

    made = partner.generations.filter(status=Status.SUCCEEDED).order_by("-created_at")
    newest = {
        "generation_id": made.first(),
        "endpoint_id": partner.webhook_endpoints.first(),
        "account_id": partner.accounts.order_by("-created_at").first(),
        "product_id": partner.products.order_by("-created_at").first(),
        "batch_id": Batch.objects.filter(partner=partner, items__isnull=False).first(),
        "import_id": partner.catalogue_imports.first(),
        "purchase_id": partner.purchases.first(),
    }
    delivery = Delivery.objects.filter(partner=partner).order_by("-id").first()
    return {
        "delivery_key": delivery and delivery.key,
        **{name: row and row.pk for name, row in newest.items()},
    }


def walk(meter: Meter, partner: Any, rounds: int, only: str) -> Iterator[Visit]:
    """Every page as the partner's owner sees it."""
    meter.client.post(_reverse("dashboard-choose", {"partner_id": partner.pk}))
    for name, address in addresses(partner):
        if only and not name.startswith(only):
            continue
        if _elsewhere(meter, address):
            continue
        visit, text = meter.visit(name, address, rounds)
        yield visit
        for _ in range(PAGES_ON):
            found = _FURTHER.search(text)
            if found is None:
                break
            onward = html.unescape(found[1])
            address = onward if onward.startswith("/") else address.partition("?")[0] + onward
            visit, text = meter.visit(f"{name}, further", address, 1)
        else:
            yield meter.visit(f"{name}, page {PAGES_ON + 1}", address, rounds)[0]


def _elsewhere(meter: Meter, address: str) -> bool:
    """Whether the address only leads on to another page, or has nothing to show here."""
    return bool(meter.client.get(address).status_code in (302, 404))


def body(kind: str) -> int:
    options = arguments()
    importlib.import_module("config.wsgi")  # what a web process does when it starts
    began = time.perf_counter()
    owner = fill(options.rows)
    print(f"{options.rows} generations in {time.perf_counter() - began:.0f} s", flush=True)
    meter, visits = Meter(owner), []
    for partner in owner.partners.order_by("name"):
        visits += told(partner, walk(meter, partner, options.rounds, options.only))
    return conclude(
        [
            Figure("slowest page, p95", max(v.p95 for v in visits), MOST_MS, "ms"),
            Figure("most CPU of a page", max(v.cpu for v in visits), MOST_MS, "ms"),
            Figure("most queries of a page", max(v.queries for v in visits), MOST_QUERIES),
            Figure("largest first load", max(v.first for v in visits) / 1024, MOST_FIRST, "KB"),
            Figure("largest page after it", max(v.page for v in visits) / 1024, MOST_AFTER, "KB"),
        ]
    )


def told(partner: Any, found: Iterator[Visit]) -> list[Visit]:
    """The figures, printed as they come."""
    visits = []
    print(f"{partner.name:52s} {'p50':>6} {'p95':>6} {'CPU':>6}  queries  KB: page, first load")
    for visit in found:
        visits.append(visit)
        middle = statistics.median(visit.milliseconds)
        print(
            f"{visit.name:52s} {middle:6.1f} {visit.p95:6.1f} {visit.cpu:6.1f}  {visit.queries:7d}"
            f"  {visit.page / 1024:8.1f} {visit.first / 1024:11.1f}",
            flush=True,
        )
    return visits


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", default="", help="pages whose names begin so")
    return parser.parse_args()


def main() -> int:
    arguments()
    return ground.on_databases("dashboard", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
