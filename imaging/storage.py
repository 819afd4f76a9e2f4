"""Where pictures lie and under which address they are reached.

Public pictures may be cached for a year. Partners with private delivery get addresses that are
signed and expire: S3's own, or ours where the web process serves the files.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.utils.crypto import salted_hmac

from accounts.errors import Unavailable
from imaging.models import Asset, Generation

logger = logging.getLogger(__name__)

SIGNED_FOR_SECONDS = 7 * 24 * 3600
"""How long a signed address of a private partner works."""

_FOLDERS: Mapping[str, str] = {
    "create": "generated",
    "enhance": "enhanced",
    "packshot": "packshots",
    "edit": "edited",
}
# A bucket policy that lets everybody read `partners/*` leaves these alone.
_PRIVATE = "private/"
_YEAR = 31_536_000
_SALT = "imaging.storage.signed_address"


class StorageUnavailable(Unavailable):
    """The storage is full, away or wrongly set. What it said is in the log."""

    def __init__(self) -> None:
        super().__init__(
            "Pictures cannot be stored or read just now. Please retry shortly.",
            headers={"Retry-After": "30"},
        )


@dataclass(frozen=True, kw_only=True)
class Stored:
    """A file in the storage that no row points to yet."""

    kind: str
    position: int
    path: str
    content_type: str
    width: int
    height: int
    bytes: int
    sha256: str


def keep(
    data: bytes,
    *,
    generation: Generation,
    kind: str,
    position: int,
    extension: str,
    content_type: str,
    size: tuple[int, int],
) -> Stored:
    """Store one file of a generation under a name nobody can guess. `size` is (width, height)."""
    folder = {
        Asset.Kind.THUMBNAIL.value: "thumbnails",
        Asset.Kind.INPUT.value: "sources",
    }.get(kind, _FOLDERS.get(generation.operation, "generated"))
    private = generation.partner.private_delivery or kind == Asset.Kind.INPUT
    root = f"{_PRIVATE if private else ''}partners/{generation.partner_id}/{folder}"
    path = _save(root, extension, data, content_type)
    return Stored(
        kind=kind,
        position=position,
        path=path,
        content_type=content_type,
        width=size[0],
        height=size[1],
        bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )


def keep_source(data: bytes, *, partner_id: UUID) -> str:
    """Store a picture that came inside a request; returns its path for `{"stored": path}`.

    The job turns it into an asset of its own and deletes this copy when it ends.
    """
    return _save(
        f"{_PRIVATE}partners/{partner_id}/uploads", "bin", data, "application/octet-stream"
    )


def keep_product(data: bytes, *, partner_id: UUID, extension: str, content_type: str) -> str:
    """Store the photo of a product, to be used by many jobs; returns its path."""
    return _save(f"{_PRIVATE}partners/{partner_id}/products", extension, data, content_type)


def keep_catalogue(data: bytes, *, partner_id: UUID) -> str:
    """Store an uploaded CSV file until it is imported; returns its path."""
    return _save(f"{_PRIVATE}partners/{partner_id}/catalogues", "csv", data, "text/csv")


def _save(folder: str, extension: str, data: bytes, content_type: str) -> str:
    return save(f"{folder}/{uuid.uuid4()}.{extension}", data, content_type)


def save(path: str, data: bytes, content_type: str) -> str:
    """Store a file under a path that nothing has; returns it. Raises StorageUnavailable."""
    content = ContentFile(data)
    # S3 stores the type with the object; the file system ignores it.
    content.content_type = content_type  # type: ignore[attr-defined]  # read by django-storages
    with _answering("save", path):
        try:
            return default_storage.save(path, content)
        except OSError:
            take_back(path)
            raise


def take_back(path: str) -> None:
    """Delete what a vain attempt to save `path` left behind: on a disk that ran full, half a file
    would take up the last of the room."""
    if not settings.AWS_STORAGE_BUCKET_NAME:  # S3 shows a file whole or not at all
        with suppress(OSError):
            default_storage.delete(path)


def read(path: str) -> bytes:
    """The bytes of a stored file. Raises FileNotFoundError where it is gone, StorageUnavailable
    where nobody knows."""
    with _answering("read", path), default_storage.open(path) as file:
        return bytes(file.read())


def opened(path: str) -> File[bytes]:
    """A stored file, open for reading; raises what `read` does."""
    with _answering("read", path):
        return default_storage.open(path)


def size(path: str) -> int:
    """How many bytes a stored file has; raises what `read` does."""
    with _answering("read", path):
        return default_storage.size(path)


def delete(path: str) -> None:
    """Delete a stored file. One that is gone already is no error. Raises StorageUnavailable."""
    with _answering("delete", path):
        default_storage.delete(path)


def discard(path: str) -> bool:
    """Delete a file that nobody needs any more. False where it could not be deleted: it stays,
    and the log names it, but what was done otherwise is done."""
    try:
        delete(path)
    except StorageUnavailable:
        return False
    return True


@contextmanager
def _answering(doing: str, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if doing == "read" and isinstance(error, FileNotFoundError):
            raise
        logger.error("the storage cannot %s %s: %s", doing, path, error)
        raise StorageUnavailable from error


# --- Addresses -----------------------------------------------------------------------------------


def public_url(asset: Asset) -> str:
    """The address of a picture, the same in a request and in a worker."""
    return address_of(asset.path)


def address_of(path: str) -> str:
    """The address of a stored picture, signed for a week where the file is private."""
    private = is_private(path)
    if settings.AWS_STORAGE_BUCKET_NAME:
        return _s3_url(path, private=private)
    url = f"{settings.PUBLIC_URL}{settings.MEDIA_URL}{quote(path)}"
    if not private:
        return url
    expires = int(time.time()) + SIGNED_FOR_SECONDS
    return f"{url}?{urlencode({'expires': expires, 'signature': _signature(path, expires)})}"


def is_private(path: str) -> bool:
    """Whether this file was stored for signed addresses only. A partner that changes its mind
    changes it for later pictures."""
    return path.startswith(_PRIVATE)


def _s3_url(path: str, *, private: bool) -> str:
    storage: Any = default_storage  # imaging.s3.PictureStorage
    if private:
        return str(storage.signed_url(path, seconds=SIGNED_FOR_SECONDS))
    return str(storage.plain_url(path))


def signature_holds(path: str, query: Mapping[str, str]) -> bool:
    """Whether the query of a request for `path` carries our signature, not yet expired."""
    try:
        expires = int(query.get("expires", ""))
    except ValueError:
        return False
    expected = _signature(path, expires)
    given = query.get("signature", "")
    return hmac.compare_digest(expected.encode(), given.encode()) and expires > time.time()


def _signature(path: str, expires: int) -> str:
    return salted_hmac(_SALT, f"{path}\n{expires}", algorithm="sha256").hexdigest()


def cache_control(*, private: bool, until: datetime | None = None) -> str:
    """The Cache-Control of a picture: a year for public ones, as documented; one that is kept
    `until` then is in no cache for longer."""
    if private:
        return "private, no-store"
    left = _YEAR if until is None else max(0, round(until.timestamp() - time.time()))
    return f"public, max-age={min(_YEAR, left)}, immutable"


def is_upload(path: str) -> bool:
    """Whether a file came inside a request and belongs to the one job it came for."""
    return "/uploads/" in path
