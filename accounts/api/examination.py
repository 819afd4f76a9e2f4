"""What the gate asks about a key, and what the database knows about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from accounts.api.limits import Limits, Usage


@dataclass(frozen=True, slots=True)
class Question:
    """A presented key (its hash), where it came from, and what it is needed for.

    `address` None: unknown, which no allow list contains. Empty `kind` or `scope`: any.
    """

    hash: str
    address: str | None
    kind: str
    scope: str


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything about one key that decides whether the request is let in.

    `admitted` is true when every check passed and both windows had room; only then was the
    request counted.
    """

    key_id: UUID
    partner_id: UUID
    kind: str
    environment: str
    hint: str
    scopes: tuple[str, ...]
    monthly_cap: Decimal | None
    limits: Limits
    revoked: bool
    expired: bool
    partner_active: bool
    address_allowed: bool
    kind_allowed: bool
    scope_allowed: bool
    usage: Usage
    admitted: bool
