"""Where a visit begins and ends: making a partner, joining, choosing or leaving one."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts import impersonation, invitations, partners
from accounts.api.address import client_address
from accounts.dashboard.access import PARTNER_SESSION, TEST_SESSION, problem, visit_of
from accounts.dashboard.snippets import first_call
from accounts.errors import Conflict, ServiceError
from accounts.models import Membership, User

MOST_OWNED = 10
"""Partners that one person may set up by themselves."""


class PartnerForm(forms.Form):
    name = forms.CharField(
        label="Company name",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """A new partner. Its keys are shown on the answer's page, this once."""
    form = PartnerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return _made(request, form.cleaned_data["name"])
        except ServiceError as error:
            form.add_error("name", error.message)
    context = {"form": form, "visit": visit_of(request)}
    return render(request, "dashboard/welcome.html", context)


def _made(request: HttpRequest, name: str) -> HttpResponse:
    user = cast(User, request.user)
    owned = Membership.objects.filter(user=user, role=Membership.Role.OWNER).count()
    if owned >= MOST_OWNED:
        raise Conflict(f"You own {MOST_OWNED} companies already.")
    made = partners.create_partner(
        name=name, email=user.email, actor=user.email, address=client_address(request.META)
    )
    request.session[PARTNER_SESSION] = str(made.partner.pk)
    context = {"made": made, "snippets": first_call(made.test_key)}
    return render(request, "dashboard/made.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """Where an invitation leads. GET asks, POST joins."""
    try:
        invitation = invitations.read(token)
        if not request.user.is_authenticated:
            context = {"invitation": invitation, "next": request.path}
            return render(request, "dashboard/join.html", context)
        user = request.user
        if request.method != "POST":
            mine = invitations.is_for(invitation, user)
            return render(request, "dashboard/join.html", {"invitation": invitation, "mine": mine})
        member = invitations.accept(token, user=user, address=client_address(request.META))
    except ServiceError as error:
        return problem(request, error)
    request.session[PARTNER_SESSION] = str(member.partner_id)
    messages.success(request, f"Welcome to {member.partner}.")
    return redirect("dashboard")


@never_cache
@login_required
@require_POST
def choose(request: HttpRequest, partner_id: UUID) -> HttpResponse:
    """Go over to another of one's partners."""
    user = cast(User, request.user)
    if user.memberships.filter(partner_id=partner_id).exists():
        request.session[PARTNER_SESSION] = str(partner_id)
    return redirect("dashboard")


@never_cache
@login_required
@require_POST
def choose_environment(request: HttpRequest, environment: str) -> HttpResponse:
    """Live or test, until changed again; stays on the page one was on."""
    request.session[TEST_SESSION] = environment == "test"
    target = request.POST.get("next", "")
    safe = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    return redirect(target if safe else reverse("dashboard"))


@never_cache
@login_required
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Staff give a member's place back and return to the partner's page in the staff admin."""
    membership = impersonation.end(request)
    if membership is None:
        return redirect("dashboard")
    messages.success(request, f"You no longer look at {membership.partner} as {membership.user}.")
    return redirect("admin:accounts_partner_change", membership.partner_id)
