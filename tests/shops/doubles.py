"""Shops on this machine that speak Shopify's and WooCommerce's real protocol over HTTP.

Each keeps products with images, checks our credentials as the real one does, signs and sends its
product webhooks, and has the real one's bad days: a full bucket (429), an error of its own (5xx),
and an answer that never arrives although the work was done.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answer = tuple[int, dict[str, str], Any]

PHOTOS = ("front.jpg", "side.jpg")


class ShopDouble:
    """What both kinds have in common. `troubles` are answered first, one a request."""

    def __init__(self) -> None:
        self.products: dict[int, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.troubles: list[Answer | str] = []
        self.clock = itertools.count(1)
        self._ids = itertools.count(1001)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        self.host = f"127.0.0.1:{self._server.server_port}"
        self.base = f"http://{self.host}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def new_id(self) -> int:
        return next(self._ids)

    def moment(self) -> str:
        return f"2026-03-01T10:00:{next(self.clock):02d}"

    def images(self, product: int) -> list[dict[str, Any]]:
        images: list[dict[str, Any]] = self.products[product]["images"]
        return images

    def calls(self, method: str) -> int:
        return sum(made == method for made, _ in self.requests)

    def authorised(self, headers: Any) -> bool:
        raise NotImplementedError

    def answer(self, method: str, path: str, body: Any) -> Answer:
        raise NotImplementedError

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def _serve(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                path = urlsplit(self.path).path
                double.requests.append((self.command, path))
                if not double.authorised(self.headers):
                    return self._send(401, {}, {"errors": "Invalid API key or access token"})
                trouble = double.troubles.pop(0) if double.troubles else None
                if isinstance(trouble, tuple):
                    return self._send(*trouble)
                found = double.answer(self.command, path, json.loads(raw) if raw else None)
                if trouble == "silence":  # the work is done, the answer is lost
                    return self.connection.close()
                return self._send(*found)

            do_GET = do_POST = do_PUT = _serve  # noqa: N815 (the library's names)

            def _send(self, status: int, headers: dict[str, str], value: Any) -> None:
                content = json.dumps(value).encode()
                self.send_response(status)
                for name, text in {**headers, "Content-Type": "application/json"}.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        return Handler


class ShopifyDouble(ShopDouble):
    """Images as a resource of their own; the file comes inside the request."""

    kind = "shopify"
    token = "shpat_0123456789abcdef"
    secret = "shpss_client-secret"

    @property
    def credentials(self) -> dict[str, str]:
        return {"shopDomain": self.base, "accessToken": self.token}

    def create(self, title: str = "Blue Mug", photos: tuple[str, ...] = PHOTOS) -> int:
        number = self.new_id()
        self.products[number] = {"id": number, "title": title, "images": [], "variants": []}
        for photo in photos:
            self.add(number, photo)
        return number

    def add(self, product: int, file_name: str, alt: str | None = None) -> dict[str, Any]:
        number = self.new_id()
        stem, _, ending = file_name.rpartition(".")
        image = {
            "id": number,
            "product_id": product,
            "position": len(self.images(product)) + 1,
            "src": f"https://cdn.shopify.example/s/files/1/{stem}_{number}.{ending}?v=1700000000",
            "alt": alt,
        }
        self.images(product).append(image)
        self.products[product]["updated_at"] = f"{self.moment()}-05:00"
        return image

    def webhook(self, product: int, **changes: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a products/update webhook."""
        body = json.dumps(self.products[product], ensure_ascii=False).encode()
        return body, {
            "X-Shopify-Topic": "products/update",
            "X-Shopify-Hmac-Sha256": sign(body, self.secret),
            "X-Shopify-Shop-Domain": self.host,
            "X-Shopify-API-Version": "2025-10",
            "X-Shopify-Webhook-Id": f"b54557e4-bdd9-4b37-8a5f-{self.new_id():012d}",
            **changes,
        }

    def authorised(self, headers: Any) -> bool:
        return bool(headers.get("X-Shopify-Access-Token") == self.token)

    def answer(self, method: str, path: str, body: Any) -> Answer:
        prefix, _, rest = path.partition("/products/")
        number = int(rest.partition("/")[0])
        if prefix != "/admin/api/2025-10" or number not in self.products:
            return 404, {}, {"errors": "Not Found"}
        if method == "GET":
            return 200, {}, {"images": self.images(number)}
        image = body["image"]
        if not base64.b64decode(image["attachment"]).startswith(b"\x89PNG"):
            return 422, {}, {"errors": {"image": ["is not a picture"]}}
        return 200, {}, {"image": self.add(number, image["filename"], image["alt"])}


