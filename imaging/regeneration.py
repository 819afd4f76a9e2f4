"""A stored generation becomes an order again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from accounts.errors import InvalidRequest
from imaging.engines.base import Recipe
from imaging.models import Asset, Generation
from imaging.recipes import SEED_MAX, Order, Source


def order_again(generation: Generation, body: Mapping[str, Any]) -> Order:
    """The order that made `generation`, with `seed` from `body` where it names one.

    The photos are the ones kept then, so the result is the same even where their addresses show
    something else by now. The mode is the one that was asked for.
    """
    seed = body.get("seed", generation.recipe["seed"])
    if isinstance(seed, bool) or not isinstance(seed, int) or not 0 <= seed <= SEED_MAX:
        raise InvalidRequest(f"seed must be a whole number from 0 to {SEED_MAX}", param="seed")
    recipe = Recipe.from_json(generation.recipe)
    mode = cast(Literal["fast", "thinking"], generation.requested_mode)
    return Order(
        recipe=replace(recipe, seed=seed, mode=mode),
        requested_mode=mode,
        sources=_sources(generation),
        metadata=generation.metadata,
    )


def _sources(generation: Generation) -> tuple[Source, ...]:
    """Each photo as it was kept; one that was not (the job failed) as it was sent."""
    kept = {
        asset.position: asset.path
        for asset in generation.assets.all()
        if asset.kind == Asset.Kind.INPUT
    }
    return tuple(
        Source(stored=kept[position])
        if position in kept
        else Source(url=source.get("url", ""), stored=source.get("stored", ""))
        for position, source in enumerate(generation.sources)
    )
