"""The Account Model: which fields an account has, and what each may hold.

Source: ShopIQ API documentation, "Account Model". Fields it does not name are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from accounts.errors import InvalidRequest

DEFAULT_CURRENCY = "₹"
MOST_ITEMS = 50

_URL_LENGTH = 2048
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}")

Check = Callable[[Any, str], Any]


def _text(longest: int) -> Check:
    def check(value: Any, param: str) -> str:
        if not isinstance(value, str):
            raise InvalidRequest(f"{param} must be text", param=param)
        if len(value) > longest:
            raise InvalidRequest(f"{param} must be at most {longest} characters", param=param)
        return value.strip()

    return check


def _url(value: Any, param: str) -> str:
    """An http or https address; it is not contacted here."""
    text: str = _text(_URL_LENGTH)(value, param)
    try:
        parts = urlsplit(text)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in text
    except ValueError:
        good = False
    if text and not good:
        raise InvalidRequest(f"{param} must be a valid URL", param=param)
    return text


def _domain(value: Any, param: str) -> str:
    text: str = _text(253)(value, param).lower()
    try:
        ascii_form = text.encode("idna").decode()
    except UnicodeError:
        ascii_form = ""
    if not _DOMAIN.fullmatch(ascii_form):
        raise InvalidRequest(f"{param} must be a domain name", param=param)
    return text


def _list_of(check: Check) -> Check:
    def check_all(value: Any, param: str) -> list[Any]:
        if not isinstance(value, list):
            raise InvalidRequest(f"{param} must be a list", param=param)
        if len(value) > MOST_ITEMS:
            raise InvalidRequest(f"{param} may have at most {MOST_ITEMS} items", param=param)
        return [check(item, f"{param}[{index}]") for index, item in enumerate(value)]

    return check_all


def _object_of(fields: Mapping[str, Check], *, complete: bool) -> Check:
    def check(value: Any, param: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise InvalidRequest(f"{param} must be an object", param=param)
        checked = {
            name: check_one(value[name], f"{param}.{name}")
            for name, check_one in fields.items()
            if value.get(name) is not None
        }
        if complete and len(checked) < len(fields):
            raise InvalidRequest(f"{param} needs {' and '.join(fields)}", param=param)
        # Null takes a part away; `merge` does it.
        cleared = {name: None for name in fields if name in value and value[name] is None}
        return {**checked, **cleared}

    return check


ADDRESS: Mapping[str, Check] = {
    "addLineOne": _text(200),
    "addLineTwo": _text(200),
    "city": _text(100),
    "state": _text(100),
    "country": _text(100),
    "pincode": _text(20),
}

FIELDS: Mapping[str, Check] = {
    "firstName": _text(100),
    "lastName": _text(100),
    "profilePicture": _url,
    "currency": _text(8),
    "domains": _list_of(_domain),
    "legalName": _text(200),
    "about": _text(2000),
    "socialMedia": _list_of(_object_of({"name": _text(50), "url": _url}, complete=True)),
    "businessName": _text(200),
    "typeOfBusiness": _text(100),
    "businessCategory": _text(100),
    "businessSubCategory": _list_of(_text(100)),
    "address": _object_of(ADDRESS, complete=False),
    "logoUrl": _url,
    "favicon": _url,
}


def read_profile(body: Mapping[str, Any]) -> dict[str, Any]:
    """The profile fields that `body` names, checked; null stands for "take it away".

    Raises InvalidRequest naming the field at fault.
    """
    return {
        name: None if body[name] is None else check(body[name], name)
        for name, check in FIELDS.items()
        if name in body
    }


def merge(profile: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The profile with the changes made: only what they name is touched, in `address` too."""
    merged = {**profile}
    for name, value in changes.items():
        if name == "address" and value is not None:
            value = _without_nulls({**merged.get("address", {}), **value})
        merged[name] = value
    merged = _without_nulls(merged)
    return {**merged, "currency": merged.get("currency") or DEFAULT_CURRENCY}


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
