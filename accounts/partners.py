"""Partners: set up with everything they need to start, switched off and on."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from django.db import transaction

from accounts import audit, keys
from accounts.errors import InvalidRequest
from accounts.models import ApiKey, Membership, Partner, User
from accounts.signing_in import checked_email, vouch_for

MOST_RETENTION_DAYS = 3650
_MAX_NAME = Partner._meta.get_field("name").max_length or 0


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner and its secrets, readable this once. `password` None: the user was there."""

    partner: Partner
    management_key: str
    live_key: str
    test_key: str
    webhook_secret: str
    email: str
    password: str | None

    def __repr__(self) -> str:
        return f"NewPartner({self.partner})"


def new_webhook_secret() -> str:
    """256 random bits in the form of Standard Webhooks: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


@transaction.atomic
def create_partner(
    *,
    name: str,
    email: str,
    rate_minute: int | None = None,
    rate_day: int | None = None,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> NewPartner:
    """A partner with an owner, a management, a live and a test key, and a webhook secret.

    Somebody who has a log-in already becomes an owner of this partner too, with the password they
    have. Raises InvalidRequest for an empty or too long name, a wrong address, a wrong limit.
    """
    name = _checked_name(name)
    limits = {"rate_minute": rate_minute, "rate_day": rate_day}
    if any(limit is not None and limit <= 0 for limit in limits.values()):
        raise InvalidRequest("Limits must be above zero", param="rate")
    user, password = _owner(email)
    partner = Partner.objects.create(
        name=name,
        webhook_secret=new_webhook_secret(),
        **{field: limit for field, limit in limits.items() if limit is not None},
    )
    Membership.objects.create(user=user, partner=partner, role=Membership.Role.OWNER)
    audit.record(
        action="partner.created",
        target=str(partner.pk),
        partner=partner,
        actor=actor,
        address=address,
    )

    def key(kind: ApiKey.Kind, environment: ApiKey.Environment) -> str:
        return keys.create_key(
            partner=partner,
            kind=kind,
            environment=environment,
            name="First key",
            actor=actor,
            address=address,
        ).key

    return NewPartner(
        partner=partner,
        management_key=key(ApiKey.Kind.MANAGEMENT, ApiKey.Environment.LIVE),
        live_key=key(ApiKey.Kind.IMAGE, ApiKey.Environment.LIVE),
        test_key=key(ApiKey.Kind.IMAGE, ApiKey.Environment.TEST),
        webhook_secret=partner.webhook_secret,
        email=user.email,
        password=password,
    )


def _owner(email: str) -> tuple[User, str | None]:
    """The user of this address, and the password if they are new."""
    email = checked_email(email)
    found = User.objects.filter(email=email).first()
    if found is not None:
        return found, None
    password = secrets.token_urlsafe(15)
    user = User.objects.create_user(email, password)
    vouch_for(user)  # whoever may create partners knows their address
    return user, password


@transaction.atomic
def set_active(
    partner: Partner, active: bool, *, actor: str = audit.SYSTEM, address: str | None = None
) -> Partner:
    """Switch every key of the partner on or off, from the next request on."""
    if partner.active != active:
        partner.active = active
        partner.save(update_fields=["active"])
        audit.record(
            action="partner.activated" if active else "partner.deactivated",
            target=str(partner.pk),
            partner=partner,
            actor=actor,
            address=address,
        )
    return partner


@transaction.atomic
def change_settings(
    partner: Partner,
    *,
    name: str,
    private_delivery: bool,
    retention_days: int | None,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Partner:
    """Set how the partner is called, and how its later pictures are delivered and kept.

    Raises InvalidRequest, having changed nothing.
    """
    wishes = {
        "name": _checked_name(name),
        "private_delivery": private_delivery,
        "retention_days": checked_retention(retention_days),
    }
    changed = {key: value for key, value in wishes.items() if getattr(partner, key) != value}
    if changed:
        for key, value in changed.items():
            setattr(partner, key, value)
        partner.save(update_fields=list(changed))
        audit.record(
            action="partner.changed",
            target=str(partner.pk),
            partner=partner,
            actor=actor,
            address=address,
            facts=changed,
        )
    return partner


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= _MAX_NAME or not name.isprintable():
        raise InvalidRequest(f"The name must have 1 to {_MAX_NAME} characters", param="name")
    return name


def checked_retention(days: int | None) -> int | None:
    """Raises InvalidRequest for what is no number of days that dates can be counted with."""
    if days is not None and not 1 <= days <= MOST_RETENTION_DAYS:
        raise InvalidRequest(
            f"Pictures can be kept for 1 to {MOST_RETENTION_DAYS} days, or for good",
            param="retention_days",
        )
    return days
