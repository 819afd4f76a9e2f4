"""A store as files: pages, style, script, pictures, and what search engines and feeds read.

Nothing in a page points to another host. Paths have no extension in addresses (`/products/mug`);
`serving.py` finds the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from integrations.models import Account
from integrations.profile import DEFAULT_CURRENCY
from integrations.storefronts import structured
from integrations.storefronts.addresses import production_url
from integrations.storefronts.branding import Brand, brand_of, social_card
from integrations.storefronts.content import catalog
from integrations.storefronts.models import Product, Storefront
from integrations.storefronts.pictures import Pictured, pictured

ASSETS = Path(__file__).with_name("assets")
_NEIGHBOURS = 4
_FEATURED = 4


@dataclass(frozen=True, slots=True)
class Category:
    name: str
    slug: str
    line: str
    items: Sequence[Pictured]


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything that pages are made of."""

    name: str
    url: str
    currency: str
    account: Account
    brand: Brand
    categories: Sequence[Category]

    @property
    def items(self) -> list[Pictured]:
        return [item for category in self.categories for item in category.items]

    def price(self, amount: Decimal) -> str:
        """As shown: ₹1,099 or $28.50."""
        whole = amount == amount.to_integral_value()
        return f"{self.currency}{amount:,.0f}" if whole else f"{self.currency}{amount:,.2f}"


def render(storefront: Storefront, products: Sequence[Product]) -> dict[str, bytes]:
    """Every file of the store by its path. Pictures of all products must be stored."""
    files: dict[str, bytes] = {}
    brand = brand_of(storefront)
    items = [pictured(product, files) for product in products]
    shop = Shop(
        name=storefront.brand_name,
        url=production_url(storefront.identifier),
        currency=storefront.account.profile.get("currency") or DEFAULT_CURRENCY,
        account=storefront.account,
        brand=brand,
        categories=_categories(storefront, items),
    )
    shared = _add_assets(shop, files)
    _add_pages(shop, shared, files)
    files.update(structured.machine_files(shop.url, shop.name, _prices(shop, items)))
    return files


def _categories(storefront: Storefront, items: Sequence[Pictured]) -> list[Category]:
    return [
        Category(
            name=name,
            slug=structured.category_slug(name),
            line=catalog()[name]["line"],
            items=[item for item in items if item.product.category == name],
        )
        for name in storefront.categories
    ]


def _prices(shop: Shop, items: Sequence[Pictured]) -> list[structured.Listed]:
    return [
        structured.Listed(
            slug=item.product.slug,
            name=item.product.name,
            text=item.product.description,
            category=item.product.category,
            price=item.product.price,
            currency=shop.currency,
            picture=item.shared,
        )
        for item in items
    ]


# --- Assets --------------------------------------------------------------------------------------


def _named(name: str, data: bytes, files: dict[str, bytes]) -> str:
    """Add a file whose name changes with its content, so that it may be cached for good."""
    stem, _, suffix = name.rpartition(".")
    path = f"assets/{stem}-{hashlib.sha256(data).hexdigest()[:12]}.{suffix}"
    files[path] = data
    return path


def _add_assets(shop: Shop, files: dict[str, bytes]) -> dict[str, Any]:
    """Style, script, logo and cards; what every page's template needs to know of them."""
    style = (ASSETS / "store.css").read_text()
    colours = shop.brand.palette
    root = (
        f":root{{--accent:{colours.accent};--tint:{colours.tint};"
        f"--paper:{colours.paper};--ink:{colours.ink}}}\n"
    )
    listed = [
        {
            "slug": item.product.slug,
            "name": item.product.name,
            "category": item.product.category,
            "text": item.product.description,
            "price": float(item.product.price),
            "shown": shop.price(item.product.price),
            "picture": f"/{item.small}",
        }
        for item in shop.items
    ]
    first = shop.items[0]
    card = social_card(shop.name, shop.categories[0].line, colours, first.pixels)
    return {
        "style": _named("store.css", (root + style).encode(), files),
        "script": _named("store.js", (ASSETS / "store.js").read_bytes(), files),
        "listing": _named("products.json", _json(listed), files),
        "logo": _named("logo.png", shop.brand.logo, files),
        "icon": _named("icon.png", shop.brand.icon, files),
        "card": _named("card.jpg", card, files),
    }


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


# --- Pages ---------------------------------------------------------------------------------------


def _add_pages(shop: Shop, shared: Mapping[str, Any], files: dict[str, bytes]) -> None:
    def add(path: str, template: str, title: str, **facts: Any) -> None:
        address = "" if path == "index.html" else path.removesuffix(".html")
        context = {
            "shop": shop,
            **shared,
            "title": title,
            "canonical": f"{shop.url}/{address}",
            "description": shop.categories[0].line,
            "image": shared["card"],
            "logo_width": shop.brand.logo_size[0] * 44 // shop.brand.logo_size[1],
            **facts,
        }
        if data := facts.get("data"):
            context["data"] = _script_safe(data)
        files[path] = render_to_string(f"storefronts/{template}.html", context).encode()

    add(
        "index.html",
        "home",
        shop.name,
        featured=_featured(shop),
        data=structured.shop_data(shop.url, shop.name, shared["logo"]),
    )
    for category in shop.categories:
        add(
            f"categories/{category.slug}.html",
            "category",
            category.name,
            category=category,
            description=category.line,
            data=structured.category_data(
                shop.url, category.name, category.slug, [i.product.slug for i in category.items]
            ),
        )
    for category in shop.categories:
        for item, listed in zip(category.items, _prices(shop, category.items), strict=True):
            add(
                f"products/{item.product.slug}.html",
                "product",
                item.product.name,
                item=item,
                category=category,
                shown=shop.price(item.product.price),
                neighbours=_neighbours(shop, item),
                description=item.product.description,
                image=item.shared,
                data=structured.product_data(shop.url, shop.name, listed),
            )
    for path, title in (("search", "Search"), ("cart", "Your cart"), ("about", "About us")):
        add(f"{path}.html", path, title)
    add("contact.html", "contact", "Contact", address=_postal(shop.account))
    add("404.html", "missing", "Page not found")


def _script_safe(data: Any) -> Any:
    """JSON inside a script element: nothing in it may end the element."""
    text = json.dumps(data, ensure_ascii=False)
    escaped = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return mark_safe(escaped)  # noqa: S308 (escaped the line above)


def _featured(shop: Shop) -> list[Pictured]:
    """One of each category first, then the next of each, until the row is full."""
    rows = [list(category.items) for category in shop.categories]
    mixed = [row[at] for at in range(max(map(len, rows))) for row in rows if at < len(row)]
    return mixed[1 : _FEATURED + 1] if len(mixed) > _FEATURED else mixed


def _neighbours(shop: Shop, item: Pictured) -> list[Pictured]:
    """Others to look at: of the same category first."""
    same = [other for other in shop.items if other.product.category == item.product.category]
    rest = [other for other in shop.items if other.product.category != item.product.category]
    return [other for other in [*same, *rest] if other is not item][:_NEIGHBOURS]


def _postal(account: Account) -> list[str]:
    """The business address, a line each."""
    given = account.profile.get("address") or {}
    city = " ".join(str(given[k]) for k in ("pincode", "city") if given.get(k))
    lines = [given.get("addLineOne"), given.get("addLineTwo"), city, given.get("state")]
    return [str(line) for line in [*lines, given.get("country")] if line]
