"""Staff look at a partner's dashboard as one of its members see it: who may, what of it, how long.

Nobody is logged in as somebody else. Staff stay themselves; for a while the dashboard shows them
the partner and role of a member. So the member's password, second factors, addresses and sessions
are out of reach by construction, whatever they do is done in their own name, and of the member's
permissions only `LENT` are lent: secrets, money and people are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from allauth.usersessions.models import UserSession
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone

from accounts import audit
from accounts.api.address import client_address
from accounts.errors import Forbidden
from accounts.models import Membership, User

PERMISSION = "accounts.impersonate"
LONGEST = timedelta(minutes=30)
LENT = frozenset({"see", "make", "audit"})
"""What goes along of a role. Not keys, webhooks, merchants, team, settings or billing."""

_SESSION = "impersonation"


@dataclass(frozen=True)
class Loan:
    """A look that is under way: whose place is taken, and until when."""

    membership: Membership
    until: datetime


def start(request: HttpRequest, membership: Membership, *, reason: str) -> Loan:
    """Begin to look as `membership`; an earlier look ends. The session gets a new key.

    Raises Forbidden where `refusal` finds a reason.
    """
    staff = cast(User, request.user)
    if refused := refusal(staff, membership):
        raise Forbidden(refused)
    end(request)
    until = timezone.now() + LONGEST
    _renew(request)
    request.session[_SESSION] = {"membership": membership.pk, "until": until.isoformat()}
    facts = {"role": membership.role, "reason": reason, "until": until.isoformat()}
    _record(request, "started", membership, **facts)
    return Loan(membership, until)


def refusal(staff: User, membership: Membership) -> str:
    """Why `staff` may not take this member's place; empty where they may."""
    if not (staff.is_active and staff.is_staff and staff.has_perm(PERMISSION)):
        return "You do not have the right to open partners' dashboards."
    member = membership.user
    if member.is_staff or member.is_superuser:
        return "Nobody takes the place of a member of staff."
    return "" if member.is_active else "This member's log-in is switched off."


def current(request: HttpRequest) -> Loan | None:
    """The look under way. One whose time is up, or whose ground is gone, ends here."""
    kept = request.session.get(_SESSION)
    if kept is None:
        return None
    known = Membership.objects.select_related("user", "partner")
    membership = known.filter(pk=kept["membership"]).first()
    until = datetime.fromisoformat(kept["until"])
    if membership is None or refusal(cast(User, request.user), membership):
        end(request, how="withdrawn")
        return None
    if until <= timezone.now():
        end(request, how="time is up")
        return None
    return Loan(membership, until)


def note(request: HttpRequest, loan: Loan, *, page: str, arguments: dict[str, Any]) -> None:
    """Keep what staff are about to do in a member's place, beside what the service keeps of it."""
    said = {name: str(value) for name, value in arguments.items()}
    _record(request, "acted", loan.membership, page=page, arguments=said)


def end(request: HttpRequest, *, how: str = "by hand") -> Membership | None:
    """End the look under way, if there is one; the session gets a new key. Whose place it was."""
    kept = request.session.pop(_SESSION, None)
    if kept is None:
        return None
    _renew(request)
    known = Membership.objects.select_related("user", "partner")
    membership = known.filter(pk=kept["membership"]).first()
    _record(request, "ended", membership, how=how)
    return membership


@receiver(user_logged_out)
def _end_with_the_session(request: HttpRequest | None, **_: Any) -> None:
    if request is not None and hasattr(request, "session") and request.session.get(_SESSION):
        end(request, how="logged out")


def _renew(request: HttpRequest) -> None:
    """A new session key and a new CSRF token: what was known of the old ones is worth nothing."""
    request.session.cycle_key()
    rotate_token(request)
    if request.user.is_authenticated:
        UserSession.objects.create_from_request(request)  # the list of sessions knows it by its key


def _record(request: HttpRequest, deed: str, membership: Membership | None, **facts: Any) -> None:
    audit.record(
        action=f"impersonation.{deed}",
        target=membership.user.email if membership else "a member who is gone",
        partner=membership.partner if membership else None,
        actor=str(request.user),
        address=client_address(request.META),
        facts=facts,
    )
