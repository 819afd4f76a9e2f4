"""Wanted pictures -> drawn pictures: which go together in a batch, which model draws them, and
what is done when memory runs out.

A picture that one model cannot make goes to the next one of its route. Memory that runs out costs
a batch its company, then a picture its size, and only then the picture.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from imaging.engines.base import EngineError, Pixels
from imaging.engines.diffusion.catalogue import Model
from imaging.engines.diffusion.families import Row
from imaging.engines.diffusion.prompts import shortened
from imaging.engines.diffusion.references import reference
from imaging.engines.diffusion.residency import Loaded, Residency, is_out_of_memory
from imaging.engines.diffusion.sampler import Sampler
from imaging.engines.diffusion.sizes import drawn_size

logger = logging.getLogger(__name__)

SMALLER = 0.7  # side of the last try's picture where memory is short: half the area
_FRAME_TOKENS = 16  # the pipelines' own words around a prompt

OnStep = Callable[[int, int], None]


class DeviceLost(SystemExit):
    """The card's context is gone for this process: only a new one can go on. Ends the host."""


@dataclass
class Wanted:
    """One picture to draw, and in the end what became of it.

    `route` are the models that may draw it, `size` its finished (width, height); it is drawn at
    what suits the model. `replay` is (batch size, row) of the batch it was first drawn in: it is
    then drawn in one of that size, at that place, whatever else waits.
    `on_step` hears (done, of) before the first step and after each; what it raises takes this
    picture out.
    """

    prompt: str
    seed: int
    size: tuple[int, int]
    route: Sequence[Model]
    on_step: OnStep
    pictures: tuple[Pixels, ...] = ()
    replay: tuple[int, int] | None = None

    pixels: Pixels | None = None
    failure: EngineError | None = None
    model: Model | None = None
    batch: tuple[int, int] = (1, 0)
    prompt_used: str = ""
    is_shortened: bool = False
    is_small: bool = False
    seconds: float = 0.0
    tried: list[dict[str, str]] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.pixels is None and self.failure is None

    @property
    def next_model(self) -> Model | None:
        """The first model of the route that has not failed it yet."""
        return self.route[len(self.tried)] if len(self.tried) < len(self.route) else None


@dataclass(frozen=True)
class _Group:
    """What pictures of one batch have in common, beside their model."""

    size: tuple[int, int]
    references: tuple[tuple[int, int], ...]


