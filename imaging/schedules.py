"""What happens by the clock. The `default` worker writes these rows when it starts."""

from __future__ import annotations

from typing import Any

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


def ensure() -> None:
    """Every schedule exists once, as it is written here; when it runs next is left alone."""
    for name, facts in SCHEDULES.items():
        Schedule.objects.update_or_create(
            name=name, defaults={**facts, "cluster": QUEUE, "repeats": -1}
        )
