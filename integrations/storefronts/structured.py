"""What machines read of a store: JSON-LD, sitemap, robots, product feed, manifest.

Sources: schema.org; sitemaps.org; Google Merchant Center, "RSS 2.0 specification".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from django.utils.text import slugify

_CODES = {"₹": "INR", "$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY"}
_GOOGLE = "http://base.google.com/ns/1.0"
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_CONTEXT = "https://schema.org"

ElementTree.register_namespace("g", _GOOGLE)


@dataclass(frozen=True, slots=True)
class Listed:
    """A product as feeds and search engines see it; `picture` is a path in the store."""

    slug: str
    name: str
    text: str
    category: str
    price: Decimal
    currency: str
    picture: str


def currency_code(symbol: str) -> str:
    """The ISO 4217 code of a currency sign; a code given as such stays."""
    if len(symbol) == 3 and symbol.isalpha() and symbol.isascii():
        return symbol.upper()
    return _CODES.get(symbol, "USD")


def shop_data(url: str, name: str, logo: str) -> list[dict[str, Any]]:
    return [
        {
            "@context": _CONTEXT,
            "@type": "Organization",
            "name": name,
            "url": url,
            "logo": f"{url}/{logo}",
        },
        {
            "@context": _CONTEXT,
            "@type": "WebSite",
            "name": name,
            "url": url,
            "potentialAction": {
                "@type": "SearchAction",
                "target": f"{url}/search?q={{search_term_string}}",
                "query-input": "required name=search_term_string",
            },
        },
    ]


def category_data(url: str, name: str, slug: str, products: Sequence[str]) -> list[dict[str, Any]]:
    return [
        _breadcrumbs(url, [(name, f"categories/{slug}")]),
        {
            "@context": _CONTEXT,
            "@type": "ItemList",
            "itemListElement": [
                {"@type": "ListItem", "position": at, "url": f"{url}/products/{product}"}
                for at, product in enumerate(products, 1)
            ],
        },
    ]


def product_data(url: str, shop: str, item: Listed) -> list[dict[str, Any]]:
    return [
        _breadcrumbs(
            url,
            [
                (item.category, f"categories/{category_slug(item.category)}"),
                (item.name, f"products/{item.slug}"),
            ],
        ),
        {
            "@context": _CONTEXT,
            "@type": "Product",
            "name": item.name,
            "description": item.text,
            "image": f"{url}/{item.picture}",
            "sku": item.slug,
            "brand": {"@type": "Brand", "name": shop},
            "offers": {
                "@type": "Offer",
                "url": f"{url}/products/{item.slug}",
                "price": str(item.price),
                "priceCurrency": currency_code(item.currency),
                "availability": f"{_CONTEXT}/InStock",
            },
        },
    ]


def _breadcrumbs(url: str, steps: Sequence[tuple[str, str]]) -> dict[str, Any]:
    return {
        "@context": _CONTEXT,
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": at, "name": name, "item": f"{url}/{path}"}
            for at, (name, path) in enumerate([("Home", ""), *steps], 1)
        ],
    }


def machine_files(url: str, name: str, items: Sequence[Listed]) -> dict[str, bytes]:
    """sitemap.xml, robots.txt, feed.xml and site.webmanifest."""
    slugs = dict.fromkeys(item.category for item in items)
    return {
        "sitemap.xml": _sitemap(url, items, list(slugs)),
        "robots.txt": _robots(url),
        "feed.xml": _feed(url, name, items),
        "site.webmanifest": json.dumps(
            {"name": name, "short_name": name[:12], "start_url": "/", "display": "browser"},
            ensure_ascii=False,
        ).encode(),
    }


def _robots(url: str) -> bytes:
    lines = ("User-agent: *", "Disallow: /cart", "", f"Sitemap: {url}/sitemap.xml", "")
    return "\n".join(lines).encode()


def category_slug(name: str) -> str:
    """The name of a category in addresses: "Bags & Luggage" is bags-and-luggage."""
    return slugify(name.replace("&", "and"))


def _sitemap(url: str, items: Sequence[Listed], categories: Sequence[str]) -> bytes:
    root = ElementTree.Element("urlset", xmlns=_SITEMAP)
    paths = [
        "",
        *(f"categories/{category_slug(name)}" for name in categories),
        *(f"products/{item.slug}" for item in items),
        "about",
        "contact",
    ]
    for path in paths:
        ElementTree.SubElement(ElementTree.SubElement(root, "url"), "loc").text = f"{url}/{path}"
    return _xml(root)


def _feed(url: str, name: str, items: Sequence[Listed]) -> bytes:
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    for tag, text in (("title", name), ("link", url), ("description", f"Products of {name}")):
        ElementTree.SubElement(channel, tag).text = text
    for item in items:
        entry = ElementTree.SubElement(channel, "item")
        price = f"{item.price} {currency_code(item.currency)}"
        for tag, text in (
            ("title", item.name),
            ("link", f"{url}/products/{item.slug}"),
            ("description", item.text),
            (f"{{{_GOOGLE}}}id", item.slug),
            (f"{{{_GOOGLE}}}price", price),
            (f"{{{_GOOGLE}}}availability", "in_stock"),
            (f"{{{_GOOGLE}}}condition", "new"),
            (f"{{{_GOOGLE}}}brand", name),
            (f"{{{_GOOGLE}}}image_link", f"{url}/{item.picture}"),
            (f"{{{_GOOGLE}}}product_type", item.category),
        ):
            ElementTree.SubElement(entry, tag).text = text
    return _xml(root)


def _xml(root: ElementTree.Element) -> bytes:
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))
