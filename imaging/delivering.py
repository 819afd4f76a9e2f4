"""What a worker does with made pictures: encode, sign, store, report.

What nobody wants any more is deleted again; the job's lease says whether anybody does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any

from imaging import jobs, provenance, storage
from imaging.engines import compliance, presets
from imaging.engines.base import Made, Recipe
from imaging.engines.compliance import Box, Finding
from imaging.engines.encode import content_type, encode, extension, format_note
from imaging.engines.picture import thumbnail
from imaging.jobs import Delivery, EngineFacts, Lease
from imaging.models import Asset, Generation
from imaging.sources import Source, keep_sources
from imaging.storage import Stored
from imaging.tiers import Attempt

THUMBNAIL_SIDE = 512
_ENCODERS = 2


def deliver(
    generation: Generation,
    lease: Lease,
    attempt: Attempt,
    sources: Sequence[Source],
    *,
    began: float,
    keep: Callable[[], bool],
) -> None:
    """Encode, store and report the pictures of an attempt that made some.

    `began` is when work on the job began, by the monotonic clock. `keep` renews the lease when it
    is time to; False: nobody wants the pictures any more.
    """
    made, engine, recipe = attempt.outcome, attempt.engine, attempt.recipe
    assert isinstance(made, Made)
    assert engine is not None
    if not keep():
        return
    written: list[Stored] = []  # by both encoders, and also where one of them fails
    try:
        stored = _store_all(generation, attempt, written, keep=keep)
        uploads = _keep_sources(generation, sources, written)
        origins = [picture.origin for picture in stored]
        said = _said(origins, [picture.findings for picture in stored])
        delivery = Delivery(
            recipe=recipe,
            engine=EngineFacts(engine.name, engine.version, engine.kind),
            made=replace(made, details={**made.details, **said}),
            assets=[*written, *uploads],
            processing_ms=round((time.monotonic() - began) * 1000),
            notes=[*attempt.notes, *_format_notes(recipe, made), *_origin_notes(origins)],
            fallbacks=attempt.fallbacks,
        )
        # Should the database break off in the midst of it, nobody knows whether the job is
        # charged: a file too many is better than a picture too few.
        reported, written = written, []
        if not jobs.finish(lease, delivery):
            written = reported
    finally:
        for file in written:
            storage.discard(file.path)


def _store_all(
    generation: Generation, attempt: Attempt, written: list[Stored], *, keep: Callable[[], bool]
) -> list[_Kept]:
    """Every picture stored, in order; each file that is, also of a picture that comes to nothing,
    is added to `written`."""
    assert isinstance(attempt.outcome, Made)
    stored = []
    with ThreadPoolExecutor(_ENCODERS, thread_name_prefix="encode") as pool:
        for picture in pool.map(
            lambda position: _store(generation, attempt, position, written),
            range(len(attempt.outcome.pictures)),
        ):
            stored.append(picture)
            keep()
    return stored


def _keep_sources(
    generation: Generation, sources: Sequence[Source], written: list[Stored]
) -> list[Stored]:
    """Add the photos that are stored now to `written`; returns those that had been before.

    Uploads stay where they are: should this attempt be in vain, the next one needs them.
    """
    uploads: list[Stored] = []
    for file in keep_sources(generation, sources):
        (uploads if storage.is_upload(file.path) else written).append(file)
    return uploads


def _said(
    origins: Sequence[dict[str, Any]], reports: Sequence[Sequence[Finding]]
) -> dict[str, Any]:
    """What the details say of the finished files."""
    said: dict[str, Any] = {"provenance": list(origins)}
    if findings := compliance.worst(reports):
        said["compliance"] = [asdict(finding) for finding in findings]
    return said


def _format_notes(recipe: Recipe, made: Made) -> list[str]:
    notes = (format_note(picture.pixels, recipe.format) for picture in made.pictures)
    return list(dict.fromkeys(note for note in notes if note))


def _origin_notes(origins: Sequence[dict[str, Any]]) -> list[str]:
    """A sentence where pictures should have been signed and one could not be."""
    unsigned = any(origin["contentCredentials"] is None for origin in origins)
    return [provenance.UNSIGNED] if unsigned and provenance.configured() else []


@dataclass(frozen=True)
class _Kept:
    """A picture in the storage: what is said of its origin, and what the rules of its marketplace
    say of it (none without one)."""

    origin: dict[str, Any]
    findings: list[Finding]


def _store(generation: Generation, attempt: Attempt, position: int, written: list[Stored]) -> _Kept:
    """The finished file and its thumbnail, encoded, signed and stored."""
    made, engine, recipe = attempt.outcome, attempt.engine, attempt.recipe
    assert isinstance(made, Made)
    assert engine is not None
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
    findings: list[Finding] = []
    reading = None
    for kind, pixels, file_format, quality in (
        (Asset.Kind.OUTPUT, picture.pixels, recipe.format, recipe.quality),
        (Asset.Kind.THUMBNAIL, thumbnail(picture.pixels, THUMBNAIL_SIDE), "webp", 80),
    ):
        data = encode(pixels, format=file_format, quality=quality, metadata=metadata)
        if kind == Asset.Kind.OUTPUT:
            data, reading = provenance.seal(data, content_type(file_format), said)
            if recipe.platform:
                box = _product_box(made, position)
                findings = compliance.report(data, presets.platform(recipe.platform), box)
        written.append(
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
    origin = {"sourceType": picture.source_type, "contentCredentials": reading}
    return _Kept(origin, findings)


def _product_box(made: Made, position: int) -> Box | None:
    """Where the engine says that the product is in that picture."""
    pictures = made.details.get("pictures", ())
    box = pictures[position].get("product") if position < len(pictures) else None
    return tuple(box) if box else None
