"""The team: members and their roles, invitations."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from accounts import invitations, members
from accounts.dashboard.access import Visit, page
from accounts.errors import ServiceError
from accounts.models import Membership

ROLE_WORDS = {
    "owner": "everything, with team, billing and settings",
    "developer": "pictures, keys, webhooks, stores",
    "viewer": "looks, changes nothing",
}


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    role = forms.ChoiceField(
        choices=[(role, f"{role}: {words}") for role, words in ROLE_WORDS.items()],
        initial="developer",
    )


@page(read="see", write="team")
def team(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Everybody who belongs to the partner; POST invites somebody."""
    form = InvitationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sent = invitations.invite(partner=visit.partner, **form.cleaned_data, **visit.acting)
            messages.success(request, f"An invitation is on its way to {sent.email}.")
            return redirect("dashboard-team")
        except ServiceError as error:
            form.add_error("email", error.message)
    context = {
        "members": visit.partner.memberships.select_related("user").order_by("created_at", "id"),
        "invitations": visit.partner.invitations.filter(
            accepted_at__isnull=True, expires_at__gt=timezone.now()
        ).order_by("-created_at"),
        "form": form,
        "roles": Membership.Role.values,
        "visit": visit,
    }
    return render(request, "accounts/team.html", context)


@page(write="team", back="dashboard-team")
def change_role(request: HttpRequest, visit: Visit, member_id: int) -> HttpResponse:
    member = members.find(visit.partner, member_id)
    members.change_role(member, request.POST.get("role", ""), **visit.acting)
    messages.success(request, f"{member.user.email} is {member.role} now.")
    return redirect("dashboard-team")


@page(write="team", back="dashboard-team")
def remove_member(request: HttpRequest, visit: Visit, member_id: int) -> HttpResponse:
    member = members.find(visit.partner, member_id)
    members.remove(member, **visit.acting)
    messages.success(request, f"{member.user.email} is no longer a member.")
    return redirect("dashboard-team")


@page(write="team", back="dashboard-team")
def withdraw(request: HttpRequest, visit: Visit, invitation_id: int) -> HttpResponse:
    invitation = invitations.find(visit.partner, invitation_id)
    invitations.withdraw(invitation, **visit.acting)
    messages.success(request, f"The invitation of {invitation.email} is withdrawn.")
    return redirect("dashboard-team")
