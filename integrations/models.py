"""Merchant accounts, the services they can be connected to, and the connections."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import BlindIndexField, EncryptedTextField
from accounts.models import Partner

ID_LENGTH = 24


def new_account_id() -> str:
    """24 lower-case hex digits."""
    return secrets.token_hex(ID_LENGTH // 2)


class Account(models.Model):
    """A merchant's account: the partner's customer, whose store and pictures we make.

    E-mail and phone lie encrypted; their keyed hashes make them unique across the platform.
    `profile` holds every other field of the documented Account Model, by its documented name.
    """

    id = models.CharField(primary_key=True, max_length=ID_LENGTH, default=new_account_id)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="accounts")
    email = EncryptedTextField()
    email_index = BlindIndexField(source="email", unique=True)
    phone = EncryptedTextField(help_text="The digits of mobileNumber.value.")
    country_code = models.PositiveSmallIntegerField(help_text="Country calling code.")
    number = EncryptedTextField(editable=False, help_text="The whole number, E.164.")
    number_index = BlindIndexField(source="number", unique=True)
    national = EncryptedTextField(editable=False, help_text="The number within its country.")
    national_index = BlindIndexField(source="national", db_index=True)
    profile = models.JSONField(default=dict, blank=True)
    identifier = models.SlugField(
        max_length=60, unique=True, null=True, blank=True, help_text="Name of its store's address."
    )
    login_epoch = models.PositiveIntegerField(
        default=0, help_text="Log-in links of an earlier epoch are void."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="integrations_account_id_is_hex", condition=Q(id__regex=r"^[0-9a-f]{24}$")
            )
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="integrations_account_list")
        ]

    def __str__(self) -> str:
        return str(self.profile.get("businessName") or self.id)

    @property
    def display_name(self) -> str:
        """How to greet its owner."""
        first = str(self.profile.get("firstName") or "")
        return str(self.profile.get("businessName") or first or "Your account")


class Integration(models.Model):
    """A service that accounts can be connected to. Rows are the staff's to edit."""

    name = models.CharField(max_length=64, unique=True, help_text="As the API names it.")
    display_name = models.CharField(max_length=100)
    required_credentials = models.JSONField(
        default=list, help_text='Field names, such as ["apiKey", "userId"].'
    )
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.display_name


class Connection(models.Model):
    """An account's connection to a service. Disconnecting keeps the row and takes its access."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="connections")
    integration = models.ForeignKey(
        Integration, on_delete=models.PROTECT, related_name="connections"
    )
    credentials = EncryptedTextField(editable=False, help_text="JSON object, encrypted.")
    access = models.BooleanField(default=True)
    connected_at = models.DateTimeField(default=timezone.now)
    disconnected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="integrations_one_connection", fields=["account", "integration"]
            ),
            models.CheckConstraint(
                name="integrations_connection_off_since",
                condition=Q(access=True, disconnected_at__isnull=True)
                | Q(access=False, disconnected_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.integration} of {self.account_id}"

    def opened(self) -> dict[str, Any]:
        """The credentials in clear, for those who call the service."""
        value: dict[str, Any] = json.loads(self.credentials)
        return value
