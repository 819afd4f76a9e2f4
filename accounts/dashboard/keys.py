"""API keys: list, create, rotate, revoke. A new key is shown on the answer's page, this once."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import keys, scopes
from accounts.dashboard.access import Visit, page
from accounts.dashboard.snippets import first_call
from accounts.errors import NotFound, ServiceError
from accounts.models import IMAGE_KEY_SLOTS, ApiKey, Partner

OVERLAPS = {"0": "at once", "1": "in an hour", "24": "in a day", "168": "in a week"}
SOON = timedelta(days=7)
MOST_SHOWN = 200


def _scope_field(known: Mapping[str, str]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, f"{name} · {words}") for name, words in known.items()],
        label="Only these",
        help_text="Tick none to allow everything of its kind.",
    )


class KeyForm(forms.Form):
    """What a new key may be. Empty limits mean none."""

    name = forms.CharField(max_length=100, help_text="Where it will be used: “shop backend”.")
    kind = forms.ChoiceField(
        choices=[
            ("image", "Image key: makes and reads pictures"),
            ("management", "Management key: merchant accounts and stores"),
        ],
        widget=forms.Select(attrs={"data-shows": ""}),
    )
    image_scopes = _scope_field(scopes.IMAGE)
    management_scopes = _scope_field(scopes.MANAGEMENT)
    expires = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="Expires at the end of",
        help_text="In UTC. Empty: never.",
    )
    networks = forms.CharField(
        required=False,
        label="From these addresses only",
        help_text="IP addresses or CIDR networks, separated by spaces.",
    )
    monthly_cap = forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        label="Points a month, at most",
        help_text="Past it the key is answered 402.",
    )

    def facts(self) -> dict[str, Any]:
        """The cleaned data as `keys.create_key` takes it."""
        day = self.cleaned_data["expires"]
        end = None
        if day is not None:
            end = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=ZoneInfo("UTC"))
        return {
            "name": self.cleaned_data["name"],
            "kind": self.cleaned_data["kind"],
            "scopes": self.cleaned_data[f"{self.cleaned_data['kind']}_scopes"],
            "networks": self.cleaned_data["networks"].replace(",", " ").split(),
            "expires_at": end,
            "monthly_cap": self.cleaned_data["monthly_cap"],
        }


# Where an error of the service belongs on the form.
_FIELDS = {"networks": "networks", "expires": "expires", "cap": "monthly_cap"}


def state_of(key: ApiKey, now: datetime) -> str:
    """active, expiring (within a week), expired or revoked."""
    if key.revoked_at is not None:
        return "revoked"
    if key.expires_at is None or key.expires_at > now + SOON:
        return "active"
    return "expiring" if key.expires_at > now else "expired"


@page(read="see")
def key_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The keys of the environment one is in, those that work first."""
    now = timezone.now()
    rows = visit.partner.api_keys.filter(environment=visit.environment)
    shown = [(key, state_of(key, now)) for key in rows.order_by("-created_at")[:MOST_SHOWN]]
    shown.sort(key=lambda pair: pair[1] in ("revoked", "expired"))
    context = {
        "keys": shown,
        "used": visit.partner.api_keys.filter(slot__isnull=False).count(),
        "slots": IMAGE_KEY_SLOTS,
        "overlaps": OVERLAPS,
        "visit": visit,
    }
    return render(request, "accounts/keys.html", context)


@page(read="keys", write="keys")
def new_key(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The form, and after it the key."""
    form = KeyForm(request.POST or None, initial={"kind": "image"})
    if request.method == "POST" and form.is_valid():
        try:
            made = keys.create_key(
                partner=visit.partner,
                environment=visit.environment,
                **form.facts(),
                **visit.acting,
            )
            return _shown_once(request, made)
        except ServiceError as error:
            form.add_error(_FIELDS.get(error.param or ""), error.message)
    return render(request, "accounts/key_new.html", {"form": form, "visit": visit})


@page(write="keys", back="dashboard-keys")
def rotate_key(request: HttpRequest, visit: Visit, key_id: uuid.UUID) -> HttpResponse:
    """A new key with the rights of the old one, which goes on for a while."""
    hours = request.POST.get("overlap", "24")
    overlap = timedelta(hours=int(hours if hours in OVERLAPS else "24"))
    made = keys.rotate(find(visit.partner, key_id), overlap=overlap, **visit.acting)
    return _shown_once(request, made)


@page(write="keys", back="dashboard-keys")
def revoke_key(request: HttpRequest, visit: Visit, key_id: uuid.UUID) -> HttpResponse:
    key = keys.revoke(find(visit.partner, key_id), **visit.acting)
    messages.success(request, f"{key.hint} works no more.")
    return redirect("dashboard-keys")


def find(partner: Partner, key_id: uuid.UUID) -> ApiKey:
    """The partner's key of that id. NotFound, also for another partner's."""
    found = partner.api_keys.filter(pk=key_id).first()
    if found is None:
        raise NotFound("There is no such key.")
    return found


def _shown_once(request: HttpRequest, made: keys.NewKey) -> HttpResponse:
    image = made.row.kind == ApiKey.Kind.IMAGE
    context = {"made": made, "snippets": first_call(made.key) if image else []}
    return render(request, "accounts/key_made.html", context)
