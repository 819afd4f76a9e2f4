"""A product's picture as its pages need it: two sizes of WebP, and a JPEG to share."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from imaging import storage
from imaging.engines import encode, picture
from imaging.engines.base import Pixels
from imaging.models import Asset
from integrations.storefronts.models import Product

LARGE, SMALL = 640, 320
"""Sides in pixels."""

_QUALITY = 82


@dataclass(frozen=True, slots=True)
class Pictured:
    """A product with the paths of its pictures in the store."""

    product: Product
    large: str
    small: str
    shared: str
    pixels: Pixels


def pictured(product: Product, files: dict[str, bytes]) -> Pictured:
    """Add the product's pictures to the store's files, each named by a digest of its content."""
    generation = product.generation
    assert generation is not None
    [asset] = [a for a in generation.assets.all() if a.kind == Asset.Kind.OUTPUT]
    original = storage.read(asset.path)
    pixels = picture.flatten(picture.decode(original))
    metadata = replace(encode.read_metadata(original), title=product.name)  # its origin stays

    def add(side: int, file_format: encode.Format) -> str:
        sized = picture.resize(pixels, side, side)
        data = encode.encode(sized, format=file_format, quality=_QUALITY, metadata=metadata)
        digest = hashlib.sha256(data).hexdigest()[:12]
        path = f"assets/{product.slug}-{side}-{digest}.{encode.extension(file_format)}"
        files[path] = data
        return path

    return Pictured(
        product=product,
        large=add(LARGE, "webp"),
        small=add(SMALL, "webp"),
        shared=add(LARGE, "jpeg"),
        pixels=pixels,
    )
