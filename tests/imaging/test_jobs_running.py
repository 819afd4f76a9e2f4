"""A claimed job through the real steps: sources, engine host, encoding, storage, outcome."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from django.core.files.storage import default_storage
from PIL import Image

from imaging import delivering, jobs, running, storage, tiers
from imaging.engines.base import Recipe
from imaging.engines.encode import read_metadata
from imaging.fetch import DownloadFailed
from imaging.models import Asset, Generation
from imaging.running import Stopped, run
from tests.imaging.conftest import balance, fresh, kinds, recipe


def photo(colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (12, 8), colour).save(file, "JPEG")
    return file.getvalue()


@pytest.fixture
def work(tiny_engines, submit) -> Callable[..., Generation]:
    """Submits a job, works on everything that waits, answers the row as it then is."""

    def do(*arguments: Any, **options: Any) -> Generation:
        generation = submit(*arguments, **options)
        while (job := jobs.claim(worker="w")) is not None:
            run(job, tiny_engines)
        return fresh(generation)

    return do


@pytest.fixture
def web(monkeypatch) -> dict[str, bytes]:
    """Addresses and what lies there; anything else cannot be downloaded."""
    pages: dict[str, bytes] = {}

    def fetch(url: str, *, partner_id: object, rules: object) -> bytes:
        if url not in pages:
            raise DownloadFailed("the server answered 404")
        return pages[url]

    monkeypatch.setattr("imaging.sources.fetch_picture", fetch)
    return pages


def stored_files() -> set[str]:
    found = set()

    def walk(folder: str) -> None:
        folders, files = default_storage.listdir(folder)
        found.update(f"{folder}/{name}" for name in files)
        for name in folders:
            walk(f"{folder}/{name}")

    for root in ("partners", "private"):
        if default_storage.exists(root):
            walk(root)
    return found


@pytest.fixture(autouse=True)
def own_media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def test_a_prompt_becomes_a_stored_picture_with_its_origin_inside(partner, work):
    generation = work("plain")

    assert (generation.status, generation.points_used) == ("succeeded", 8)
    picture = generation.assets.get(kind="output")
    assert picture.path.startswith(f"partners/{partner.pk}/generated/")
    assert (picture.width, picture.height, picture.content_type) == (64, 48, "image/png")
    data = storage.read(picture.path)
    assert (picture.bytes, picture.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    origin = read_metadata(data)
    assert (origin.source_type, origin.recipe_id) == ("algorithmicMedia", generation.recipe_id)
    assert "tiny 1" in origin.software
    small = generation.assets.get(kind="thumbnail")
    assert small.content_type == "image/webp"
    assert generation.processing_ms > 0


def test_the_same_recipe_makes_the_same_picture_and_the_same_recipe_id(work):
    first, second = work("plain"), work("plain")

    assert first.recipe_id == second.recipe_id == Recipe.from_json(first.recipe).digest()
    assert len({a.sha256 for a in Asset.objects.filter(kind="output")}) == 1


def test_sources_are_read_digested_and_kept(partner, work, web):
    web["https://a.test/1.jpg"], web["https://a.test/2.jpg"] = photo(), photo((1, 2, 3))
    urls = [{"url": url} for url in web]

    generation = work(recipe=recipe(operation="enhance"), sources=urls)

    digests = [hashlib.sha256(data).hexdigest() for data in web.values()]
    assert generation.recipe["inputs"] == digests
    assert generation.recipe_id == Recipe.from_json(generation.recipe).digest()
    assert generation.assets.filter(kind="output").count() == 2
    kept = generation.assets.filter(kind="input").order_by("position")
    assert [asset.sha256 for asset in kept] == digests
    assert all(asset.path.startswith(f"private/partners/{partner.pk}/sources/") for asset in kept)
    assert kept[0].content_type == "image/jpeg"
    assert generation.assets.filter(path__contains="/enhanced/").count() == 2


def test_an_upload_becomes_the_jobs_own_source(partner, work):
    path = storage.keep_source(photo(), partner_id=partner.pk)

    generation = work(recipe=recipe(operation="packshot"), sources=[{"stored": path}])

    assert generation.assets.get(kind="input").path == path
    assert storage.read(path) == photo()


def test_a_source_of_another_generation_is_used_and_not_taken_away(partner, work):
    path = storage.keep_source(photo(), partner_id=partner.pk)
    first = work(recipe=recipe(operation="enhance"), sources=[{"stored": path}])
    Asset.objects.filter(kind="input").update(path="private/partners/x/sources/a.jpg")
    storage.default_storage.save("private/partners/x/sources/a.jpg", io.BytesIO(photo()))

    again = work(
        recipe=recipe(operation="enhance"),
        sources=[{"stored": "private/partners/x/sources/a.jpg"}],
    )

    assert again.status == "succeeded"
    assert first.assets.filter(kind="input").count() == 1
    assert not again.assets.filter(kind="input").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "Failed to download image: the server answered 404"),
        (b"<html>", "Failed to download image: the file is not a JPEG, PNG, GIF or WebP picture"),
    ],
)
def test_a_source_that_cannot_be_had_fails_free_in_the_documented_words(
    partner, work, web, content, words
):
    if content is not None:
        web["https://a.test/1.jpg"] = content

    generation = work(recipe=recipe(operation="enhance"), sources=[{"url": "https://a.test/1.jpg"}])

    assert (generation.status, generation.error_code) == ("failed", "download_failed")
    assert generation.error_message == words
    assert generation.attempts == 1
    assert balance(partner) == 1000


@pytest.mark.django_db(transaction=True)
def test_a_bad_upload_fails_free_and_is_deleted(partner, work):
    path = storage.keep_source(b"not a picture", partner_id=partner.pk)

    generation = work(recipe=recipe(operation="packshot"), sources=[{"stored": path}])

    assert (generation.status, generation.error_code) == ("failed", "invalid_input")
    assert not default_storage.exists(path)
    assert balance(partner) == 1000


def test_thinking_without_a_language_model_falls_back_and_says_so(partner, work):
    generation = work(recipe=recipe(mode="thinking"))

    assert (generation.mode, generation.requested_mode) == ("fast", "thinking")
    assert tiers.NOT_THINKING in generation.notes
    assert generation.details["mode"] == "fast"
    assert (generation.points_used, balance(partner)) == (8, 992)


@pytest.fixture
def thinking_work(settings, submit) -> Iterator[Callable[..., Generation]]:
    """Like `work`, with an engine that has a language model."""
    settings.ENGINE_FACTORIES = {"studio": "tests.imaging.tiny_engine:ThinkingEngine"}
    engines = tiers.Engines()

    def do(prompt: str) -> Generation:
        generation = submit(recipe=recipe(prompt, mode="thinking"))
        run(jobs.claim(worker="w"), engines)
        return fresh(generation)

    yield do
    engines.kill()


def test_thinking_that_was_done_is_paid_as_thinking(partner, thinking_work):
    generation = thinking_work("plain")

    assert (generation.mode, generation.points_used) == ("thinking", 15)
    assert balance(partner) == 985


def test_thinking_that_failed_in_an_engine_that_thinks_pays_fast_and_says_so(
    partner, thinking_work
):
    generation = thinking_work("cannot_think")

    assert (generation.mode, generation.requested_mode) == ("fast", "thinking")
    assert generation.recipe["mode"] == "fast"
    assert generation.recipe_id == Recipe.from_json(generation.recipe).digest()
    assert generation.notes == ["It could not think."]
    assert (generation.points_used, balance(partner)) == (8, 992)


def test_a_stand_in_is_delivered_and_free(partner, work):
    generation = work("stand_in")

    assert (generation.status, generation.stand_in, generation.points_used) == (
        "succeeded",
        True,
        0,
    )
    assert generation.assets.filter(kind="output").exists()
    assert balance(partner) == 1000


def test_a_jpeg_is_a_jpeg(work):
    generation = work(recipe=recipe(operation="packshot", format="jpeg", count=2))

    pictures = generation.assets.filter(kind="output")
    assert {p.content_type for p in pictures} == {"image/jpeg"}
    assert all(p.path.endswith(".jpg") and "/packshots/" in p.path for p in pictures)
    assert storage.read(pictures[0].path).startswith(b"\xff\xd8")


def test_an_engine_that_died_once_is_tried_again_and_charged_once(partner, work, tmp_path):
    generation = work(f"once {tmp_path / 'flag'}")

    assert (generation.status, generation.attempts) == ("succeeded", 2)
    assert kinds(generation) == ["queued", "started", "retried", "started", "succeeded"]
    assert balance(partner) == 992


@pytest.mark.parametrize("prompt", ["die", "raise", "nothing", "out_of_memory"])
def test_an_engine_that_always_fails_is_tried_three_times_and_free(partner, work, prompt):
    generation = work(prompt)

    assert (generation.status, generation.attempts) == ("failed", 3)
    assert generation.fallbacks[0]["engine"] == "studio"
    assert balance(partner) == 1000
    assert stored_files() == set()


def test_the_next_engine_takes_over_and_the_first_is_recorded(partner, work, settings, submit):
    settings.IMAGING_ENGINE = "diffusion"
    settings.ENGINE_FACTORIES |= {"diffusion": "tests.imaging.tiny_engine:BrokenEngine"}
    engines = tiers.Engines()
    generation = submit("plain")

    run(jobs.claim(worker="w"), engines)

    row = fresh(generation)
    assert (row.status, row.engine_name) == ("succeeded", "tiny")
    assert row.fallbacks == [
        {"engine": "diffusion", "kind": "failed", "reason": "The engine could not start."}
    ]
    engines.kill()


def test_what_is_blocked_is_blocked_for_every_engine(work):
    generation = work("blocked")

    assert (generation.status, generation.error_message) == ("blocked", "It is blocked.")
    assert generation.details == {"categories": ["test"]}


def test_a_job_cancelled_while_it_runs_stops_and_leaves_nothing(
    partner, submit, tiny_engines, monkeypatch
):
    generation = submit("steps 200 0.05")
    job = jobs.claim(worker="w")
    original = jobs.progress

    def cancel_at_first_step(lease, **step):
        jobs.cancel(generation.pk)
        return original(lease, **step)

    monkeypatch.setattr(jobs, "progress", cancel_at_first_step)
    run(job, tiny_engines)

    row = fresh(generation)
    assert row.status == "cancelled"
    assert not row.assets.exists()
    assert stored_files() == set()
    assert balance(partner) == 1000


def test_a_picture_nobody_wants_any_more_is_deleted_again(
    partner, submit, tiny_engines, monkeypatch
):
    generation = submit("plain")
    job = jobs.claim(worker="w")
    original = delivering._store

    def cancel_meanwhile(*arguments):
        stored = original(*arguments)
        Generation.objects.filter(pk=generation.pk).update(lease_token=job.generation.pk)
        return stored

    monkeypatch.setattr(delivering, "_ENCODERS", 1)
    monkeypatch.setattr(delivering, "ThreadPoolExecutor", _Inline)
    monkeypatch.setattr(delivering, "_store", cancel_meanwhile)
    run(job, tiny_engines)

    assert fresh(generation).status == "running"
    assert not Asset.objects.exists()
    assert stored_files() == set()


class _Inline:
    """An executor without threads, so that the test's transaction is seen."""

    def __init__(self, *arguments: object, **options: object) -> None: ...

    def __enter__(self) -> _Inline:
        return self

    def __exit__(self, *error: object) -> None: ...

    map = staticmethod(map)


