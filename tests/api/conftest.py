"""A partner with points and a caller that speaks to the API as the partner's program would."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from accounts import keys
from accounts.models import Partner
from billing import points
from tests.billing import flushing


@dataclass
class Caller:
    """Sends JSON with one key; `answer.json()` is what came back."""

    key: str

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        return Client().post(  # type: ignore[return-value]
            path,
            data,
            content_type=headers.pop("content_type", "application/json"),
            headers=self._headers(headers),
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return Client().get(path, headers=self._headers(headers))  # type: ignore[return-value]

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {**({"X-API-Key": self.key} if self.key else {}), **named}


@pytest.fixture
def partner(db: None) -> Partner:
    return Partner.objects.create(name="Acme")


@pytest.fixture
def rich(partner: Partner) -> Partner:
    """The partner with 100 points in a starter bucket."""
    points.grant(partner=partner, tier="starter", points=Decimal(100))
    return partner


@pytest.fixture
def caller(partner: Partner) -> Callable[..., Caller]:
    """Makes a caller with a key of the partner, or of another one."""

    def make(**wishes: Any) -> Caller:
        return Caller(keys.create_key(**{"partner": partner, **wishes}).key)

    return make


@pytest.fixture
def live(caller: Callable[..., Caller]) -> Caller:
    return caller()


@pytest.fixture
def test_key(caller: Callable[..., Caller]) -> Caller:
    return caller(environment="test")


@pytest.fixture
def other_partner(db: None) -> Partner:
    return Partner.objects.create(name="Rival")


@pytest.fixture(scope="session", autouse=True)
def _flush_spares_prices() -> None:
    if type(connection.ops).sql_flush.__module__ != flushing.__name__:
        flushing.spare_prices_and_pass_triggers()
