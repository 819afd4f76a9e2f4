"""Qamera's requests as orders and decisions of ours.

Source: Qamera, "Packshots" (register-ideas, update-packshot).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.errors import InvalidRequest
from accounts.models import Partner
from imaging import recipes, reviews
from imaging.catalog import ingredients, products
from imaging.catalog.ingredients import Ingredient, Kind
from imaging.recipes import Order
from imaging.reviews import Decision

COUNT, COUNT_MAX = 10, 50
VOTINGS: Mapping[str, Decision] = {"APPROVED": "approve", "REJECTED": "reject"}
ARCHIVE = "ARCHIVE"


def read_series(body: Mapping[str, Any], partner: Partner) -> list[Order]:
    """The body of POST /register-ideas as one order for each packshot. Raises InvalidRequest.

    Their seeds follow each other, so that on plain backdrops neighbours are lit from opposite
    sides.
    """
    config = body.get("config")
    if not isinstance(config, Mapping):
        raise InvalidRequest("config is required: an object with a product", param="config")
    product = products.find_named(partner, _named(config, "product"))
    if product is None:
        raise InvalidRequest(
            "config.product.id must be the id or the sku of a product of yours",
            param="config.product.id",
        )
    chosen = {kind: _ingredient(config, kind, partner) for kind in ingredients.KINDS}
    count = recipes.integer(body, "count", 1, COUNT_MAX, COUNT)
    first = secrets.randbelow(recipes.SEED_MAX + 2 - count)
    return [
        recipes.packshot_order(
            {**_idea(chosen, number), "productId": str(product.pk), "seed": first + number}
        )
        for number in range(count)
    ]


def _idea(chosen: Mapping[Kind, Ingredient | None], number: int) -> dict[str, str]:
    """What packshot `number` of a series shall look like. Where neither preset nor scenery is
    named, the series goes through the shipped sceneries, pure white first."""
    preset, scenery, model = (chosen[kind] for kind in ingredients.KINDS)
    if preset is None and scenery is None:
        known = list(ingredients.shipped("scenery").values())
        scenery = known[number % len(known)]
    return ingredients.together(preset, scenery, model)


def _named(config: Mapping[str, Any], part: str) -> str | None:
    """`config.<part>.id`; None where the part is left out."""
    value, where = config.get(part), f"config.{part}.id"
    if value is None:
        return None
    name = value.get("id") if isinstance(value, Mapping) else None
    if name is None and isinstance(value, Mapping) and part != "product":
        return None
    if not isinstance(name, str) or not name.strip():
        raise InvalidRequest(f"{where} must be text", param=where)
    return name.strip()


def _ingredient(config: Mapping[str, Any], kind: Kind, partner: Partner) -> Ingredient | None:
    name = _named(config, kind)
    if name is None:
        return None
    found = ingredients.find(partner, kind, name)
    if found is None:
        raise InvalidRequest(f"There is no {kind} with this id", param=f"config.{kind}.id")
    return found


@dataclass(frozen=True, kw_only=True)
class Change:
    """What POST /update-packshot asks for. `note` is None where it says nothing."""

    record_id: str
    decisions: tuple[Decision, ...]
    note: str | None


def read_change(body: Mapping[str, Any]) -> Change:
    """The body of POST /update-packshot. Raises InvalidRequest."""
    record_id = body.get("recordId")
    if not isinstance(record_id, str) or not record_id.strip():
        raise InvalidRequest("recordId is required", param="recordId")
    voting = recipes.one_of(body, "Voting", tuple(VOTINGS), "")
    status = recipes.one_of(body, "status", (ARCHIVE,), "")
    decisions: tuple[Decision, ...] = (VOTINGS[voting],) if voting else ()
    if status and decisions != ("reject",):  # rejecting archives by itself
        decisions = (*decisions, "archive")
    note = None
    if body.get("verificationResult") is not None:
        longest = reviews.NOTE_LENGTH
        too_long = f"verificationResult must be at most {longest} characters"
        note = recipes.text(body, "verificationResult", longest, too_long).strip()
    return Change(record_id=record_id.strip(), decisions=decisions, note=note)
