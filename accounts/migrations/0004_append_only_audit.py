"""Audit events are added, never changed: the database refuses an update.

Deleting stays possible, for the retention that a law may demand.
"""

from django.db import migrations

POSTGRES = """
CREATE FUNCTION accounts_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit events are never changed' USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER accounts_audit_append_only BEFORE UPDATE ON accounts_auditevent
    FOR EACH ROW EXECUTE FUNCTION accounts_audit_is_append_only();
"""
POSTGRES_UNDO = """
DROP TRIGGER accounts_audit_append_only ON accounts_auditevent;
DROP FUNCTION accounts_audit_is_append_only();
"""
SQLITE = """
CREATE TRIGGER accounts_audit_append_only BEFORE UPDATE ON accounts_auditevent
BEGIN SELECT RAISE(ABORT, 'audit events are never changed'); END
"""
SQLITE_UNDO = "DROP TRIGGER accounts_audit_append_only"


def add(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRES if postgres else SQLITE, params=None)


def remove(apps, schema_editor):
    postgres = schema_editor.connection.vendor == "postgresql"
    schema_editor.execute(POSTGRES_UNDO if postgres else SQLITE_UNDO, params=None)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_idempotencyrecord")]
    operations = [migrations.RunPython(add, remove)]
