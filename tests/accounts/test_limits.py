"""The arithmetic of the windows, and that SQL, Lua and Python agree on it."""

from __future__ import annotations

import random
from uuid import UUID

import pytest

from accounts.api import gate_portable, gate_postgres
from accounts.api.examination import Question
from accounts.api.limits import CELL_MS, DAY_MS, MINUTE_MS, Limits, Windows

NOON = 20_000 * DAY_MS + DAY_MS // 2


def admitted_at(windows: Windows, limits: Limits, moments: list[int]) -> list[int]:
    return [t for t in moments if windows.take(limits, now_ms=t, count=True)[0]]


def test_the_limit_is_reached_exactly_and_frees_a_place_after_a_minute():
    windows, limits = Windows.empty(), Limits(minute=3, day=100)
    moments = [NOON, NOON + 10, NOON + 20, NOON + 30, NOON + MINUTE_MS - 1, NOON + MINUTE_MS]

    assert admitted_at(windows, limits, moments) == [NOON, NOON + 10, NOON + 20, NOON + MINUTE_MS]


def test_what_is_refused_does_not_lengthen_the_wait():
    windows, limits = Windows.empty(), Limits(minute=1, day=100)
    windows.take(limits, now_ms=NOON, count=True)

    for step in range(1, 60):
        assert not windows.take(limits, now_ms=NOON + step * 1000, count=True)[0]

    assert windows.take(limits, now_ms=NOON + MINUTE_MS, count=True)[0]


@pytest.mark.parametrize("limit", [5, 60, 200, 201, 1000])
def test_no_sixty_seconds_ever_hold_more_than_the_limit(limit):
    rng = random.Random(limit)
    windows, limits, now = Windows.empty(), Limits(minute=limit, day=10**9), NOON
    let_in: list[int] = []
    for _ in range(limit * 6):
        now += rng.choice([0, 1, 7, int(MINUTE_MS / limit), 400])
        if windows.take(limits, now_ms=now, count=True)[0]:
            let_in.append(now)

    worst = max(
        sum(1 for t in let_in[i : i + limit + 1] if t < start + MINUTE_MS)
        for i, start in enumerate(let_in)
    )
    assert worst <= limit
    assert len(let_in) > limit
    assert len(windows.log) <= MINUTE_MS // CELL_MS + 1


def test_the_day_is_counted_by_date():
    windows, limits = Windows.empty(), Limits(minute=100, day=2)
    last = 20_001 * DAY_MS - 1

    assert admitted_at(windows, limits, [last - 2, last - 1, last]) == [last - 2, last - 1]
    admitted, usage = windows.take(limits, now_ms=last, count=True)
    refusal = usage.refusal()
    assert not admitted
    assert refusal.message == "Daily rate limit exceeded: 2 requests per day"
    assert refusal.extra == {"retryAfter": 1}
    assert windows.take(limits, now_ms=last + 1, count=True)[0]


def test_the_refusal_says_when_the_next_place_is_free():
    windows, limits = Windows.empty(), Limits(minute=2, day=100)
    windows.take(limits, now_ms=NOON, count=True)
    windows.take(limits, now_ms=NOON + 30_000, count=True)

    _, usage = windows.take(limits, now_ms=NOON + 45_500, count=True)
    refusal = usage.refusal()

    assert refusal.message == "Rate limit exceeded: 2 requests per minute"
    assert refusal.extra["retryAfter"] == 15
    assert refusal.headers == {
        "Retry-After": "15",
        "X-RateLimit-Limit": "2",
        "X-RateLimit-Remaining": "0",
        "X-RateLimit-Reset": str((NOON + MINUTE_MS) // 1000),
    }


def test_the_headers_tell_of_the_window_that_is_nearer_to_its_end():
    windows, limits = Windows.empty(), Limits(minute=60, day=10)

    _, usage = windows.take(limits, now_ms=NOON, count=True)

    assert usage.headers() == {
        "X-RateLimit-Limit": "10",
        "X-RateLimit-Remaining": "9",
        "X-RateLimit-Reset": str(20_001 * DAY_MS // 1000),
    }


def test_a_clock_set_back_neither_fails_nor_admits_more():
    windows, limits = Windows.empty(), Limits(minute=3, day=100)
    moments = [NOON, NOON - 5000, NOON - 4000, NOON - 3000]

    assert len(admitted_at(windows, limits, moments)) == 3


def test_a_clock_that_was_far_ahead_and_is_put_right_refuses_nobody_for_long():
    windows, limits = Windows.empty(), Limits(minute=3, day=100)
    admitted_at(windows, limits, [NOON + DAY_MS] * 3)

    assert len(admitted_at(windows, limits, [NOON] * 4)) == 3


def _moments(limit: int) -> list[int]:
    rng, now, moments = random.Random(limit), NOON, []
    for _ in range(3 * limit if limit < 100 else 300):
        now += rng.choice([0, 3, 250, 700, 90_000 // limit])
        moments.append(now)
    ahead = [now + 7 * DAY_MS] * limit
    return [*moments, now + DAY_MS, now + DAY_MS + 5, *ahead, now + 2 * DAY_MS]


@pytest.mark.postgres
@pytest.mark.parametrize("limit", [7, 60, 250])
def test_the_sql_function_counts_as_python_does(new_key, limit):
    limits = Limits(minute=limit, day=2 * limit)
    row = new_key(rate_minute=limits.minute, rate_day=limits.day).row
    model = Windows.empty()
    for now in _moments(limit):
        found = gate_postgres.examine(Question(row.hash, None, "", ""), now_ms=now)
        assert found is not None
        expected = model.take(limits, now_ms=now, count=True)
        assert (found.admitted, found.usage) == expected


@pytest.mark.parametrize("limit", [7, 60])
def test_the_redis_script_counts_as_python_does(settings, redis_url, limit):
    settings.REDIS_URL = redis_url
    limits, model = Limits(minute=limit, day=2 * limit), Windows.empty()
    for now in _moments(limit)[: -limit - 1]:  # it forgets by its own clock
        taken = gate_portable.take_redis(UUID(int=limit), limits, True, now)
        assert taken == model.take(limits, now_ms=now, count=True)
