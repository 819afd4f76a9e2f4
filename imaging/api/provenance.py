"""GET /partner/v1/generations/{id}/provenance: where a picture comes from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api.envelope import iso, ok
from accounts.api.view import ApiView
from accounts.errors import Conflict
from imaging.api import testmode
from imaging.api.generations import find_generation, find_test_generation
from imaging.engines.encode import SOURCE_TYPE_BASE
from imaging.models import Asset, Generation, Status
from imaging.storage import public_url


class GenerationProvenance(ApiView):
    """The recipe, what made it, what went in, and what came out with which digest.

    One that has no picture, or none yet, is answered 409.
    """

    key_kind = "image"
    scope = "images:read"

    def get(self, request: HttpRequest, generation_id: str) -> HttpResponse:
        if self.admitted.test:
            return ok(_test_answer(find_test_generation(self.admitted, generation_id)))
        generation = find_generation(self.admitted, generation_id)
        if generation.status != Status.SUCCEEDED:
            raise Conflict(f"This generation has no picture: it is {generation.status}.")
        return ok(_answer(generation))


def _answer(generation: Generation) -> dict[str, Any]:
    return {
        "generationId": str(generation.id),
        "recipeId": generation.recipe_id,
        "recipe": generation.recipe,
        "promptUsed": generation.prompt_used,
        "engine": {
            "name": generation.engine_name,
            "version": generation.engine_version,
            "kind": generation.engine_kind,
            "neural": generation.engine_kind == "neural",
        },
        "model": generation.model,
        # Engines name a model of the hub "name@revision".
        "modelRevision": generation.model.partition("@")[2] or None,
        "mode": generation.mode,
        "seed": generation.recipe["seed"],
        "inputs": [{"sha256": digest} for digest in generation.recipe.get("inputs", [])],
        "outputs": _outputs(generation),
        "createdAt": iso(generation.created_at),
        "finishedAt": iso(generation.finished_at) if generation.finished_at else None,
    }


def _outputs(generation: Generation) -> list[dict[str, Any]]:
    origins = generation.details.get("provenance", [])
    assets = [asset for asset in generation.assets.all() if asset.kind == Asset.Kind.OUTPUT]
    return [
        _output(generation, asset, origins[asset.position] if asset.position < len(origins) else {})
        for asset in sorted(assets, key=lambda asset: asset.position)
    ]


def _output(generation: Generation, asset: Asset, origin: Mapping[str, Any]) -> dict[str, Any]:
    """`contentCredentials` is what was read back from the signed file before it was stored: as
    long as `sha256` is the file's, it holds."""
    asset.generation = generation  # the address depends on the partner, which is known here
    source_type = origin.get("sourceType")
    return {
        "url": public_url(asset),
        "sha256": asset.sha256,
        "contentType": asset.content_type,
        "width": asset.width,
        "height": asset.height,
        "digitalSourceType": SOURCE_TYPE_BASE + source_type if source_type else None,
        "contentCredentials": origin.get("contentCredentials"),
    }


def _test_answer(generation: testmode.TestGeneration) -> dict[str, Any]:
    """A placeholder comes from nowhere; the shape is that of a live answer."""
    made = testmode.test_answer(generation)
    return {
        "generationId": generation.id,
        "recipeId": None,
        "recipe": None,
        "promptUsed": "",
        "engine": made["engine"],
        "model": made["model"],
        "modelRevision": None,
        "mode": generation.mode,
        "seed": generation.seed,
        "inputs": [],
        "outputs": [
            {
                "url": url,
                "sha256": None,
                "contentType": "image/png",
                "width": generation.width,
                "height": generation.height,
                "digitalSourceType": None,
                "contentCredentials": None,
            }
            for url in generation.image_urls
        ],
        "testMode": True,
    }
