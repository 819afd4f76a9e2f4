"""A partner, its keys, and a Redis of our own where one is installed."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from accounts import keys
from accounts.models import ApiKey, Partner


@pytest.fixture
def partner(db: None) -> Partner:
    return Partner.objects.create(name="Acme")


@pytest.fixture
def new_key(partner: Partner) -> Callable[..., keys.NewKey]:
    """Makes a key of the partner; image and live unless told otherwise."""

    def make(**wishes: Any) -> keys.NewKey:
        return keys.create_key(**{"partner": partner, **wishes})

    return make


@pytest.fixture
def image_key(new_key: Callable[..., keys.NewKey]) -> str:
    return new_key().key


@pytest.fixture
def key_row(new_key: Callable[..., keys.NewKey]) -> ApiKey:
    return new_key().row


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A throw-away Redis server on a free port."""
    binary = shutil.which("redis-server")
    if binary is None:
        pytest.skip("redis-server is not installed")
    folder: Path = tmp_path_factory.mktemp("redis")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    server = subprocess.Popen([binary, *options], stdout=subprocess.DEVNULL)
    client = redis.Redis(port=port)
    try:
        for _ in range(100):
            try:
                client.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        client.close()
        server.terminate()
        server.wait(10)


@pytest.fixture(params=["database", "redis"])
def backend(request: pytest.FixtureRequest, settings: Any) -> str:
    """Runs the test with the windows in the database, and again with them in Redis."""
    name: str = request.param
    settings.REDIS_URL = request.getfixturevalue("redis_url") if name == "redis" else ""
    return name
