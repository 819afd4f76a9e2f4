"""What a partner sells: products whose pictures are made again and again."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Partner


class Product(models.Model):
    """A product of a partner. Its photo is an address to fetch, or a file that we keep."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="products", db_index=False
    )
    sku = models.CharField(max_length=120)
    title = models.CharField(max_length=300, blank=True)
    image_url = models.CharField(max_length=2048, blank=True)
    image_path = models.CharField(max_length=300, blank=True, help_text="Name in the storage.")
    metadata = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="catalog_product_one_sku", fields=["partner", "sku"]),
            models.CheckConstraint(
                name="catalog_product_one_photo",
                condition=Q(image_url="") ^ Q(image_path=""),
            ),
            models.CheckConstraint(name="catalog_product_has_sku", condition=~Q(sku="")),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="catalog_product_list")
        ]

    def __str__(self) -> str:
        return self.title or self.sku

    @property
    def source(self) -> dict[str, str]:
        """The photo as a job's source."""
        return {"stored": self.image_path} if self.image_path else {"url": self.image_url}


class OwnIngredient(models.Model):
    """A preset, a scenery or a model of a partner's own; orders name it by `key`.

    Empty columns say nothing. Which of them a kind may set: `ingredients.FIELDS`.
    """

    class Kind(models.TextChoices):
        PRESET = "preset"
        SCENERY = "scenery"
        MODEL = "model"

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="ingredients", db_index=False
    )
    kind = models.CharField(max_length=8, choices=Kind.choices)
    key = models.CharField(max_length=120, help_text="The partner's own id of it.")
    label = models.CharField(max_length=120)
    style = models.CharField(max_length=40, blank=True)
    platform = models.CharField(max_length=40, blank=True)
    background = models.CharField(max_length=200, blank=True)
    scene = models.CharField(max_length=200, blank=True, help_text="Words for a set.")
    shadow = models.CharField(max_length=16, blank=True)
    aspect_ratio = models.CharField(max_length=8, blank=True)
    format = models.CharField(max_length=8, blank=True)
    prompt = models.CharField(max_length=500, blank=True)
    mode = models.CharField(max_length=16, blank=True)
    people = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = "ingredient"
        constraints = [
            models.UniqueConstraint(
                name="catalog_ingredient_one_key", fields=["partner", "kind", "key"]
            ),
            models.CheckConstraint(
                name="catalog_ingredient_kind_known",
                condition=Q(kind__in=["preset", "scenery", "model"]),
            ),
            models.CheckConstraint(
                name="catalog_ingredient_has_names", condition=~Q(key="") & ~Q(label="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ImportedRow(models.Model):
    """A row of a catalogue that was ordered, by what makes it the same row: sku, photo, style.

    The same row again finds this and orders nothing.
    """

    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="imported_rows", db_index=False
    )
    key = models.CharField(max_length=64, help_text="Digest of sku, photo and style.")
    generation = models.ForeignKey(
        "imaging.Generation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="catalog_importedrow_once", fields=["partner", "key"])
        ]

    def __str__(self) -> str:
        return f"row {self.key[:12]}"


class CatalogueImport(models.Model):
    """A CSV file that somebody uploaded in the dashboard, and how far it is.

    It is checked first (a dry run), then imported; both in slices by the `default` workers. The
    counters are of the present run. `imports.py` and
    `import_slices.py` write it.
    """

    class Status(models.TextChoices):
        UPLOADED = "uploaded", "columns to be chosen"
        CHECKING = "checking", "checking"
        CHECKED = "checked", "ready to start"
        IMPORTING = "importing", "importing"
        STOPPED = "stopped", "stopped"
        DONE = "done", "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    partner = models.ForeignKey(
        Partner, on_delete=models.CASCADE, related_name="catalogue_imports", db_index=False
    )
    name = models.CharField(max_length=200, help_text="The file's name, for people.")
    path = models.CharField(max_length=300, help_text="Name in the storage; empty once deleted.")
    total = models.PositiveIntegerField(help_text="Rows in the file.")
    columns = models.JSONField(default=dict, blank=True, help_text='{"sku": column, ...}')
    style = models.CharField(max_length=40, blank=True)
    again = models.BooleanField(default=False, help_text="Order again what came to nothing.")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.UPLOADED)
    report = models.JSONField(default=dict, blank=True, help_text="`importing.Report` so far.")
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="catalog_import_status_known",
                condition=Q(
                    status__in=["uploaded", "checking", "checked", "importing", "stopped", "done"]
                ),
            ),
            models.CheckConstraint(
                name="catalog_import_done_has_finished_at",
                condition=Q(status="done", finished_at__isnull=False)
                | (~Q(status="done") & Q(finished_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="catalog_import_leased_while_at_work",
                condition=Q(lease_until__isnull=True) | Q(status__in=["checking", "importing"]),
            ),
            models.CheckConstraint(
                name="catalog_import_has_its_file_until_done",
                condition=~Q(path="") | Q(status="done"),
            ),
        ]
        indexes = [
            models.Index(fields=["partner", "-created_at", "-id"], name="catalog_import_list"),
            models.Index(
                fields=["status"],
                name="catalog_import_at_work",
                condition=Q(status__in=["checking", "importing"]),
            ),
        ]

    def __str__(self) -> str:
        return f"import of {self.name}"
