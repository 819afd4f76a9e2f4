"""DATABASE_URL to Django's DATABASES entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import environ


def database_from_url(url: str, *, pool_max: int) -> dict[str, Any]:
    """The settings of one database.

    SQLite gets write-ahead logging and IMMEDIATE transactions, so that readers never wait and
    two writers queue instead of failing; PostgreSQL gets a connection pool, because there are
    more threads than connections worth having. `pool_max` 0: no pool, a connection a thread.
    """
    config = environ.Env.db_url_config(url)
    if "sqlite" in config["ENGINE"]:
        return _sqlite(config)
    if "postgresql" in config["ENGINE"]:
        return _postgresql(config, pool_max)
    raise ValueError(f"DATABASE_URL names {config['ENGINE']}; only SQLite and PostgreSQL are known")


def _postgresql(config: dict[str, Any], pool_max: int) -> dict[str, Any]:
    options: dict[str, Any] = {"connect_timeout": 10, **config.get("OPTIONS", {})}
    if pool_max > 0:
        options["pool"] = {"min_size": 1, "max_size": pool_max, "timeout": 20}
    return {**config, "CONN_MAX_AGE": 0, "OPTIONS": options}


def _sqlite(config: dict[str, Any]) -> dict[str, Any]:
    if config["NAME"] != ":memory:":
        Path(config["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    return {
        **config,
        # Opening a connection and its PRAGMAs costs more than most requests.
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # NORMAL keeps every commit through a crash of the process; a power cut may lose the
            # last ones. PostgreSQL is the choice for money that must survive that too.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        },
    }
