"""Points: prices, packages, buckets, holds and the ledger.

Nothing here moves points: `points.py` does, and it alone. The rules that must never be broken are
constraints and triggers of the database.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, NoReturn

from django.core.validators import MinValueValidator, StepValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import ApiKey, Partner
from billing.constraints import quarter_steps


class Tier(models.TextChoices):
    STARTER = "starter"
    GROWTH = "growth"
    SCALE = "scale"


class Mode(models.TextChoices):
    FAST = "fast"
    THINKING = "thinking"


class PricedOperation(models.TextChoices):
    """The operations that have prices of their own."""

    CREATE = "create"
    ENHANCE = "enhance"


class Operation(models.TextChoices):
    """What points are held for. A packshot and an edit cost what an enhance costs."""

    CREATE = "create"
    ENHANCE = "enhance"
    PACKSHOT = "packshot"
    EDIT = "edit"


def points_field(**options: Any) -> models.DecimalField[Any, Any]:
    """A column of points: exact, in quarter steps."""
    return models.DecimalField(max_digits=12, decimal_places=2, **options)


class Price(models.Model):
    """What one picture costs at a tier. Staff edit the points."""

    tier = models.CharField(max_length=16, choices=Tier.choices)
    operation = models.CharField(max_length=16, choices=PricedOperation.choices)
    mode = models.CharField(max_length=16, choices=Mode.choices)
    points = points_field(
        validators=[MinValueValidator(Decimal("0.25")), StepValueValidator(Decimal("0.25"))]
    )

    class Meta:
        ordering = ["tier", "operation", "mode"]
        constraints = [
            models.UniqueConstraint(name="billing_one_price", fields=["tier", "operation", "mode"]),
            models.CheckConstraint(name="billing_price_positive", condition=Q(points__gt=0)),
            quarter_steps("points", of="billing_price"),
        ]

    def __str__(self) -> str:
        return f"{self.tier} {self.operation} {self.mode}"


class Package(models.Model):
    """Points on sale, for a price in the currency's smallest unit."""

    code = models.SlugField(max_length=32, unique=True)
    tier = models.CharField(max_length=16, choices=Tier.choices)
    points = points_field(
        validators=[MinValueValidator(Decimal("0.25")), StepValueValidator(Decimal("0.25"))]
    )
    amount = models.PositiveIntegerField(
        validators=[MinValueValidator(1)], help_text="In paise: 500000 is 5,000 INR."
    )
    currency = models.CharField(max_length=3, default="INR")

    class Meta:
        ordering = ["points"]
        constraints = [
            models.CheckConstraint(
                name="billing_package_positive", condition=Q(points__gt=0, amount__gt=0)
            ),
            quarter_steps("points", of="billing_package"),
        ]

    def __str__(self) -> str:
        return self.code


class Bucket(models.Model):
    """Points from one purchase or gift. Used oldest first; they never expire.

    `remaining` is the sum of the bucket's entries, kept here so that a hold reads one row.
    """

    partner = models.ForeignKey(
        # The index below starts with the partner.
        Partner,
        on_delete=models.PROTECT,
        related_name="buckets",
        db_index=False,
    )
    tier = models.CharField(max_length=16, choices=Tier.choices)
    original = points_field()
    remaining = points_field()
    package_code = models.CharField(max_length=32, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "id"]
        # `remaining` is in no index on purpose: PostgreSQL then updates the row in place (HOT).
        indexes = [
            models.Index(fields=["partner", "created_at", "id"], name="billing_bucket_oldest_first")
        ]
        constraints = [
            models.CheckConstraint(
                name="billing_bucket_within_original",
                condition=Q(remaining__gte=0) & Q(remaining__lte=F("original")),
            ),
            quarter_steps("remaining", of="billing_bucket"),
        ]

    def __str__(self) -> str:
        return f"Bucket {self.pk} ({self.tier})"


class Purse(models.Model):
    """The lock on all buckets of a partner (PostgreSQL), there from the first grant on.

    Whoever raises `movements` owns the buckets until the commit. One row, always the first to be
    locked, so two spenders never wait for each other; a row that is updated and not only locked,
    because waiters get past it faster (measured: `bench/holds.py`).
    """

    partner = models.OneToOneField(Partner, on_delete=models.PROTECT, primary_key=True)
    movements = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"Purse of {self.partner_id}"


