"""Who may call: users, partners (tenants), memberships, API keys, and the audit trail."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.fields import EncryptedTextField

# At most so many active image keys for each partner (API documentation, "Authentication").
IMAGE_KEY_SLOTS = 10


class EmailUserManager(UserManager["User"]):
    """Creates users that log in by e-mail."""

    def _create(self, email: str, password: str | None, **extra: Any) -> User:
        if not email:
            raise ValueError("a user needs an e-mail address")
        user = self.model(email=self.normalize_email(email).lower(), **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_user(  # type: ignore[override]  # the e-mail takes the user name's place
        self, email: str, password: str | None = None, **extra: Any
    ) -> User:
        return self._create(email, password, **extra)

    def create_superuser(  # type: ignore[override]  # the e-mail takes the user name's place
        self, email: str, password: str | None = None, **extra: Any
    ) -> User:
        return self._create(email, password, is_staff=True, is_superuser=True, **extra)

    def get_by_natural_key(self, username: str | None) -> User:
        """For the log-in: nobody need remember how they wrote their address."""
        return super().get_by_natural_key((username or "").lower())


class User(AbstractUser):
    """A person. Logs in by e-mail; belongs to partners through memberships."""

    username = None  # type: ignore[assignment]  # Django's way to drop the inherited field
    email = models.EmailField(unique=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[EmailUserManager] = EmailUserManager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_user_email_lower_case",
                condition=Q(email=Lower("email")),
            )
        ]

    def __str__(self) -> str:
        return self.email


class Partner(models.Model):
    """A company: the tenant that owns keys, points and pictures."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    active = models.BooleanField(default=True)
    rate_minute = models.PositiveIntegerField(default=60, help_text="Requests a minute, each key.")
    rate_day = models.PositiveIntegerField(default=10_000, help_text="Requests a day, each key.")
    weight = models.PositiveSmallIntegerField(
        default=1, help_text="Share of the workers when several partners wait."
    )
    running_limit = models.PositiveSmallIntegerField(
        default=8, help_text="Jobs that may run at the same time."
    )
    private_delivery = models.BooleanField(
        default=False, help_text="Pictures are reached by signed URLs that expire."
    )
    retention_days = models.PositiveIntegerField(
        null=True, blank=True, help_text="Delete pictures after so many days; empty keeps them."
    )
    webhook_secret = EncryptedTextField(
        blank=True, editable=False, help_text="whsec_ and base64; signs this partner's webhooks."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    members = models.ManyToManyField(User, through="Membership", related_name="partners")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_partner_limits_positive",
                condition=Q(rate_minute__gt=0, rate_day__gt=0, weight__gt=0, running_limit__gt=0),
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user's role at a partner."""

    class Role(models.TextChoices):
        OWNER = "owner"
        DEVELOPER = "developer"
        VIEWER = "viewer"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices, default=Role.VIEWER)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="accounts_one_membership", fields=["user", "partner"])
        ]
        permissions = [("impersonate", "Can open a partner's dashboard in a member's place")]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.partner}"


