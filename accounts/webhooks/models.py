"""Where a partner wants to hear of things, what was sent there, and what came of each attempt."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import EncryptedTextField, OptionalEncryptedTextField
from accounts.models import Partner

URL_LENGTH = 2048


class Endpoint(models.Model):
    """An address that a partner registered, with a secret of its own.

    While a secret is rotated the old one signs too, until `old_secret_until`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(max_length=URL_LENGTH)
    description = models.CharField(max_length=200, blank=True)
    events = models.JSONField(default=list, blank=True, help_text="Event types; empty: all.")
    secret = EncryptedTextField(editable=False)
    old_secret = OptionalEncryptedTextField(null=True, editable=False)
    old_secret_until = models.DateTimeField(null=True, blank=True, editable=False)
    enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="First failure after the last success."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="webhooks_endpoint_old_secret_ends",
                condition=Q(old_secret__isnull=True) | Q(old_secret_until__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="webhooks_endpoint_list")
        ]

    def __str__(self) -> str:
        return self.url


class Delivery(models.Model):
    """One message to one address: the exact bytes, and how far it got.

    Rows with the same `stream` are sent in the order of their ids, each after the one before it
    has ended; an empty stream has no order. `secret` is one that only this delivery knows (a
    request's own); with `secret_once` it is wiped when the delivery ends.
    """

    class Status(models.TextChoices):
        PENDING = "pending"
        DELIVERED = "delivered"
        FAILED = "failed"

    id = models.BigAutoField(primary_key=True)
    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="webhook_deliveries", db_index=False
    )
    endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="deliveries",
        db_index=False,
    )
    event = models.CharField(max_length=64)
    url = models.CharField(max_length=URL_LENGTH)
    body = models.BinaryField(help_text="The very bytes that are sent and signed.")
    scheme = models.CharField(
        max_length=32, blank=True, help_text="Whose signature header goes along with the standard."
    )
    secret = OptionalEncryptedTextField(null=True, editable=False)
    secret_once = models.BooleanField(default=False)
    stream = models.CharField(max_length=128, blank=True)
    again = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="repeats"
    )
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now, help_text="Not tried before.")
    lease_until = models.DateTimeField(null=True, blank=True)
    response_status = models.PositiveSmallIntegerField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.CheckConstraint(
                name="webhooks_delivery_ended_has_finished_at",
                condition=Q(status="pending", finished_at__isnull=True)
                | (~Q(status="pending") & Q(finished_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="webhooks_delivery_forgets_its_secret",
                condition=Q(status="pending") | Q(secret_once=False) | Q(secret__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="webhooks_delivery_due", condition=Q(status="pending")
            ),
            models.Index(
                fields=["stream", "id"],
                name="webhooks_delivery_stream",
                condition=Q(status="pending") & ~Q(stream=""),
            ),
            models.Index(fields=["partner", "-created_at", "-id"], name="webhooks_delivery_list"),
            models.Index(
                fields=["endpoint", "-created_at", "-id"], name="webhooks_delivery_of_endpoint"
            ),
            models.Index(
                fields=["endpoint", "-created_at", "-id"],
                name="webhooks_delivery_failed",
                condition=Q(status="failed"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.key} ({self.status})"


class Attempt(models.Model):
    """One try of a delivery: what the other side answered, or why it could not."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    duration_ms = models.PositiveIntegerField()
    response_status = models.PositiveSmallIntegerField(null=True)
    response_excerpt = models.TextField(blank=True)
    error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="webhooks_attempt_numbered_once", fields=["delivery", "number"]
            )
        ]
        ordering = ["number"]

    def __str__(self) -> str:
        return f"try {self.number} of {self.delivery_id}"
