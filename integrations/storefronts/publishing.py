"""Releases: stored whole, switched to in one step, rolled back the same way."""

from __future__ import annotations

import mimetypes
import secrets
from collections.abc import Mapping
from functools import partial

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts.errors import NotFound
from imaging import storage
from integrations.storefronts.models import Release, Storefront

KEPT = 5
"""Releases that are kept to roll back to."""

_TYPES = {".webmanifest": "application/manifest+json", ".webp": "image/webp"}


def content_type(path: str) -> str:
    suffix = "." + path.rpartition(".")[2]
    found = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    text = found.startswith("text/") or found in ("application/javascript", "application/json")
    return f"{found}; charset=utf-8" if text else found


def store(storefront: Storefront, files: Mapping[str, bytes]) -> Release:
    """Put a whole set of files into the storage; nobody sees them yet.

    `files` maps paths in the store ("index.html", "products/mug.html") to their bytes. Raises
    StorageUnavailable, having left none of them behind.
    """
    last = storefront.releases.aggregate(last=Max("number"))["last"] or 0
    # A name of its own: a build that died half-way may have left files behind.
    folder = f"stores/{storefront.identifier}/{last + 1}-{secrets.token_hex(4)}"
    written: list[str] = []
    try:
        for path, data in files.items():
            storage.save(f"{folder}/{path}", data, content_type(path))
            written.append(path)
    except BaseException:
        _throw_away(folder, written)
        raise
    return storefront.releases.create(
        number=last + 1, folder=folder, files={path: content_type(path) for path in files}
    )


def preview(storefront: Storefront, release: Release) -> None:
    """From now on the preview address shows this release."""
    storefront.previewed = release
    storefront.save(update_fields=["previewed"])


@transaction.atomic
def publish(storefront: Storefront, release: Release) -> None:
    """From now on the production address shows this release; old ones are thrown away."""
    storefront.published, storefront.status = release, Storefront.Status.LIVE
    storefront.error, storefront.finished_at = "", timezone.now()
    storefront.save(update_fields=["published", "status", "error", "finished_at"])
    for old in storefront.releases.order_by("-number")[KEPT:]:
        if old.pk not in (release.pk, storefront.previewed_id):
            transaction.on_commit(partial(_throw_away, old.folder, list(old.files)))
            old.delete()


def roll_back(storefront: Storefront, number: int) -> Release:
    """Show an earlier release again. Raises NotFound where it is no longer kept."""
    release = storefront.releases.filter(number=number).first()
    if release is None:
        raise NotFound(f"Release {number} is not kept.")
    publish(storefront, release)
    return release


def throw_away_all(storefront: Storefront) -> None:
    """Delete every file of a store once the present transaction commits."""
    for release in storefront.releases.all():
        transaction.on_commit(partial(_throw_away, release.folder, list(release.files)))


def _throw_away(folder: str, paths: list[str]) -> None:
    for path in paths:
        storage.discard(f"{folder}/{path}")
