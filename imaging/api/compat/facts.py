"""A generation, live or a test key's, as every dialect needs to know it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import UUID

from accounts.errors import ServiceError
from imaging.api import testmode
from imaging.api.answers import asset_urls
from imaging.api.testmode import TestGeneration
from imaging.estimates import estimated_seconds
from imaging.models import Asset, Generation, Status
from imaging.refusals import refusal

KEPT_DAYS = 7
"""How long pictures live (Paqshot, "Poll generation status"; ProdVisual, "Generate Image")."""

_THUMBNAIL_SIDE = 512

State = Literal["queued", "running", "succeeded", "failed"]
_STATES: Mapping[str, State] = {
    Status.QUEUED: "queued",
    Status.RUNNING: "running",
    Status.SUCCEEDED: "succeeded",
}


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`id` is ours, without a vendor's prefix. `state` failed is every end without a picture;
    `error` then says why. Addresses are None where there is no picture (any more)."""

    id: UUID | str
    state: State
    style: str
    platform: str
    aspect_ratio: str
    format: str
    width: int
    height: int
    created_at: datetime
    image_url: str | None = None
    thumbnail_url: str | None = None
    file_bytes: int | None = None
    processing_ms: int | None = None
    estimated_seconds: int | None = None
    charged: bool = False
    error: ServiceError | None = None

    @property
    def expires_at(self) -> datetime:
        """Until then the picture is there."""
        return self.created_at + timedelta(days=KEPT_DAYS)


def of_row(generation: Generation) -> Facts:
    """The facts of a stored job; `assets` and `partner` are best loaded already."""
    recipe, state = generation.recipe, _STATES.get(generation.status, "failed")
    output = _asset(generation, Asset.Kind.OUTPUT)
    urls = asset_urls(generation, Asset.Kind.OUTPUT)
    thumbnails = asset_urls(generation, Asset.Kind.THUMBNAIL)
    return Facts(
        id=generation.pk,
        state=state,
        style=recipe["style"],
        platform=recipe["platform"],
        aspect_ratio=recipe["aspect_ratio"],
        format=recipe["format"],
        width=output.width if output else recipe["width"],
        height=output.height if output else recipe["height"],
        created_at=generation.created_at,
        image_url=urls[0] if urls else None,
        thumbnail_url=thumbnails[0] if thumbnails else None,
        file_bytes=output.bytes if output else None,
        processing_ms=generation.processing_ms,
        charged=bool(generation.points_used),
        error=refusal(generation) if state == "failed" else None,
    )


def with_estimate(generation: Generation) -> Facts:
    """The same, and when it is likely to be done (a query or two more)."""
    return replace(of_row(generation), estimated_seconds=estimated_seconds(generation))


def _asset(generation: Generation, kind: Asset.Kind) -> Asset | None:
    return next((asset for asset in generation.assets.all() if asset.kind == kind), None)


def of_test(made: TestGeneration) -> Facts:
    """The facts of a test key's generation: a placeholder, there at once."""
    shrink = min(1.0, _THUMBNAIL_SIDE / max(made.width, made.height))
    small = (max(64, round(made.width * shrink)), max(64, round(made.height * shrink)))
    return Facts(
        id=made.id,
        state="succeeded",
        style=made.metadata.get("style", ""),
        platform=made.metadata.get("platform", ""),
        aspect_ratio=made.aspect_ratio,
        format=made.format,
        width=made.width,
        height=made.height,
        created_at=datetime.fromtimestamp(made.created_ms / 1000, UTC),
        image_url=made.image_urls[0],
        thumbnail_url=testmode.placeholder_url(made.operation, *small),
        processing_ms=testmode.PROCESSING_MS,
        estimated_seconds=1,
    )


def to_the_second(moment: datetime) -> str:
    """UTC in whole seconds, as in 2026-06-09T14:00:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