class WooCommerceDouble(ShopDouble):
    """Images as one list of the product; the shop takes the file from an address."""

    kind = "woocommerce"
    key, key_secret = "ck_0123", "cs_4567"
    secret = "a webhook's own secret"
    reachable: Callable[[str], bool] = staticmethod(lambda url: True)

    @property
    def credentials(self) -> dict[str, str]:
        return {
            "storeUrl": f"{self.base}/",
            "consumerKey": self.key,
            "consumerSecret": self.key_secret,
        }

    def create(self, title: str = "Blue Mug", photos: tuple[str, ...] = PHOTOS) -> int:
        number = self.new_id()
        self.products[number] = {"id": number, "name": title, "status": "publish", "images": []}
        for photo in photos:
            self.add(number, photo)
        return number

    def add(self, product: int, file_name: str, alt: str = "") -> dict[str, Any]:
        image = self._image(file_name, alt)
        self.images(product).append(image)
        self._touch(product)
        return image

    def _image(self, file_name: str, alt: str) -> dict[str, Any]:
        stem, _, ending = file_name.rpartition(".")
        src = f"https://woo.example/wp-content/uploads/2026/03/{stem}-1.{ending}"
        return {"id": self.new_id(), "src": src, "name": stem, "alt": alt}

    def _touch(self, product: int) -> None:
        self.products[product]["date_modified_gmt"] = self.moment()

    def webhook(self, product: int, **changes: str) -> tuple[bytes, dict[str, str]]:
        """Body and headers of a product.updated webhook."""
        body = json.dumps(self.products[product]).encode()
        return body, {
            "X-WC-Webhook-Source": f"{self.base}/",
            "X-WC-Webhook-Topic": "product.updated",
            "X-WC-Webhook-Resource": "product",
            "X-WC-Webhook-Event": "updated",
            "X-WC-Webhook-Signature": sign(body, self.secret),
            "X-WC-Webhook-ID": "7",
            "X-WC-Webhook-Delivery-ID": f"{self.new_id():032x}",
            **changes,
        }

    def authorised(self, headers: Any) -> bool:
        pair = base64.b64encode(f"{self.key}:{self.key_secret}".encode()).decode()
        return bool(headers.get("Authorization") == f"Basic {pair}")

    def answer(self, method: str, path: str, body: Any) -> Answer:
        prefix, _, rest = path.rpartition("/")
        if prefix != "/wp-json/wc/v3/products" or int(rest) not in self.products:
            return 404, {}, {"code": "woocommerce_rest_product_invalid_id"}
        product = int(rest)
        if method == "PUT":
            return self._put(product, body["images"])
        return 200, {}, self.products[product]

    def _put(self, product: int, images: list[dict[str, Any]]) -> Answer:
        """The list as it shall be: what is not in it is taken off the product."""
        present = {image["id"]: image for image in self.images(product)}
        if not all(self.reachable(image["src"]) for image in images if "src" in image):
            return 400, {}, {"code": "woocommerce_product_image_upload_error"}
        self.products[product]["images"] = [
            present[image["id"]]
            if "id" in image
            else self._image(image["src"].rpartition("/")[2], image["alt"])
            for image in images
        ]
        self._touch(product)
        return 200, {}, self.products[product]


def sign(body: bytes, secret: str) -> str:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