def test_a_worker_that_must_stop_hands_its_job_back(partner, submit, tiny_engines):
    generation = submit("steps 200 0.05")
    asked = iter([False, False, False, True])

    with pytest.raises(Stopped):
        run(jobs.claim(worker="w"), tiny_engines, stop=lambda: next(asked))

    row = fresh(generation)
    assert (row.status, row.attempts) == ("queued", 0)
    assert balance(partner) == 992


@pytest.mark.django_db(transaction=True)
def test_a_bug_in_the_worker_ends_the_job_too(partner, work, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError

    monkeypatch.setattr(running, "save_pixels", broken)
    monkeypatch.setattr(running, "read_sources", broken)

    generation = work("plain")

    assert (generation.status, generation.attempts) == ("failed", 3)
    assert balance(partner) == 1000


def test_talkative_engines_are_written_down_twice_a_second(work):
    generation = work("steps 40 0.02")

    progress = [kind for kind in kinds(generation) if kind == "progress"]
    assert 1 <= len(progress) <= 4


def test_the_picture_is_the_engines_pixels(work):
    generation = work("plain")

    with Image.open(io.BytesIO(storage.read(generation.assets.get(kind="output").path))) as image:
        assert np.asarray(image)[0, 0].tolist() == [5, 0, 7]
