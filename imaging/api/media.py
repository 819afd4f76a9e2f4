"""GET /media/<path>: stored pictures, where no S3 serves them.

Whole or in ranges, with an ETag; public pictures may be kept for a year, private ones need a
signed address that expires.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from mimetypes import guess_type
from pathlib import PurePosixPath
from typing import IO

from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    StreamingHttpResponse,
)
from django.utils import timezone

from accounts.api.reading import read_only
from accounts.connections import give_back_connection
from imaging import storage
from imaging.catalog.models import Product
from imaging.models import Asset

CHUNK = 256 * 1024
# No file has a size of more digits.
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


@read_only
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """One stored picture. 404 for anything that is not an asset, 403 without a good signature,
    which comes first: whether a private picture exists is nobody else's business."""
    private = storage.is_private(path)
    if private and not storage.signature_holds(path, request.GET):
        return HttpResponse("This address has expired.", status=403, content_type="text/plain")
    asset = None if "\0" in path else _file(path)
    if asset is None:
        return _missing()
    etag = f'"{asset.sha256}"'
    known = request.headers.get("If-None-Match", "")
    try:
        response: HttpResponseBase = (
            HttpResponseNotModified()
            if etag in known or known.strip() == "*"
            else content(request, asset, etag)
        )
    except FileNotFoundError:  # deleted this very moment
        return _missing()
    response["ETag"] = etag
    response["Cache-Control"] = storage.cache_control(private=private, until=asset.expires_at)
    response["X-Content-Type-Options"] = "nosniff"
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _file(path: str) -> Asset | None:
    """The asset of that path; the photo of a product as an asset that no row holds."""
    found = Asset.objects.filter(path=path).first()
    if found is not None and found.expires_at and found.expires_at <= timezone.now():
        return None  # its file is about to be deleted
    if found is not None or not Product.objects.filter(image_path=path).exists():
        return found
    try:
        size = storage.size(path)
    except FileNotFoundError:
        return None
    kind = guess_type(path)[0] or "application/octet-stream"
    # Its name is never used for another file, which is all that an ETag must say.
    return Asset(path=path, content_type=kind, bytes=size, sha256=PurePosixPath(path).stem)


def _missing() -> HttpResponse:
    return HttpResponse("There is no such picture.", status=404, content_type="text/plain")


def content(request: HttpRequest, asset: Asset, etag: str) -> HttpResponseBase:
    """The bytes of an asset, whole or the range that was asked for. Raises FileNotFoundError,
    StorageUnavailable."""
    headers = {"Accept-Ranges": "bytes", "Content-Type": asset.content_type}
    if request.method == "HEAD":
        return HttpResponse(headers={**headers, "Content-Length": str(asset.bytes)})
    # A part is of use only to who has the rest of this very file.
    continues = request.headers.get("If-Range", etag) == etag
    wanted = _wanted_range(request.headers.get("Range", "") if continues else "", asset.bytes)
    if wanted == "unsatisfiable":
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{asset.bytes}"})
    give_back_connection()  # the reader may be slow
    file = storage.opened(asset.path)
    if isinstance(wanted, tuple):
        first, last = wanted
        file.seek(first)
        headers["Content-Range"] = f"bytes {first}-{last}/{asset.bytes}"
        headers["Content-Length"] = str(last - first + 1)
        return StreamingHttpResponse(_Part(file, last - first + 1), status=206, headers=headers)
    headers["Content-Length"] = str(asset.bytes)
    return FileResponse(file, headers=headers)


def _wanted_range(header: str, size: int) -> tuple[int, int] | str | None:
    """(first, last) byte, "unsatisfiable", or None for the whole (also for what we do not read,
    such as several ranges: answering with everything is allowed)."""
    match = _RANGE.fullmatch(header.strip())
    if match is None or match.groups() == ("", ""):
        return None
    first_text, last_text = match.groups()
    if not first_text:
        first, last = max(0, size - int(last_text)), size - 1
    else:
        first, last = int(first_text), min(int(last_text or size - 1), size - 1)
    if first > last or first >= size:
        return "unsatisfiable"
    return first, last


class _Part:
    """The next `left` bytes of an open file, in chunks. Closing it closes the file, also where
    nobody read a byte."""

    def __init__(self, file: IO[bytes], left: int) -> None:
        self._file = file
        self._left = left
        self.close = file.close

    def __iter__(self) -> Iterator[bytes]:
        while self._left > 0 and (chunk := self._file.read(min(CHUNK, self._left))):
            self._left -= len(chunk)
            yield chunk
