"""Merchants' own shops: how they reach us, which products they told us of, and their pictures."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.fields import EncryptedTextField
from imaging.models import Generation
from integrations.models import Connection

TOKEN_LENGTH = 43


def new_token() -> str:
    """256 random bits for an address that nobody guesses."""
    return secrets.token_urlsafe(32)


class Platform(models.TextChoices):
    """The kinds of shop we speak with; the value is the integration's name."""

    SHOPIFY = "shopify", "Shopify"
    WOOCOMMERCE = "woocommerce", "WooCommerce"


class ShopLink(models.Model):
    """Where a connected shop sends its product webhooks, and what it gets for each product.

    The partner is the connection's account's: there is no second place that could say otherwise.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="shop")
    platform = models.CharField(max_length=16, choices=Platform.choices)
    token = models.CharField(
        max_length=TOKEN_LENGTH, unique=True, default=new_token, editable=False
    )
    secret = EncryptedTextField(editable=False, help_text="Signs the shop's webhooks.")
    styles = models.JSONField(help_text='Role -> style, such as {"hero": "studio_packshot"}.')
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="shops_link_platform_known", condition=Q(platform__in=Platform.values)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_platform_display()} shop of {self.connection.account_id}"


class ShopDelivery(models.Model):
    """One webhook that arrived, by the shop's own id: a repeated one changes nothing."""

    link = models.ForeignKey(ShopLink, on_delete=models.CASCADE, related_name="deliveries")
    delivery_id = models.CharField(max_length=100)
    topic = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name_plural = "shop deliveries"
        constraints = [
            models.UniqueConstraint(name="shops_delivery_once", fields=["link", "delivery_id"])
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.delivery_id}"


class ShopProduct(models.Model):
    """A product of a shop as the shop last told us of it."""

    link = models.ForeignKey(ShopLink, on_delete=models.CASCADE, related_name="products")
    remote_id = models.CharField(max_length=64, help_text="The shop's id of it.")
    title = models.CharField(max_length=255, blank=True)
    photos = models.JSONField(default=list, help_text='[{"id": ..., "src": ...}], the first leads.')
    changed_at = models.DateTimeField(null=True, help_text="By the shop's clock.")
    pending = models.BooleanField(default=True, help_text="To be looked at: pictures may lack.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why nothing is going on.")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="A worker is at it.")
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="Left alone until then.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="shops_product_once", fields=["link", "remote_id"])
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"], name="shops_product_pending", condition=Q(pending=True)
            )
        ]

    def __str__(self) -> str:
        return self.title or self.remote_id


class ShopPicture(models.Model):
    """One picture of a product: ordered once for each style and photo, written back once.

    wanted -> making -> made -> written; failed from any of them, and from there back to wanted
    or made when the shop sends the product again.
    """

    class Role(models.TextChoices):
        HERO = "hero"
        ANGLE = "angle"
        LIFESTYLE = "lifestyle"
        SQUARE = "square"

    class State(models.TextChoices):
        WANTED = "wanted"
        MAKING = "making"
        MADE = "made"
        WRITTEN = "written"
        FAILED = "failed"

    product = models.ForeignKey(ShopProduct, on_delete=models.CASCADE, related_name="pictures")
    role = models.CharField(max_length=16, choices=Role.choices)
    position = models.PositiveSmallIntegerField(help_text="Order in which they are written back.")
    style = models.CharField(max_length=64)
    source_key = models.CharField(max_length=64, help_text="Which photo of the merchant's.")
    source_url = models.TextField()
    state = models.CharField(max_length=16, choices=State.choices, default=State.WANTED)
    orders = models.PositiveSmallIntegerField(default=0, help_text="Times it was ordered.")
    generation = models.OneToOneField(
        Generation, on_delete=models.SET_NULL, null=True, blank=True, related_name="shop_picture"
    )
    name = models.CharField(
        max_length=100,
        blank=True,
        help_text="Part of its file's name, by which the shop's copy is known.",
    )
    attempts = models.PositiveSmallIntegerField(
        default=0, help_text="Times it was written in vain."
    )
    remote_id = models.CharField(max_length=64, blank=True, help_text="The shop's id of it.")
    written_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            # What a merchant pays for: one picture of a photo in a style, however often it is told.
            models.UniqueConstraint(
                name="shops_picture_once", fields=["product", "style", "source_key"]
            ),
            models.UniqueConstraint(
                name="shops_picture_written_once",
                fields=["product", "remote_id"],
                condition=~Q(remote_id=""),
            ),
            models.CheckConstraint(
                name="shops_picture_written_has_remote_id",
                condition=Q(state="written", written_at__isnull=False) & ~Q(remote_id="")
                | ~Q(state="written") & Q(remote_id="", written_at__isnull=True),
            ),
            models.CheckConstraint(
                name="shops_picture_made_has_name",
                condition=~Q(state__in=["made", "written"]) | ~Q(name=""),
            ),
            models.CheckConstraint(
                name="shops_picture_failure_says_why",
                condition=~Q(state="failed") | ~Q(problem=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["product"],
                name="shops_picture_under_way",
                condition=Q(state__in=["making", "made"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.product_id}"
