"""Source pictures: what can be had, and the plain reason where it cannot."""

from __future__ import annotations

import base64
import io
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from PIL import Image

from accounts.models import Partner
from imaging import fetch, sources, storage
from imaging.catalog import products
from imaging.fetch import DownloadFailed, fetch_picture
from imaging.models import Generation

NOBODY = uuid.UUID(int=0)


def png(size: tuple[int, int] = (8, 6)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, "#336699").save(buffer, "PNG")
    return buffer.getvalue()


class Shop(BaseHTTPRequestHandler):
    """A shop's web server, with good and bad answers."""

    answers = {
        "/photo.png": (200, "image/png", png()),
        "/liar.png": (200, "text/html", png()),
        "/page.jpg": (200, "image/jpeg", b"<html>not found</html>"),
        "/empty.jpg": (200, "image/jpeg", b""),
        "/gone.jpg": (404, "text/html", b"no"),
        "/large.jpg": (200, "image/jpeg", b"x" * 4096),
    }

    def do_GET(self) -> None:
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://169.254.169.254/latest/meta-data/")
            self.end_headers()
            return
        if self.path == "/slow.jpg":
            self.server.patience.wait(30)  # type: ignore[attr-defined]
            return
        status, kind, content = self.answers[self.path]
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def shop(settings: Any) -> Iterator[str]:
    """The address of a shop that the operator allows us to reach."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shop)
    server.patience = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.FETCH_ALLOWED_HOSTS = [f"127.0.0.1:{server.server_port}"]
    yield f"http://127.0.0.1:{server.server_port}"
    server.patience.set()  # type: ignore[attr-defined]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def generation() -> Callable[..., Generation]:
    """A generation that is not stored: reading its sources needs no more."""

    def make(*urls: str) -> Generation:
        rows = [{"url": url} for url in urls]
        return Generation(partner_id=NOBODY, operation="enhance", sources=rows)

    return make


def reason(url: str) -> str:
    with pytest.raises(DownloadFailed) as caught:
        fetch_picture(url, partner_id=NOBODY)
    assert caught.value.message == f"Failed to download image: {caught.value.reason}"
    return caught.value.reason


def test_a_photo_arrives_as_it_is(shop: str) -> None:
    assert fetch_picture(f"{shop}/photo.png", partner_id=NOBODY) == png()


def test_the_type_is_told_by_content_not_by_header(
    shop: str, generation: Callable[..., Generation], db: None
) -> None:
    found = sources.read_sources(generation(f"{shop}/liar.png"))
    assert found is not None
    assert found[0].pixels.shape == (6, 8, 3)

    with pytest.raises(DownloadFailed, match="Failed to download image: "):
        sources.read_sources(generation(f"{shop}/page.jpg"))


def test_an_answer_that_is_no_photo_is_refused(shop: str) -> None:
    assert reason(f"{shop}/gone.jpg") == "the server answered 404"
    assert reason(f"{shop}/empty.jpg") == "the file is empty"


def test_a_file_over_the_limit_is_refused(shop: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "MAX_BYTES", 1000)

    assert reason(f"{shop}/large.jpg")


def test_a_redirect_to_a_private_address_is_refused(shop: str) -> None:
    assert "169.254" not in reason(f"{shop}/away")


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1/x.png", "http://[::1]/x.png", "http://10.0.0.1/x.png", "http://localhost/x"],
)
def test_private_addresses_are_refused_without_being_named(url: str) -> None:
    assert "127.0.0.1" not in reason(url)


def test_a_sample_of_ours_is_read_without_a_request(settings: Any) -> None:
    photo = fetch_picture(f"{settings.PUBLIC_URL}/static/samples/mug.jpg", partner_id=NOBODY)

    assert photo.startswith(b"\xff\xd8\xff")


def test_a_product_s_photo_is_read_for_its_partner_alone(partner: Partner) -> None:
    image = base64.b64encode(png()).decode()
    product = products.add(partner=partner, body={"sku": "MUG-1", "image": image})
    address = storage.address_of(product.image_path)

    assert fetch_picture(address, partner_id=partner.pk) == png()
    assert reason(address)


def test_no_other_file_can_be_read_that_way(settings: Any) -> None:
    for path in ("/static/samples/../../apps.py", "/static/samples/%2e%2e/apps.py"):
        assert reason(f"{settings.PUBLIC_URL}{path}")


def test_a_slow_photo_is_not_waited_for_once_the_job_is_over(
    shop: str, generation: Callable[..., Generation], db: None
) -> None:
    asked = []

    def go_on() -> bool:
        asked.append(1)
        return len(asked) < 3

    assert sources.read_sources(generation(f"{shop}/slow.jpg"), go_on=go_on) is None
    assert len(asked) == 3


def test_one_bad_photo_ends_the_wait_for_the_others(
    shop: str, generation: Callable[..., Generation], db: None
) -> None:
    job = generation(f"{shop}/slow.jpg", f"{shop}/photo.png", f"{shop}/gone.jpg")

    with pytest.raises(DownloadFailed, match="the server answered 404"):
        sources.read_sources(job)


def test_several_photos_come_in_their_order(
    shop: str, generation: Callable[..., Generation], db: None
) -> None:
    found = sources.read_sources(generation(f"{shop}/photo.png", f"{shop}/liar.png"))

    assert found is not None
    assert len(found) == 2
    assert sources.read_sources(generation()) == []


def test_an_odd_address_of_ours_is_no_file(settings: Any, db: None) -> None:
    for path in ("/media/%00", "/media/../x", "/static/samples/%00", "/static/samples/"):
        assert reason(f"{settings.PUBLIC_URL}{path}")
