"""The Python client on a server that listens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from accounts import keys
from accounts.models import Partner
from integrations import merchants
from integrations.models import Account
from softbox import Softbox
from tests.api.conftest import engines, partner, rich, worker  # noqa: F401 (fixtures)
from tests.integrations.conftest import SARAH


@pytest.fixture
def site(live_server: Any, settings: Any) -> str:
    settings.PUBLIC_URL = live_server.url
    return str(live_server.url)


@contextmanager
def _client(site: str, owner: Partner, **wishes: Any) -> Iterator[Softbox]:
    made = keys.create_key(partner=owner, **wishes)
    with Softbox(made.key, site, patience=30, retries=2) as client:
        yield client


@pytest.fixture
def testing(site: str, partner: Partner) -> Iterator[Softbox]:  # noqa: F811
    """With a test key: placeholders, free."""
    with _client(site, partner, environment="test") as client:
        yield client


@pytest.fixture
def managing(site: str, partner: Partner) -> Iterator[Softbox]:  # noqa: F811
    """With a management key."""
    with _client(site, partner, kind="management") as client:
        yield client


@pytest.fixture
def account(partner: Partner) -> Account:  # noqa: F811
    return merchants.create(partner=partner, body=SARAH)


@pytest.fixture
def paying(site: str, rich: Partner) -> Iterator[Softbox]:  # noqa: F811
    """With a live key and 100 points."""
    with _client(site, rich) as client:
        yield client
