"""The two windows of a key: so many requests a minute, so many a day.

The minute is a true sliding window: of any 60 seconds, never more than the limit. It is a log of
the admitted requests. Up to EXACT_UP_TO requests a minute every request has its own entry; above,
entries are cells of CELL_MS that keep counting until the end of their cell has left the window, so
a log stays short and the limit is never exceeded. The day is a counter by UTC date.

A refused request is not counted: who keeps asking does not push the end of the wait away.

One entry is one integer: milliseconds since 1970 above COUNT_BITS bits of count. PostgreSQL does
the same arithmetic in `accounts_gate` (migrations 0002 and 0009), Redis keeps a sorted set.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass

from accounts.errors import RateLimited

MINUTE_MS = 60_000
DAY_MS = 86_400_000
EXACT_UP_TO = 200
CELL_MS = 300
COUNT_BITS = 20
_COUNT_MASK = (1 << COUNT_BITS) - 1


@dataclass(frozen=True, slots=True)
class Limits:
    """Requests a minute and a day."""

    minute: int
    day: int


@dataclass(frozen=True, slots=True)
class Usage:
    """Both windows of a key as this request left them.

    `oldest_ms` is the entry that leaves the minute next (0: the minute is empty).
    """

    limits: Limits
    now_ms: int
    minute_used: int
    oldest_ms: int
    day_used: int

    @property
    def _day_is_nearer(self) -> bool:
        """Whether the day, and not the minute, is the window that will refuse first."""
        return self.limits.day - self.day_used < self.limits.minute - self.minute_used

    def _reset_ms(self, *, day: bool) -> int:
        if day:
            return (self.now_ms // DAY_MS + 1) * DAY_MS
        return (self.oldest_ms or self.now_ms) + MINUTE_MS

    def headers(self) -> dict[str, str]:
        """X-RateLimit-* of the window that is nearer to its end.

        Reset is in whole seconds since 1970: when the next place becomes free.
        """
        day = self._day_is_nearer
        limit = self.limits.day if day else self.limits.minute
        used = self.day_used if day else self.minute_used
        return {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(max(limit - used, 0)),
            "X-RateLimit-Reset": str(-(-self._reset_ms(day=day) // 1000)),
        }

    def refusal(self) -> RateLimited:
        """The error for a request that found a window full. The longer wait is the one named."""
        day = self.day_used >= self.limits.day
        if day:
            message = f"Daily rate limit exceeded: {self.limits.day} requests per day"
        else:
            message = f"Rate limit exceeded: {self.limits.minute} requests per minute"
        wait = max(1, -((self.now_ms - self._reset_ms(day=day)) // 1000))
        return RateLimited(
            message,
            extra={"retryAfter": wait},
            headers={**self.headers(), "Retry-After": str(wait)},
        )


@dataclass(slots=True)
class Windows:
    """What is stored for one key: the log of its minute and the counter of its day."""

    log: array[int]
    day: int
    day_used: int

    @classmethod
    def empty(cls) -> Windows:
        return cls(log=array("q"), day=0, day_used=0)

    def take(self, limits: Limits, *, now_ms: int, count: bool) -> tuple[bool, Usage]:
        """Whether a request is admitted now, and the usage after it.

        `count` False only looks. A refused request leaves the windows as they are.
        """
        today = now_ms // DAY_MS
        if self.day != today:
            self.day, self.day_used = today, 0
        self._drop_outside(now_ms - MINUTE_MS, now_ms + MINUTE_MS)
        used = sum(entry & _COUNT_MASK for entry in self.log)
        admitted = count and used < limits.minute and self.day_used < limits.day
        if admitted:
            self._add(limits, now_ms)
            used += 1
            self.day_used += 1
        oldest = self.log[0] >> COUNT_BITS if self.log else 0
        return admitted, Usage(limits, now_ms, used, oldest, self.day_used)

    def _drop_outside(self, first_ms: int, last_ms: int) -> None:
        """Forget entries that are a minute old or older, and those more than a minute ahead: a
        clock that was far ahead and was put right would refuse everybody for as long."""
        del self.log[bisect_left(self.log, (last_ms + 1) << COUNT_BITS) :]
        del self.log[: bisect_left(self.log, (first_ms + 1) << COUNT_BITS)]

    def _add(self, limits: Limits, now_ms: int) -> None:
        cell = CELL_MS if limits.minute > EXACT_UP_TO else 1
        stamp = -(-now_ms // cell) * cell
        last = self.log[-1] >> COUNT_BITS if self.log else 0
        if last >= stamp:  # the same cell, or a clock that was set back
            self.log[-1] += 1
        else:
            self.log.append((stamp << COUNT_BITS) | 1)
