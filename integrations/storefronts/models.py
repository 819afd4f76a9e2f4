"""Stores that we build: what was ordered, the products in it, and its published releases."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import OptionalEncryptedTextField
from imaging.models import Generation
from integrations.models import Account


class Release(models.Model):
    """One finished set of a store's files in the storage. Never changed once it is complete."""

    storefront = models.ForeignKey("Storefront", on_delete=models.CASCADE, related_name="releases")
    number = models.PositiveIntegerField()
    folder = models.CharField(max_length=200, help_text="Where its files lie in the storage.")
    files = models.JSONField(default=dict, help_text="Path in the store -> content type.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="storefronts_release_numbered_once", fields=["storefront", "number"]
            )
        ]

    def __str__(self) -> str:
        return f"release {self.number} of {self.storefront_id}"


class Storefront(models.Model):
    """The store of an account.

    Production shows `published`, the preview `previewed`: publishing and rolling back are one
    UPDATE of one column.
    """

    class Status(models.TextChoices):
        BUILDING = "building"
        LIVE = "live"
        FAILED = "failed"

    account = models.OneToOneField(Account, on_delete=models.CASCADE, related_name="storefront")
    identifier = models.SlugField(max_length=60, unique=True)
    brand_name = models.CharField(max_length=100)
    categories = models.JSONField(default=list)
    logo_url = models.CharField(max_length=2048, blank=True)
    webhook_url = models.CharField(max_length=2048)
    webhook_secret = OptionalEncryptedTextField(null=True, editable=False)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.BUILDING)
    error = models.CharField(max_length=300, blank=True)
    attempt = models.PositiveIntegerField(default=1, help_text="Which start this build is.")
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="A worker is putting the pages together."
    )
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The database refuses to delete a release that is shown, but for its whole store.
    previewed = models.ForeignKey(
        Release, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+"
    )
    published = models.ForeignKey(
        Release, on_delete=models.DO_NOTHING, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="storefronts_live_is_published",
                condition=~Q(status="live") | Q(published__isnull=False),
            ),
            models.CheckConstraint(
                name="storefronts_failure_says_why", condition=~Q(status="failed") | ~Q(error="")
            ),
        ]

    def __str__(self) -> str:
        return self.identifier


class Product(models.Model):
    """One product of a store: what it says, what it costs, and the job that makes its picture."""

    storefront = models.ForeignKey(Storefront, on_delete=models.CASCADE, related_name="products")
    position = models.PositiveSmallIntegerField()
    category = models.CharField(max_length=64)
    slug = models.SlugField(max_length=80)
    name = models.CharField(max_length=120)
    description = models.TextField()
    details = models.JSONField(default=list, help_text="Short facts, a line each.")
    price = models.DecimalField(max_digits=10, decimal_places=2)
    generation = models.ForeignKey(
        Generation, on_delete=models.SET_NULL, null=True, blank=True, related_name="store_products"
    )

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                name="storefronts_product_one_slug", fields=["storefront", "slug"]
            ),
            models.CheckConstraint(name="storefronts_product_price", condition=Q(price__gt=0)),
        ]

    def __str__(self) -> str:
        return self.name
