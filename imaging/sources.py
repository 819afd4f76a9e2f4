"""Source pictures of a job: read from their addresses or from storage, decoded for the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from dataclasses import dataclass
from threading import Thread

from django.db import connection

from imaging import storage
from imaging.engines.base import EngineError, Pixels
from imaging.engines.picture import decode
from imaging.fetch import DownloadFailed, fetch_picture
from imaging.models import Asset, Generation
from imaging.photos import RULES, picture_type
from imaging.storage import Stored

_LOOK_SECONDS = 0.25


class BadUpload(Exception):
    """A picture that came inside the request cannot be read. The text is safe to show."""


@dataclass(frozen=True)
class Source:
    """One source picture. `path` is its place in the storage, "" where it has none yet."""

    data: bytes
    pixels: Pixels
    path: str = ""

    @property
    def digest(self) -> str:
        """sha256 hex of the file."""
        return hashlib.sha256(self.data).hexdigest()


def read_sources(
    generation: Generation, *, go_on: Callable[[], bool] = lambda: True
) -> list[Source] | None:
    """All source pictures of a job, in order, fetched side by side.

    `go_on` is asked a few times a second while one is slow in coming; None when it says no.
    Raises DownloadFailed for an address, PhotoTooLarge and PhotoTypeUnsupported for what its
    surface does not take, BadUpload for a stored picture, as soon as one cannot be had; the words
    are for the partner.
    """
    readings = [_begin(generation, source) for source in generation.sources]
    pending = set(readings)
    while pending:
        _, pending = wait(pending, timeout=_LOOK_SECONDS, return_when=FIRST_EXCEPTION)
        for reading in readings:
            if reading.done() and (error := reading.exception()):
                raise error
        if pending and not go_on():
            return None
    return [reading.result() for reading in readings]


def _begin(generation: Generation, source: Mapping[str, str]) -> Future[Source]:
    """Read one in a thread of its own, which holds nobody up: neither the job, when it is
    cancelled, nor the worker, when it must end."""
    reading: Future[Source] = Future()

    def work() -> None:
        try:
            reading.set_result(_read(generation, source))
        except Exception as error:
            reading.set_exception(error)

    Thread(target=work, name="fetch", daemon=True).start()
    return reading


def _read(generation: Generation, source: Mapping[str, str]) -> Source:
    if "url" in source:
        try:
            data = fetch_picture(
                source["url"],
                partner_id=generation.partner_id,
                rules=RULES.get(generation.surface),
            )
        finally:
            connection.close()  # of this thread, which ends
        try:
            return Source(data=data, pixels=decode(data))
        except EngineError as error:
            raise DownloadFailed(_clause(error.reason)) from None
    path = source["stored"]
    try:
        data = storage.read(path)
        return Source(data=data, pixels=decode(data), path=path)
    except FileNotFoundError:
        raise BadUpload("The source picture is no longer stored.") from None
    except EngineError as error:
        raise BadUpload(error.reason) from None


def _clause(sentence: str) -> str:
    """A sentence as the end of another: "The file is empty." -> "the file is empty"."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")


def keep_sources(generation: Generation, sources: Sequence[Source]) -> Iterator[Stored]:
    """Keep what was read, so that the recipe can be made again after the address is dead.

    Pictures that are another generation's assets already are left where they are.
    """
    for position, source in enumerate(sources):
        if not source.path or storage.is_upload(source.path):
            yield _keep(generation, position, source)


def _keep(generation: Generation, position: int, source: Source) -> Stored:
    content_type, extension = picture_type(source.data)
    height, width = source.pixels.shape[:2]
    if source.path:
        return Stored(
            kind=Asset.Kind.INPUT,
            position=position,
            path=source.path,
            content_type=content_type,
            width=width,
            height=height,
            bytes=len(source.data),
            sha256=source.digest,
        )
    return storage.keep(
        source.data,
        generation=generation,
        kind=Asset.Kind.INPUT,
        position=position,
        extension=extension,
        content_type=content_type,
        size=(width, height),
    )
