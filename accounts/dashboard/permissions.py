"""What each role may do in the dashboard: one table, asked by every page and every button."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from accounts.models import Membership

Role = Membership.Role

SEE = "see"
"""Look at pictures, use, endpoints, stores, team: what every member may."""

_VIEWER = frozenset({SEE})
_DEVELOPER = _VIEWER | {
    "make",  # spend points: playground, regenerate, cancel; review pictures
    "keys",  # API keys
    "webhooks",  # endpoints, secrets, redelivery
    "merchants",  # merchant accounts and their stores
    "audit",  # who did what
}
_OWNER = _DEVELOPER | {
    "team",  # members, roles, invitations
    "settings",  # name, delivery, retention
    "billing",  # buy points, caps, top-up
}

PERMISSIONS: Mapping[str, frozenset[str]] = MappingProxyType(
    {Role.VIEWER.value: _VIEWER, Role.DEVELOPER.value: _DEVELOPER, Role.OWNER.value: _OWNER}
)


def may(role: str, permission: str) -> bool:
    """Whether members with `role` have `permission`."""
    return permission in PERMISSIONS[role]
