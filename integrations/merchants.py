"""Merchant accounts: created, changed, found, deleted. Each belongs to one partner."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.errors import Conflict, InvalidRequest, NotFound
from accounts.fields import BlindIndexField
from accounts.models import Partner
from integrations.models import ID_LENGTH, Account
from integrations.phone import Phone, read_phone, spellings
from integrations.profile import merge, read_profile

_EMAIL_LENGTH = 254
_SLUG_LENGTH = 40
_ID = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}")

MISSING = "Missing required fields: email and mobileNumber (with value and countryCode)."
TAKEN = "Account with this email or mobile number already exists."
GONE = "Account not found."


# --- Reading a request ---------------------------------------------------------------------------


def read_email(value: Any) -> str:
    """An e-mail address, trimmed. Raises InvalidRequest."""
    email = unicodedata.normalize("NFKC", value).strip()
    try:
        if len(email) > _EMAIL_LENGTH:
            raise ValidationError("too long")
        validate_email(email)
    except ValidationError:
        raise InvalidRequest("email must be a valid email address", param="email") from None
    return email


def _required(body: Mapping[str, Any]) -> tuple[str, Phone]:
    """E-mail and phone of a new account. Raises InvalidRequest in the documented words."""
    email, mobile = body.get("email"), body.get("mobileNumber")
    if not isinstance(email, str) or not email.strip():
        raise InvalidRequest(MISSING, param="email")
    if not isinstance(mobile, Mapping) or mobile.get("countryCode") is None:
        raise InvalidRequest(MISSING, param="mobileNumber")
    if not isinstance(mobile.get("value"), str) or not mobile["value"].strip():
        raise InvalidRequest(MISSING, param="mobileNumber.value")
    return read_email(email), read_phone(mobile["value"], mobile["countryCode"])


# --- Writing -------------------------------------------------------------------------------------


def create(
    *,
    partner: Partner,
    body: Mapping[str, Any],
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Account:
    """A new account of the partner. Raises InvalidRequest, and Conflict where e-mail or number
    belong to an account already, whoever's it is."""
    email, phone = _required(body)
    profile = merge({}, read_profile(body))
    _refuse_taken(email, phone)
    account = Account(partner=partner, email=email, profile=profile)
    _set_phone(account, phone)
    if profile.get("businessName"):
        account.identifier = new_identifier(profile["businessName"])
    _saved(account)
    audit.record(
        action="account.created", target=account.pk, partner=partner, actor=actor, address=address
    )
    return account


