"""A large partner and two hundred others, for `bench/dashboard.py`: rows written by SQL.

A fifth of all generations is the large partner's, spread over thirty days and over every status;
each charged one has its hold and its line in the ledger. The large partner also has webhooks,
an audit trail, products, batches and merchants, thousands of each.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

PARTNERS = 200
DAYS = 30

# Copies of one row, so that this file knows no column it does not change. {changes} is SQL for
# jsonb_build_object, in which n counts the copies.
COPIES = """
INSERT INTO {table}
SELECT copy.* FROM {table} p, generate_series(1, %(count)s) n,
    LATERAL jsonb_populate_record(p, jsonb_build_object({changes})) copy
WHERE p.id = %(pattern)s
"""
GENERATIONS = """
'id', gen_random_uuid(),
'partner_id', (%(partners)s::uuid[])[1 + n %% cardinality(%(partners)s::uuid[])],
'created_at', p.created_at - n * %(step)s::interval,
'started_at', p.created_at - n * %(step)s::interval + interval '1 second',
'finished_at', p.created_at - n * %(step)s::interval + (2 + n %% 9) * interval '1 second',
'operation', (ARRAY['create', 'enhance', 'packshot', 'edit'])[1 + n %% 4],
'status', CASE n %% 100 WHEN 0 THEN 'failed' WHEN 1 THEN 'cancelled' ELSE 'succeeded' END,
'error_code', CASE n %% 100 WHEN 0 THEN 'engine_failed' ELSE '' END,
'points_used', CASE WHEN n %% 100 < 2 THEN 0 ELSE 8 END,
'review', CASE WHEN n %% 100 = 50 THEN 'approved' ELSE '' END,
'vote', CASE WHEN n %% 100 = 50 THEN 'approved' ELSE '' END,
'reviewed_at', CASE WHEN n %% 100 = 50 THEN p.created_at END
"""
QUIET = """
UPDATE imaging_generation SET partner_id = %(quiet)s, api_key_id = NULL
WHERE id IN (SELECT id FROM imaging_generation WHERE partner_id = %(busy)s
    ORDER BY created_at LIMIT %(count)s)
"""
ASSETS = """
INSERT INTO imaging_asset
SELECT copy.*
FROM imaging_asset a, (VALUES ('output'), ('thumbnail')) AS k (kind), imaging_generation g,
    LATERAL jsonb_populate_record(a, jsonb_build_object(
        'id', gen_random_uuid(), 'generation_id', g.id,
        'kind', k.kind, 'path', k.kind || '/' || g.id
    )) copy
WHERE a.id = %(pattern)s AND g.partner_id = %(partner)s AND g.status = 'succeeded'
"""
HOLDS = """
INSERT INTO billing_hold (id, partner_id, api_key_id, operation, mode, count, tier, unit_price,
    points_held, points_captured, state, settled_price, created_at, settled_at)
SELECT id, partner_id, api_key_id, operation, mode, 1, 'starter', 8, 8, 8, 'captured', 8,
    created_at, finished_at
FROM imaging_generation WHERE points_used = 8
"""
ENTRIES = """
INSERT INTO billing_entry (bucket_id, hold_id, kind, points, reason, created_at)
SELECT b.id, h.id, 'hold', -8, '', h.created_at
FROM billing_hold h JOIN billing_bucket b ON b.partner_id = h.partner_id ORDER BY h.created_at
"""
DRAIN = """
UPDATE billing_bucket b SET remaining = s.points
FROM (SELECT bucket_id, sum(points) AS points FROM billing_entry GROUP BY bucket_id) s
WHERE s.bucket_id = b.id
"""
BATCHES = """
UPDATE imaging_generation g SET batch_id = b.id, position = numbered.place
FROM (SELECT id, (row_number() OVER (ORDER BY created_at DESC) - 1) / 50 AS batch,
        (row_number() OVER (ORDER BY created_at DESC) - 1) %% 50 AS place
    FROM imaging_generation WHERE partner_id = %(partner)s) numbered,
    (SELECT id, row_number() OVER (ORDER BY created_at DESC) - 1 AS number FROM imaging_batch) b
WHERE numbered.id = g.id AND b.number = numbered.batch
"""
PRODUCTS = """
UPDATE imaging_generation g SET product_id = p.id
FROM (SELECT id, row_number() OVER (ORDER BY created_at DESC) AS number
    FROM imaging_generation WHERE partner_id = %(partner)s) numbered,
    (SELECT id, row_number() OVER (ORDER BY created_at DESC) AS number FROM catalog_product) p
