"""Invitations: a link by mail that makes its reader a member. The link works once, for 7 days,
and only for somebody who proved that the invited address is theirs."""

from __future__ import annotations

import hashlib
import logging
import secrets
from datetime import timedelta
from smtplib import SMTPException

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts import audit
from accounts.errors import Conflict, Forbidden, NotFound, Unavailable
from accounts.members import checked_role
from accounts.models import AuditEvent, Invitation, Membership, Partner, User
from accounts.signing_in import checked_email

logger = logging.getLogger(__name__)

LIFE = timedelta(days=7)
MOST_OPEN = 50
MOST_A_DAY, MOST_A_DAY_TO_ONE = 100, 5
INVITED = "member.invited"
GONE = "This invitation is no longer valid. Ask for a new one."


def invite(
    *, partner: Partner, email: str, role: str, actor: str, address: str | None = None
) -> Invitation:
    """Ask `email` to join. Asking again sends a new link, and the old one dies.

    Raises InvalidRequest for a wrong address or role, Conflict for a member, at MOST_OPEN and
    where enough was sent today, Unavailable where the mail cannot be sent (nobody is invited then).
    """
    invitation, token = _written(partner, checked_email(email), checked_role(role), actor, address)
    try:
        _send(invitation, token)
    except (SMTPException, OSError):
        logger.exception("an invitation of %s could not be mailed", partner.pk)
        withdraw(invitation, actor=actor, address=address)
        raise Unavailable("The mail cannot be sent at the moment. Try again later.") from None
    return invitation


@transaction.atomic
def _written(
    partner: Partner, email: str, role: str, actor: str, address: str | None
) -> tuple[Invitation, str]:
    """An invitation and its token, which is in the mail alone."""
    Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)
    if partner.memberships.filter(user__email=email).exists():
        raise Conflict(f"{email} is a member already.")
    _check_mails_of_today(partner, email)
    still_open = partner.invitations.filter(accepted_at__isnull=True)
    still_open.filter(email=email).delete()
    if still_open.count() >= MOST_OPEN:
        raise Conflict(f"At most {MOST_OPEN} invitations can be open. Withdraw one first.")
    token = secrets.token_urlsafe(32)
    invitation = partner.invitations.create(
        email=email,
        role=role,
        token_hash=_hash(token),
        invited_by=actor,
        expires_at=timezone.now() + LIFE,
    )
    _recorded(INVITED, invitation, actor, address)
    return invitation, token


def _check_mails_of_today(partner: Partner, email: str) -> None:
    """Anybody may sign up and write to anybody in our name: no more than a company needs."""
    today = AuditEvent.objects.filter(
        partner=partner, action=INVITED, created_at__gt=timezone.now() - timedelta(days=1)
    )
    if today.count() >= MOST_A_DAY:
        raise Conflict(f"At most {MOST_A_DAY} invitations can be sent a day.")
    if today.filter(target=audit.fitting(email)).count() >= MOST_A_DAY_TO_ONE:
        raise Conflict(f"{email} was invited {MOST_A_DAY_TO_ONE} times today.")


@transaction.atomic
def withdraw(invitation: Invitation, *, actor: str, address: str | None = None) -> None:
    """The link works no more."""
    _recorded("member.invitation_withdrawn", invitation, actor, address)
    invitation.delete()


def find(partner: Partner, invitation_id: int) -> Invitation:
    """An open invitation of the partner. Raises NotFound, also for another partner's."""
    found = partner.invitations.filter(pk=invitation_id, accepted_at__isnull=True).first()
    if found is None:
        raise NotFound("There is no such invitation.")
    return found


def read(token: str) -> Invitation:
    """The open invitation behind a link. Raises NotFound for one that is over or made up."""
    found = (
        Invitation.objects.select_related("partner")
        .filter(token_hash=_hash(token), accepted_at__isnull=True, expires_at__gt=timezone.now())
        .first()
    )
    if found is None:
        raise NotFound(GONE)
    return found


@transaction.atomic
def accept(token: str, *, user: User, address: str | None = None) -> Membership:
    """Make `user` a member. Raises NotFound for a dead link, Forbidden for somebody else's."""
    invitation = read(token)
    if not is_for(invitation, user):
        raise Forbidden(f"This invitation is for {invitation.email}.")
    taken = Invitation.objects.filter(pk=invitation.pk, accepted_at__isnull=True).update(
        accepted_at=timezone.now()
    )
    if not taken:
        raise NotFound(GONE)
    membership, _ = Membership.objects.get_or_create(
        user=user, partner=invitation.partner, defaults={"role": invitation.role}
    )
    _recorded("member.joined", invitation, user.email, address)
    return membership


def is_for(invitation: Invitation, user: User) -> bool:
    """Whether `user` has shown that the invited address is theirs."""
    return bool(
        EmailAddress.objects.filter(user=user, email=invitation.email, verified=True).exists()
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _send(invitation: Invitation, token: str) -> None:
    link = f"{settings.PUBLIC_URL}{reverse('dashboard-join', args=[token])}"
    send_mail(
        subject=f"{invitation.invited_by} invites you to {invitation.partner} on "
        f"{settings.BRAND_NAME}",
        message=(
            f"Hello,\n\n{invitation.invited_by} would like you to join {invitation.partner} on "
            f"{settings.BRAND_NAME} as {invitation.role}.\n\n{link}\n\n"
            f"The link works once, until {invitation.expires_at:%d %B %Y, %H:%M} UTC. If you do "
            "not know who this is, you need not do anything.\n"
        ),
        from_email=None,
        recipient_list=[invitation.email],
    )


def _recorded(action: str, invitation: Invitation, actor: str, address: str | None) -> None:
    audit.record(
        action=action,
        target=invitation.email,
        partner=invitation.partner,
        actor=actor,
        address=address,
        facts={"role": invitation.role},
    )
