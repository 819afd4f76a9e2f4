"""Rules about amounts, for the database to keep."""

from __future__ import annotations

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, CheckConstraint, F, Func, Q
from django.db.models.sql.compiler import SQLCompiler


class InQuarterSteps(Func):
    """True where a column of points holds a multiple of a quarter.

    Every hold pays for this check several times over, so it is the cheapest of each database.
    """

    output_field = BooleanField()
    arity = 1
    template = "mod(%(expressions)s, 0.25) = 0"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> tuple[str, Any]:
        # SQLite's remainder is one of integers.
        template = "%(expressions)s * 4 = round(%(expressions)s * 4)"
        sql, params = self.as_sql(compiler, connection, template=template, **context)
        return sql, tuple(params) * 2


def quarter_steps(column: str, *, of: str) -> CheckConstraint:
    """A constraint: `column` of table `of` holds multiples of a quarter."""
    return CheckConstraint(
        name=f"{of}_{column}_quarter_steps",
        condition=Q(InQuarterSteps(F(column))),
        violation_error_message="Points come in quarter steps, such as 7.25.",
    )
