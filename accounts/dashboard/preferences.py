"""Settings of the partner: its name, how pictures are delivered, how long they are kept."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import partners
from accounts.dashboard.access import Visit, page
from accounts.errors import ServiceError


class SettingsForm(forms.Form):
    name = forms.CharField(label="Company name", max_length=200)
    private_delivery = forms.TypedChoiceField(
        label="Delivery",
        coerce=lambda text: text == "signed",
        widget=forms.RadioSelect,
        choices=[
            ("public", "Public addresses that nobody can guess, cached for a year"),
            ("signed", "Signed addresses that expire after seven days"),
        ],
    )
    retention_days = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=partners.MOST_RETENTION_DAYS,
        label="Delete pictures after",
        help_text="Days. Empty keeps them for good. Recipes stay, so a picture can be made again.",
    )


@page(read="settings", write="settings")
def preferences(request: HttpRequest, visit: Visit) -> HttpResponse:
    partner = visit.partner
    known = {
        "name": partner.name,
        "private_delivery": "signed" if partner.private_delivery else "public",
        "retention_days": partner.retention_days,
    }
    form = SettingsForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            partners.change_settings(partner, **form.cleaned_data, **visit.acting)
            messages.success(request, "Saved. It applies to pictures from now on.")
            return redirect("dashboard-settings")
        except ServiceError as error:
            form.add_error(error.param, error.message)
    return render(request, "accounts/settings.html", {"form": form, "visit": visit})
