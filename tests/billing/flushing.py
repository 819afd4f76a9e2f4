"""How a test database is emptied after a test that commits.

Django empties every table then. The prices, packages and integrations that migrations put there
stay, and the triggers that make the ledger append-only are lifted for that moment (on PostgreSQL
TRUNCATE fires none).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.backends.base.operations import BaseDatabaseOperations

KEPT = {"billing_price", "billing_package", "integrations_integration"}


def spare_prices_and_pass_triggers() -> None:
    """Patch `sql_flush` of the database in use; a second call changes nothing."""
    operations: type[BaseDatabaseOperations] = type(connection.ops)
    original = operations.sql_flush
    if original.__module__ == __name__:
        return

    def sql_flush(
        self: BaseDatabaseOperations, style: Any, tables: Sequence[str], **options: Any
    ) -> list[str]:
        emptied = [table for table in tables if table not in KEPT]
        statements = list(original(self, style, emptied, **options))
        if self.connection.vendor != "sqlite":
            return statements
        triggers = _triggers(self.connection)
        dropped = [f'DROP TRIGGER "{name}"' for name, _ in triggers]
        return [*dropped, *statements, *(sql for _, sql in triggers)]

    operations.sql_flush = sql_flush  # type: ignore[method-assign]


def _triggers(sqlite: Any) -> list[tuple[str, str]]:
    with sqlite.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return list(cursor.fetchall())