class Invitation(models.Model):
    """Somebody was asked to join a partner. Only a hash of the link's token is stored."""

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=16, choices=Membership.Role.choices)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.CharField(max_length=254)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="accounts_one_open_invitation",
                fields=["partner", "email"],
                condition=Q(accepted_at__isnull=True),
            ),
            models.CheckConstraint(
                name="accounts_invitation_email_lower_case", condition=Q(email=Lower("email"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role} of {self.partner_id}"


class ApiKey(models.Model):
    """One API key. The key itself is shown once and never stored: only its hash is.

    Every active image key holds one of its partner's ten slots, so the limit of ten holds
    whoever writes the row. A revoked key gives its slot back at once, an expired one when the
    slot is needed (`keys.create_key`).
    """

    class Kind(models.TextChoices):
        IMAGE = "image"
        MANAGEMENT = "management"

    class Environment(models.TextChoices):
        LIVE = "live"
        TEST = "test"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="api_keys")
    name = models.CharField(max_length=100, blank=True)
    kind = models.CharField(max_length=16, choices=Kind.choices, default=Kind.IMAGE)
    environment = models.CharField(
        max_length=8, choices=Environment.choices, default=Environment.LIVE
    )
    hash = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=32, editable=False, help_text="Prefix and last four.")
    slot = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    scopes = models.JSONField(default=list, blank=True, help_text="Empty: everything of its kind.")
    networks = models.JSONField(default=list, blank=True, help_text="CIDR list; empty: any.")
    rate_minute = models.PositiveIntegerField(null=True, blank=True)
    rate_day = models.PositiveIntegerField(null=True, blank=True)
    monthly_cap = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    rotated_from = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="rotated_to"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_key_cap_positive",
                condition=Q(monthly_cap__isnull=True) | Q(monthly_cap__gt=0),
            ),
            models.CheckConstraint(
                name="accounts_management_keys_are_live",
                condition=Q(kind="image") | Q(environment="live"),
            ),
            models.CheckConstraint(
                name="accounts_key_not_its_own_ancestor",
                condition=Q(rotated_from__isnull=True) | ~Q(rotated_from=F("id")),
            ),
            models.UniqueConstraint(name="accounts_key_slot_taken", fields=["partner", "slot"]),
            models.CheckConstraint(
                name="accounts_key_slot_in_range",
                condition=Q(slot__isnull=True) | Q(slot__gte=1, slot__lte=IMAGE_KEY_SLOTS),
            ),
            models.CheckConstraint(
                name="accounts_active_image_key_has_slot",
                condition=Q(slot__isnull=False)
                | Q(kind="management")
                | Q(revoked_at__isnull=False)
                | Q(expires_at__isnull=False),
            ),
            models.CheckConstraint(
                name="accounts_revoked_key_has_no_slot",
                condition=Q(slot__isnull=True) | Q(kind="image", revoked_at__isnull=True),
            ),
            models.CheckConstraint(
                name="accounts_key_limits_positive",
                condition=(Q(rate_minute__isnull=True) | Q(rate_minute__gt=0))
                & (Q(rate_day__isnull=True) | Q(rate_day__gt=0)),
            ),
        ]
        indexes = [models.Index(fields=["partner", "kind", "revoked_at"])]

    def __str__(self) -> str:
        return self.hint


class AuditEvent(models.Model):
    """Who did what to which thing, when, from where. Rows are added, never changed."""

    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, null=True, related_name="audit_events"
    )
    actor = models.CharField(max_length=200, help_text="E-mail, key hint, or 'system'.")
    action = models.CharField(max_length=64)
    target = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    address = models.GenericIPAddressField(null=True)
    correlation_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"{self.action} {self.target} by {self.actor}"


class IdempotencyRecord(models.Model):
    """One idempotency key of a partner: who is answering it, what it made, what was answered.

    `accounts/api/idempotency.py` is the only writer. `owner` is a token of the request that is
    answering; it loses the record when its lease has run out and nothing came of it.
    """

    partner = models.ForeignKey(Partner, on_delete=models.CASCADE, related_name="+")
    environment = models.CharField(max_length=8, choices=ApiKey.Environment.choices)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    owner = models.UUIDField()
    lease_until = models.DateTimeField()
    resource = models.CharField(max_length=64, blank=True)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="accounts_idempotency_key_once", fields=["partner", "environment", "key"]
            ),
            models.CheckConstraint(
                name="accounts_idempotency_answer_whole",
                condition=Q(status__isnull=True, body__isnull=True)
                | Q(status__isnull=False, body__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.status or 'in progress'})"


COLOURS = r"^(#[0-9a-f]{6}(,#[0-9a-f]{6}){0,5})?$"


class Brand(models.Model):
    """How a partner's pictures usually look: what forms begin with. No row: nothing set."""

    partner = models.OneToOneField(
        Partner, on_delete=models.CASCADE, primary_key=True, related_name="brand"
    )
    style = models.CharField(max_length=64, blank=True)
    background = models.CharField(max_length=200, blank=True)
    palette = models.CharField(
        max_length=47, blank=True, help_text="Up to six colours such as #0a7d5c,#ffffff."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accounts_brand_palette_of_colours", condition=Q(palette__regex=COLOURS)
            )
        ]

    def __str__(self) -> str:
        return f"Brand of {self.partner_id}"
