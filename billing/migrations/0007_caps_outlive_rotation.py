"""A key's monthly cap counts what the keys spent that it was rotated from or to, as well as it."""

from django.db import migrations

TAKE_HOLD = r"""
CREATE OR REPLACE FUNCTION billing_take_hold(
    p_hold uuid, p_partner uuid, p_key uuid, p_operation text, p_priced_as text, p_mode text,
    p_count integer, p_cap numeric, p_at timestamptz,
    OUT outcome text, OUT at_tier text, OUT at_price numeric, OUT taken numeric,
    OUT balance numeric, OUT key_used numeric
) LANGUAGE plpgsql AS $$
DECLARE
    earlier billing_hold;
    buckets bigint[];
    contents numeric[];
    missing numeric;
    part numeric;
BEGIN
    -- The partner's lock, until the commit. Every statement after it sees what the last holder
    -- left: the oldest bucket is the oldest, and the balance is the balance.
    UPDATE billing_purse SET movements = movements + 1 WHERE partner_id = p_partner;

    SELECT array_agg(b.id), array_agg(b.remaining), coalesce(sum(b.remaining), 0),
           (array_agg(b.tier))[1]
      INTO buckets, contents, balance, at_tier
      FROM (SELECT id, tier, remaining FROM billing_bucket
             WHERE partner_id = p_partner AND remaining > 0
             ORDER BY created_at, id) b;

    SELECT * INTO earlier FROM billing_hold h WHERE h.id = p_hold;
    IF FOUND THEN
        IF earlier.partner_id = p_partner AND earlier.operation = p_operation
           AND earlier.mode = p_mode AND earlier.count = p_count THEN
            outcome := 'replayed';
        ELSE
            outcome := 'mismatch';
        END IF;
        at_tier := earlier.tier; at_price := earlier.unit_price; taken := earlier.points_held;
        RETURN;
    END IF;
    IF buckets IS NULL THEN
        SELECT b.tier INTO at_tier FROM billing_bucket b WHERE b.partner_id = p_partner
         ORDER BY b.created_at DESC, b.id DESC LIMIT 1;
        at_tier := coalesce(at_tier, 'starter');
    END IF;
    SELECT p.points, p.points * p_count INTO at_price, taken FROM billing_price p
     WHERE p.tier = at_tier AND p.operation = p_priced_as AND p.mode = p_mode;
    IF NOT FOUND THEN
        outcome := 'no_price'; RETURN;
    END IF;
    IF taken > balance THEN
        outcome := 'insufficient'; RETURN;
    END IF;
    IF p_cap IS NOT NULL THEN
        SELECT coalesce(sum(CASE h.state WHEN 'held' THEN h.points_held
                                         ELSE h.points_captured END), 0)
          INTO key_used FROM billing_hold h
         WHERE h.api_key_id %(spenders)s
           AND h.created_at >= date_trunc('month', p_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC';
        IF key_used + taken > p_cap THEN
            outcome := 'key_cap'; RETURN;
        END IF;
    END IF;

    INSERT INTO billing_hold (id, partner_id, api_key_id, operation, mode, count, tier,
                              unit_price, points_held, points_captured, state, created_at)
    VALUES (p_hold, p_partner, p_key, p_operation, p_mode, p_count, at_tier,
            at_price, taken, 0, 'held', p_at);
    missing := taken;
    FOR i IN 1 .. cardinality(buckets) LOOP
        part := least(missing, contents[i]);
        UPDATE billing_bucket SET remaining = remaining - part WHERE id = buckets[i];
        INSERT INTO billing_entry (bucket_id, hold_id, kind, points, reason, created_at)
        VALUES (buckets[i], p_hold, 'hold', -part, '', p_at);
        missing := missing - part;
        EXIT WHEN missing = 0;
    END LOOP;
    outcome := 'taken'; balance := balance - taken;
END $$;
"""

ALONE = "= p_key"

ITS_LINE = """IN (
            WITH RECURSIVE older AS (
                SELECT k.id, k.rotated_from_id FROM accounts_apikey k WHERE k.id = p_key
                UNION
                SELECT k.id, k.rotated_from_id FROM accounts_apikey k
                  JOIN older o ON k.id = o.rotated_from_id
            ), line AS (
                SELECT o.id FROM older o
                UNION
                SELECT k.id FROM accounts_apikey k JOIN line l ON k.rotated_from_id = l.id
            )
            SELECT l.id FROM line l)"""


def run(spenders):
    """SQLite has no functions: there the rule is in `billing/taking.py`."""

    def write(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            schema_editor.execute(TAKE_HOLD % {"spenders": spenders}, params=None)

    return write


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_ledger_pages")]
    operations = [migrations.RunPython(run(ITS_LINE), run(ALONE))]
