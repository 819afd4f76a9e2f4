"""Sums of days that are over, so that a chart of a month does not read a month of holds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import ApiKey, Partner


class DayUse(models.Model):
    """What one key (or the dashboard: none) was charged for one operation on one day (UTC)."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    operation = models.CharField(max_length=16)
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.CASCADE, null=True, related_name="+", db_index=False
    )
    jobs = models.PositiveIntegerField()
    points = models.DecimalField(max_digits=14, decimal_places=2)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="billing_dayuse_once",
                fields=["partner", "day", "operation", "api_key"],
                condition=Q(api_key__isnull=False),
            ),
            models.UniqueConstraint(
                name="billing_dayuse_once_without_key",
                fields=["partner", "day", "operation"],
                condition=Q(api_key__isnull=True),
            ),
            models.CheckConstraint(
                name="billing_dayuse_of_something", condition=Q(jobs__gt=0, points__gt=0)
            ),
        ]
        indexes = [models.Index(fields=["partner", "day"], name="billing_dayuse_span")]

    def __str__(self) -> str:
        return f"{self.jobs} × {self.operation} on {self.day}"


class SummedThrough(models.Model):
    """Up to which day, it included, a partner's use is in DayUse."""

    partner = models.OneToOneField(
        Partner, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.partner_id} through {self.day}"
