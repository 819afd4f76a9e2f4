"""The store as its visitors get it: pages, headers, machine-readable files."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import Partner
from integrations import merchants
from integrations.models import Account
from integrations.storefronts import content, orders
from integrations.storefronts.addresses import production_url, wanted
from integrations.storefronts.branding import contrast, dominant, palette_of
from integrations.storefronts.categories import CATEGORIES
from integrations.storefronts.models import Storefront
from tests.integrations.conftest import SARAH
from tests.integrations.store_orders import built, order

pytestmark = pytest.mark.django_db
EVIL = "<script>alert('x')</script> & Söhne"


def start(account: Account, **changes: Any) -> Storefront:
    return orders.start(account, orders.read_order(order(account.pk, **changes)))


@pytest.fixture
def store(account: Account) -> Storefront:
    return built(start(account))


def visit(store: Storefront, path: str = "/", *, preview: bool = False, **headers: str) -> Any:
    host = f"{store.identifier}{'.dev' if preview else ''}.localhost:8000"
    answer: HttpResponse = Client(headers={"Host": host}).get(path, headers=headers)  # type: ignore[assignment]
    return answer


class Links(HTMLParser):
    """Everything a page points to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.targets.append(value)
            if value and name == "srcset":
                self.targets += [part.strip().split(" ")[0] for part in value.split(",")]


def test_every_page_opens_and_every_link_in_it_leads_somewhere(store: Storefront) -> None:
    seen, waiting = set(), ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = visit(store, path)
        assert answer.status_code == 200, path
        if "text/html" not in answer["Content-Type"]:
            continue
        page = answer.content.decode()
        assert len(answer.content) < 100_000
        for target in Links(page).targets:
            if target.startswith(("mailto:", "#")):
                continue
            address = target.removeprefix(production_url(store.identifier))
            assert address.startswith("/") or not address, target
            waiting.append(address or "/")
    assert {"/about", "/contact", "/cart", "/search", "/categories/footwear"} <= seen
    assert sum(path.startswith("/products/") for path in seen) == store.products.count()


def test_a_page_that_is_not_there_is_a_404_of_the_store(store: Storefront) -> None:
    answer = visit(store, "/no/such/page")
    assert answer.status_code == 404
    assert "Back to the shop" in answer.content.decode()


def test_production_shows_nothing_before_it_is_published(account: Account) -> None:
    store = start(account)
    assert visit(store).status_code == 404
    assert visit(store, preview=True).status_code == 404


def test_the_preview_is_not_for_search_engines(store: Storefront) -> None:
    assert visit(store, preview=True)["X-Robots-Tag"] == "noindex"
    assert "X-Robots-Tag" not in visit(store).headers


def test_the_site_s_own_pages_are_not_below_a_store_s_name(store: Storefront) -> None:
    for path in ("/admin/", "/healthz", "/partner/v1/styles", "/metrics"):
        assert visit(store, path).status_code == 404
    assert visit(store, "/").cookies == {}


