"""Where pictures lie, who reaches them, and for how long."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from django.core.files.storage import storages

from imaging import jobs, storage
from imaging.models import Asset
from tests.imaging.conftest import delivery


@pytest.fixture
def asset(claimed):
    """A stored picture of a partner; the partner's wishes can be set."""

    def make(**wishes: Any) -> Asset:
        job = claimed(**wishes)
        jobs.finish(job.lease, delivery())
        asset = Asset.objects.select_related("generation__partner").get()
        stored = storage.keep(
            b"picture",
            generation=job.generation,
            kind="output",
            position=1,
            extension="png",
            content_type="image/png",
            size=(1, 1),
        )
        asset.path = stored.path
        asset.save(update_fields=["path"])
        return asset

    return make


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def test_a_public_picture_has_a_plain_address_of_ours(asset, settings):
    picture = asset()

    url = storage.public_url(picture)

    assert url == f"{settings.PUBLIC_URL}/media/{picture.path}"
    assert picture.path.startswith(f"partners/{picture.generation.partner_id}/generated/")
    assert storage.read(picture.path) == b"picture"


def test_a_private_partners_picture_has_a_signed_address(asset, new_partner, db):
    picture = asset(of=new_partner(private_delivery=True))

    url = storage.public_url(picture)

    assert picture.path.startswith("private/partners/")
    assert storage.is_private(picture.path)
    assert storage.signature_holds(picture.path, query(url))
    assert int(query(url)["expires"]) > time.time()


def test_a_signature_opens_one_path_until_it_expires(asset, new_partner, monkeypatch, db):
    picture = asset(of=new_partner(private_delivery=True))
    signed = query(storage.public_url(picture))

    assert not storage.signature_holds(picture.path + "x", signed)
    assert not storage.signature_holds(picture.path, signed | {"signature": "0" * 64})
    later = str(int(signed["expires"]) + 1)
    assert not storage.signature_holds(picture.path, signed | {"expires": later})
    assert not storage.signature_holds(picture.path, {})
    assert not storage.signature_holds(picture.path, signed | {"signature": "é"})
    monkeypatch.setattr(time, "time", lambda: int(signed["expires"]) + 1)
    assert not storage.signature_holds(picture.path, signed)


def test_public_pictures_may_be_kept_for_a_year_and_private_ones_not_at_all():
    assert storage.cache_control(private=False) == "public, max-age=31536000, immutable"
    assert storage.cache_control(private=True) == "private, no-store"


def test_names_cannot_be_guessed_and_never_clash(claimed):
    job = claimed()
    facts = {"kind": "output", "position": 0, "extension": "png", "content_type": "image/png"}

    paths = {
        storage.keep(b"x", generation=job.generation, size=(1, 1), **facts).path for _ in range(5)
    }

    assert len(paths) == 5
    assert all(len(path.rsplit("/", 1)[1]) == 36 + len(".png") for path in paths)


def test_deleting_twice_is_no_error(asset):
    picture = asset()
    storage.delete(picture.path)
    storage.delete(picture.path)

    with pytest.raises(FileNotFoundError):
        storage.read(picture.path)


# --- S3


@pytest.fixture
def on_s3(settings, s3) -> str:
    settings.AWS_STORAGE_BUCKET_NAME = "shots"
    settings.AWS_S3_ENDPOINT_URL = s3
    settings.AWS_S3_REGION_NAME = "eu-central-1"
    settings.AWS_ACCESS_KEY_ID = settings.AWS_SECRET_ACCESS_KEY = "test"
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "imaging.s3.PictureStorage"},
    }
    return s3


def test_s3_keeps_pictures_with_the_documented_headers(asset, on_s3):
    picture = asset()

    url = storage.public_url(picture)

    assert url == f"{on_s3}/shots/{picture.path}"
    head = storages["default"].connection.meta.client.head_object(Bucket="shots", Key=picture.path)
    assert head["CacheControl"] == "public, max-age=31536000, immutable"
    assert head["ContentType"] == "image/png"


def test_s3_private_pictures_have_signed_addresses(asset, new_partner, on_s3, db):
    picture = asset(of=new_partner(private_delivery=True))

    url = storage.public_url(picture)

    assert "Signature" in url
    assert httpx2.get(url).content == b"picture"
    head = storages["default"].connection.meta.client.head_object(Bucket="shots", Key=picture.path)
    assert head["CacheControl"] == "private, no-store"
