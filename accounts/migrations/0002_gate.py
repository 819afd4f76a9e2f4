"""Rate windows, and on PostgreSQL the whole gate as one function: one round trip a request.

The arithmetic of the minute's log is that of `accounts/api/limits.py` (200 exact entries, cells of
300 ms above, 20 bits of count); a test holds the two together.
"""

from django.db import migrations

POSTGRES_TABLE = """
-- Unlogged: no WAL and no fsync for counting. A crash of the server empties it, which costs
-- nothing but a fresh window for everybody. Room in the page keeps the updates in place (HOT).
CREATE UNLOGGED TABLE accounts_rate_window (
    key_id uuid PRIMARY KEY,
    log bigint[] NOT NULL,
    day integer NOT NULL,
    day_used integer NOT NULL
) WITH (fillfactor = 50);
"""

POSTGRES_FUNCTION = """
CREATE FUNCTION accounts_gate(
    p_hash text, p_address inet, p_kind text, p_scope text, p_now bigint
) RETURNS TABLE (
    key_id uuid, partner_id uuid, kind text, environment text, hint text, scopes text,
    monthly_cap numeric, minute_limit integer, day_limit integer,
    revoked boolean, expired boolean, partner_active boolean,
    address_allowed boolean, kind_allowed boolean, scope_allowed boolean,
    now_ms bigint, minute_used integer, oldest_ms bigint, day_used integer, admitted boolean
) LANGUAGE plpgsql AS $gate$
#variable_conflict use_column
DECLARE
    k record;
    w accounts_rate_window%ROWTYPE;
    v_now bigint := coalesce(p_now, (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
    v_time timestamptz := to_timestamp(v_now / 1000.0);
    v_counts boolean;
    v_admitted boolean := false;
    v_log bigint[];
    v_used integer;
    v_stamp bigint;
BEGIN
    SELECT a.id, a.partner_id, a.kind, a.environment, a.hint, a.scopes, a.monthly_cap,
           coalesce(a.rate_minute, p.rate_minute) AS minute_limit,
           coalesce(a.rate_day, p.rate_day) AS day_limit,
           a.last_used_at,
           a.revoked_at IS NOT NULL AS revoked,
           coalesce(a.expires_at <= v_time, false) AS expired,
           p.active,
           (a.networks = '[]' OR coalesce((
               SELECT bool_or(p_address <<= n::inet) FROM jsonb_array_elements_text(a.networks) n
           ), false)) AS address_allowed,
           (p_kind = '' OR a.kind = p_kind) AS kind_allowed,
           (p_scope = '' OR a.scopes = '[]' OR a.scopes ? p_scope) AS scope_allowed
      INTO k
      FROM accounts_apikey a JOIN accounts_partner p ON p.id = a.partner_id
     WHERE a.hash = p_hash;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    v_counts := NOT k.revoked AND NOT k.expired AND k.active
                AND k.address_allowed AND k.kind_allowed AND k.scope_allowed;

    IF v_counts THEN
        LOOP
            SELECT * INTO w FROM accounts_rate_window r WHERE r.key_id = k.id FOR UPDATE;
            EXIT WHEN FOUND;
            INSERT INTO accounts_rate_window VALUES (k.id, '{}', 0, 0) ON CONFLICT DO NOTHING;
        END LOOP;
        -- The clock is read again under the lock, so that the log is in order.
        v_now := coalesce(p_now, (extract(epoch FROM clock_timestamp()) * 1000)::bigint);
    ELSE
        SELECT * INTO w FROM accounts_rate_window r WHERE r.key_id = k.id;
    END IF;

    SELECT coalesce(array_agg(e), '{}'), coalesce(sum(e & 1048575), 0)
      INTO v_log, v_used
      FROM unnest(w.log) e WHERE (e >> 20) > v_now - 60000;
    IF w.day IS DISTINCT FROM (v_now / 86400000)::integer THEN
        w.day := v_now / 86400000;
        w.day_used := 0;
    END IF;

    IF v_counts AND v_used < k.minute_limit AND w.day_used < k.day_limit THEN
        v_admitted := true;
        v_stamp := CASE WHEN k.minute_limit > 200 THEN (v_now + 299) / 300 * 300 ELSE v_now END;
        IF cardinality(v_log) > 0 AND (v_log[cardinality(v_log)] >> 20) >= v_stamp THEN
            v_log[cardinality(v_log)] := v_log[cardinality(v_log)] + 1;
        ELSE
            v_log := v_log || ((v_stamp << 20) | 1);
        END IF;
        v_used := v_used + 1;
        w.day_used := w.day_used + 1;
        UPDATE accounts_rate_window r
           SET log = v_log, day = w.day, day_used = w.day_used WHERE r.key_id = k.id;
        IF k.last_used_at IS NULL OR k.last_used_at < v_time - interval '1 minute' THEN
            -- At most once a minute, without waiting for the disk or for anyone else's lock.
            PERFORM set_config('synchronous_commit', 'off', true);
            UPDATE accounts_apikey a SET last_used_at = v_time WHERE a.id = (
                SELECT b.id FROM accounts_apikey b
                 WHERE b.id = k.id AND b.last_used_at IS NOT DISTINCT FROM k.last_used_at
                   FOR NO KEY UPDATE SKIP LOCKED
            );
        END IF;
    END IF;

    RETURN QUERY SELECT
        k.id, k.partner_id, k.kind::text, k.environment::text, k.hint::text, k.scopes::text,
        k.monthly_cap, k.minute_limit, k.day_limit, k.revoked, k.expired, k.active,
        k.address_allowed, k.kind_allowed, k.scope_allowed,
        v_now, v_used, coalesce(v_log[1] >> 20, 0), w.day_used, v_admitted;
END
$gate$;
"""

SQLITE_TABLE = """
CREATE TABLE accounts_rate_window (
    key_id char(32) PRIMARY KEY,
    log blob NOT NULL,
    day integer NOT NULL,
    day_used integer NOT NULL
) WITHOUT ROWID
"""


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(POSTGRES_TABLE)
        schema_editor.execute(POSTGRES_FUNCTION, params=None)
    else:
        schema_editor.execute(SQLITE_TABLE)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION accounts_gate(text, inet, text, text, bigint)")
    schema_editor.execute("DROP TABLE accounts_rate_window")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(create, drop)]