WHERE numbered.id = g.id AND p.number = numbered.number
"""


def fill(rows: int) -> Any:
    """All of it, `rows` generations together; returns the owner of the large partner and of one
    that has made nothing for a month: its rows lie beneath everybody else's."""
    from django.db import connection

    from accounts.models import Membership, Partner, User
    from accounts.signing_in import vouch_for
    from billing import points

    busy, quiet = (Partner.objects.create(name=name) for name in ("Busy", "Quiet"))
    crowd = [Partner.objects.create(name=f"Partner {n}") for n in range(PARTNERS)]
    owner = User.objects.create_user("owner@busy.example")
    vouch_for(owner)
    for partner in (busy, quiet):
        Membership.objects.create(user=owner, partner=partner, role="owner")
    for partner in [quiet, busy, *crowd]:
        points.grant(partner=partner, tier="starter", points=Decimal(8 * rows))
    part = rows // 5
    with connection.cursor() as cursor:
        _generations(cursor, busy, [partner.pk for partner in crowd], part, rows - part)
        cursor.execute(QUIET, {"busy": busy.pk, "quiet": quiet.pk, "count": 60})
        for statement in (HOLDS, ENTRIES, DRAIN):
            cursor.execute(statement)
        _neighbours(cursor, busy, part)
        cursor.execute("VACUUM ANALYZE")  # what the night would do
        cursor.execute("CHECKPOINT")
    return owner


def _copy(cursor: Any, pattern: Any, count: int, changes: str, **facts: Any) -> None:
    statement = COPIES.format(table=pattern._meta.db_table, changes=changes)
    cursor.execute(statement, {"pattern": pattern.pk, "count": count, **facts})


def _generations(cursor: Any, busy: Any, crowd: list[Any], many: int, others: int) -> None:
    from accounts import keys
    from bench.listing import patterns

    row, asset = patterns()
    row.api_key = keys.create_key(partner=busy, name="Shop backend").row
    row.save(update_fields=["api_key"])
    _copy(cursor, row, many, GENERATIONS, partners=[busy.pk], step=_step(many))
    row.api_key = None
    row.save(update_fields=["api_key"])
    _copy(cursor, row, others, GENERATIONS, partners=crowd, step=_step(others))
    cursor.execute(ASSETS, {"pattern": asset.pk, "partner": busy.pk})


def _step(count: int) -> timedelta:
    """Time between `count` rows that fill DAYS."""
    return timedelta(days=DAYS) / count


def _neighbours(cursor: Any, busy: Any, many: int) -> None:
    """What else a large partner has: one row made as the product makes it, then copies of it."""
    from accounts import audit
    from accounts.models import AuditEvent
    from accounts.webhooks import endpoints, outbox
    from imaging.catalog import imports, products
    from imaging.models import Batch
    from integrations import merchants

    _purchases(busy)
    when = "'created_at', p.created_at - n * interval '1 minute'"
    delivery = outbox.send_test(endpoints.create(partner=busy, url="https://shop.example/hook"))
    sequence = "'id', nextval('webhooks_delivery_id_seq'), 'key', gen_random_uuid()"
    ended = "'status', 'delivered', 'finished_at', p.created_at"
    _copy(cursor, delivery, many, f"{sequence}, {ended}, {when}")
    audit.record(action="key.created", target="sq_live_", partner=busy, actor="owner@busy.example")
    event = AuditEvent.objects.filter(partner=busy).latest("id")
    _copy(cursor, event, many // 2, f"'id', nextval('accounts_auditevent_id_seq'), {when}")
    body = {"sku": "MUG", "title": "Mug", "image": "https://shop.example/mug.jpg"}
    product = products.add(partner=busy, body=body)
    _copy(cursor, product, many // 10, f"'id', gen_random_uuid(), 'sku', 'MUG-' || n, {when}")
    batch = Batch.objects.create(partner=busy, total=50, finished_at=delivery.created_at)
    _copy(cursor, batch, many // 100, f"'id', gen_random_uuid(), {when}")
    file = b"sku,image\nMUG,https://shop.example/mug.jpg\n"
    imports.receive(partner=busy, name="mugs.csv", data=file, actor="owner@busy.example")
    contact = {"mobileNumber": {"value": "9876543210", "countryCode": 91}}
    shop = {"email": "sarah@shop.example", "businessName": "Shop", "address": {"city": "Pune"}}
    named = "'id', lpad(to_hex(n), 24, '0'), 'identifier', 'shop-' || n"
    account = merchants.create(partner=busy, body={**shop, **contact})
    indexes = (
        "'email_index', md5('e'||n), 'number_index', md5('p'||n), 'national_index', md5('n'||n)"
    )
    _copy(cursor, account, many // 10, f"{named}, {indexes}, {when}")
    for statement in (BATCHES, PRODUCTS):
        cursor.execute(statement, {"partner": busy.pk})


def _purchases(busy: Any) -> None:
    """Two years of packages, bought every month."""
    from django.utils import timezone

    from billing import points
    from billing.models import Purchase

    now = timezone.now()
    for month in range(24):
        bucket = points.grant(partner=busy, tier="growth", points=Decimal(25000))
        Purchase.objects.create(
            partner=busy,
            package_code="growth",
            tier="growth",
            points=25000,
            amount=2_500_000,
            currency="INR",
            status=Purchase.Status.PAID,
            bucket=bucket,
            paid_at=now - timedelta(days=30 * month),
        )
