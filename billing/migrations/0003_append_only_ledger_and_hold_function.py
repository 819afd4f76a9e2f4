"""Guards of the ledger, and the function that takes a hold in one round trip (PostgreSQL)."""

from django.db import migrations

POSTGRES = r"""
CREATE FUNCTION billing_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER billing_entry_append_only BEFORE UPDATE OR DELETE ON billing_entry
    FOR EACH ROW EXECUTE FUNCTION billing_refuse('entries are added, never changed or deleted');

CREATE TRIGGER billing_hold_settled_is_final BEFORE UPDATE ON billing_hold
    FOR EACH ROW WHEN (OLD.state <> 'held')
    EXECUTE FUNCTION billing_refuse('a settled hold is final');

-- Every hold rewrites these rows: leave room in the page, so that no index has to follow.
ALTER TABLE billing_bucket SET (fillfactor = 50);
ALTER TABLE billing_purse SET (fillfactor = 50);

CREATE FUNCTION billing_take_hold(
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
         WHERE h.api_key_id = p_key
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

POSTGRES_BACK = """
DROP FUNCTION billing_take_hold;
DROP TRIGGER billing_hold_settled_is_final ON billing_hold;
DROP TRIGGER billing_entry_append_only ON billing_entry;
DROP FUNCTION billing_refuse;
"""

SQLITE = [
    """
    CREATE TRIGGER billing_entry_no_update BEFORE UPDATE ON billing_entry
    BEGIN SELECT RAISE(ABORT, 'entries are added, never changed or deleted'); END
    """,
    """
    CREATE TRIGGER billing_entry_no_delete BEFORE DELETE ON billing_entry
    BEGIN SELECT RAISE(ABORT, 'entries are added, never changed or deleted'); END
    """,
    """
    CREATE TRIGGER billing_hold_settled_is_final BEFORE UPDATE ON billing_hold
    WHEN OLD.state <> 'held' BEGIN SELECT RAISE(ABORT, 'a settled hold is final'); END
    """,
]
SQLITE_BACK = [
    "DROP TRIGGER billing_hold_settled_is_final",
    "DROP TRIGGER billing_entry_no_delete",
    "DROP TRIGGER billing_entry_no_update",
]


def run(postgres, sqlite):
    """An operation that runs the SQL of the database at hand."""

    def forward(apps, schema_editor):
        statements = [postgres] if schema_editor.connection.vendor == "postgresql" else sqlite
        with schema_editor.connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    return forward


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_default_prices_and_packages")]
    operations = [
        # Django rebuilds a SQLite table to alter it, and its triggers go with the old one: a later
        # migration that alters billing_entry or billing_hold must create them again (a test looks).
        migrations.RunPython(run(POSTGRES, SQLITE), run(POSTGRES_BACK, SQLITE_BACK))
    ]
