"""The gate forgets requests that lie more than a minute ahead: a clock that was far ahead and was put
right would have refused every key for as long."""

from importlib import import_module

from django.db import migrations

BEFORE = "WHERE (e >> 20) > v_now - 60000;"
AFTER = "WHERE (e >> 20) > v_now - 60000 AND (e >> 20) <= v_now + 60000;"


def written(condition):
    """The function of migration 0002 with another condition; on PostgreSQL alone."""

    def write(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            function = import_module("accounts.migrations.0002_gate").POSTGRES_FUNCTION
            function = function.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
            schema_editor.execute(function.replace(BEFORE, condition), params=None)

    return write


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_brand")]
    operations = [migrations.RunPython(written(AFTER), written(BEFORE))]
