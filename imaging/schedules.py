"""What happens by the clock. The `default` worker writes these rows when it starts."""

from __future__ import annotations

from typing import Any

from django_q.models import Schedule

QUEUE = "default"

SCHEDULES: dict[str, dict[str, Any]] = {
    "sweep": {"func": "imaging.tasks.sweep_up", "schedule_type": Schedule.MINUTES, "minutes": 1},
    "balances": {
        "func": "billing.low_balance.look",
        "schedule_type": Schedule.MINUTES,
        "minutes": 1,
    },
    "purge": {"func": "imaging.tasks.purge", "schedule_type": Schedule.HOURLY},
    "reconcile": {"func": "imaging.tasks.reconcile", "schedule_type": Schedule.DAILY},
}


def ensure() -> None:
    """Every schedule exists once, as it is written here; when it runs next is left alone."""
    for name, facts in SCHEDULES.items():
        Schedule.objects.update_or_create(
            name=name, defaults={**facts, "cluster": QUEUE, "repeats": -1}
        )
