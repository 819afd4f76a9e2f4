"""A partner with points and a caller that speaks to the API as the partner's program would."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client, override_settings
from PIL import Image

from accounts import keys
from accounts.models import Partner
from billing import points
from imaging.tiers import Engines
from tests.api.worker import working
from tests.billing import flushing
from tests.openapi.conformity import answers_as_described  # noqa: F401 (a fixture)

HOST = "http://testserver"


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

    def patch(self, path: str, body: Any) -> HttpResponse:
        return Client().patch(  # type: ignore[return-value]
            path, json.dumps(body), "application/json", headers=self._headers({})
        )

    def delete(self, path: str) -> HttpResponse:
        return Client().delete(path, headers=self._headers({}))  # type: ignore[return-value]

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        return {**({"X-API-Key": self.key} if self.key else {}), **named}


def photo(size: tuple[int, int] = (40, 30)) -> str:
    """A product photo as base64."""
    buffer = io.BytesIO()
    Image.new("RGB", size, "#884422").save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def download(url: str, **headers: str) -> Any:
    """The answer, its content in `body`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: Any = Client().get(url.removeprefix(HOST), headers=named)
    answer.body = answer.getvalue()  # which also closes its file
    return answer


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    with override_settings(
        ENGINE_FACTORIES={"studio": "tests.imaging.tiny_engine:TinyEngine"}, IMAGE_WAIT_SECONDS=20
    ):
        chain = Engines()
        yield chain
        chain.close()


@pytest.fixture
def worker(engines: Engines, rich: Partner) -> Iterator[None]:
    """A worker with the tiny engine; the test needs `transaction=True`."""
    with working(engines):
        yield


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
