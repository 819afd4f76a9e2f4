"""Registered endpoints: made, changed, given a new secret, switched off when nobody answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import Conflict, InvalidRequest
from accounts.models import Membership, Partner
from accounts.partners import new_webhook_secret
from accounts.webhooks.addresses import webhook_url
from accounts.webhooks.event_types import EVENT_TYPES
from accounts.webhooks.models import Delivery, Endpoint

MOST = 20
"""Endpoints a partner may have."""

OVERLAP = timedelta(hours=24)
"""How long a replaced secret goes on signing."""

PATIENCE = timedelta(days=3)
"""An endpoint that has failed for so long without one success is switched off."""

DESCRIPTION_LENGTH = 200


def checked_events(value: Any) -> list[str]:
    """A list of known event types, each once; empty means all. Raises InvalidRequest."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise InvalidRequest("events must be a list of event types", param="events")
    unknown = [item for item in value if not isinstance(item, str) or item not in EVENT_TYPES]
    if unknown:
        known = ", ".join(EVENT_TYPES)
        raise InvalidRequest(f"Unknown event type. Supported: {known}", param="events")
    return list(dict.fromkeys(value))


def checked_description(value: Any) -> str:
    if not isinstance(value, str) or len(value) > DESCRIPTION_LENGTH:
        raise InvalidRequest(
            f"description must be text of at most {DESCRIPTION_LENGTH} characters",
            param="description",
        )
    return value


@transaction.atomic
def create(
    *,
    partner: Partner,
    url: Any,
    events: Any = (),
    description: Any = "",
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Endpoint:
    """Register an address; `endpoint.secret` is shown to its owner this once.

    Raises InvalidRequest for a wrong field, Conflict when there are MOST already.
    """
    facts = {
        "url": webhook_url(url, param="url"),
        "events": checked_events(events),
        "description": checked_description(description),
    }
    Partner.objects.select_for_update().get(pk=partner.pk)  # two at once must not both be the last
    if partner.webhook_endpoints.count() >= MOST:
        raise Conflict(f"At most {MOST} webhook endpoints. Delete one first.")
    endpoint = partner.webhook_endpoints.create(secret=new_webhook_secret(), **facts)
    _recorded("created", endpoint, actor, address)
    return endpoint


@transaction.atomic
def change(
    endpoint: Endpoint,
    wishes: dict[str, Any],
    *,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Endpoint:
    """Set `url`, `events`, `description` or `enabled`, where they are named in `wishes`.

    Switching it off gives up what waits, as deleting it does; switching it on again forgives its
    failures. What still waits goes to the new address: the old
    one may be the very reason why it waits. Raises InvalidRequest, having changed nothing.
    """
    fields: list[str] = []
    if "url" in wishes:
        endpoint.url = webhook_url(wishes["url"], param="url")
        fields.append("url")
    if "events" in wishes:
        endpoint.events = checked_events(wishes["events"])
        fields.append("events")
    if "description" in wishes:
        endpoint.description = checked_description(wishes["description"])
        fields.append("description")
    if "enabled" in wishes:
        if not isinstance(wishes["enabled"], bool):
            raise InvalidRequest("enabled must be true or false", param="enabled")
        endpoint.enabled = wishes["enabled"]
        endpoint.failing_since, endpoint.disabled_reason = None, ""
        fields += ["enabled", "failing_since", "disabled_reason"]
    if fields:
        endpoint.save(update_fields=fields)
        if "url" in fields:
            waiting = endpoint.deliveries.filter(status=Delivery.Status.PENDING)
            waiting.exclude(url=endpoint.url).update(url=endpoint.url)
        if "enabled" in fields and not endpoint.enabled:
            _give_up_what_waits(endpoint, "the endpoint was switched off")
        _recorded("changed", endpoint, actor, address, fields=sorted(wishes))
    return endpoint


@transaction.atomic
def rotate_secret(
    endpoint: Endpoint,
    *,
    overlap: timedelta = OVERLAP,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Endpoint:
    """A new secret; for `overlap` the old one signs beside it, so no receiver misses a beat."""
    endpoint.old_secret = endpoint.secret
    endpoint.old_secret_until = timezone.now() + overlap
    endpoint.secret = new_webhook_secret()
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    _recorded("secret_rotated", endpoint, actor, address)
    return endpoint


@transaction.atomic
def delete(endpoint: Endpoint, *, actor: str = audit.SYSTEM, address: str | None = None) -> None:
    """Forget the address. What was sent there stays in the log; what waits is given up."""
    _recorded("deleted", endpoint, actor, address)
    _give_up_what_waits(endpoint, "the endpoint was deleted")
    endpoint.delete()


def _give_up_what_waits(endpoint: Endpoint, why: str) -> None:
    endpoint.deliveries.filter(status=Delivery.Status.PENDING).update(
        status=Delivery.Status.FAILED,
        finished_at=timezone.now(),
        lease_until=None,
        last_error=why,
    )


def secrets_of(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """The secrets that sign now, the newest first."""
    until = endpoint.old_secret_until
    old = [endpoint.old_secret] if endpoint.old_secret and until and until > now else []
    return [endpoint.secret, *old]


def succeeded(endpoint_id: Any) -> None:
    """Somebody answered: earlier failures are forgotten."""
    Endpoint.objects.filter(id=endpoint_id, failing_since__isnull=False).update(failing_since=None)


@transaction.atomic
def failed(endpoint_id: Any, *, now: datetime) -> None:
    """Nobody answered. After PATIENCE of that the endpoint is off and its owners get a mail."""
    Endpoint.objects.filter(id=endpoint_id, failing_since__isnull=True).update(failing_since=now)
    given_up = Endpoint.objects.filter(
        id=endpoint_id, enabled=True, failing_since__lte=now - PATIENCE
    ).update(enabled=False, disabled_reason=f"No success since {PATIENCE.days} days")
    if not given_up:
        return
    endpoint = Endpoint.objects.select_related("partner").get(id=endpoint_id)
    _recorded("disabled", endpoint, audit.SYSTEM, None)
    transaction.on_commit(partial(_tell_owners, endpoint), robust=True)


def _tell_owners(endpoint: Endpoint) -> None:
    owners = endpoint.partner.memberships.filter(role=Membership.Role.OWNER)
    send_mail(
        subject=f"{settings.BRAND_NAME} no longer sends webhooks to one of your addresses",
        message=(
            f"Hello,\n\nthe webhook endpoint {endpoint.url} of {endpoint.partner.name} has not "
            f"answered with success for {PATIENCE.days} days, so we have switched it off.\n\n"
            "Nothing is lost: every event is in the delivery log. Once the address answers again, "
            "switch the endpoint on and send again what you missed:\n"
            f"{settings.PUBLIC_URL}/dashboard/\n"
        ),
        from_email=None,
        recipient_list=sorted(owners.values_list("user__email", flat=True)),
    )


def _recorded(what: str, endpoint: Endpoint, actor: str, address: str | None, **facts: Any) -> None:
    audit.record(
        action=f"webhook_endpoint.{what}",
        target=str(endpoint.pk),
        partner=endpoint.partner,
        actor=actor,
        address=address,
        facts={"url": endpoint.url, **facts},
    )
