"""1,000 webhooks to a receiver that fails every third time: all arrive, once, in order.

    python -m bench.webhooks [--deliveries 1000] [--stores 20]

The real sender on each database; only the waiting between tries is left out. Every message must
be acknowledged exactly once, and those of a store in the order in which they were written.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from bench import ground
from bench.figures import Figure, conclude


class Sink:
    """A receiver on this machine that refuses every third request."""

    def __init__(self) -> None:
        self.asked = 0
        self.acknowledged: list[tuple[str, int]] = []
        lock = threading.Lock()
        sink = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_POST(self) -> None:
                told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                with lock:
                    sink.asked += 1
                    good = sink.asked % 3 != 0
                    if good:
                        sink.acknowledged.append((told["store"], told["number"]))
                self.send_response(200 if good else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


def write(count: int, stores: int, url: str) -> None:
    from accounts.models import Partner
    from accounts.partners import new_webhook_secret
    from accounts.webhooks import outbox

    partner = Partner.objects.create(name="Bench", webhook_secret=new_webhook_secret())
    for number in range(count):
        store = f"store:{number % stores}"
        payload = {"store": store, "number": number}
        outbox.send(
            partner=partner, event="website.building", payload=payload, url=url, stream=store
        )


def send_all() -> int:
    """Send until nothing is left; returns the number of tries."""
    from django.utils import timezone

    from accounts.webhooks import sending
    from accounts.webhooks.models import Delivery

    tries = 0
    while pending := Delivery.objects.filter(status=Delivery.Status.PENDING):
        pending.update(due_at=timezone.now())
        tries += sending.send_due()
    return tries


def body(kind: str) -> int:
    from django.conf import settings

    options = arguments()
    sink = Sink()
    settings.FETCH_ALLOWED_HOSTS = [f"127.0.0.1:{sink.server.server_port}"]
    write(options.deliveries, options.stores, sink.url)
    start = time.perf_counter()
    tries = send_all()
    seconds = time.perf_counter() - start
    sink.server.shutdown()
    times = Counter(number for _, number in sink.acknowledged)
    lost = sum(times[number] != 1 for number in range(options.deliveries))
    last: dict[str, int] = {}
    disorder = 0
    for store, number in sink.acknowledged:
        disorder += number < last.get(store, -1)
        last[store] = number
    print(f"{kind}: {tries} tries in {seconds:.1f} s, {tries / seconds:.0f} a second")
    return conclude(
        [
            Figure(f"{kind}: messages not acknowledged exactly once", lost, 0),
            Figure(f"{kind}: messages out of order in their store", disorder, 0),
        ]
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=1000)
    parser.add_argument("--stores", type=int, default=20)
    return parser.parse_args()


def main() -> int:
    arguments()
    return ground.on_databases("webhooks", ["SQLite", "PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
