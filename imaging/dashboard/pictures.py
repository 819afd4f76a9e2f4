"""Generations as the dashboard's templates show them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from imaging.engines import presets
from imaging.models import Asset, Generation
from imaging.storage import public_url


@dataclass(frozen=True)
class Picture:
    """One stored picture: its address on this host where we serve it ourselves."""

    url: str
    width: int
    height: int
    position: int
    name: str


@dataclass(frozen=True)
class Tile:
    """A generation in a grid."""

    row: Generation
    title: str
    thumbnail: str
    pictures: int


def local(url: str) -> str:
    """An address of ours without its host: the page may be open under another name of it."""
    return url.removeprefix(settings.PUBLIC_URL)


def pictures(generation: Generation, kind: str) -> list[Picture]:
    """The generation's stored files of one kind, in order. `assets` should be prefetched."""
    found = [asset for asset in generation.assets.all() if asset.kind == kind]
    return [_picture(asset) for asset in sorted(found, key=lambda asset: asset.position)]


def _picture(asset: Asset) -> Picture:
    extension = asset.path.rpartition(".")[2]
    name = f"{str(asset.generation_id)[:8]}-{asset.position + 1}.{extension}"
    return Picture(local(public_url(asset)), asset.width, asset.height, asset.position, name)


def title(recipe: dict[str, Any], operation: str) -> str:
    """What a generation is of, in a few words."""
    style = presets.styles().get(recipe.get("style") or "")
    words = recipe.get("prompt") or (style.label if style else "")
    on = f" on {recipe['background']}" if recipe.get("background") else ""
    return str(words or f"{operation.title()}{on}")[:140]


def tiles(rows: Iterable[Generation]) -> list[Tile]:
    return [_tile(row) for row in rows]


def _tile(row: Generation) -> Tile:
    outputs = pictures(row, Asset.Kind.OUTPUT)
    small = pictures(row, Asset.Kind.THUMBNAIL) or outputs
    first = small[0].url if small else ""
    return Tile(row, title(row.recipe, row.operation), first, len(outputs))
