"""Generations (one row per job), the pictures they made, their progress log, and the workers."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.fields import OptionalEncryptedTextField
from accounts.models import ApiKey, Partner
from imaging.catalog.models import Product


class Status(models.TextChoices):
    """Where a job stands. Everything but `queued` and `running` is an end."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BLOCKED = "blocked"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


LIVE = (Status.QUEUED, Status.RUNNING)
ENDED = tuple(status for status in Status if status not in LIVE)


class Priority(models.TextChoices):
    """`interactive`: somebody waits for it. `batch`: it may take its time."""

    INTERACTIVE = "interactive"
    BATCH = "batch"


class Review(models.TextChoices):
    """What a person decided about finished pictures."""

    APPROVED = "approved"
    REJECTED = "rejected"
    ARCHIVED = "archived"


VOTES = (Review.APPROVED, Review.REJECTED)


class Batch(models.Model):
    """Jobs that were asked for together. It ends when the last of them has ended."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="batches", db_index=False
    )
    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, null=True, related_name="+")
    surface = models.CharField(max_length=32, default="partner")
    total = models.PositiveIntegerField()
    metadata = models.JSONField(default=dict, blank=True)
    webhook_url = models.TextField(blank=True)
    webhook_secret = OptionalEncryptedTextField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "batches"
        constraints = [
            models.CheckConstraint(name="imaging_batch_has_items", condition=Q(total__gt=0))
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="imaging_batch_list")
        ]

    def __str__(self) -> str:
        return f"batch {self.id} of {self.total}"


class Generation(models.Model):
    """One job: who asked, the recipe, the points held, and how it ended.

    Only `imaging/jobs.py` and `imaging/claiming.py` write `status`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # The listing index below begins with the partner; a second index would only cost writes.
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="generations", db_index=False
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.PROTECT, null=True, related_name="generations", db_index=False
    )
    surface = models.CharField(max_length=32, default="partner")
    environment = models.CharField(
        max_length=8, choices=ApiKey.Environment.choices, default=ApiKey.Environment.LIVE
    )
    correlation_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    # What was asked.
    operation = models.CharField(max_length=16)
    recipe = models.JSONField(default=dict)
    recipe_id = models.CharField(max_length=64, help_text="Digest of the recipe, inputs included.")
    sources = models.JSONField(
        default=list, blank=True, help_text='[{"url": ...} or {"stored": path}, ...]'
    )
    requested_mode = models.CharField(max_length=16, default="fast")
    mode = models.CharField(max_length=16, default="fast", help_text="The mode really used.")
    metadata = models.JSONField(default=dict, blank=True)
    webhook_url = models.TextField(blank=True)
    webhook_secret = OptionalEncryptedTextField(
        null=True, editable=False, help_text="A surface's own, until its webhook is queued."
    )
    batch = models.ForeignKey(
        Batch, on_delete=models.PROTECT, null=True, blank=True, related_name="items", db_index=False
    )
    position = models.PositiveSmallIntegerField(default=0, help_text="Its place in the batch.")
    product = models.ForeignKey(
        Product,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="generations",
        db_index=False,
    )
    retention_days = models.PositiveIntegerField(null=True, blank=True)

    # How it is worked on.
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    priority = models.CharField(
        max_length=16, choices=Priority.choices, default=Priority.INTERACTIVE
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    start_by = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_token = models.UUIDField(null=True, blank=True)
    worker = models.CharField(max_length=120, blank=True)
    progress_step = models.PositiveIntegerField(default=0)
    progress_of = models.PositiveIntegerField(default=0)
    progress_label = models.CharField(max_length=120, blank=True)

    # How it ended.
    engine_name = models.CharField(max_length=32, blank=True)
    engine_version = models.CharField(max_length=32, blank=True)
    engine_kind = models.CharField(max_length=32, blank=True)
    model = models.CharField(max_length=120, blank=True)
    prompt_used = models.TextField(blank=True)
    notes = models.JSONField(default=list, blank=True)
    understood = models.JSONField(default=list, blank=True)
    not_understood = models.JSONField(default=list, blank=True)
    stand_in = models.BooleanField(default=False)
    fidelity = models.FloatField(null=True, blank=True)
    details = models.JSONField(default=dict, blank=True)
    fallbacks = models.JSONField(default=list, blank=True, help_text="Each tier tried in vain.")
    processing_ms = models.PositiveIntegerField(null=True, blank=True)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)

    # What people thought of it.
    review = models.CharField(max_length=16, choices=Review.choices, blank=True)
    review_note = models.CharField(max_length=500, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    vote = models.CharField(
        max_length=16,
        choices=[(vote.value, vote.label) for vote in VOTES],
        blank=True,
        help_text="Approved or rejected; archiving leaves it as it is.",
    )

    # What it costs.
    free = models.BooleanField(default=False, help_text="Comes with something else: no hold.")
    tier = models.CharField(max_length=16, blank=True)
    unit_price = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    points_held = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    points_used = models.DecimalField(max_digits=12, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="imaging_generation_status_known", condition=Q(status__in=Status.values)
            ),
            models.CheckConstraint(
                name="imaging_generation_priority_known", condition=Q(priority__in=Priority.values)
            ),
            models.CheckConstraint(
                name="imaging_generation_ended_has_finished_at",
                condition=Q(status__in=ENDED, finished_at__isnull=False)
                | Q(status__in=LIVE, finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="imaging_generation_running_has_lease",
                condition=Q(
                    status=Status.RUNNING,
                    lease_until__isnull=False,
                    lease_token__isnull=False,
                    started_at__isnull=False,
                    attempts__gt=0,
                )
                | (~Q(status=Status.RUNNING) & Q(lease_until=None, lease_token=None)),
            ),
            models.UniqueConstraint(
                name="imaging_generation_one_per_place_in_batch",
                fields=["batch", "position"],
                condition=Q(batch__isnull=False),
            ),
            models.CheckConstraint(
                name="imaging_generation_reviewed_when_finished",
                condition=Q(review="") | Q(status=Status.SUCCEEDED, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="imaging_generation_voted_when_reviewed",
                condition=Q(vote="") | (Q(vote__in=VOTES) & ~Q(review="")),
            ),
            models.CheckConstraint(
                name="imaging_generation_free_holds_nothing",
                condition=Q(free=False) | Q(points_held=0),
            ),
            models.CheckConstraint(
                name="imaging_generation_charge_within_hold",
                condition=Q(points_used__gte=0, points_used__lte=F("points_held")),
            ),
            models.CheckConstraint(
                name="imaging_generation_charged_only_for_its_own_picture",
                condition=Q(points_used=0) | Q(status=Status.SUCCEEDED, stand_in=False),
            ),
            models.CheckConstraint(
                name="imaging_generation_failure_says_why",
                condition=~Q(status__in=[Status.FAILED, Status.BLOCKED]) | ~Q(error_code=""),
            ),
        ]
        indexes = [
            models.Index(
                "partner", F("created_at").desc(), F("id").desc(), name="imaging_gen_list"
            ),
            models.Index(
                fields=["partner", "priority", "created_at"],
                name="imaging_gen_waiting",
                condition=Q(status=Status.QUEUED),
            ),
            models.Index(
                fields=["product", "-created_at"],
                name="imaging_gen_product",
                condition=Q(product__isnull=False),
            ),
            # The gallery's filters: what is rare is found without reading the rest.
            models.Index(
                fields=["partner", "operation", "-created_at", "-id"], name="imaging_gen_operation"
            ),
            models.Index(
                fields=["partner", "status", "-created_at", "-id"],
                name="imaging_gen_ended_badly",
                condition=Q(status__in=["failed", "blocked", "cancelled", "expired"]),
            ),
            models.Index(
                fields=["partner", "review", "-created_at", "-id"],
                name="imaging_gen_reviewed",
                condition=~Q(review=""),
            ),
            # For staff, who look at all partners at once.
            models.Index(fields=["created_at"], name="imaging_gen_recent"),
            models.Index(
                fields=["created_at"],
                name="imaging_gen_failed",
                condition=Q(status__in=[Status.FAILED, Status.EXPIRED]),
            ),
            # Without the lease's end: renewing it must not rewrite an index.
            models.Index(
                fields=["partner"], name="imaging_gen_running", condition=Q(status=Status.RUNNING)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operation} {self.id} ({self.status})"

    @property
    def ended(self) -> bool:
        return self.status in ENDED


class Asset(models.Model):
    """One stored file of a generation: a picture it made, its thumbnail, or a source picture."""

    class Kind(models.TextChoices):
        OUTPUT = "output"
        THUMBNAIL = "thumbnail"
        INPUT = "input"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    generation = models.ForeignKey(
        Generation, on_delete=models.PROTECT, related_name="assets", db_index=False
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    position = models.PositiveSmallIntegerField(default=0)
    path = models.CharField(max_length=300, unique=True, help_text="Name in the storage.")
    content_type = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveBigIntegerField(help_text="Size of the file.")
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: kept for good.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="imaging_asset_one_per_place", fields=["generation", "kind", "position"]
            ),
            models.CheckConstraint(
                name="imaging_asset_has_pixels", condition=Q(width__gt=0, height__gt=0, bytes__gt=0)
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"],
                name="imaging_asset_expiring",
                condition=Q(expires_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.position} of {self.generation_id}"


class Rendering(models.Model):
    """An on-demand address that was asked for, and the job that makes its picture."""

    key = models.CharField(max_length=64, primary_key=True, help_text="Digest of its token.")
    partner = models.ForeignKey(
        Partner, on_delete=models.PROTECT, related_name="renderings", db_index=False
    )
    generation = models.OneToOneField(
        Generation, on_delete=models.PROTECT, null=True, related_name="rendering"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [models.Index(fields=["partner", "-created_at"], name="imaging_rendering_list")]

    def __str__(self) -> str:
        return f"rendering {self.key[:12]}"


class GenerationEvent(models.Model):
    """A line of a generation's progress log, for those who follow it. Ids grow with time."""

    class Kind(models.TextChoices):
        QUEUED = "queued"
        STARTED = "started"
        PROGRESS = "progress"
        RETRIED = "retried"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        BLOCKED = "blocked"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    id = models.BigAutoField(primary_key=True)
    generation = models.ForeignKey(
        Generation, on_delete=models.CASCADE, related_name="events", db_index=False
    )
    kind = models.CharField(max_length=16, choices=Kind.choices)
    data = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        indexes = [models.Index(fields=["generation", "id"], name="imaging_event_follow")]

    def __str__(self) -> str:
        return f"{self.kind} {self.generation_id}"


class Turn(models.Model):
    """How much a partner was served, in jobs divided by its weight (start-time fair queueing)."""

    partner = models.OneToOneField(
        Partner, on_delete=models.CASCADE, primary_key=True, related_name="turn"
    )
    started = models.FloatField(default=0, help_text="Virtual time at which its last job began.")
    ends = models.FloatField(default=0, help_text="Virtual time at which its next may begin.")

    def __str__(self) -> str:
        return f"{self.partner_id} until {self.ends}"


class WorkerBeat(models.Model):
    """A worker process that was alive at `seen_at`."""

    name = models.CharField(max_length=120, primary_key=True)
    queue = models.CharField(max_length=32)
    started_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name} seen {self.seen_at:%H:%M:%S}"
