"""Points bought for money, what the payment service told us, and who wants to be topped up."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Partner


class Purchase(models.Model):
    """One package, ordered. It is paid once, and its points are granted with that, once.

    What was ordered is copied here: prices may change while somebody pays. `refunded` is money
    given back (in the currency's smallest unit), which may be told before the payment itself.
    """

    class Status(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        FAILED = "failed"
        EXPIRED = "expired"

    class Way(models.TextChoices):
        CHECKOUT = "checkout"
        TOP_UP = "top_up", "automatic top-up"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="purchases")
    way = models.CharField(max_length=16, choices=Way.choices, default=Way.CHECKOUT)
    package_code = models.CharField(max_length=32)
    tier = models.CharField(max_length=16)
    points = models.DecimalField(max_digits=12, decimal_places=2)
    amount = models.PositiveIntegerField(help_text="In the currency's smallest unit.")
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    buyer = models.CharField(max_length=254, blank=True, help_text="E-mail of who ordered it.")
    session_id = models.CharField(max_length=255, null=True, blank=True, unique=True)
    payment_id = models.CharField(max_length=255, blank=True, db_index=True)
    receipt_url = models.CharField(max_length=2048, blank=True)
    refunded = models.PositiveIntegerField(default=0)
    disputed = models.BooleanField(default=False)
    taken_back = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    failure = models.CharField(max_length=200, blank=True)
    bucket = models.OneToOneField(
        "billing.Bucket", on_delete=models.PROTECT, null=True, blank=True, related_name="purchase"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="billing_purchase_paid_has_points",
                condition=Q(status="paid", bucket__isnull=False, paid_at__isnull=False)
                | (~Q(status="paid") & Q(bucket__isnull=True)),
            ),
            models.CheckConstraint(
                name="billing_purchase_refund_within_amount",
                condition=Q(refunded__lte=F("amount"), taken_back__lte=F("points")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package_code} for {self.partner_id} ({self.status})"


class StripeEvent(models.Model):
    """An event that Stripe sent. Its id is the key: the same one is worked on once."""

    id = models.CharField(primary_key=True, max_length=255)
    type = models.CharField(max_length=100)
    subject = models.CharField(max_length=255, blank=True, help_text="Id of what it is about.")
    received_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class BalanceWatch(models.Model):
    """What shall happen when a partner's points run low: a mail, an automatic purchase, both."""

    partner = models.OneToOneField(
        Partner, on_delete=models.CASCADE, primary_key=True, related_name="balance_watch"
    )
    mail_below = models.PositiveIntegerField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    top_up_below = models.PositiveIntegerField(null=True, blank=True)
    top_up_package = models.CharField(max_length=32, blank=True)
    customer_id = models.CharField(max_length=255, blank=True)
    payment_method_id = models.CharField(max_length=255, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True, help_text="Last automatic purchase.")
    failure = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="billing_watch_top_up_whole",
                condition=Q(top_up_below__isnull=True) | ~Q(top_up_package=""),
            )
        ]

    def __str__(self) -> str:
        return f"watch over {self.partner_id}"
