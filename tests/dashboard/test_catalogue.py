"""Products, imports and batches in the dashboard."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing import points
from imaging import batches, storage
from imaging.batches import Asked
from imaging.catalog import import_slices, imports, products
from imaging.catalog.models import CatalogueImport, Product
from imaging.models import Batch, Generation
from tests.api.conftest import photo
from tests.dashboard.conftest import Company
from tests.integrations.store_orders import make_pictures

pytestmark = pytest.mark.django_db

CSV = b"Article,Name,Photo\nA-1,Red cup,https://shop.example/1.jpg\nA-2,Blue cup,\n"
CHOICE = {"sku": "Article", "title": "Name", "image": "Photo", "style": "white_bg"}


def upload(acme: Company, data: bytes = CSV, *, role: str = "developer") -> Any:
    file = SimpleUploadedFile("autumn.csv", data, "text/csv")
    return acme.client(role).post(reverse("dashboard-imports"), {"file": file}, follow=True)


def worked() -> CatalogueImport:
    """The only import, after the workers have been at it."""
    row = CatalogueImport.objects.get()
    while import_slices.advance(row.pk):
        pass
    row.refresh_from_db()
    return row


def batch(acme: Company, *prompts: str) -> Batch:
    items = [{"operation": "create", "prompt": prompt} for prompt in prompts]
    orders = batches.read_items(items, acme.partner)
    return batches.submit(Asked(partner=acme.partner), orders, metadata={"name": "Autumn"})


# --- CSV import ----------------------------------------------------------------------------------


def test_a_catalogue_is_uploaded_checked_and_ordered(acme: Company) -> None:
    client = acme.client("developer")
    page = upload(acme).content.decode()
    assert "Which column is what?" in page
    assert "<option selected>Photo</option>" in page

    row = CatalogueImport.objects.get()
    address = reverse("dashboard-import", args=[row.pk])
    client.post(address, CHOICE)
    assert "Checking every row" in client.get(address).content.decode()
    worked()
    page = client.get(address).content.decode()
    assert "Ready to start" in page
    assert "Order 1 picture" in page
    assert "A-2" in page
    assert not Generation.objects.filter(surface="import").exists()

    client.post(reverse("dashboard-import-start", args=[row.pk]))
    assert worked().status == "done"
    assert Generation.objects.get(surface="import").metadata["sku"] == "A-1"
    lines = client.get(reverse("dashboard-import-csv", args=[row.pk])).content.decode()
    assert lines.splitlines()[0] == "line,sku,message"
    assert lines.splitlines()[1].startswith("3,A-2,")


def test_progress_alone_is_answered_while_it_runs(acme: Company) -> None:
    upload(acme)
    client, row = acme.client("viewer"), CatalogueImport.objects.get()
    imports.check(row, columns={"sku": "Article", "image": "Photo"}, style="white_bg")
    address = reverse("dashboard-import", args=[row.pk])
    running = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in running
    assert "hx-get" in running
    worked()
    assert "hx-get" not in client.get(address, headers={"HX-Request": "true"}).content.decode()


def test_a_formula_in_a_sku_stays_text_in_the_error_file(acme: Company) -> None:
    upload(acme, b"Article,Photo\n=HYPERLINK(1),\n")
    row = CatalogueImport.objects.get()
    imports.check(row, columns={"sku": "Article", "image": "Photo"}, style="white_bg")
    worked()
    answer = acme.client("owner").get(reverse("dashboard-import-csv", args=[row.pk]))
    assert ",'=HYPERLINK(1)," in answer.content.decode()


@pytest.mark.parametrize("data", [b"", b"only one column\nx\n", b"\x00\x01"])
def test_what_is_no_catalogue_is_refused_in_words(acme: Company, data: bytes) -> None:
    page = upload(acme, data).content.decode()
    assert 'class="error"' in page
    assert not CatalogueImport.objects.exists()


def test_a_viewer_uploads_and_starts_nothing(acme: Company) -> None:
    assert upload(acme, role="viewer").status_code == 403
    upload(acme)
    row = CatalogueImport.objects.get()
    client = acme.client("viewer")
    assert client.post(reverse("dashboard-import", args=[row.pk]), CHOICE).status_code == 403
    assert client.post(reverse("dashboard-import-start", args=[row.pk])).status_code == 403
    assert b"Check the file" not in client.get(reverse("dashboard-import", args=[row.pk])).content


def test_in_test_mode_nothing_that_costs_is_started(acme: Company) -> None:
    client = acme.client("developer")
    upload(acme)
    row = CatalogueImport.objects.get()
    imports.check(row, columns={"sku": "Article", "image": "Photo"}, style="white_bg")
    worked()
    client.post(reverse("dashboard-environment", args=["test"]))
    page = client.post(reverse("dashboard-import-start", args=[row.pk]), follow=True)
    assert b"You are in test mode" in page.content
    assert worked().status == "checked"


def test_stopped_and_gone_on_with_and_forgotten(acme: Company) -> None:
    client = acme.client("owner")
    upload(acme)
    row = CatalogueImport.objects.get()
    client.post(reverse("dashboard-import", args=[row.pk]), CHOICE)
    worked()
    client.post(reverse("dashboard-import-start", args=[row.pk]))
    client.post(reverse("dashboard-import-pause", args=[row.pk]))
    assert b"Go on" in client.get(reverse("dashboard-import", args=[row.pk])).content
    client.post(reverse("dashboard-import-resume", args=[row.pk]))
    assert worked().status == "done"
    client.post(reverse("dashboard-import-discard", args=[row.pk]))
    assert not CatalogueImport.objects.exists()
    assert Product.objects.filter(sku="A-1").exists()


# --- Products ------------------------------------------------------------------------------------


def test_a_product_is_added_found_changed_and_forgotten(acme: Company) -> None:
    client = acme.client("developer")
    fields = {"sku": "MUG-1", "title": "Red mug", "photo_url": "https://shop.example/mug.jpg"}
    client.post(reverse("dashboard-product-new"), fields)
    row = Product.objects.get(sku="MUG-1")
    address = reverse("dashboard-product", args=[row.pk])
    assert b"Red mug" in client.get(reverse("dashboard-products"), {"q": "mug-1"}).content
    assert b"Nothing matches" in client.get(reverse("dashboard-products"), {"q": "vase"}).content
    client.post(address, {"title": "Blue mug", "photo_url": ""})
    row.refresh_from_db()
    assert (row.title, row.image_url) == ("Blue mug", "https://shop.example/mug.jpg")
    client.post(reverse("dashboard-product-remove", args=[row.pk]))
    assert not Product.objects.filter(sku="MUG-1").exists()
    noted = acme.partner.audit_events.filter(target="MUG-1").order_by("id")
    deeds = ["product.added", "product.changed", "product.removed"]
    assert [event.action for event in noted] == deeds


def test_an_uploaded_photo_is_kept_and_shown_from_here(acme: Company) -> None:
    row = products.add(partner=acme.partner, body={"sku": "MUG-1", "image": photo()})
    page = acme.client("viewer").get(reverse("dashboard-product", args=[row.pk])).content.decode()
    assert "/media/private/partners/" in page


def test_another_photo_takes_the_place_of_the_first(
    acme: Company, django_capture_on_commit_callbacks: Any
) -> None:
    row = products.add(partner=acme.partner, body={"sku": "MUG-1", "image": photo()})
    first = row.image_path
    with django_capture_on_commit_callbacks(execute=True):
        products.change(row, {"image": photo()})
    assert storage.read(row.image_path)
    with pytest.raises(FileNotFoundError):
        storage.read(first)


def test_a_photo_that_is_refused_leaves_the_one_before(
    acme: Company, django_capture_on_commit_callbacks: Any
) -> None:
    row = products.add(partner=acme.partner, body={"sku": "MUG-1", "image": photo()})
    file = SimpleUploadedFile("mug.png", b"no picture", "image/png")
    with django_capture_on_commit_callbacks(execute=True):
        page = acme.client("developer").post(
            reverse("dashboard-product", args=[row.pk]), {"title": "Mug", "photo_file": file}
        )
    assert 'class="error' in page.content.decode()
    row.refresh_from_db()
    assert storage.read(row.image_path)


def test_another_host_s_photo_is_linked_and_not_opened(acme: Company) -> None:
    body = {"sku": "MUG-1", "image": "https://shop.example/mug.jpg"}
    row = products.add(partner=acme.partner, body=body)
    page = acme.client("owner").get(reverse("dashboard-product", args=[row.pk])).content.decode()
    assert 'href="https://shop.example/mug.jpg"' in page
    assert 'src="https://shop.example/mug.jpg"' not in page


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sku": "", "photo_url": "https://shop.example/a.jpg"}, "This field is required"),
        ({"sku": "B-1", "photo_url": "nowhere"}, "neither a URL nor valid base64"),
        ({"sku": "B-1", "photo_url": ""}, "image is required"),
        ({"sku": "MUG-1", "photo_url": "https://shop.example/a.jpg"}, "exists already"),
    ],
)
def test_what_is_wrong_with_a_product_is_said_at_the_form(
    acme: Company, fields: dict[str, str], words: str
) -> None:
    body = {"sku": "MUG-1", "image": "https://shop.example/mug.jpg"}
    products.add(partner=acme.partner, body=body)
    page = acme.client("developer").post(reverse("dashboard-product-new"), fields)
    assert words in page.content.decode()
    assert Product.objects.count() == 1


def test_a_packshot_is_ordered_of_a_product(acme: Company) -> None:
    row = products.add(partner=acme.partner, body={"sku": "MUG-1", "image": photo()})
    client = acme.client("developer")
    page = client.get(reverse("dashboard-product", args=[row.pk])).content
    assert b"8 points at starter" in page
    client.post(reverse("dashboard-product-order", args=[row.pk]), {"style": "white_bg"})
    made = Generation.objects.get(product=row)
    assert (made.surface, made.recipe["style"], made.points_held) == ("dashboard", "white_bg", 8)
    assert b"queued" in client.get(reverse("dashboard-products")).content

    before = points.balance(partner_id=acme.partner.pk)
    client.post(reverse("dashboard-product-order", args=[row.pk]), {"style": "no such"})
    assert points.balance(partner_id=acme.partner.pk) == before


# --- Batches -------------------------------------------------------------------------------------


def test_a_batch_shows_each_item_and_what_became_of_it(acme: Company) -> None:
    row = batch(acme, "a red mug", "a blue mug")
    client = acme.client("viewer")
    address = reverse("dashboard-batch", args=[row.pk])
    assert b"Autumn" in client.get(reverse("dashboard-batches")).content
    running = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "0 of 2 ended" in running
    assert "hx-get" in running
    make_pictures()
    done = client.get(address).content.decode()
    assert "2 of 2 ended" in done
    assert "16 points" in done
    lines = client.get(reverse("dashboard-batch-csv", args=[row.pk])).content.decode()
    assert [line.split(",")[2] for line in lines.splitlines()[1:]] == ["succeeded", "succeeded"]


def test_cancelling_a_batch_gives_the_points_back(acme: Company) -> None:
    before = points.balance(partner_id=acme.partner.pk)
    row = batch(acme, "a red mug", "a blue mug")
    client = acme.client("developer")
    client.post(reverse("dashboard-batch-cancel", args=[row.pk]))
    assert points.balance(partner_id=acme.partner.pk) == before
    page = client.post(reverse("dashboard-batch-cancel", args=[row.pk]), follow=True)
    assert b"had ended already" in page.content


def test_lists_of_many_take_few_queries(acme: Company, django_assert_max_num_queries: Any) -> None:
    for number in range(8):
        body = {"sku": f"A-{number}", "image": "https://shop.example/a.jpg"}
        products.add(partner=acme.partner, body=body)
        batch(acme, "a red mug", "a blue mug")
    client = acme.client("owner")
    for name in ("dashboard-products", "dashboard-batches", "dashboard-imports"):
        with django_assert_max_num_queries(15):
            assert client.get(reverse(name)).status_code == 200
