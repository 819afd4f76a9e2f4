"""What a worker does with a claimed job: read, make, encode, store, report.

No transaction and no lock is held meanwhile; the lease says whose job it is. Wherever this dies,
the lease runs out and the job is tried again.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from django.db import close_old_connections

from imaging import jobs, provenance, storage
from imaging.claiming import Claimed
from imaging.engines.base import Failed, Made, Recipe
from imaging.engines.encode import content_type, encode, extension, format_note
from imaging.engines.picture import thumbnail
from imaging.engines.protocol import HostFacts, save_pixels
from imaging.fetch import DownloadFailed
from imaging.jobs import Delivery, EngineFacts, Lease
from imaging.models import Asset, Generation
from imaging.sources import BadUpload, Source, keep_sources, read_sources
from imaging.storage import Stored
from imaging.tiers import Attempt, Engines

logger = logging.getLogger(__name__)

THUMBNAIL_SIDE = 512
FOLDER_PREFIX = "softbox-job-"
_PROGRESS_SECONDS = 0.5
_LOOK_SECONDS = 0.5
_RENEW_SECONDS = 10.0
_ENCODERS = 2


class Stopped(BaseException):
    """The worker must end now. Not an Exception: nothing on the way up may swallow it."""


class Watcher:
    """Keeps the lease while the engine works, passes its progress on, hears that it is over."""

    def __init__(self, lease: Lease, stop: Callable[[], bool]) -> None:
        self._lease = lease
        self._stop = stop
        self._kept = True
        self._looked = time.monotonic()
        self._told = 0.0

    def go_on(self) -> bool:
        """False once the job was cancelled or lost. Raises Stopped when the worker must end."""
        if self._stop():
            raise Stopped
        now = time.monotonic()
        if self._kept and now >= self._looked + _LOOK_SECONDS:
            self._looked = now
            self._kept = jobs.renew(self._lease)
        return self._kept

    def on_progress(self, done: int, of: int, label: str) -> None:
        """At most two writes a second, however talkative the engine is."""
        now = time.monotonic()
        if not self._kept or (now < self._told + _PROGRESS_SECONDS and done < of):
            return
        self._told = self._looked = now
        self._kept = jobs.progress(self._lease, done=done, of=of, label=label)


def run(claimed: Claimed, engines: Engines, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Bring a claimed job to its end, or back to the queue.

    `stop` is asked every now and then; when it says yes the job is handed back and Stopped is
    raised.
    """
    generation, lease = claimed.generation, claimed.lease
    structlog.contextvars.bind_contextvars(
        correlation_id=generation.correlation_id, generation_id=str(generation.id)
    )
    try:
        with work_folder() as folder:
            _run(generation, lease, engines, folder, stop)
    except Stopped:
        engines.kill()
        jobs.hand_back(lease)
        raise
    except Exception:  # a job must end, whatever is wrong with it
        logger.exception("generation failed")
        close_old_connections()  # it may be the connection that is wrong
        jobs.fail(lease, Failed(kind="failed", reason="The worker failed."))
    finally:
        structlog.contextvars.unbind_contextvars("correlation_id", "generation_id")


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for the pictures on their way to the engine and back."""
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(
    generation: Generation,
    lease: Lease,
    engines: Engines,
    folder: Path,
    stop: Callable[[], bool],
) -> None:
    began = time.monotonic()
    watcher = Watcher(lease, stop)
    try:
        sources = read_sources(generation, go_on=watcher.go_on)
    except DownloadFailed as error:
        failure = Failed(kind="bad_input", reason=error.message)
        jobs.fail(lease, failure, code="download_failed")
        return
    except BadUpload as error:
        jobs.fail(lease, Failed(kind="bad_input", reason=str(error)))
        return
    if sources is None or not watcher.go_on():
        return
    attempt = engines.make(
        _with_digests(generation, sources),
        _hand_over(sources, folder),
        folder=folder,
        go_on=watcher.go_on,
        on_progress=watcher.on_progress,
    )
    if isinstance(attempt.outcome, Failed):
        jobs.fail(lease, attempt.outcome, fallbacks=attempt.fallbacks)
        return
    _deliver(generation, lease, attempt, sources, began)


def _with_digests(generation: Generation, sources: Sequence[Source]) -> Recipe:
    """The stored recipe, its inputs named by what they really were."""
    recipe = Recipe.from_json(generation.recipe)
    return replace(recipe, inputs=tuple(source.digest for source in sources))


def _hand_over(sources: Sequence[Source], folder: Path) -> list[str]:
    return [
        save_pixels(folder / f"in-{position}.npy", source.pixels)
        for position, source in enumerate(sources)
    ]


def _deliver(
    generation: Generation, lease: Lease, attempt: Attempt, sources: Sequence[Source], began: float
) -> None:
    """Encode, store and report. What nobody wants any more is deleted again."""
    made, engine, recipe = attempt.outcome, attempt.engine, attempt.recipe
    assert isinstance(made, Made)
    assert engine is not None
    if not jobs.renew(lease):
        return
    written: list[Stored] = []
    origins: list[dict[str, Any]] = []
    try:
        with ThreadPoolExecutor(_ENCODERS, thread_name_prefix="encode") as pool:
            for kept_picture in pool.map(
                lambda position: _store(generation, recipe, engine, made, position),
                range(len(made.pictures)),
            ):
                written.extend(kept_picture.files)
                origins.append(kept_picture.origin)
                jobs.renew(lease)
        kept = keep_sources(generation, sources)
        # Uploads stay where they are: should this attempt be in vain, the next one needs them.
        written.extend(file for file in kept if not storage.is_upload(file.path))
        uploads = [file for file in kept if storage.is_upload(file.path)]
        delivery = Delivery(
            recipe=recipe,
            engine=EngineFacts(engine.name, engine.version, engine.kind),
            made=replace(made, details={**made.details, "provenance": origins}),
            assets=[*written, *uploads],
            processing_ms=round((time.monotonic() - began) * 1000),
            notes=[*attempt.notes, *_format_notes(recipe, made), *_origin_notes(origins)],
            fallbacks=attempt.fallbacks,
        )
        if jobs.finish(lease, delivery):
            written.clear()
    finally:
        for file in written:
            storage.delete(file.path)


def _format_notes(recipe: Recipe, made: Made) -> list[str]:
    notes = (format_note(picture.pixels, recipe.format) for picture in made.pictures)
    return list(dict.fromkeys(note for note in notes if note))


def _origin_notes(origins: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence where pictures should have been signed and one could not be."""
    unsigned = any(origin["contentCredentials"] is None for origin in origins)
    return [provenance.UNSIGNED] if unsigned and provenance.configured() else []


