"""What a new store sells: chosen from our own catalogue, priced in the account's currency.

The choice is made by the store's identifier, so that two shops of one category differ and a
build that is started again is the same.
"""

from __future__ import annotations

import hashlib
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from imaging.engines.base import Recipe
from integrations.profile import DEFAULT_CURRENCY
from integrations.storefronts.models import Storefront

CATALOG = Path(__file__).with_name("catalog.toml")

PICTURE_SIDE = 640
"""Pixels: two pictures fit beside each other on a phone at twice its resolution."""

_EACH = {1: 8, 2: 5, 3: 4, 4: 3, 5: 3}
"""Categories of a store -> products of each."""

_RATES: Mapping[str, Decimal] = {
    "$": Decimal(1),
    "€": Decimal("0.95"),
    "£": Decimal("0.80"),
    "₹": Decimal(40),  # prices that are usual there, not the exchange rate
    "¥": Decimal(120),
}


@dataclass(frozen=True, slots=True)
class Planned:
    """A product to be, and the recipe of its picture."""

    recipe: Recipe
    facts: dict[str, Any]


@lru_cache(maxsize=1)
def catalog() -> Mapping[str, Any]:
    """The catalogue by category: `line` (what the category stands for) and `products`."""
    return tomllib.loads(CATALOG.read_text())


def plan(storefront: Storefront) -> Iterator[Planned]:
    """The products of a store, in the order of its pages."""
    chance = random.Random(storefront.identifier)  # noqa: S311 (no secret)
    each = _EACH[len(storefront.categories)]
    currency = storefront.account.profile.get("currency") or DEFAULT_CURRENCY
    used: set[str] = set()
    position = 0
    for category in storefront.categories:
        for entry in _choice(catalog()[category]["products"], each, chance):
            slug = _unique(slugify(entry["name"]), used)
            facts = {
                "position": position,
                "category": category,
                "slug": slug,
                "name": entry["name"],
                "description": entry["text"],
                "details": entry["facts"],
                "price": priced(Decimal(entry["price"]), currency),
            }
            yield Planned(_recipe(entry["picture"], f"{storefront.identifier}/{slug}"), facts)
            position += 1


def _choice(entries: Sequence[Any], count: int, chance: random.Random) -> list[Any]:
    """`count` of the entries, in the catalogue's order."""
    kept = set(chance.sample(range(len(entries)), count))
    return [entry for index, entry in enumerate(entries) if index in kept]


def _unique(slug: str, used: set[str]) -> str:
    number, name = 2, slug
    while name in used:
        name, number = f"{slug}-{number}", number + 1
    used.add(name)
    return name


def _recipe(picture: str, name: str) -> Recipe:
    seed = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big")
    return Recipe(
        operation="create", width=PICTURE_SIDE, height=PICTURE_SIDE, seed=seed, prompt=picture
    )


def priced(dollars: Decimal, currency: str) -> Decimal:
    """A price in the account's currency that looks like one: 28 $, 1,120 ₹ -> 1,099 ₹.

    A currency we have no rate for takes the number as it is.
    """
    amount = dollars * _RATES.get(currency, Decimal(1))
    if amount >= 300:
        return (amount / 100).quantize(Decimal(1), ROUND_HALF_UP) * 100 - 1
    return amount.quantize(Decimal(1), ROUND_HALF_UP)
