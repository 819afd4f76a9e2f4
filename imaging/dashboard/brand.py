"""/dashboard/settings/brand/: how a partner's pictures usually look; playgrounds begin with it."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import audit
from accounts.dashboard.access import Visit, page
from accounts.errors import InvalidRequest
from accounts.models import COLOURS, Brand, Partner
from imaging import recipes
from imaging.engines import presets


class BrandForm(forms.Form):
    style = forms.ChoiceField(
        required=False,
        choices=[("", "none")] + [(name, style.label) for name, style in presets.styles().items()],
    )
    background = forms.CharField(
        required=False, max_length=200, help_text="A colour such as #ffffff, or words."
    )
    palette = forms.CharField(
        required=False,
        label="Your colours",
        help_text="Up to six, such as #0a7d5c, #ffffff. Offered as backgrounds in the playground.",
    )

    def clean_background(self) -> str:
        """As the API takes it: what is kept here must not be refused in the playground."""
        try:
            return recipes.background(self.cleaned_data)
        except InvalidRequest as error:
            raise forms.ValidationError(error.message) from None

    def clean_palette(self) -> str:
        """The colours in lower case between commas, as the database keeps them."""
        palette = ",".join(re.split(r"[\s,]+", self.cleaned_data["palette"].strip().lower()))
        if not re.fullmatch(COLOURS, palette):
            raise forms.ValidationError("Up to six colours, each like #0a7d5c.")
        return palette


def first_choices(partner: Partner) -> dict[str, Any]:
    """What the partner set, by the playground's fields; without what it did not set."""
    row = Brand.objects.filter(partner=partner).first()
    if row is None:
        return {}
    style = row.style if row.style in presets.styles() else ""
    return {name: text for name, text in (("style", style), ("background", row.background)) if text}


def colours(partner: Partner) -> list[str]:
    """The partner's colours, to choose a background from."""
    row = Brand.objects.filter(partner=partner).first()
    return row.palette.split(",") if row and row.palette else []


@page(read="settings", write="settings")
def brand(request: HttpRequest, visit: Visit) -> HttpResponse:
    row = Brand.objects.filter(partner=visit.partner).first()
    known = {name: getattr(row, name) for name in BrandForm.base_fields} if row else {}
    form = BrandForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        _keep(visit, form.cleaned_data)
        messages.success(request, "Saved. The playground begins with it.")
        return redirect("dashboard-brand")
    context = {"form": form, "visit": visit, "colours": colours(visit.partner)}
    return render(request, "imaging/brand.html", context)


@transaction.atomic
def _keep(visit: Visit, wishes: dict[str, Any]) -> None:
    Brand.objects.update_or_create(partner=visit.partner, defaults=wishes)
    audit.record(
        action="brand.changed",
        target=str(visit.partner.pk),
        partner=visit.partner,
        facts=wishes,
        **visit.acting,
    )