@dataclass(frozen=True)
class _Kept:
    """A picture in the storage: its files, and what is said of its origin."""

    files: list[Stored]
    origin: dict[str, Any]


def _store(
    generation: Generation, recipe: Recipe, engine: HostFacts, made: Made, position: int
) -> _Kept:
    """The finished file and its thumbnail, encoded, signed and stored."""
    picture = made.pictures[position]
    metadata = provenance.origin(recipe, engine, picture.source_type)
    said = provenance.claim(
        recipe,
        engine,
        model=made.model,
        source_type=picture.source_type,
        position=position,
        pictures=len(made.pictures),
    )
    files = []
    reading = None
    for kind, pixels, file_format, quality in (
        (Asset.Kind.OUTPUT, picture.pixels, recipe.format, recipe.quality),
        (Asset.Kind.THUMBNAIL, thumbnail(picture.pixels, THUMBNAIL_SIDE), "webp", 80),
    ):
        data = encode(pixels, format=file_format, quality=quality, metadata=metadata)
        if kind == Asset.Kind.OUTPUT:
            data, reading = provenance.seal(data, content_type(file_format), said)
        files.append(
            storage.keep(
                data,
                generation=generation,
                kind=kind,
                position=position,
                extension=extension(file_format),
                content_type=content_type(file_format),
                size=(pixels.shape[1], pixels.shape[0]),
            )
        )
    return _Kept(files, {"sourceType": picture.source_type, "contentCredentials": reading})
