"""API keys: create, rotate, revoke. `keyformat.py` says what they look like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from ipaddress import ip_network

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts import audit, keyformat, scopes
from accounts.errors import Conflict, InvalidRequest
from accounts.models import IMAGE_KEY_SLOTS, ApiKey, Partner


class TooManyKeys(Conflict):
    """Every image key slot of the partner is taken by an active key."""

    code = "too_many_keys"

    def __init__(self) -> None:
        super().__init__(
            f"There are {IMAGE_KEY_SLOTS} active image keys already. Revoke one first."
        )


@dataclass(frozen=True, slots=True)
class NewKey:
    """A row and, this once, the key itself."""

    row: ApiKey
    key: str

    def __repr__(self) -> str:
        return f"NewKey({self.row.hint})"


def _label(kind: str, environment: str) -> str:
    return "mgmt" if kind == ApiKey.Kind.MANAGEMENT else environment


def checked_scopes(kind: str, wanted: Iterable[str]) -> list[str]:
    """`wanted` sorted and without repeats. Raises InvalidRequest for one its kind does not have."""
    known = scopes.BY_KIND[kind]
    chosen = sorted(set(wanted))
    for scope in chosen:
        if scope not in known:
            raise InvalidRequest(
                f"Unknown scope for {kind} keys: '{scope}'. Known: {', '.join(sorted(known))}",
                param="scopes",
            )
    return chosen


def checked_networks(wanted: Iterable[str]) -> list[str]:
    """Networks in their normal form, single addresses as /32 or /128.

    Raises InvalidRequest for anything that is no address or network, or has host bits set.
    """
    networks = []
    for text in wanted:
        try:
            network = ip_network(text.strip())
        except ValueError:
            raise InvalidRequest(
                f"Not an IP address or CIDR network: '{text}'", param="networks"
            ) from None
        networks.append(str(network))
    return list(dict.fromkeys(networks))


def _checked_kind(kind: str, environment: str) -> None:
    if kind not in ApiKey.Kind.values:
        raise InvalidRequest(f"Kind must be image or management, not '{kind}'", param="kind")
    if environment not in ApiKey.Environment.values:
        raise InvalidRequest(
            f"Environment must be live or test, not '{environment}'", param="environment"
        )
    if kind == ApiKey.Kind.MANAGEMENT and environment != ApiKey.Environment.LIVE:
        raise InvalidRequest("Management keys are always live", param="environment")


def _checked_limits(**limits: Decimal | int | None) -> None:
    for param, value in limits.items():
        if value is not None and value <= 0:
            raise InvalidRequest("Limits and caps must be above zero", param=param)


def _fits(field: str, value: object, param: str) -> None:
    """Raises InvalidRequest where a column does not hold the value."""
    if value in (None, ""):
        return
    try:
        ApiKey._meta.get_field(field).clean(value, None)  # type: ignore[union-attr]  # a column
    except ValidationError as error:
        raise InvalidRequest(f"{field}: {' '.join(error.messages)}", param=param) from None


def _free_slot(partner: Partner, now: datetime) -> int:
    """The lowest free image key slot; takes back those of expired keys. Raises TooManyKeys.

    The caller holds the partner's row; were it not so, the unique constraint would still
    refuse the second key of a slot.
    """
    partner.api_keys.filter(slot__isnull=False, expires_at__lte=now).update(slot=None)
    taken = set(partner.api_keys.filter(slot__isnull=False).values_list("slot", flat=True))
    for slot in range(1, IMAGE_KEY_SLOTS + 1):
        if slot not in taken:
            return slot
    raise TooManyKeys


def _locked(partner: Partner) -> Partner:
    """The partner's row, held until the transaction ends (rows may still refer to it)."""
    return Partner.objects.select_for_update(no_key=True).get(pk=partner.pk)


