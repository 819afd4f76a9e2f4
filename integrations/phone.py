"""Phone numbers: checked and brought to one form with Google's number plans."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from accounts.errors import InvalidRequest

_SPOKEN = re.compile(r"[\s().\-/]+")
_LONGEST = 32


@dataclass(frozen=True, slots=True)
class Phone:
    """One number: as it was given, whole (E.164), and within its country."""

    value: str
    country_code: int
    number: str
    national: str


def read_phone(value: str, country_code: Any) -> Phone:
    """A number of a country. Raises InvalidRequest naming the field at fault."""
    if not _is_calling_code(country_code):
        raise InvalidRequest(
            "mobileNumber.countryCode must be a country calling code such as 91",
            param="mobileNumber.countryCode",
        )
    digits = _SPOKEN.sub("", value)
    wrong = InvalidRequest("mobileNumber.value must be a phone number", param="mobileNumber.value")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _LONGEST:
        raise wrong
    region = phonenumbers.region_code_for_country_code(country_code)
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException:
        raise wrong from None
    if parsed.country_code != country_code or not phonenumbers.is_possible_number(parsed):
        raise wrong
    return Phone(
        value=digits,
        country_code=country_code,
        number=phonenumbers.format_number(parsed, PhoneNumberFormat.E164),
        national=str(parsed.national_number),
    )


def spellings(text: str) -> list[str]:
    """What a number in a query string may stand for: with a country code, or within a country."""
    digits = _SPOKEN.sub("", text).removeprefix("+")
    if not digits.isascii() or not digits.isdecimal() or len(digits) > _LONGEST:
        return []
    return [f"+{digits}", digits.lstrip("0")]


def _is_calling_code(value: Any) -> bool:
    known = phonenumbers.COUNTRY_CODE_TO_REGION_CODE
    return isinstance(value, int) and not isinstance(value, bool) and value in known
