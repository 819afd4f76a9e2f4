"""getAccount at 1,000 accounts and at 1,000,000, on PostgreSQL through the real web process.

    python -m bench.merchants [--rows 1000000] [--requests 400]

One client, one open connection, random accounts of one partner. The rows are written by SQL; the
thousand that are asked for are real accounts whose e-mail and phone really decrypt.
"""

from __future__ import annotations

import argparse
import http.client
import random
import statistics
import sys
import time

from bench import ground
from bench.figures import Figure, conclude

TARGET = 1.3
ASKED = 1000

_FILL = """
INSERT INTO integrations_account (id, partner_id, email, email_index, phone, country_code, number,
    number_index, national, national_index, profile, login_epoch, created_at, updated_at)
SELECT lpad(to_hex(n), 24, '0'), a.partner_id, a.email, md5('e' || n), a.phone, a.country_code,
    a.number, md5('p' || n), a.national, md5('n' || n), a.profile, 0, now(), now()
FROM generate_series(1, %s) AS n, (SELECT * FROM integrations_account LIMIT 1) AS a
"""


def prepare() -> tuple[str, list[str]]:
    """A partner's management key and the ids of its thousand accounts."""
    from accounts import keys
    from accounts.models import Partner
    from integrations import merchants

    partner = Partner.objects.create(name="Bench", rate_minute=1_000_000, rate_day=100_000_000)
    ids = [
        merchants.create(
            partner=partner,
            body={
                "email": f"owner{n}@shop.example",
                "mobileNumber": {"value": f"98765{n:05d}", "countryCode": 91},
                "businessName": f"Shop {n}",
                "address": {"city": "Mumbai", "country": "India"},
            },
        ).pk
        for n in range(ASKED)
    ]
    return keys.create_key(partner=partner, kind="management").key, ids


def fill(rows: int) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(_FILL, [rows - ASKED])
        cursor.execute("VACUUM ANALYZE integrations_account")  # what the night would do
        cursor.execute("CHECKPOINT")


def p50(web: ground.Web, key: str, ids: list[str], requests: int) -> float:
    """Milliseconds of a getAccount, the median over `requests` random accounts."""
    client = http.client.HTTPConnection("127.0.0.1", web.port, timeout=30)
    took = []
    for account_id in random.choices(ids, k=requests):
        start = time.perf_counter()
        client.request(
            "GET", f"/api/v2/third-party/getAccount/{account_id}", headers={"X-API-Key": key}
        )
        answer = client.getresponse()
        answer.read()
        took.append((time.perf_counter() - start) * 1000)
        if answer.status != 200:
            raise SystemExit(f"answered {answer.status}")
    client.close()
    return statistics.median(took)


def body(kind: str) -> int:
    options = arguments()
    key, ids = prepare()
    with ground.web() as web:
        p50(web, key, ids, 200)
        few = min(p50(web, key, ids, options.requests) for _ in range(5))
        fill(options.rows)
        p50(web, key, ids, 200)
        many = min(p50(web, key, ids, options.requests) for _ in range(5))
    print(f"getAccount p50: {few:.2f} ms at {ASKED:,} accounts, {many:.2f} at {options.rows:,}")
    return conclude([Figure("getAccount, many accounts / few", many / few, TARGET)])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--requests", type=int, default=400)
    return parser.parse_args()


def main() -> int:
    arguments()
    return ground.on_databases("merchants", ["PostgreSQL"], body)


if __name__ == "__main__":
    sys.exit(main())
