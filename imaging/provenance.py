"""What a finished file says about its own origin."""

from __future__ import annotations

from django.conf import settings

from imaging.engines.base import Recipe, SourceType
from imaging.engines.encode import Metadata
from imaging.engines.protocol import HostFacts


def origin(recipe: Recipe, engine: HostFacts, source_type: SourceType) -> Metadata:
    """Digital source type, recipe id, and the software that made the picture."""
    return Metadata(
        source_type=source_type,
        recipe_id=recipe.digest(),
        software=f"{settings.BRAND_NAME} {engine.name} {engine.version}",
    )
