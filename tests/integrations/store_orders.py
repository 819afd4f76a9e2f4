"""Orders for stores, and pictures for them without an engine."""

from __future__ import annotations

from typing import Any

import numpy as np

from imaging import jobs, storage
from imaging.engines import encode
from imaging.engines.base import Failed, Made, Picture, Recipe
from imaging.jobs import Delivery, EngineFacts
from integrations.storefronts import building
from integrations.storefronts.models import Storefront

HOOK = "https://partner.example/hook"


def order(account_id: str, **changes: Any) -> dict[str, Any]:
    return {
        "accountId": account_id,
        "businessCategory": ["Kitchen & Dining", "Footwear"],
        "brandName": "Nova Retail",
        "webhookUrl": HOOK,
        "webhookSecret": "whsec_your_secret_here",
        **changes,
    }


def make_pictures(*, fail: bool = False) -> int:
    """Do the workers' part: end every waiting job, with a small picture or with a failure."""
    made = 0
    while claimed := jobs.claim(worker="w/1"):
        if fail:
            jobs.fail(claimed.lease, Failed(kind="bad_input", reason="It cannot be drawn."))
        else:
            jobs.finish(claimed.lease, _delivery(claimed))
        made += 1
    return made


def _delivery(claimed: jobs.Claimed) -> Delivery:
    generation = claimed.generation
    colour = np.frombuffer(generation.id.bytes[:3], np.uint8)
    pixels = np.broadcast_to(colour, (64, 64, 3)).copy()
    metadata = encode.Metadata(
        source_type="algorithmicMedia", recipe_id=generation.recipe_id, software="Softbox test"
    )
    data = encode.encode(pixels, format="png", metadata=metadata)
    stored = storage.keep(
        data,
        generation=generation,
        kind="output",
        position=0,
        extension="png",
        content_type="image/png",
        size=(64, 64),
    )
    return Delivery(
        recipe=Recipe.from_json(generation.recipe),
        engine=EngineFacts("tiny", "1", "procedural"),
        made=Made(pictures=(Picture(pixels=pixels, source_type="algorithmicMedia"),), model="t"),
        assets=[stored],
        processing_ms=1,
    )


def built(storefront: Storefront) -> Storefront:
    """The store after its pictures were made and its pages put together."""
    make_pictures()
    building.advance(storefront.pk)
    storefront.refresh_from_db()
    return storefront
