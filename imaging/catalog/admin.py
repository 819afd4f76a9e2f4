"""Products and partners' own presets, sceneries and models, for staff."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin

from accounts.admin_pages import AuditedAdmin, ReadOnlyAdmin
from accounts.errors import InvalidRequest
from imaging.catalog import ingredients
from imaging.catalog.models import CatalogueImport, OwnIngredient, Product

if TYPE_CHECKING:
    ModelForm = forms.ModelForm[OwnIngredient]
else:  # Django's class is generic in its stubs only
    ModelForm = forms.ModelForm


class OwnIngredientForm(ModelForm):
    """What the API refuses is refused here too, in the same words."""

    class Meta:
        model = OwnIngredient
        fields = ("partner", "kind", "key", "label", *ingredients.EVERY_FIELD)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        said = {name: cleaned[name] for name in ingredients.EVERY_FIELD if cleaned[name]}
        try:
            ingredients.checked(cleaned["kind"], cleaned["key"], cleaned["label"], said)
        except InvalidRequest as error:
            raise forms.ValidationError(error.message) from None
        return cleaned


@admin.register(OwnIngredient)
class OwnIngredientAdmin(AuditedAdmin):
    """Which kind may say what is told where one is saved that may not."""

    form = OwnIngredientForm
    list_display = ("key", "kind", "label", "partner", "created_at")
    list_filter = ("kind",)
    list_select_related = ("partner",)
    search_fields = ("key", "label", "partner__name")
    ordering = ("-created_at", "-id")
    autocomplete_fields = ("partner",)


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """What partners sell; they change it themselves."""

    list_display = ("sku", "title", "partner", "created_at")
    list_select_related = ("partner",)
    search_fields = ("sku__exact", "title", "partner__name")
    search_ids = ("pk", "partner")
    ordering = ("-created_at",)


@admin.register(CatalogueImport)
class CatalogueImportAdmin(ReadOnlyAdmin):
    """CSV files that partners upload, and how far each is."""

    list_display = ("name", "partner", "status", "total", "style", "created_at")
    list_filter = ("status",)
    list_select_related = ("partner",)
    search_fields = ("name", "partner__name")
    search_ids = ("pk", "partner")
    exclude = ("path",)
