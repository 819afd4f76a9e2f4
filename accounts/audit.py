"""The audit trail: who did what to which thing, when, from where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog

from accounts.models import AuditEvent, Partner

SYSTEM = "system"
_LONGEST = AuditEvent._meta.get_field("target").max_length


def record(
    *,
    action: str,
    target: str = "",
    partner: Partner | None = None,
    actor: str = SYSTEM,
    address: str | None = None,
    facts: Mapping[str, Any] | None = None,
) -> AuditEvent:
    """Add one event; call it in the transaction of the change it tells of.

    `actor` is an e-mail, a key's hint or "system". `facts` are JSON values and no secrets. What
    is too long for its column is cut: a deed must not fail because of its record.
    """
    return AuditEvent.objects.create(
        partner=partner,
        actor=fitting(actor),
        action=action,
        target=fitting(target),
        facts=dict(facts or {}),
        address=address,
        correlation_id=structlog.contextvars.get_contextvars().get("correlation_id", ""),
    )


def fitting(text: str) -> str:
    """An actor or target as it stands in the trail."""
    return text[:_LONGEST]
