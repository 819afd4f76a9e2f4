"""Hearing of other processes' commits: one connection that listens, or one that watches."""

from __future__ import annotations

import sqlite3
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

_DJANGO_ONLY = (
    "pool",
    "cursor_factory",
    "context",
    "prepare_threshold",
    "server_side_binding",
    "assume_role",
    "isolation_level",
)


def listening_connection(channel: str) -> psycopg.Connection[Any]:
    """A PostgreSQL connection of its own, outside any pool, that listens on `channel`."""
    parameters = connection.get_connection_params()
    for name in _DJANGO_ONLY:
        parameters.pop(name, None)
    listener = psycopg.connect(**parameters, autocommit=True)
    listener.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
    return listener


def raw_connection() -> sqlite3.Connection:
    """A read-only look at the SQLite file, for `data_version` (any thread may use it)."""
    name = connection.settings_dict["NAME"]
    uri = str(name) if str(name).startswith("file:") else f"file:{name}"
    return sqlite3.connect(uri, uri=True, timeout=20, check_same_thread=False)


def data_version(watcher: sqlite3.Connection) -> int:
    """A number that differs from the last one when some other connection committed since."""
    row = watcher.execute("PRAGMA data_version").fetchone()
    return int(row[0])
