"""What happens by the clock. The `default` worker writes these rows when it starts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone
from django_q.models import Schedule

QUEUE = "default"


def every_minute(func: str) -> dict[str, Any]:
    """A schedule that calls `func`, a dotted name, each minute."""
    return {"func": func, "schedule_type": Schedule.MINUTES, "minutes": 1}


def hourly(func: str) -> dict[str, Any]:
    return {"func": func, "schedule_type": Schedule.HOURLY}


def daily(func: str) -> dict[str, Any]:
    return {"func": func, "schedule_type": Schedule.DAILY}


SCHEDULES = {
    "sweep": every_minute("imaging.tasks.sweep_up"),
    "balances": every_minute("billing.low_balance.look"),
    "given back": every_minute("billing.purchases.take_back_what_returned"),
    "purge": hourly("imaging.tasks.purge"),
    "reconcile": daily("imaging.tasks.reconcile"),
}
"""By name; apps add theirs when they are ready."""

_PERIODS = {
    Schedule.MINUTES: timedelta(minutes=1),
    Schedule.HOURLY: timedelta(hours=1),
    Schedule.DAILY: timedelta(days=1),
}


def ensure() -> None:
    """Every schedule exists once, as it is written here; when it runs next is left alone, unless
    that is further away than it can be: a clock that was ahead would stop it for as long."""
    now = timezone.now()
    for name, facts in SCHEDULES.items():
        row, _ = Schedule.objects.update_or_create(
            name=name, defaults={**facts, "cluster": QUEUE, "repeats": -1}
        )
        if row.next_run and row.next_run > now + _PERIODS[row.schedule_type]:
            Schedule.objects.filter(pk=row.pk).update(next_run=now)
