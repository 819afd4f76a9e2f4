"""/dashboard/webhooks/: addresses, what was sent there, and sending it again."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.api import pagination
from accounts.dashboard.access import Visit, page
from accounts.errors import ServiceError
from accounts.webhooks import endpoints, outbox
from accounts.webhooks.api import find_delivery, find_endpoint
from accounts.webhooks.event_types import EVENT_TYPES
from accounts.webhooks.models import Delivery

PER_PAGE = 30


class EndpointForm(forms.Form):
    url = forms.CharField(
        max_length=2048,
        label="Address",
        help_text="https, reachable from here.",
        widget=forms.URLInput(attrs={"placeholder": "https://shop.example/hooks/pictures"}),
    )
    description = forms.CharField(max_length=endpoints.DESCRIPTION_LENGTH, required=False)
    events = forms.MultipleChoiceField(
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(name, f"{name} · {words}") for name, words in EVENT_TYPES.items()],
        label="Only these events",
        help_text="Tick none to hear of everything.",
    )


@page(read="see")
def endpoint_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    rows = visit.partner.webhook_endpoints.order_by("-created_at", "-id")
    latest = visit.partner.webhook_deliveries.order_by("-created_at", "-id")[:10]
    context = {"endpoints": rows, "deliveries": latest, "most": endpoints.MOST}
    return render(request, "webhooks/endpoints.html", context)


@page(read="webhooks", write="webhooks")
def new_endpoint(request: HttpRequest, visit: Visit) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = endpoints.create(partner=visit.partner, **form.cleaned_data, **visit.acting)
            return render(request, "webhooks/secret.html", {"endpoint": made, "new": True})
        except ServiceError as error:
            form.add_error(error.param if error.param in form.fields else None, error.message)
    return render(request, "webhooks/endpoint_new.html", {"form": form})


@page(read="see", write="webhooks")
def endpoint(request: HttpRequest, visit: Visit, endpoint_id: uuid.UUID) -> HttpResponse:
    """One address and its deliveries; POST changes what it listens to."""
    row = find_endpoint(visit.partner, str(endpoint_id))
    known = {"url": row.url, "description": row.description, "events": row.events}
    form = EndpointForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            endpoints.change(row, form.cleaned_data, **visit.acting)
            messages.success(request, "Saved.")
            return redirect("dashboard-webhook", row.pk)
        except ServiceError as error:
            row.refresh_from_db()
            form.add_error(error.param if error.param in form.fields else None, error.message)
    status = request.GET.get("status", "")
    rows = visit.partner.webhook_deliveries.filter(endpoint=row)
    if status in Delivery.Status.values:
        rows = rows.filter(status=status)
    asked = pagination.read_page(request)
    found, cursor = pagination.take(rows, pagination.Page(limit=PER_PAGE, after=asked.after))
    context = {
        "endpoint": row,
        "form": form,
        "deliveries": found,
        "cursor": cursor,
        "status": status,
        "statuses": Delivery.Status.values,
    }
    return render(request, "webhooks/endpoint.html", context)


@page(write="webhooks", back="dashboard-webhooks")
def turn(request: HttpRequest, visit: Visit, endpoint_id: uuid.UUID) -> HttpResponse:
    """Switch an address on or off."""
    row = find_endpoint(visit.partner, str(endpoint_id))
    endpoints.change(row, {"enabled": not row.enabled}, **visit.acting)
    messages.success(request, f"Switched {'on' if row.enabled else 'off'}.")
    return redirect("dashboard-webhook", row.pk)


@page(write="webhooks", back="dashboard-webhooks")
def send_test(request: HttpRequest, visit: Visit, endpoint_id: uuid.UUID) -> HttpResponse:
    row = find_endpoint(visit.partner, str(endpoint_id))
    sent = outbox.send_test(row)
    messages.success(request, "A test event is on its way.")
    return redirect("dashboard-delivery", sent.key)


@page(write="webhooks", back="dashboard-webhooks")
def rotate(request: HttpRequest, visit: Visit, endpoint_id: uuid.UUID) -> HttpResponse:
    """A new secret, shown this once; the old one signs beside it for a day."""
    row = find_endpoint(visit.partner, str(endpoint_id))
    endpoints.rotate_secret(row, **visit.acting)
    return render(request, "webhooks/secret.html", {"endpoint": row, "new": False})


@page(write="webhooks", back="dashboard-webhooks")
def delete(request: HttpRequest, visit: Visit, endpoint_id: uuid.UUID) -> HttpResponse:
    row = find_endpoint(visit.partner, str(endpoint_id))
    endpoints.delete(row, **visit.acting)
    messages.success(request, "The address is forgotten. Its log stays.")
    return redirect("dashboard-webhooks")


@page(read="see")
def delivery(request: HttpRequest, visit: Visit, delivery_key: uuid.UUID) -> HttpResponse:
    """What was sent, byte for byte, and what came back at each try."""
    row = find_delivery(visit.partner, str(delivery_key))
    context = {
        "delivery": row,
        "body": bytes(row.body).decode("utf-8", "replace"),
        "message_id": outbox.message_id(row),
        "tries": row.tries.all(),
    }
    return render(request, "webhooks/delivery.html", context)


@page(write="webhooks", back="dashboard-webhooks")
def send_again(request: HttpRequest, visit: Visit, delivery_key: uuid.UUID) -> HttpResponse:
    repeat = outbox.send_again(find_delivery(visit.partner, str(delivery_key)))
    visit.note("webhook.sent_again", repeat.key, **{"from": str(delivery_key)})
    messages.success(request, "Sent once more, as a delivery of its own.")
    return redirect("dashboard-delivery", repeat.key)
