"""The dashboard while files cannot be stored or read: people are told, and nothing is lost."""

from __future__ import annotations

import base64
import errno
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.urls import reverse

from accounts.models import AuditEvent
from imaging import storage
from imaging.catalog import import_slices, imports, products
from imaging.catalog.models import CatalogueImport, Product
from imaging.models import Generation
from tests.api.conftest import photo
from tests.dashboard.conftest import Company

pytestmark = pytest.mark.django_db

Full = Callable[..., None]
WORDS = "Pictures cannot be stored or read just now."
WHO: dict[str, Any] = {"actor": "owner@acme.example", "address": "127.0.0.1"}
COLUMNS = {"sku": "sku", "image": "image"}


def file() -> SimpleUploadedFile:
    return SimpleUploadedFile("mug.png", base64.b64decode(photo()), "image/png")


def send(acme: Company, page: str, *arguments: Any, **form: Any) -> Any:
    return acme.client("developer").post(reverse(page, args=arguments), form, follow=True)


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def make() -> None:
        def broken(*arguments: Any) -> Any:
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(FileSystemStorage, "_open", broken)

    return make


def mug(acme: Company) -> Product:
    return products.add(partner=acme.partner, body={"sku": "M", "title": "Mug", "image": photo()})


def test_a_new_product_keeps_its_words_on_the_form(acme: Company, full_disk: Full) -> None:
    full_disk()
    page = send(acme, "dashboard-product-new", sku="M-1", title="Red mug", photo_file=file())

    assert WORDS in page.content.decode()
    assert "Red mug" in page.content.decode()
    assert not Product.objects.filter(sku="M-1").exists()


def test_a_products_photo_stays_until_another_is_there(
    acme: Company,
    full_disk: Full,
) -> None:
    row = mug(acme)
    before = row.image_path
    full_disk()
    page = send(acme, "dashboard-product", row.pk, title="Other", photo_file=file())

    row.refresh_from_db()
    assert WORDS in page.content.decode()
    assert (row.image_path, row.title) == (before, "Mug")
    assert storage.read(before)


def test_a_product_that_orders_wait_for_is_not_forgotten_half(
    acme: Company, unreadable: Callable[[], None]
) -> None:
    row = mug(acme)
    send(acme, "dashboard-product-order", row.pk, style="white_bg")
    unreadable()
    page = send(acme, "dashboard-product-remove", row.pk)

    assert page.status_code == 503
    assert WORDS in page.content.decode()
    assert Product.objects.filter(pk=row.pk).exists()
    assert not AuditEvent.objects.filter(action="product.removed").exists()


def test_a_photo_that_orders_wait_for_is_replaced_whole_or_not_at_all(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = mug(acme)
    send(acme, "dashboard-product-order", row.pk, style="white_bg")
    before, new = row.image_path, f"partners/{acme.partner.pk}/new.png"
    monkeypatch.setattr(storage, "keep_product", lambda *_, **__: _stored(new))
    with monkeypatch.context() as broken:
        broken.setattr(storage, "read", _away)
        send(acme, "dashboard-product", row.pk, title="Other", photo_file=file())

    row.refresh_from_db()
    assert (row.image_path, row.title) == (before, "Mug")
    assert storage.read(before)
    assert not default_storage.exists(new)


def test_a_photo_stays_where_nobody_knows_whether_it_was_saved(
    acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = mug(acme)
    real = Product.save

    def save(self: Product, **wishes: Any) -> None:
        real(self, **wishes)
        raise OperationalError("the connection broke off while it committed")

    monkeypatch.setattr(Product, "save", save)
    with pytest.raises(OperationalError):
        products.change(row, {"image": photo()})

    row.refresh_from_db()
    assert storage.read(row.image_path)


def _stored(path: str) -> str:
    return default_storage.save(path, file())


def test_the_playground_says_so(acme: Company, full_disk: Full) -> None:
    before = Generation.objects.count()
    full_disk()
    form = {"operation": "packshot", "photo": "file", "style": "white_bg", "mode": "fast"}
    shape = {"aspect_ratio": "1:1", "resolution": "1k"}
    page = send(acme, "dashboard-playground", photo_file=file(), **form, **shape)

    assert WORDS in page.content.decode()
    assert Generation.objects.count() == before


def test_a_catalogue_that_cannot_be_stored(acme: Company, full_disk: Full) -> None:
    full_disk()
    csv = SimpleUploadedFile("autumn.csv", b"sku,image\nA,https://shop.example/1.jpg\n", "text/csv")
    page = send(acme, "dashboard-imports", file=csv)

    assert WORDS in page.content.decode()
    assert not CatalogueImport.objects.exists()


def catalogue(acme: Company) -> CatalogueImport:
    data = b"sku,image\nA,https://shop.example/1.jpg\n"
    row = imports.receive(partner=acme.partner, name="a.csv", data=data, actor="owner")
    imports.check(row, columns=COLUMNS, style="white_bg")
    return row


def test_an_import_waits_for_its_file(acme: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    row = catalogue(acme)
    with monkeypatch.context() as broken:
        broken.setattr(storage, "read", _away)
        import_slices.advance(row.pk)
    row.refresh_from_db()
    assert (row.status, row.lease_until) == ("checking", None)

    import_slices.advance(row.pk)
    row.refresh_from_db()
    assert row.status == "checked"


def _away(path: str) -> bytes:
    raise storage.StorageUnavailable


def test_an_import_whose_file_is_gone_says_so(acme: Company) -> None:
    row = catalogue(acme)
    storage.delete(row.path)
    import_slices.advance(row.pk)

    row.refresh_from_db()
    assert (row.status, row.report["stopped"]) == ("uploaded", import_slices.FILE_GONE)
    for page in (
        acme.client("developer").get(reverse("dashboard-import", args=[row.pk])),
        send(acme, "dashboard-import", row.pk, sku="sku", image="image", style="white_bg"),
    ):
        assert page.status_code == 200
        assert "upload it again" in page.content.decode()
        assert "Forget it" in page.content.decode()
    send(acme, "dashboard-import-discard", row.pk)
    assert not CatalogueImport.objects.exists()
