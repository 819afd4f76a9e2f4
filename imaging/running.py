"""What a worker does with claimed jobs: read, make, deliver.

No transaction and no lock is held meanwhile; each job's lease says whose it is. Wherever this
dies, the leases run out and the jobs are tried again.
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import structlog
from django.db import close_old_connections

from accounts.errors import disk_is_full
from imaging import jobs
from imaging.claiming import Claimed
from imaging.delivering import deliver
from imaging.engines.base import Failed, Recipe
from imaging.engines.client import Follower
from imaging.engines.protocol import save_pixels
from imaging.fetch import DownloadFailed
from imaging.jobs import Lease
from imaging.models import Generation
from imaging.photos import PhotoTooLarge, PhotoTypeUnsupported
from imaging.sources import BadUpload, Source, read_sources
from imaging.storage import StorageUnavailable
from imaging.tiers import Attempt, Engines, Order

logger = logging.getLogger(__name__)

FOLDER_PREFIX = "softbox-job-"
NOT_STORED = "The storage of pictures could not be used."
_PROGRESS_SECONDS = 0.5
_LOOK_SECONDS = 0.5


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
        return self.keep()

    def keep(self) -> bool:
        """False once the job was cancelled or lost. Whether the worker must end is not asked."""
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


@dataclass
class Work:
    """A claimed job on its way: its photos, and in the end what an engine said. `attempt` stays
    None where the job has ended already, or is somebody else's by now."""

    generation: Generation
    lease: Lease
    watcher: Watcher
    began: float
    sources: Sequence[Source] = ()
    attempt: Attempt | None = None


def run(claimed: Claimed, engines: Engines, *, stop: Callable[[], bool] = lambda: False) -> None:
    """Bring a claimed job to its end, or back to the queue.

    `stop` is asked every now and then; when it says yes the job is handed back and Stopped is
    raised.
    """
    for work in make([claimed], engines, stop=stop):
        finish(work)


def make(
    batch: Sequence[Claimed], engines: Engines, *, stop: Callable[[], bool] = lambda: False
) -> list[Work]:
    """Read the photos of claimed jobs and have them all made in one run; `finish` is for the
    caller. Jobs whose photos cannot be had are ended here.

    When `stop` says yes all of them are handed back and Stopped is raised.
    """
    works = [_work(claimed, stop) for claimed in batch]
    try:
        with work_folder() as folder:
            ready = [work for work in works if _guarded(work, _read)]
            if ready:
                _have_made(ready, engines, folder)
    except Stopped:
        engines.kill()
        hand_back(works)
        raise
    except Exception as error:  # a job must end, whatever is wrong with it
        logger.exception("a batch failed")
        for work in works:
            _fail(work, error)
    return [work for work in works if work.attempt is not None]


def finish(work: Work) -> None:
    """Report what an engine said of a job, its pictures delivered."""
    _guarded(work, _finish)


def hand_back(works: Sequence[Work]) -> None:
    """The worker must stop: these jobs wait again."""
    for work in works:
        jobs.hand_back(work.lease)


@contextmanager
def work_folder() -> Iterator[Path]:
    """A folder for the pictures on their way to the engine and back."""
    folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _work(claimed: Claimed, stop: Callable[[], bool]) -> Work:
    lease = claimed.lease
    return Work(claimed.generation, lease, Watcher(lease, stop), began=time.monotonic())


def _guarded(work: Work, step: Callable[[Work], bool]) -> bool:
    """What `step` answers, its log lines marked with the job. A bug in it ends this job alone."""
    generation = work.generation
    with structlog.contextvars.bound_contextvars(
        correlation_id=generation.correlation_id, generation_id=str(generation.id)
    ):
        try:
            return step(work)
        except Exception as error:  # a job must end, whatever is wrong with it
            if not isinstance(error, StorageUnavailable):  # the log has said why
                logger.exception("generation failed")
            _fail(work, error)
            return False


def _fail(work: Work, error: Exception) -> None:
    reason, code = "The worker failed.", ""
    if isinstance(error, StorageUnavailable) or disk_is_full(error):
        reason, code = NOT_STORED, "storage_unavailable"
    close_old_connections()  # it may be the connection that is wrong
    jobs.fail(work.lease, Failed(kind="failed", reason=reason), code=code)
    work.attempt = None


def _read(work: Work) -> bool:
    """Whether the job's photos are there and somebody still wants it."""
    try:
        sources = read_sources(work.generation, go_on=work.watcher.go_on)
    except (DownloadFailed, PhotoTooLarge, PhotoTypeUnsupported) as error:
        failure = Failed(kind="bad_input", reason=error.message)
        jobs.fail(work.lease, failure, code=error.code)
        return False
    except BadUpload as error:
        jobs.fail(work.lease, Failed(kind="bad_input", reason=str(error)))
        return False
    if sources is None:
        return False
    work.sources = sources
    return work.watcher.go_on()


def _have_made(works: Sequence[Work], engines: Engines, folder: Path) -> None:
    orders = [
        Order(
            recipe=_with_digests(work.generation, work.sources),
            inputs=_hand_over(work.sources, folder, f"in-{number}"),
            follower=Follower(work.watcher.go_on, work.watcher.on_progress),
        )
        for number, work in enumerate(works)
    ]
    for work, attempt in zip(works, engines.make(orders, folder=folder), strict=True):
        work.attempt = attempt


def _with_digests(generation: Generation, sources: Sequence[Source]) -> Recipe:
    """The stored recipe, its inputs named by what they really were."""
    recipe = Recipe.from_json(generation.recipe)
    return replace(recipe, inputs=tuple(source.digest for source in sources))


def _hand_over(sources: Sequence[Source], folder: Path, stem: str) -> list[str]:
    return [
        save_pixels(folder / f"{stem}-{position}.npy", source.pixels)
        for position, source in enumerate(sources)
    ]


def _finish(work: Work) -> bool:
    attempt = work.attempt
    if attempt is None:
        return False
    if isinstance(attempt.outcome, Failed):
        jobs.fail(work.lease, attempt.outcome, fallbacks=attempt.fallbacks)
        return False
    deliver(
        work.generation, work.lease, attempt, work.sources, began=work.began, keep=work.watcher.keep
    )
    return True
