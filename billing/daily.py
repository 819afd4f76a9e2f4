"""Adds up days that are over: each once, by whoever first asks for it afterwards.

A settled hold never changes (a trigger sees to it), so neither does the sum of a day that is over.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate

from accounts.models import Partner
from billing.daily_models import DayUse, SummedThrough
from billing.models import Hold

SETTLED_BY = timedelta(hours=1)
"""A day is over for us so long after midnight: a charge of 23:59 may be committed after it."""

_BEFORE_ALL = date(1970, 1, 1)


def midnight(day: date) -> datetime:
    """The moment at which `day` begins."""
    return datetime.combine(day, time(), UTC)


def sum_up(partner: Partner, *, now: datetime) -> date:
    """The last day whose use is in DayUse, after adding those that ended meanwhile.

    One query where there is nothing to add.
    """
    last = (now - SETTLED_BY).date() - timedelta(days=1)
    known = SummedThrough.objects.filter(partner=partner).values_list("day", flat=True).first()
    if known is not None and known >= last:
        return known
    return _add(partner, last)


@transaction.atomic
def _add(partner: Partner, last: date) -> date:
    # Its row is the lock: who comes second finds the days added.
    mark, _ = SummedThrough.objects.select_for_update().get_or_create(
        partner=partner, defaults={"day": _BEFORE_ALL}
    )
    if mark.day >= last:
        return mark.day
    rows = (
        Hold.objects.filter(
            partner=partner,
            state=Hold.State.CAPTURED,
            settled_at__gte=midnight(mark.day + timedelta(days=1)),
            settled_at__lt=midnight(last + timedelta(days=1)),
        )
        .values("operation", "api_key_id", day=TruncDate("settled_at"))
        .annotate(jobs=Count("settled_at"), points=Sum("points_captured"))
        .order_by("day")
    )
    DayUse.objects.bulk_create([DayUse(partner=partner, **row) for row in rows], batch_size=500)
    mark.day = last
    mark.save(update_fields=["day"])
    return last
