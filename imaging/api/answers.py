"""Generations as the API shows them: the documented fields first, ours beside them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.api.envelope import iso
from billing import points
from billing.amounts import show
from imaging.api.naming import camel_case
from imaging.engines.edits import EDITS
from imaging.models import Asset, Generation, Status
from imaging.refusals import refusal
from imaging.storage import public_url


def image_answer(generation: Generation, balance: Decimal | None = None) -> dict[str, Any]:
    """`data` of a finished request (ShopIQ API documentation, "Response Format").

    `balance` is the partner's where the caller has read it already.
    """
    if balance is None:
        balance = points.balance(partner_id=generation.partner_id)
    return {
        **_pictures(generation),
        "mode": generation.mode,
        "resolution": generation.recipe["resolution"],
        "pointsUsed": show(generation.points_used),
        "tier": generation.tier,
        "costPerOperation": show(generation.unit_price),
        "remainingBalance": show(balance),
        "processingTimeMs": generation.processing_ms,
        "totalTimeMs": _total_ms(generation),
        **_origin(generation),
    }


def _pictures(generation: Generation) -> dict[str, Any]:
    urls = asset_urls(generation, Asset.Kind.OUTPUT)
    if generation.operation == "create":
        # None once the partner's retention has deleted it.
        return {"imageUrl": urls[0] if urls else None}
    return {"imageUrls": urls}


def asset_urls(generation: Generation, kind: Asset.Kind) -> list[str]:
    """Addresses of the generation's files of one kind, in order."""
    assets = [asset for asset in generation.assets.all() if asset.kind == kind]
    for asset in assets:
        asset.generation = generation  # the address depends on the partner, which is known here
    return [public_url(asset) for asset in sorted(assets, key=lambda asset: asset.position)]


def _total_ms(generation: Generation) -> int | None:
    if generation.finished_at is None:
        return None
    return round((generation.finished_at - generation.created_at).total_seconds() * 1000)


def _origin(generation: Generation) -> dict[str, Any]:
    """Who made the picture, from what, and what could not be honoured."""
    facts: dict[str, Any] = {
        "generationId": str(generation.id),
        "recipeId": generation.recipe_id,
        "engine": {
            "name": generation.engine_name,
            "version": generation.engine_version,
            "kind": generation.engine_kind,
            "neural": generation.engine_kind == "neural",
        },
        "model": generation.model,
        "seed": generation.recipe["seed"],
        "notes": generation.notes,
        "understood": generation.understood,
        "notUnderstood": generation.not_understood,
    }
    if generation.mode != generation.requested_mode:
        facts["requestedMode"] = generation.requested_mode
    if generation.stand_in:
        facts["standIn"] = True
    if generation.operation == "edit":
        facts["operations"] = [_step(step) for step in generation.recipe["steps"]]
    if "compliance" in generation.details:
        facts["compliance"] = generation.details["compliance"]
    if generation.fidelity is not None:
        facts["fidelity"] = generation.fidelity
    if generation.metadata:
        facts["metadata"] = generation.metadata
    return facts


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step of an edit as it was taken, and whether such a step may alter the product."""
    return {**step, "mayAlterProduct": EDITS[step["operation"]].alters_product}


def generation_row(generation: Generation) -> dict[str, Any]:
    """One generation in a list: what it is and how it went, in a few fields."""
    return {
        "id": str(generation.id),
        "status": generation.status,
        "operation": generation.operation,
        "mode": generation.mode,
        "resolution": generation.recipe["resolution"],
        "pointsUsed": show(generation.points_used),
        "imageUrls": asset_urls(generation, Asset.Kind.OUTPUT),
        "thumbnailUrls": asset_urls(generation, Asset.Kind.THUMBNAIL),
        "metadata": generation.metadata,
        "batchId": str(generation.batch_id) if generation.batch_id else None,
        "productId": str(generation.product_id) if generation.product_id else None,
        "review": generation.review or None,
        "createdAt": iso(generation.created_at),
        "finishedAt": iso(generation.finished_at) if generation.finished_at else None,
    }


def generation_detail(generation: Generation, balance: Decimal | None = None) -> dict[str, Any]:
    """One generation whole: the row, its recipe, its result or its error. `balance` as above."""
    detail = generation_row(generation) | {
        "requestedMode": generation.requested_mode,
        "recipe": camel_case(generation.recipe),
        "recipeId": generation.recipe_id,
        "pointsHeld": show(generation.points_held),
        "attempts": generation.attempts,
        "progress": {
            "step": generation.progress_step,
            "of": generation.progress_of,
            "label": generation.progress_label,
        },
        "correlationId": generation.correlation_id,
    }
    if generation.status == Status.SUCCEEDED:
        detail["result"] = image_answer(generation, balance)
        if generation.reviewed_at:
            detail["reviewNote"] = generation.review_note
            detail["reviewedAt"] = iso(generation.reviewed_at)
    elif generation.ended:
        error = refusal(generation)
        detail["error"] = {"code": error.code, "message": error.message}
    return detail
