"""A partner that keeps merchant accounts, and its program."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts import keys
from accounts.models import ApiKey, Partner
from integrations import merchants
from integrations.models import Account
from tests.openapi.conformity import answers_as_described  # noqa: F401 (a fixture)

V2 = "/api/v2/third-party/"

SARAH: dict[str, Any] = {
    "email": "sarah@novaretail.example",
    "mobileNumber": {"value": "9876543210", "countryCode": 91},
    "firstName": "Sarah",
    "lastName": "Mitchell",
    "businessName": "Nova Retail",
    "address": {"city": "Mumbai", "country": "India", "pincode": "400001"},
}


@dataclass
class Program:
    """Calls the third-party API with one management key."""

    key: str

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        answer: HttpResponse = Client().generic(  # type: ignore[assignment]
            method,
            V2 + path,
            b"" if body is None else json.dumps(body).encode(),
            content_type="application/json",
            headers={"X-API-Key": self.key, **headers},
        )
        return answer


@pytest.fixture
def partner(db: None) -> Partner:
    return Partner.objects.create(name="Acme", rate_minute=1000)


@pytest.fixture
def program(partner: Partner) -> Callable[..., Program]:
    """Makes a caller with a management key of the partner, or of another one."""

    def make(**wishes: Any) -> Program:
        given = {"partner": partner, "kind": ApiKey.Kind.MANAGEMENT, **wishes}
        return Program(keys.create_key(**given).key)

    return make


@pytest.fixture
def call(program: Callable[..., Program]) -> Program:
    return program()


@pytest.fixture
def rival(db: None, program: Callable[..., Program]) -> Program:
    return program(partner=Partner.objects.create(name="Rival"))


@pytest.fixture
def account(partner: Partner) -> Account:
    return merchants.create(partner=partner, body=SARAH)