class Hold(models.Model):
    """Points set aside for one job: held, then captured (wholly or in part) or released.

    Its id is the job's id, so that a job can never hold twice.
    """

    class State(models.TextChoices):
        HELD = "held"
        CAPTURED = "captured"
        RELEASED = "released"

    id = models.UUIDField(primary_key=True, editable=False)
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="holds", db_index=False
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.PROTECT, related_name="holds", null=True, db_index=False
    )
    operation = models.CharField(max_length=16, choices=Operation.choices)
    mode = models.CharField(max_length=16, choices=Mode.choices, help_text="As requested.")
    count = models.PositiveSmallIntegerField(help_text="Pictures asked for.")
    tier = models.CharField(max_length=16, choices=Tier.choices)
    unit_price = points_field()
    points_held = points_field()
    points_captured = points_field(default=Decimal(0))
    state = models.CharField(max_length=16, choices=State.choices, default=State.HELD)
    settled_price = points_field(
        null=True, help_text="Of one picture, in the mode that was delivered; empty while held."
    )
    created_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            # Open holds of a partner: few, however many there were.
            models.Index(
                fields=["partner", "points_held"],
                name="billing_hold_open",
                condition=Q(state="held"),
            ),
            # Usage of a partner over time, answered from the index alone.
            models.Index(
                fields=["partner", "settled_at", "operation", "points_captured"],
                name="billing_hold_usage",
                condition=Q(state="captured"),
            ),
            # What a key used this month, for its cap.
            models.Index(
                fields=["api_key", "created_at", "state", "points_held", "points_captured"],
                name="billing_hold_by_key",
                condition=Q(api_key__isnull=False),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="billing_hold_price_times_count",
                condition=Q(count__gt=0, unit_price__gt=0)
                & Q(points_held=F("unit_price") * F("count")),
            ),
            models.CheckConstraint(
                name="billing_hold_state_and_points_agree",
                condition=Q(state="held", points_captured=0, settled_at__isnull=True)
                & Q(settled_price__isnull=True)
                | Q(
                    state="captured",
                    points_captured__gt=0,
                    points_captured__lte=F("points_held"),
                    settled_at__isnull=False,
                )
                | Q(state="released", points_captured=0, settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"Hold {self.pk} ({self.state})"


class AppendOnlyError(TypeError):
    """Somebody tried to change or delete an entry. Add a correction instead."""

    def __init__(self) -> None:
        super().__init__("entries are added, never changed or deleted: add a correction")


class EntryQuerySet(models.QuerySet["Entry"]):
    """Refuses what the database refuses too, in plain words and before any SQL."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError


class Entry(models.Model):
    """One movement of points in or out of a bucket. Balance = sum of entries, always.

    A capture moves nothing: the points left the bucket when they were held.
    """

    class Kind(models.TextChoices):
        GRANT = "grant"
        HOLD = "hold"
        RELEASE = "release"
        REFUND = "refund", "refund (bought points given back for money)"
        CORRECTION = "correction"

    bucket = models.ForeignKey(
        # An index below starts with the bucket.
        Bucket,
        on_delete=models.PROTECT,
        related_name="entries",
        db_index=False,
    )
    hold = models.ForeignKey(
        # The unique constraint below starts with the hold.
        Hold,
        on_delete=models.PROTECT,
        related_name="entries",
        null=True,
        db_index=False,
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    points = points_field(help_text="Into the bucket: positive; out of it: negative.")
    reason = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            # A statement's page, from each bucket's end.
            models.Index(fields=["bucket", "id"], name="billing_entry_of_bucket"),
            # The few movements that are neither purchase nor use, for the figures of usage.
            models.Index(
                fields=["bucket", "points"],
                name="billing_entry_adjustments",
                condition=Q(kind__in=["refund", "correction"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                name="billing_entry_once_per_hold", fields=["hold", "kind", "bucket"]
            ),
            models.UniqueConstraint(
                name="billing_entry_one_grant", fields=["bucket"], condition=Q(kind="grant")
            ),
            models.CheckConstraint(
                name="billing_entry_sign_and_hold_fit_kind",
                condition=Q(kind="grant", points__gt=0, hold__isnull=True)
                | Q(kind="hold", points__lt=0, hold__isnull=False)
                | Q(kind="release", points__gt=0, hold__isnull=False)
                | Q(kind="refund", points__lt=0, hold__isnull=True)
                | (Q(kind="correction", hold__isnull=True) & ~Q(points=0)),
            ),
            quarter_steps("points", of="billing_entry"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.points}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise AppendOnlyError
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError


# Django looks for models here.
from billing.daily_models import DayUse, SummedThrough  # noqa: E402
from billing.purchase_models import BalanceWatch, Purchase, StripeEvent  # noqa: E402

__all__ = [
    "BalanceWatch",
    "Bucket",
    "DayUse",
    "Entry",
    "Hold",
    "Mode",
    "Operation",
    "Package",
    "Price",
    "PricedOperation",
    "Purchase",
    "Purse",
    "StripeEvent",
    "SummedThrough",
    "Tier",
]
