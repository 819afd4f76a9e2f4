"""The gate where PostgreSQL's function is not used: key and checks in Python.

The windows lie in SQLite, or in Redis where REDIS_URL is set.
"""

from __future__ import annotations

import threading
import time
from array import array
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

import redis
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from accounts.api.examination import Findings, Question
from accounts.api.limits import Limits, Usage, Windows
from accounts.errors import Unavailable
from accounts.models import ApiKey

# (key, limits, count the request?, the time or None) -> (admitted, usage)
Take = Callable[[UUID, Limits, bool, int | None], tuple[bool, Usage]]

_COLUMNS = (
    "id",
    "partner_id",
    "kind",
    "environment",
    "hint",
    "scopes",
    "networks",
    "monthly_cap",
    "rate_minute",
    "rate_day",
    "revoked_at",
    "expires_at",
    "last_used_at",
    "partner__active",
    "partner__rate_minute",
    "partner__rate_day",
)
_TOUCH_EVERY = timedelta(minutes=1)


def examine(question: Question, *, now_ms: int | None, take: Take) -> Findings | None:
    """What is known of the key, None where there is no such key. Counts an admitted request."""
    row = ApiKey.objects.filter(hash=question.hash).values(*_COLUMNS).first()
    if row is None:
        return None
    now = datetime.now(UTC) if now_ms is None else datetime.fromtimestamp(now_ms / 1000, UTC)
    checks = {
        "revoked": row["revoked_at"] is not None,
        "expired": row["expires_at"] is not None and row["expires_at"] <= now,
        "partner_active": row["partner__active"],
        "address_allowed": _within(question.address, row["networks"]),
        "kind_allowed": question.kind in ("", row["kind"]),
        "scope_allowed": not question.scope or not row["scopes"] or question.scope in row["scopes"],
    }
    good = not checks["revoked"] and not checks["expired"] and all(list(checks.values())[2:])
    limits = Limits(
        minute=row["rate_minute"] or row["partner__rate_minute"],
        day=row["rate_day"] or row["partner__rate_day"],
    )
    admitted, usage = take(row["id"], limits, good, now_ms)
    if admitted:
        _touch(row["id"], row["last_used_at"], now)
    return Findings(
        key_id=row["id"],
        partner_id=row["partner_id"],
        kind=row["kind"],
        environment=row["environment"],
        hint=row["hint"],
        scopes=tuple(row["scopes"]),
        monthly_cap=row["monthly_cap"],
        limits=limits,
        **checks,
        usage=usage,
        admitted=admitted,
    )


def _within(address: str | None, networks: list[str]) -> bool:
    if not networks:
        return True
    if address is None:
        return False
    one = ip_address(address)
    return any(one in ip_network(network) for network in networks)


def _touch(key_id: UUID, last_used_at: datetime | None, now: datetime) -> None:
    """Note the use of a key, at most once a minute."""
    if last_used_at is None or last_used_at < now - _TOUCH_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _TOUCH_EVERY)
        ApiKey.objects.filter(stale, pk=key_id).update(last_used_at=now)


# SQLite's own queue of writers is unfair (waits of seconds at its tail): the threads of a process
# queue here instead, and only processes meet at the database.
_one_writer = threading.Lock()

_READ = "SELECT log, day, day_used FROM accounts_rate_window WHERE key_id = %s"
_WRITE = """INSERT INTO accounts_rate_window (key_id, log, day, day_used) VALUES (%s, %s, %s, %s)
    ON CONFLICT (key_id) DO UPDATE SET
    log = excluded.log, day = excluded.day, day_used = excluded.day_used"""


def take_sqlite(
    key_id: UUID, limits: Limits, count: bool, now_ms: int | None
) -> tuple[bool, Usage]:
    """Both windows in one short IMMEDIATE transaction."""
    if not count:
        return _stored(key_id).take(limits, now_ms=now_ms or _clock_ms(), count=False)
    with _one_writer, transaction.atomic():
        windows = _stored(key_id)
        admitted, usage = windows.take(limits, now_ms=now_ms or _clock_ms(), count=True)
        if admitted:
            with connection.cursor() as cursor:
                cursor.execute(
                    _WRITE,
                    (key_id.hex, windows.log.tobytes(), windows.day, windows.day_used),
                )
    return admitted, usage


def _clock_ms() -> int:
    return time.time_ns() // 1_000_000


def _stored(key_id: UUID) -> Windows:
    with connection.cursor() as cursor:
        cursor.execute(_READ, [key_id.hex])
        row = cursor.fetchone()
    if row is None:
        return Windows.empty()
    log = array("q")
    log.frombytes(row[0])
    return Windows(log=log, day=row[1], day_used=row[2])


# KEYS: the minute's sorted set (score: milliseconds), the day's hash.
# ARGV: minute limit, day limit, 1 to count the request, milliseconds or ''.
_SCRIPT = """
local now = tonumber(ARGV[4])
if not now then
  local t = redis.call('TIME')
  now = t[1] * 1000 + math.floor(t[2] / 1000)
end
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - 60000)
local used = redis.call('ZCARD', KEYS[1])
local today = math.floor(now / 86400000)
local stored = redis.call('HMGET', KEYS[2], 'day', 'used')
local day_used = tonumber(stored[1]) == today and tonumber(stored[2]) or 0
local admitted = 0
if ARGV[3] == '1' and used < tonumber(ARGV[1]) and day_used < tonumber(ARGV[2]) then
  admitted, used, day_used = 1, used + 1, day_used + 1
  redis.call('ZADD', KEYS[1], now, redis.call('HINCRBY', KEYS[2], 'serial', 1))
  redis.call('PEXPIRE', KEYS[1], 61000)
  redis.call('HSET', KEYS[2], 'day', today, 'used', day_used)
  redis.call('PEXPIRE', KEYS[2], 172800000)
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return {admitted, now, used, tonumber(first[2] or 0), day_used}
"""


@lru_cache(maxsize=4)
def _redis(url: str) -> Any:
    """The script, bound to one client (and its pool) for each address and process."""
    client = redis.Redis.from_url(url, socket_timeout=5, socket_connect_timeout=5)
    return client.register_script(_SCRIPT)


def take_redis(key_id: UUID, limits: Limits, count: bool, now_ms: int | None) -> tuple[bool, Usage]:
    """Both windows in one script. Raises Unavailable where Redis does not answer."""
    keys = [f"rate:{{{key_id.hex}}}:minute", f"rate:{{{key_id.hex}}}:day"]
    now = "" if now_ms is None else now_ms
    try:
        answer = _redis(settings.REDIS_URL)(
            keys=keys, args=[limits.minute, limits.day, int(count), now]
        )
    except redis.RedisError as error:
        raise Unavailable("Service temporarily unavailable. Please retry shortly.") from error
    admitted, *usage = (int(number) for number in answer)
    return bool(admitted), Usage(limits, *usage)
