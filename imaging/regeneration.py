"""A stored generation becomes an order again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Literal, cast

from accounts.errors import InvalidRequest
from imaging import storage
from imaging.engines.base import Recipe
from imaging.models import Asset, Generation
from imaging.photos import Source
from imaging.recipes import Order, asked_seed, circumstances


def order_again(generation: Generation, body: Mapping[str, Any]) -> Order:
    """The order that made `generation`; `body` may name another seed or other metadata, and
    may ask for a dry run or a start in time. Raises InvalidRequest.

    The photos are the ones kept then, so the result is the same even where their addresses show
    something else by now. The mode is the one that was asked for.
    """
    seed, around = asked_seed(body), circumstances(body)
    recipe = Recipe.from_json(generation.recipe)
    mode = cast(Literal["fast", "thinking"], generation.requested_mode)
    again = replace(recipe, mode=mode)
    if seed is not None and seed != recipe.seed:
        # Another picture: it need not be drawn in a batch like the first one's.
        again = replace(again, seed=seed, replay=None)
    return Order(
        recipe=again,
        requested_mode=mode,
        sources=_sources(generation),
        shows=generation.product_id,
        **{**around, "metadata": around["metadata"] or generation.metadata},
    )


def _sources(generation: Generation) -> tuple[Source, ...]:
    """Each photo as it was kept; one that was not (the job failed) as it was sent.

    Kept photos are copied, so that either generation may be deleted without the other.
    """
    kept = {
        asset.position: asset.path
        for asset in generation.assets.all()
        if asset.kind == Asset.Kind.INPUT
    }
    return tuple(
        _source(kept.get(position) or source.get("stored", ""), source.get("url", ""))
        for position, source in enumerate(generation.sources)
    )


def _source(path: str, url: str) -> Source:
    if not path:
        return Source(url=url)
    try:
        return Source(data=storage.read(path))
    except FileNotFoundError:
        raise InvalidRequest("The photo of this generation is no longer stored.") from None