class Drawing:
    """Draws with the models that are resident. One at a time in a process."""

    def __init__(self, residency: Residency, sampler: Sampler, batch_pixels: int) -> None:
        self._residency = residency
        self._sampler = sampler
        self._batch_pixels = batch_pixels

    def draw(self, wanted: Sequence[Wanted]) -> None:
        """Fill in `pixels` or `failure` of each. Raises nothing but DeviceLost."""
        while rest := [one for one in wanted if one.is_open]:
            for model, together in _by_model(rest):
                if model is None:
                    for one in together:
                        one.failure = _exhausted(one)
                    continue
                self._with_model(model, together)

    def _with_model(self, model: Model, wanted: Sequence[Wanted]) -> None:
        """Try one model on pictures that want it: each ends, or has one model more behind it."""
        try:
            loaded = self._residency.acquire(model)
        except EngineError as error:
            for one in wanted:
                _tried(one, model, error.kind, error.reason)
            return
        groups: dict[_Group, list[tuple[Wanted, Row]]] = {}
        for one in wanted:
            try:
                row, group = self._row(loaded, one)
            except EngineError as error:
                one.failure = error
                continue
            groups.setdefault(group, []).append((one, row))
        for group, members in groups.items():
            for batch in self._batches(loaded, group, members):
                self._draw_batch(loaded, group, batch)

    def _row(self, loaded: Loaded, one: Wanted) -> tuple[Row, _Group]:
        """The picture as this model will draw it."""
        model = loaded.model
        shrink = SMALLER if one.is_small else 1.0
        pictures = one.pictures[: model.references] if loaded.family.takes_references else ()
        most = round(model.reference_pixels * shrink**2)
        looked_at = tuple(
            reference(picture, most_pixels=most, of=len(pictures)) for picture in pictures
        )
        one.prompt_used = shortened(
            one.prompt,
            lambda text: loaded.family.tokens(loaded.pipe, text),
            loaded.family.token_limit - _FRAME_TOKENS,
        )
        one.is_shortened = one.prompt_used != one.prompt
        size = drawn_size(*one.size, model.native_size, shrink=shrink)
        group = _Group(size, tuple(picture.size for picture in looked_at))
        return Row(one.prompt_used, one.seed, looked_at), group

    def _batches(
        self, loaded: Loaded, group: _Group, members: Sequence[tuple[Wanted, Row]]
    ) -> Iterable[list[tuple[Wanted, Row]]]:
        """The group in batches as large as the model, its class and the device allow; those that
        need more memory, and replays, alone."""
        area = group.size[0] * group.size[1] * (1 + len(group.references))
        most = min(loaded.model.batch, loaded.family.most, max(1, self._batch_pixels // area))
        alone = [m for m in members if m[0].replay or m[0].is_small]
        rest = [m for m in members if not (m[0].replay or m[0].is_small)]
        yield from ([member] for member in alone)
        for start in range(0, len(rest), most):
            yield rest[start : start + most]

    def _draw_batch(
        self, loaded: Loaded, group: _Group, batch: Sequence[tuple[Wanted, Row]]
    ) -> None:
        steps = loaded.model.steps
        batch = [member for member in batch if _still_wanted(member[0], 0, steps)]
        if not batch:
            return
        size, place = batch[0][0].replay or (len(batch), 0)
        is_replay = batch[0][0].replay is not None
        # A replay's other rows hold copies: a row's bits do not depend on its neighbours.
        rows = [batch[0][1]] * size if is_replay else [row for _, row in batch]
        started = time.perf_counter()
        try:
            with _saving_memory(loaded, batch[0][0].is_small):
                pictures = self._sampler.sample(loaded, rows, group.size, _watching(batch))
        except EngineError:  # nobody wants any of them any more
            return
        except Exception as error:
            self._after_error(loaded, batch, error)
            return
        seconds = time.perf_counter() - started
        for row, (one, _) in enumerate(batch):
            row = place if is_replay else row
            one.model, one.batch, one.seconds = loaded.model, (size, row), seconds / len(batch)
            if not one.is_open:
                continue
            one.pixels = pictures[row]
            if one.pixels is None:
                _tried(one, loaded.model, "failed", "The model made no picture.")

    def _after_error(
        self, loaded: Loaded, batch: Sequence[tuple[Wanted, Row]], error: Exception
    ) -> None:
        if is_out_of_memory(error):
            self._after_out_of_memory(loaded, batch)
            return
        if "CUDA error" in str(error):
            logger.exception("the device is lost")
            raise DeviceLost(70) from error
        logger.exception("model %s failed", loaded.model.name)
        for one, _ in batch:
            _tried(one, loaded.model, "failed", "The model failed.")

    def _after_out_of_memory(self, loaded: Loaded, batch: Sequence[tuple[Wanted, Row]]) -> None:
        """Free what can be freed; a batch is drawn one by one, a lone picture smaller."""
        logger.warning("out of memory with %d of %s", len(batch), loaded.model.name)
        self._sampler.cache.clear()
        self._residency.free(keep=loaded.model.name)
        if len(batch) > 1:
            for member in batch:
                group = _Group(*_shape(loaded, member))
                self._draw_batch(loaded, group, [member])
            return
        ((one, _),) = batch
        if not one.is_small:
            one.is_small = True  # comes round again at half the area
            return
        _tried(one, loaded.model, "out_of_memory", "The picture needs more memory than there is.")
        one.is_small = False


def _shape(
    loaded: Loaded, member: tuple[Wanted, Row]
) -> tuple[tuple[int, int], tuple[tuple[int, int], ...]]:
    one, row = member
    size = drawn_size(*one.size, loaded.model.native_size)
    return size, tuple(picture.size for picture in row.references)


@contextmanager
def _saving_memory(loaded: Loaded, is_short: bool) -> Iterator[None]:
    """Decode in tiles meanwhile: slower, and seams are possible, but far less memory."""
    vae = loaded.pipe.vae
    tiles = is_short and hasattr(vae, "enable_tiling")
    if tiles:
        vae.enable_tiling()
    try:
        yield
    finally:
        if tiles:
            vae.disable_tiling()


def _by_model(wanted: Sequence[Wanted]) -> list[tuple[Model | None, list[Wanted]]]:
    groups: dict[str, tuple[Model | None, list[Wanted]]] = {}
    for one in wanted:
        model = one.next_model
        groups.setdefault(model.name if model else "", (model, []))[1].append(one)
    return list(groups.values())


def _tried(one: Wanted, model: Model, kind: str, reason: str) -> None:
    one.tried.append({"model": model.name, "kind": kind, "reason": reason})


def _exhausted(one: Wanted) -> EngineError:
    """Why no model of the route could: the last one's words."""
    if not one.tried:
        return EngineError("model_missing", "No model serves this operation.")
    last = one.tried[-1]
    return EngineError(last["kind"], last["reason"])  # type: ignore[arg-type]  # a FailureKind


def _still_wanted(one: Wanted, done: int, of: int) -> bool:
    """Whether anybody still wants it; who does not is noted."""
    if not one.is_open:
        return False
    try:
        one.on_step(done, of)
    except EngineError as error:
        one.failure = error
    return one.is_open


def _watching(batch: Sequence[tuple[Wanted, Row]]) -> OnStep:
    """Tells each job of the batch about each step. The batch goes on while somebody wants it: a
    row that was cancelled keeps its place, because others' bits depend on it."""

    def on_step(done: int, of: int) -> None:
        # All of them are told, not only as many as it takes to find one that goes on.
        wanted = [_still_wanted(one, done, of) for one, _ in batch]
        if not any(wanted):
            raise EngineError("cancelled", "Nobody wants this batch any more.")

    return on_step
