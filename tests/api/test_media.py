"""Stored pictures over HTTP: whole, in ranges, not again, and private ones by signature only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from accounts.models import Partner
from imaging import storage
from imaging.models import Asset, Generation
from tests.api.conftest import Caller, download

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(100))


@pytest.fixture
def generation(live: Caller, rich: Partner, settings: Any, tmp_path: Path) -> Generation:
    settings.MEDIA_ROOT = tmp_path
    made = live.post("/partner/v1/image/create", {"prompt": "a mug"}, Prefer="respond-async")
    return Generation.objects.get(id=made.json()["data"]["id"])


def keep(generation: Generation, kind: str = Asset.Kind.OUTPUT) -> str:
    """Store a picture of 100 bytes; its address, as answers give it."""
    stored = storage.keep(
        CONTENT,
        generation=generation,
        kind=kind,
        position=0,
        extension="png",
        content_type="image/png",
        size=(10, 10),
    )
    return storage.public_url(Asset.objects.create(generation=generation, **vars(stored)))


def test_a_public_picture_may_be_kept_for_a_year(generation: Generation) -> None:
    answer = download(keep(generation))

    assert (answer.status_code, answer.body) == (200, CONTENT)
    assert answer["Content-Type"] == "image/png"
    assert answer["Content-Length"] == "100"
    assert answer["Accept-Ranges"] == "bytes"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("wanted", "status", "content"),
    [
        ("bytes=0-9", 206, CONTENT[:10]),
        ("bytes=90-", 206, CONTENT[90:]),
        ("bytes=95-999", 206, CONTENT[95:]),
        ("bytes=-5", 206, CONTENT[-5:]),
        ("bytes=-999", 206, CONTENT),
        ("bytes=99-99", 206, CONTENT[99:]),
        ("bytes=100-", 416, b""),
        ("bytes=5-2", 416, b""),
        ("bytes=-0", 416, b""),
        ("bytes=0-1,5-6", 200, CONTENT),
        ("bytes=-", 200, CONTENT),
        ("lines=0-1", 200, CONTENT),
        ("bytes=٣-٤", 200, CONTENT),
        (f"bytes={'9' * 5000}-", 200, CONTENT),
        (f"bytes=0-{'9' * 5000}", 200, CONTENT),
    ],
    ids=lambda value: str(value)[:16],
)
def test_a_part_is_sent_where_it_can_be_made_out(
    generation: Generation, wanted: str, status: int, content: bytes
) -> None:
    answer = download(keep(generation), Range=wanted)

    assert (answer.status_code, answer.body) == (status, content)
    if status == 206:
        first = CONTENT.index(content[0])
        assert answer["Content-Range"] == f"bytes {first}-{first + len(content) - 1}/100"
    if status == 416:
        assert answer["Content-Range"] == "bytes */100"


def test_a_part_continues_only_the_file_it_began(generation: Generation) -> None:
    url = keep(generation)
    etag = download(url)["ETag"]

    assert download(url, Range="bytes=0-9", If_Range=etag).status_code == 206
    assert download(url, Range="bytes=0-9", If_Range='"another"').status_code == 200


def test_what_is_known_is_not_sent_again(generation: Generation) -> None:
    url = keep(generation)
    etag = download(url)["ETag"]

    for known in (etag, f'W/{etag}, "x"', "*"):
        answer = download(url, If_None_Match=known)
        assert (answer.status_code, answer.body, answer["ETag"]) == (304, b"", etag)
    assert download(url, If_None_Match='"another"').status_code == 200


def test_the_headers_alone_can_be_had_and_nothing_be_written(generation: Generation) -> None:
    path = keep(generation).removeprefix("http://testserver")

    head: Any = Client().head(path)

    assert (head.status_code, head["Content-Length"]) == (200, "100")
    assert Client().post(path).status_code == 405
    assert Client().delete(path).status_code == 405


@pytest.mark.parametrize(
    "path",
    ["x.png", "%00", "a%00b.png", "../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "partners/"],
)
def test_only_what_an_asset_points_to_is_served(db: None, path: str) -> None:
    assert Client().get(f"/media/{path}").status_code == 404


def test_a_file_that_is_gone_is_a_404(generation: Generation, tmp_path: Path) -> None:
    url = keep(generation)
    for file in tmp_path.rglob("*.png"):
        file.unlink()

    assert download(url).status_code == 404


@pytest.fixture
def private(generation: Generation) -> str:
    """The signed address of a private partner's picture."""
    generation.partner.private_delivery = True
    generation.partner.save(update_fields=["private_delivery"])
    return keep(generation)


def test_a_private_picture_needs_its_signature(private: str) -> None:
    answer = download(private)
    bare, query = private.split("?")

    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    for wrong in (
        bare,
        f"{bare}?{query[:-1]}",
        f"{bare}?{query.replace('expires=', 'expires=9')}",
        f"{bare}?expires=x&signature=é",
        f"{bare}?expires={'9' * 5000}&signature=x",
        f"{bare}x?{query}",
    ):
        assert download(wrong).status_code == 403, wrong


def test_a_signature_expires(private: str, monkeypatch: pytest.MonkeyPatch) -> None:
    now = storage.time.time()
    monkeypatch.setattr(storage.time, "time", lambda: now + storage.SIGNED_FOR_SECONDS + 1)

    assert download(private).status_code == 403


def test_nobody_learns_whether_a_private_picture_exists(private: str) -> None:
    there = download(private.split("?")[0])
    nowhere = download("/media/private/partners/x/generated/nothing.png")

    assert (
        (there.status_code, there.body) == (nowhere.status_code, nowhere.body) == (403, there.body)
    )


def test_a_partner_that_turns_private_keeps_its_earlier_addresses(
    generation: Generation, rich: Partner
) -> None:
    before = keep(generation)
    rich.private_delivery = True
    rich.save(update_fields=["private_delivery"])

    assert download(before).status_code == 200


def test_a_partner_that_turns_public_keeps_its_private_pictures(
    private: str, rich: Partner
) -> None:
    rich.private_delivery = False
    rich.save(update_fields=["private_delivery"])

    assert download(private.split("?")[0]).status_code == 403
    assert download(private).status_code == 200


def test_source_photos_are_private_whatever_the_partner_chose(generation: Generation) -> None:
    source = keep(generation, Asset.Kind.INPUT)

    assert download(source).status_code == 200
    assert download(source.split("?")[0]).status_code == 403
