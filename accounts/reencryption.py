"""Move every encrypted field, and every blind index, to the first of FIELD_ENCRYPTION_KEYS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from accounts import crypto
from accounts.fields import BlindIndexField, Encrypted

_ROWS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Moved:
    """Fields looked at, and fields that were under an older key."""

    checked: int
    moved: int


def reencrypt_all(among: Iterable[type[models.Model]] | None = None) -> Moved:
    """Every table with encrypted fields, row by row. It can be stopped and started again.

    `among` None: the models of all apps.

    A row that somebody else changes meanwhile is left to them: what they write is under the first
    key already. Raises Undecryptable at a value that no key opens, naming its field.
    """
    checked = moved = 0
    for model in apps.get_models() if among is None else among:
        fields = [field for field in model._meta.fields if isinstance(field, Encrypted)]
        for field in fields:
            indexes = [
                other
                for other in model._meta.fields
                if isinstance(other, BlindIndexField) and other.source == field.name
            ]
            for row_key, token in _tokens(model, field):
                checked += 1
                moved += _move(model, field, indexes, row_key, token)
    return Moved(checked=checked, moved=moved)


def unreadable() -> list[str]:
    """Encrypted fields, as `Model.field`, whose first or last row no configured key opens. Looks at
    no more than these, so that a check-up takes no longer with many rows."""
    return [
        f"{model.__name__}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, Encrypted)
        and not all(_opens(token, field.context) for token in _ends(model, field))
    ]


def _opens(token: str, context: str) -> bool:
    try:
        crypto.decrypt(token, context)
    except crypto.Undecryptable:
        return False
    return True


def _ends(model: type[models.Model], field: Encrypted) -> list[str]:
    """The stored tokens of a table's first and last row that have one."""
    table, key, column = _names(model, field)
    found: list[str] = []
    with connection.cursor() as cursor:
        for way in ("ASC", "DESC"):
            cursor.execute(
                f"SELECT {column} FROM {table}"  # noqa: S608 (quoted names of our models)
                f" WHERE {column} <> '' ORDER BY {key} {way} LIMIT 1"
            )
            found += [token for (token,) in cursor.fetchall()]
    return found


def _names(model: type[models.Model], field: models.Field[Any, Any]) -> tuple[str, str, str]:
    """Table, primary key and column, quoted."""
    quote = connection.ops.quote_name
    assert model._meta.pk is not None
    assert field.column is not None
    return quote(model._meta.db_table), quote(model._meta.pk.column or ""), quote(field.column)


def _tokens(model: type[models.Model], field: Encrypted) -> Iterator[tuple[Any, str]]:
    """(primary key, stored token) of every row that has one, in pages.

    The ORM would hand out the decrypted text.
    """
    table, key, column = _names(model, field)
    start = ""
    last: list[Any] = []
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {key}, {column} FROM {table}"  # noqa: S608 (quoted names of our models)
                f" WHERE {column} <> '' {start} ORDER BY {key} LIMIT {_ROWS_AT_ONCE}",
                last,
            )
            page = cursor.fetchall()
        yield from page
        if len(page) < _ROWS_AT_ONCE:
            return
        start, last = f"AND {key} > %s", [page[-1][0]]


def _move(
    model: type[models.Model],
    field: Encrypted,
    indexes: list[BlindIndexField],
    row_key: Any,
    token: str,
) -> int:
    """1 if the row was under an older key and is under the first now."""
    if crypto.is_current(token, field.context):
        return 0
    plain = crypto.decrypt(token, field.context)
    table, key, column = _names(model, field)
    changes = {column: crypto.encrypt(plain, field.context)}
    for index in indexes:
        changes[_names(model, index)[2]] = index.value_for(plain)
    assignments = ", ".join(f"{name} = %s" for name in changes)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {assignments}"  # noqa: S608 (quoted names of our models)
            f" WHERE {key} = %s AND {column} = %s",
            [*changes.values(), row_key, token],
        )
        return int(cursor.rowcount == 1)