@transaction.atomic
def create_key(
    *,
    partner: Partner,
    kind: str = ApiKey.Kind.IMAGE,
    environment: str = ApiKey.Environment.LIVE,
    name: str = "",
    scopes: Iterable[str] = (),
    networks: Iterable[str] = (),
    expires_at: datetime | None = None,
    rate_minute: int | None = None,
    rate_day: int | None = None,
    monthly_cap: Decimal | None = None,
    rotated_from: ApiKey | None = None,
    actor: str = audit.SYSTEM,
    address: str | None = None,
    now: datetime | None = None,
) -> NewKey:
    """A new key, shown this once.

    Raises InvalidRequest for a wrong kind, environment, scope, network, cap, limit or expiry,
    TooManyKeys when the partner already has ten active image keys.
    """
    now = now or timezone.now()
    _checked_kind(kind, environment)
    if expires_at is not None and expires_at <= now:
        raise InvalidRequest("The expiry lies in the past", param="expires")
    _checked_limits(rateMinute=rate_minute, rateDay=rate_day, cap=monthly_cap)
    # SQLite keeps what does not fit its column, and could not read it again.
    _fits("name", name, "name")
    _fits("monthly_cap", monthly_cap, "cap")
    held = _locked(partner)
    key = keyformat.mint(prefix=settings.API_KEY_PREFIX, label=_label(kind, environment))
    row = ApiKey.objects.create(
        partner=held,
        name=name,
        kind=kind,
        environment=environment,
        hash=keyformat.hash_of(key),
        hint=keyformat.hint_of(key),
        slot=_free_slot(held, now) if kind == ApiKey.Kind.IMAGE else None,
        scopes=checked_scopes(kind, scopes),
        networks=checked_networks(networks),
        expires_at=expires_at,
        rate_minute=rate_minute,
        rate_day=rate_day,
        monthly_cap=monthly_cap,
        rotated_from=rotated_from,
        created_at=now,
    )
    audit.record(
        action="key.created",
        target=str(row.pk),
        partner=held,
        actor=actor,
        address=address,
        facts={"hint": row.hint, "kind": kind, "environment": environment, "scopes": row.scopes},
    )
    return NewKey(row=row, key=key)


@transaction.atomic
def revoke(
    key: ApiKey,
    *,
    actor: str = audit.SYSTEM,
    address: str | None = None,
    now: datetime | None = None,
) -> ApiKey:
    """The key works no more, from the next request on. Doing it again changes nothing."""
    _locked(key.partner)
    key.refresh_from_db()
    if key.revoked_at is None:
        key.revoked_at, key.slot = now or timezone.now(), None
        key.save(update_fields=["revoked_at", "slot"])
        audit.record(
            action="key.revoked",
            target=str(key.pk),
            partner=key.partner,
            actor=actor,
            address=address,
            facts={"hint": key.hint},
        )
    return key


@transaction.atomic
def rotate(
    key: ApiKey,
    *,
    overlap: timedelta,
    actor: str = audit.SYSTEM,
    address: str | None = None,
    now: datetime | None = None,
) -> NewKey:
    """A new key with the rights of `key`, which goes on working for `overlap` (zero: not at all).

    While both work, both count among the ten image keys; at ten, only a rotation without overlap
    is possible. An earlier expiry of the old key stays. The new key expires when the old one would
    have. Raises Conflict for a key that is revoked or expired, TooManyKeys, InvalidRequest.
    """
    now = now or timezone.now()
    if overlap < timedelta(0):
        raise InvalidRequest("The overlap must not be negative", param="overlap")
    _locked(key.partner)
    key.refresh_from_db()
    if key.revoked_at is not None or (key.expires_at is not None and key.expires_at <= now):
        raise Conflict("Only an active key can be rotated")
    expires_at = key.expires_at
    if not overlap:
        revoke(key, actor=actor, address=address, now=now)
    else:
        end = now + overlap
        key.expires_at = end if expires_at is None else min(end, expires_at)
        key.save(update_fields=["expires_at"])
    return create_key(
        partner=key.partner,
        kind=key.kind,
        environment=key.environment,
        name=key.name,
        scopes=key.scopes,
        networks=key.networks,
        expires_at=expires_at,
        rate_minute=key.rate_minute,
        rate_day=key.rate_day,
        monthly_cap=key.monthly_cap,
        rotated_from=key,
        actor=actor,
        address=address,
        now=now,
    )
