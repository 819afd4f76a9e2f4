"""Pictures that this very installation serves, read without going through the network."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit
from uuid import UUID

from django.conf import settings

from imaging import storage
from imaging.catalog.models import Product
from imaging.models import Asset

SAMPLES = Path(__file__).resolve().parent / "static" / "samples"


def read_own_picture(url: str, *, partner_id: UUID) -> bytes | None:
    """The bytes of a sample, of one of the partner's own pictures or of a product's photo; None
    for anything else."""
    if not url.startswith(f"{settings.PUBLIC_URL}/"):
        return None
    path = unquote(urlsplit(url).path)
    if "\0" in path:  # no file is called that, and no database may be asked for it
        return None
    if path.startswith(f"{settings.STATIC_URL}samples/"):
        return _sample(PurePosixPath(path).name)
    if path.startswith(settings.MEDIA_URL):
        return _stored(path.removeprefix(settings.MEDIA_URL), partner_id)
    return None


def _sample(name: str) -> bytes | None:
    file = SAMPLES / name
    return file.read_bytes() if file.is_file() else None


def _stored(path: str, partner_id: UUID) -> bytes | None:
    pictures = Asset.objects.filter(path=path, generation__partner_id=partner_id)
    photos = Product.objects.filter(image_path=path, partner_id=partner_id)
    if not pictures.exists() and not photos.exists():
        return None
    try:
        return storage.read(path)
    except FileNotFoundError:
        return None