def test_headers_close_the_page_and_let_files_be_kept(store: Storefront) -> None:
    page = visit(store)
    assert "default-src 'none'" in page["Content-Security-Policy"]
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Cache-Control"] == "public, max-age=60"
    style = re.search(r'href="(/assets/store-[^"]+\.css)"', page.content.decode())
    assert style
    kept = visit(store, style[1])
    assert "immutable" in kept["Cache-Control"]
    again = visit(store, style[1], **{"If-None-Match": kept["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_writing_to_a_store_is_refused(store: Storefront) -> None:
    host = f"{store.identifier}.localhost:8000"
    assert Client(headers={"Host": host}).post("/cart").status_code == 405


def test_a_partner_that_is_off_has_no_stores(store: Storefront) -> None:
    Partner.objects.update(active=False)
    assert visit(store).status_code == 404


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("shop-1a2b3c.localhost:8000", ("shop-1a2b3c", False)),
        ("Shop-1a2b3c.dev.LOCALHOST", ("shop-1a2b3c", True)),
        ("localhost:8000", None),
        ("localhost", None),
        ("dev.localhost", None),
        ("a.b.localhost", None),
        ("shop.example.com", None),
        ("[::1]:8000", None),
        ("", None),
    ],
)
def test_a_host_names_a_store_or_none(host: str, found: Any) -> None:
    assert wanted(host) == found


def test_what_a_merchant_writes_is_text_and_never_markup(partner: Partner) -> None:
    body = {**SARAH, "businessName": EVIL, "about": EVIL, "legalName": EVIL}
    store = built(start(merchants.create(partner=partner, body=body), brandName=EVIL))
    for path in ("/", "/about", "/contact", f"/products/{store.products.first().slug}"):
        page = visit(store, path).content.decode()
        assert "<script>alert" not in page
        for block in re.findall(r'<script type="application/ld\+json">(.*?)</script>', page):
            assert json.loads(block)


def test_structured_data_says_what_the_page_says(store: Storefront) -> None:
    product = store.products.first()
    page = visit(store, f"/products/{product.slug}").content.decode()
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    crumbs, data = json.loads(block)
    assert crumbs["@type"] == "BreadcrumbList"
    assert data["name"] == product.name
    assert data["offers"]["priceCurrency"] == "INR"
    assert float(data["offers"]["price"]) == float(product.price)


def test_sitemap_feed_and_robots_name_every_product(store: Storefront) -> None:
    slugs = set(store.products.values_list("slug", flat=True))
    sitemap = ElementTree.fromstring(visit(store, "/sitemap.xml").content)  # noqa: S314
    addresses = {element.text or "" for element in sitemap.iter() if element.tag.endswith("loc")}
    assert {address.rsplit("/", 1)[1] for address in addresses if "/products/" in address} == slugs
    feed = visit(store, "/feed.xml").content.decode()
    assert all(f"/products/{slug}</link>" in feed for slug in slugs)
    assert "Sitemap: http://" in visit(store, "/robots.txt").content.decode()


def test_pictures_come_in_two_sizes_and_keep_their_origin(store: Storefront) -> None:
    page = visit(store).content.decode()
    sizes = set(re.findall(r"-(\d+)-[0-9a-f]{12}\.webp", page))
    assert sizes == {"320", "640"}
    path = re.search(r"/assets/[^\s\"]+-640-[0-9a-f]{12}\.webp", page)
    assert path
    assert b"algorithmicMedia" in visit(store, path[0]).content


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_a_store_has_eight_to_twentyfour_products(account: Account, count: int) -> None:
    store = start(account, businessCategory=list(CATEGORIES[:count]))
    assert 8 <= store.products.count() <= 24
    assert set(store.products.values_list("category", flat=True)) == set(CATEGORIES[:count])


def test_the_catalogue_covers_every_category() -> None:
    assert set(content.catalog()) == set(CATEGORIES)
    for category in CATEGORIES:
        names = [entry["name"] for entry in content.catalog()[category]["products"]]
        assert len(names) >= 8
        assert len(set(names)) == len(names)


def test_prices_fit_their_currency(account: Account) -> None:
    account.profile["currency"] = "$"
    account.save()
    dollars = start(account).products.first().price
    assert 5 <= dollars <= 900


@pytest.mark.parametrize("colour", [(255, 255, 0), (10, 10, 10), (0, 120, 255), (200, 30, 60)])
def test_text_is_readable_in_every_palette(colour: Any) -> None:
    palette = palette_of(colour, 0.3)
    assert contrast(palette.accent, "#ffffff") >= 4.5
    assert contrast(palette.accent, palette.tint) >= 4.5
    assert contrast(palette.ink, palette.tint) >= 7


def test_a_logo_s_own_colour_is_found_and_grey_is_none() -> None:
    import numpy as np

    logo = np.full((40, 40, 3), 255, np.uint8)
    logo[10:30, 10:30] = (200, 30, 60)
    red, green, blue = dominant(logo) or (0, 0, 0)
    assert red > 150
    assert green < 80
    assert blue < 100
    assert dominant(np.full((40, 40, 3), 90, np.uint8)) is None
