"""The gate: who presents which key from where, and may they come in now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from accounts import keyformat
from accounts.api import gate_portable, gate_postgres
from accounts.api.examination import Findings, Question
from accounts.api.limits import Limits, Usage
from accounts.errors import Forbidden, ServiceError, Unauthorized
from accounts.models import ApiKey, Partner


@dataclass(frozen=True, slots=True)
class Admitted:
    """A request that was let in: by which key, with which rights."""

    key_id: UUID
    partner_id: UUID
    kind: str
    environment: str
    scopes: tuple[str, ...]
    hint: str
    monthly_cap: Decimal | None
    limits: Limits
    usage: Usage
    _loaded: list[Partner] = field(default_factory=list, compare=False, repr=False)

    @property
    def test(self) -> bool:
        """Whether nothing may be made or charged."""
        return self.environment == ApiKey.Environment.TEST.value

    @property
    def partner(self) -> Partner:
        """The key's partner; read from the database once, when first asked for."""
        if not self._loaded:
            self._loaded.append(Partner.objects.get(pk=self.partner_id))
        return self._loaded[0]

    def allows(self, scope: str) -> bool:
        return not self.scopes or scope in self.scopes


def presented_key(meta: Mapping[str, Any]) -> str:
    """The key of a request: `x-api-key`, else `Authorization: Bearer`; empty where none is."""
    key: str = meta.get("HTTP_X_API_KEY", "")
    if key:
        return key.strip()
    scheme, _, token = meta.get("HTTP_AUTHORIZATION", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def admit(
    *,
    presented: str,
    address: str | None,
    kind: str = "",
    scope: str = "",
    now_ms: int | None = None,
) -> Admitted:
    """Let the request in and count it, or raise the first failure in the documented order.

    No key, unknown or revoked, expired (Unauthorized); partner off, address, kind, scope
    (Forbidden); minute or day full (RateLimited). Only a request that is let in counts. Errors
    about a known key carry its X-RateLimit headers. Empty `kind` or `scope` asks for none.
    """
    if not presented:
        raise _unauthorized("API key required. Provide via X-API-Key header.")
    parsed = keyformat.parse(presented)
    if parsed is None:
        raise _unauthorized("Invalid or revoked API key")
    found = _examine(Question(parsed.hash, address, kind, scope), now_ms)
    if found is None or found.revoked:
        raise _unauthorized("Invalid or revoked API key")
    if not found.admitted:
        error = _first_failure(found, kind=kind, scope=scope) or found.usage.refusal()
        error.headers = {**found.usage.headers(), **error.headers}
        raise error
    return Admitted(
        key_id=found.key_id,
        partner_id=found.partner_id,
        kind=found.kind,
        environment=found.environment,
        scopes=found.scopes,
        hint=found.hint,
        monthly_cap=found.monthly_cap,
        limits=found.limits,
        usage=found.usage,
    )


def _examine(question: Question, now_ms: int | None) -> Findings | None:
    if settings.REDIS_URL:
        return gate_portable.examine(question, now_ms=now_ms, take=gate_portable.take_redis)
    if connection.vendor == "postgresql":
        return gate_postgres.examine(question, now_ms=now_ms)
    return gate_portable.examine(question, now_ms=now_ms, take=gate_portable.take_sqlite)


def _unauthorized(message: str) -> Unauthorized:
    return Unauthorized(message, headers={"WWW-Authenticate": "Bearer"})


def _first_failure(found: Findings, *, kind: str, scope: str) -> ServiceError | None:
    """Why this known key is refused, apart from its limits; None if for no such reason."""
    if found.expired:
        return _unauthorized("API key has expired")
    if not found.partner_active:
        return Forbidden("Partner account is inactive")
    if not found.address_allowed:
        return Forbidden("Request IP not in API key whitelist")
    if not found.kind_allowed:
        return Forbidden(f"This endpoint needs {_article(kind)} API key")
    if not found.scope_allowed:
        return Forbidden(f"API key lacks the scope {scope}")
    return None


def _article(kind: str) -> str:
    return "an image" if kind == ApiKey.Kind.IMAGE else f"a {kind}"