@transaction.atomic
def update(
    account: Account,
    body: Mapping[str, Any],
    *,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Account:
    """Change what `body` names and leave the rest. Raises InvalidRequest or Conflict, having
    changed nothing, and NotFound where the account was deleted meanwhile."""
    changes = read_profile(body)
    _lock_as_it_is(account)
    email, phone = _changed_contact(account, body)
    _refuse_taken(email, phone, but=account)
    if email:
        account.email = email
    if phone:
        _set_phone(account, phone)
    account.profile = merge(account.profile, changes)
    _saved(account)
    named = sorted({*changes, *(key for key in ("email", "mobileNumber") if key in body)})
    audit.record(
        action="account.changed",
        target=account.pk,
        partner=account.partner,
        actor=actor,
        address=address,
        facts={"fields": named},
    )
    return account


@transaction.atomic
def delete(account: Account, *, actor: str = audit.SYSTEM, address: str | None = None) -> None:
    """Remove the account and all that is its own; the audit trail keeps its id alone."""
    partner, target = account.partner, account.pk
    account.delete()
    audit.record(
        action="account.deleted", target=target, partner=partner, actor=actor, address=address
    )


def slug_of(name: str) -> str:
    """The words of a name as they may stand in a host name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_SLUG_LENGTH].strip("-")
    return slug or "store"


def new_identifier(name: str) -> str:
    """A store's name in addresses: the words of `name`, and six hex digits that make it its own."""
    return f"{slug_of(name)}-{secrets.token_hex(3)}"


def _lock_as_it_is(account: Account) -> None:
    """Hold the account until the transaction ends, and read it anew: what others changed since it
    was found (a field, its log-in links) must not be written over."""
    try:
        account.refresh_from_db(from_queryset=Account.objects.select_for_update())
    except Account.DoesNotExist:
        raise NotFound(GONE) from None


def _changed_contact(account: Account, body: Mapping[str, Any]) -> tuple[str, Phone | None]:
    """The new e-mail (empty: none) and the new number, where `body` names them."""
    email, mobile = body.get("email"), body.get("mobileNumber")
    if email is not None and not isinstance(email, str):
        raise InvalidRequest("email must be a valid email address", param="email")
    if mobile is not None and not isinstance(mobile, Mapping):
        raise InvalidRequest(
            "mobileNumber must be an object with value and countryCode", param="mobileNumber"
        )
    phone = None
    if mobile:
        value = mobile.get("value", account.phone)
        if not isinstance(value, str):
            raise InvalidRequest("mobileNumber.value must be text", param="mobileNumber.value")
        phone = read_phone(value, mobile.get("countryCode", account.country_code))
    return (read_email(email) if email is not None else ""), phone


def _set_phone(account: Account, phone: Phone) -> None:
    account.phone, account.country_code = phone.value, phone.country_code
    account.number, account.national = phone.number, phone.national


def _refuse_taken(email: str, phone: Phone | None, but: Account | None = None) -> None:
    """Before the database does: it knows one key's hashes, while keys rotate there are more."""
    rows = Account.objects.exclude(pk=but.pk) if but else Account.objects.all()
    wanted = Q()
    if email:
        wanted |= _index_is("email_index", email)
    if phone:
        wanted |= _index_is("number_index", phone.number)
    if wanted and rows.filter(wanted).exists():
        raise Conflict(TAKEN)


def _saved(account: Account) -> None:
    try:
        with transaction.atomic():
            account.save()
    except IntegrityError:
        # Somebody else was first; or, once in millions, six hex digits were taken.
        raise Conflict(TAKEN) from None


# --- Finding -------------------------------------------------------------------------------------


def _index_is(field: str, plain: str) -> Q:
    index = Account._meta.get_field(field)
    assert isinstance(index, BlindIndexField)
    return Q(**{f"{field}__in": index.candidates(plain)})


def _with_phone(text: str) -> Q:
    wanted = Q(pk="")
    for spelling in spellings(text):
        wanted |= _index_is("number_index", spelling)
        wanted |= _index_is("national_index", spelling)
    return wanted


def find(partner: Partner, account_id: Any, *, gone: str = GONE) -> Account:
    """The partner's account of that id. NotFound, also for another partner's and an odd id."""
    if not isinstance(account_id, str) or not _ID.fullmatch(account_id):
        raise NotFound(gone)
    found = partner.accounts.filter(pk=account_id).first()
    if found is None:
        raise NotFound(gone)
    found.partner = partner
    return found


def find_by_contact(partner: Partner, *, email: str = "", phone: str = "") -> Account:
    """The partner's account with that e-mail, or else that phone. Raises NotFound."""
    wanted = _index_is("email_index", email) if email else _with_phone(phone)
    rows: QuerySet[Account] = partner.accounts.filter(wanted)
    found = list(rows[:2])
    if len(found) != 1:  # a number without its country may be several people's
        raise NotFound(GONE)
    found[0].partner = partner
    return found[0]


def exists_anywhere(*, email: str = "", phone: str = "") -> bool:
    """Whether any account of the platform has this e-mail or this phone."""
    wanted = Q(pk="")
    if email:
        wanted |= _index_is("email_index", email)
    if phone:
        wanted |= _with_phone(phone)
    return Account.objects.filter(wanted).exists()
