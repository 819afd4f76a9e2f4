"""Callers that speak as the vendors' customers do, a shop's server for photos and webhooks."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.models import Partner
from accounts.webhooks import sending
from imaging.catalog.models import Product
from tests.api.conftest import Caller


def picture(kind: str) -> bytes:
    """A small photo as a file of this kind, in Pillow's word."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "#884422").save(buffer, kind)
    return buffer.getvalue()


@dataclass
class Customer:
    """Speaks to one surface with one key, as its documentation says: Bearer or X-Api-Key."""

    base: str
    key: str
    header: str = "Authorization"

    def post(self, path: str, body: Any, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body)
        return Client().post(
            self.base + path, data, content_type="application/json", headers=self._headers(headers)
        )

    def get(self, path: str) -> Any:
        return Client().get(self.base + path, headers=self._headers({}))

    def wait_for(self, path: str, status: str = "completed") -> dict[str, Any]:
        """Poll as the documents say, until `status` is there."""
        pause = 0.03
        while True:
            shown: dict[str, Any] = self.get(path).json()
            if shown["status"] == status:
                return shown
            assert pause < 4, shown
            time.sleep(pause)
            pause *= 1.2  # a minute's sixty requests are enough for all of it

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        named = {name.replace("_", "-"): value for name, value in more.items()}
        if not self.key:
            return named
        word = f"Bearer {self.key}" if self.header == "Authorization" else self.key
        return {self.header: word, **named}


@dataclass
class Shop:
    """A customer's server: gives files, takes webhooks (header names in lower case)."""

    url: str
    files: dict[str, bytes] = field(default_factory=dict)
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def shop(settings: Any) -> Iterator[Shop]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            file = here.files.get(self.path)
            self.send_response(200 if file is not None else 404)
            self.send_header("Content-Length", str(len(file or b"")))
            self.end_headers()
            self.wfile.write(file or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            names = {name.lower(): value for name, value in self.headers.items()}
            here.heard.append((names, body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Shop(f"http://127.0.0.1:{server.server_port}")
    settings.FETCH_ALLOWED_HOSTS = [f"127.0.0.1:{server.server_port}"]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield here
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def send_webhooks() -> Callable[[], int]:
    """Send what the outbox holds, as the worker of the default queue does."""
    return sending.send_due


@pytest.fixture
def paqshot(live: Caller) -> Customer:
    """A customer of Paqshot's."""
    return Customer("/compat/paqshot/v1", live.key)


@pytest.fixture
def prodvisual(live: Caller) -> Customer:
    """A customer of ProdVisual's."""
    return Customer("/compat/prodvisual/v1", live.key)


@pytest.fixture
def mug(shop: Shop) -> str:
    """The address of a photo in the shop."""
    shop.files["/mug.jpg"] = picture("JPEG")
    return f"{shop.url}/mug.jpg"


@pytest.fixture
def qamera(live: Caller) -> Customer:
    """A customer of Qamera's."""
    return Customer("/compat/qamera", live.key, "X-Api-Key")


@pytest.fixture
def qamera_trial(test_key: Caller) -> Customer:
    """The same with a test key."""
    return Customer("/compat/qamera", test_key.key, "X-Api-Key")


@pytest.fixture
def shirt(partner: Partner, shop: Shop) -> Product:
    """The product, preset and scenery of Qamera's example, under the ids they had there."""
    own = partner.ingredients
    own.create(kind="preset", key="preset_xyz", label="Ours", style="white_bg", aspect_ratio="4:3")
    own.create(kind="scenery", key="scenery_001", label="Oak", scene="on an oak table")
    shop.files["/shirt.jpg"] = picture("JPEG")
    return Product.objects.create(
        partner=partner,
        sku="prod_abc123",
        title="White T-Shirt",
        image_url=f"{shop.url}/shirt.jpg",
    )
