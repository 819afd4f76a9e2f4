"""A catalogue in a real browser: a CSV file in, its rows ordered, stopped and gone on with."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Route, expect

from imaging.catalog import import_slices, imports
from imaging.catalog.models import CatalogueImport
from imaging.models import Generation
from tests.browser.conftest import Tab
from tests.browser.test_dashboard import a_quiet_page, log_in
from tests.browser.test_dashboard import site as site  # (a fixture)
from tests.dashboard.conftest import Company, company

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = [f"A-{n},Cup {n},https://shop.example/{n}.jpg" for n in range(6)]
FILE = "\n".join(["Article,Product name,Photo URL", *ROWS, "A-9,No photo,", ""]).encode()


@pytest.fixture
def acme(site: str) -> Company:
    return company("Acme", "acme.example")


def slice_of(row: CatalogueImport) -> None:
    """What a default worker does in one go."""
    import_slices.advance(row.pk)


def test_a_catalogue_goes_from_the_file_to_its_orders(
    site: str, acme: Company, tab: Tab, monkeypatch: Any
) -> None:
    page = tab.page
    monkeypatch.setattr(import_slices, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(import_slices, "_SAVE_SECONDS", 0.0)
    with a_quiet_page(tab, site):
        log_in(tab, site, "developer@acme.example")
        page.get_by_role("link", name="CSV import").click()
        file = {"name": "autumn.csv", "mimeType": "text/csv", "buffer": FILE}
        page.get_by_label("File").set_input_files(file)  # type: ignore[arg-type]  # a dict will do
        page.get_by_role("button", name="Upload").click()

        expect(page.get_by_role("heading", name="Which column is what?")).to_be_visible()
        expect(page.get_by_label("Image")).to_have_value("Photo URL")
        page.get_by_label("Sku").select_option("Article")
        assert tab.violations() == []
        page.get_by_role("button", name="Check the file").click()

        row = CatalogueImport.objects.get()
        expect(page.get_by_role("heading", name="Checking every row")).to_be_visible()
        slice_of(row)
        expect(page.get_by_text("1 of 7 rows")).to_be_visible()
        monkeypatch.setattr(import_slices, "SLICE_SECONDS", 60.0)
        slice_of(row)
        expect(page.get_by_role("heading", name="Ready to start")).to_be_visible()
        expect(page.get_by_role("cell", name="A-9")).to_be_visible()
        expect(page.get_by_text("48", exact=True)).to_be_visible()
        assert tab.violations() == []
        assert not Generation.objects.filter(surface="import").exists()

        page.get_by_role("button", name="Order 6 pictures").click()
        monkeypatch.setattr(import_slices, "SLICE_SECONDS", 0.0)
        slice_of(row)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_role("heading", name="Stopped")).to_be_visible()
        page.get_by_role("button", name="Go on").click()
        monkeypatch.setattr(import_slices, "SLICE_SECONDS", 60.0)
        slice_of(row)
        expect(page.get_by_role("heading", name="Done")).to_be_visible()
        assert Generation.objects.filter(surface="import").count() == 6

        page.get_by_role("link", name="Products").first.click()
        expect(page.get_by_text("Cup 5")).to_be_visible()


@pytest.mark.parametrize("failure", ["no answer", "an error"])
def test_progress_goes_on_after_a_request_that_failed(
    site: str, acme: Company, tab: Tab, failure: str
) -> None:
    data = b"Article,Photo\nA-1,https://shop.example/1.jpg\n"
    row = imports.receive(partner=acme.partner, name="autumn.csv", data=data, actor="")
    imports.check(row, columns={"sku": "Article", "image": "Photo"}, style="white_bg")
    log_in(tab, site, "developer@acme.example")
    failed: list[str] = []

    def once(route: Route) -> None:
        if failed or "hx-request" not in route.request.headers:
            return route.continue_()
        failed.append(route.request.url)
        return route.abort() if failure == "no answer" else route.fulfill(status=502)

    address = f"{site}{reverse('dashboard-import', args=[row.pk])}"
    tab.page.route(address, once)
    over = "requestfailed" if failure == "no answer" else "requestfinished"
    with tab.page.expect_event(over, lambda request: "hx-request" in request.headers):
        tab.page.goto(address)
    slice_of(row)
    expect(tab.page.get_by_role("heading", name="Ready to start")).to_be_visible(timeout=15_000)
    assert failed == [address]
