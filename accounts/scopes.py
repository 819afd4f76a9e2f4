"""What a key may be limited to. A key without scopes may do everything of its kind."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

IMAGE: Mapping[str, str] = MappingProxyType(
    {
        "images:write": "Create, enhance, edit, cancel and review pictures",
        "images:read": "See generations and batches",
        "usage:read": "See usage and balance",
        "products:write": "Add, change and remove products",
        "products:read": "See products",
        "webhooks:write": "Register, change and remove webhook endpoints; send again",
        "webhooks:read": "See webhook endpoints and deliveries",
    }
)

MANAGEMENT: Mapping[str, str] = MappingProxyType(
    {
        "accounts:write": "Create, change and delete accounts; make log-in links",
        "accounts:read": "See accounts",
        "integrations:write": "Connect and disconnect integrations",
        "integrations:read": "See integrations",
        "deployments:write": "Build and deploy stores",
    }
)

BY_KIND: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {"image": IMAGE, "management": MANAGEMENT}
)
EVERY: frozenset[str] = frozenset(IMAGE) | frozenset(MANAGEMENT)
