"""What a job costs: held when it is accepted, charged or given back when it ends.

Called by `jobs.py` in its transactions. A free job (pictures of ours that come with something
else) has no hold, and nothing to settle.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from billing import points
from imaging import storage
from imaging.engines.base import Made, Recipe
from imaging.models import Generation


def hold(
    generation_id: UUID,
    recipe: Recipe,
    *,
    partner_id: UUID,
    api_key_id: UUID | None,
    monthly_cap: Decimal | None,
) -> Mapping[str, Any]:
    """Hold the price of a recipe; returns the columns of the generation that say so.

    Raises InsufficientPoints, or a cap's refusal.
    """
    held = points.hold(
        partner_id=partner_id,
        hold_id=generation_id,
        operation=recipe.operation,
        mode=recipe.mode,
        count=recipe.count,
        api_key_id=api_key_id,
        monthly_cap=monthly_cap,
    )
    return {"tier": held.tier, "unit_price": held.unit_price, "points_held": held.points}


def charge(generation: Generation, made: Made, recipe: Recipe) -> None:
    """Charge what was delivered; a stand-in costs nothing."""
    if generation.free:
        return
    if made.stand_in:
        points.release(hold_id=generation.id)
        return
    settled = points.capture(
        hold_id=generation.id, mode=recipe.mode, count=min(recipe.count, len(made.pictures))
    )
    generation.points_used = settled.points_used
    generation.tier, generation.unit_price = settled.tier, settled.unit_price
    generation.save(update_fields=["points_used", "tier", "unit_price"])


def release(generation_id: UUID) -> None:
    """No picture: the points go back, and pictures that came with the request are deleted."""
    generation = Generation.objects.only("free", "sources").get(id=generation_id)
    if not generation.free:
        points.release(hold_id=generation_id)
    for source in generation.sources:
        if storage.is_upload(source.get("stored", "")):
            transaction.on_commit(partial(storage.discard, source["stored"]))
