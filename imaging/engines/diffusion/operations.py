"""Create, enhance, packshot: which pictures a recipe wants drawn, and what is made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from imaging.engines.base import EngineError, Made, Picture, Pixels, Replay, SourceType
from imaging.engines.diffusion import prompts, staging
from imaging.engines.diffusion.catalogue import Catalogue, Model
from imaging.engines.diffusion.drawing import Wanted
from imaging.engines.diffusion.families import Row
from imaging.engines.diffusion.job import Job
from imaging.engines.diffusion.sizes import cut_to_ratio
from imaging.engines.picture import resize
from imaging.engines.studio import enhance as studio_enhance
from imaging.engines.studio import packshot as studio_packshot
from imaging.engines.studio.shot import Product

OTHER_MODEL = "The model that first made this picture is not here any more: the result differs."

Enlarge = Callable[[Pixels, int, int], Pixels]


@dataclass(frozen=True)
class Shot:
    """One picture of a job: what the network draws, the product that is laid into it (if one is),
    and whether a product was redrawn."""

    wanted: Wanted
    product: Product | None = None
    is_redrawn: bool = False


def shots_of(job: Job, catalogue: Catalogue, thought: str = "") -> list[Shot]:
    """What is to be drawn for a job, in order. `thought` is the prompt a language model wrote.

    Raises EngineError("bad_input") for photos that cannot be worked on.
    """
    plan: Callable[[Job, str], list[_Plan]] = {
        "create": _create,
        "enhance": _enhance,
        "packshot": _packshot,
    }[job.recipe.operation]
    plans = plan(job, thought)
    shots = [_shot(job, catalogue, number, one) for number, one in enumerate(plans)]
    job.wanted = [shot.wanted for shot in shots]
    job.steps = 1 + sum(one.route[0].steps for one in job.wanted if one.route)
    return shots


def needs_no_network(job: Job) -> bool:
    """Whether the studio makes it better: a packshot on a plain backdrop is exact there."""
    return job.recipe.operation == "packshot" and not prompts.wants_scene(job.recipe)


def without_network(job: Job) -> Made:
    """A packshot on a plain backdrop, by the studio's own hands."""
    (photo,) = studio_enhance.checked(job.inputs.pictures[:1])
    return studio_packshot.packshot(job.recipe, photo, job.watch)


# --- What is wanted ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Plan:
    prompt: str
    pictures: tuple[Pixels, ...] = ()
    product: Product | None = None

    @property
    def is_edit(self) -> bool:
        """Whether the network redraws what a photo shows."""
        return bool(self.pictures)


def _create(job: Job, thought: str) -> list[_Plan]:
    return [_Plan(thought or prompts.create(job.recipe))]


def _enhance(job: Job, thought: str) -> list[_Plan]:
    photos = tuple(studio_enhance.checked(job.inputs.pictures))
    request = job.recipe.prompt
    if len(photos) > 1 and prompts.wants_combination(request):
        return [_Plan(thought or prompts.enhance(job.recipe, combined=True), photos)]
    edit = thought or prompts.enhance(job.recipe, combined=False)
    if not prompts.wants_product_kept(request):
        return [_Plan(edit, (photo,)) for photo in photos]
    return [_kept(job, photo, edit, thought) for photo in photos]


def _packshot(job: Job, thought: str) -> list[_Plan]:
    (photo,) = studio_enhance.checked(job.inputs.pictures[:1])
    edit = thought or prompts.scene_around(job.recipe)
    if prompts.wants_people(job.recipe) or prompts.redraws_product(job.recipe):
        # A hand around a product cannot be laid behind it, a mannequin not be cut out of one.
        plan = _Plan(edit, (photo,))
    else:
        plan = _kept(job, photo, edit, thought)
    return [plan] * job.recipe.count


def _kept(job: Job, photo: Pixels, edit: str, thought: str) -> _Plan:
    """The product's own pixels in a new scene; where it cannot be cut out, an edited photo."""
    product = staging.product_of(photo, job.recipe.prompt)
    if product is None:
        job.note(staging.NOT_FOUND)
        return _Plan(edit, (photo,))
    for note in product.notes:
        job.note(note)
    words = prompts.scene(job.recipe, side=staging.light_side(job.recipe), thought=thought)
    return _Plan(words, product=product)


def _shot(job: Job, catalogue: Catalogue, number: int, plan: _Plan) -> Shot:
    recipe, replay = job.recipe, job.recipe.replay
    batches = replay.batches if replay else ()
    wanted = Wanted(
        prompt=replay.prompt if replay else plan.prompt,
        seed=recipe.seed + number,
        size=(recipe.width, recipe.height),
        route=_route(job, catalogue, plan.is_edit),
        on_step=partial(_progress, job, number),
        pictures=plan.pictures,
        replay=batches[number] if number < len(batches) else None,
    )
    return Shot(wanted, plan.product, plan.is_edit and recipe.operation != "create")


def _route(job: Job, catalogue: Catalogue, is_edit: bool) -> tuple[Model, ...]:
    """The models that may draw: the one that did, for a replay, else the operation's route.

    A scene is drawn by the packshot's route, an edit by that of enhance, whatever the operation.
    """
    operation = job.recipe.operation
    if operation != "create":
        operation = "enhance" if is_edit else "packshot"
    route = catalogue.route(operation, job.mode)
    if job.recipe.replay is None:
        return route
    label = job.recipe.replay.model
    same = tuple(model for model in catalogue.models.values() if model.label == label)
    if not same:
        job.note(OTHER_MODEL)
    return same or route


def _progress(job: Job, number: int, done: int, of: int) -> None:
    job.wanted_done[number] = done
    job.done = min(sum(job.wanted_done.values()), job.steps - 1)
    pictures = len(job.wanted)
    label = "Drawing" if pictures == 1 else f"Drawing {pictures} pictures"
    job.watch.step(job.done, job.steps, label)


# --- What it becomes -----------------------------------------------------------------------------


def refuse_undrawn(shots: Sequence[Shot]) -> None:
    """Raises the first failure of a job's pictures: it is delivered whole or not at all."""
    for shot in shots:
        if shot.wanted.failure is not None:
            raise shot.wanted.failure


def made(job: Job, shots: list[Shot], enlarge: Enlarge) -> Made:
    """The outcome of a job whose pictures are all drawn."""
    finished: list[tuple[Pixels, SourceType]] = []
    scores: list[float] = []
    for shot in shots:
        pixels, source, fidelity = _finished(job, shot, enlarge)
        finished.append((pixels, source))
        scores += [fidelity] if fidelity is not None else []
    if any(shot.wanted.is_shortened for shot in shots):
        job.note(prompts.SHORTENED)
    if any(shot.is_redrawn for shot in shots):
        job.note(staging.MAY_ALTER)
        job.details["may_alter_product"] = True
    first = shots[0].wanted
    assert first.model is not None
    return Made(
        pictures=tuple(Picture(pixels=p, source_type=source) for p, source in finished),
        model=first.model.label,
        prompt_used=first.prompt_used,
        notes=tuple(job.notes),
        fidelity=round(min(scores), 4) if scores else None,
        mode="fast" if job.mode != job.recipe.mode else None,
        replay=Replay(
            prompt=first.prompt_used,
            model=first.model.label,
            batches=tuple(shot.wanted.batch for shot in shots),
        ),
        details={**job.details, "pictures": [_facts(shot.wanted) for shot in shots]},
    )


def _finished(job: Job, shot: Shot, enlarge: Enlarge) -> tuple[Pixels, SourceType, float | None]:
    """One picture at its finished size, its source type, and the product's fidelity."""
    pixels = shot.wanted.pixels
    if pixels is None:
        raise EngineError("failed", "The model made no picture.")
    recipe = job.recipe
    sized = to_size(pixels, recipe.width, recipe.height, enlarge)
    if shot.product is not None:
        staged = staging.stage(shot.product, sized, recipe)
        job.details["staging"] = staged.details
        return staged.pixels, "compositeWithTrainedAlgorithmicMedia", staged.fidelity
    if shot.is_redrawn:
        return sized, "compositeWithTrainedAlgorithmicMedia", None
    return sized, "trainedAlgorithmicMedia", None


def to_size(pixels: Pixels, width: int, height: int, enlarge: Enlarge) -> Pixels:
    """A drawn picture at exactly width x height: cut to the ratio, then shrunk or enlarged."""
    cut = cut_to_ratio(pixels, width, height)
    if cut.shape[1::-1] == (width, height):
        return cut
    if cut.shape[1] >= width and cut.shape[0] >= height:
        return resize(cut, width, height)
    return enlarge(cut, width, height)


def _facts(wanted: Wanted) -> dict[str, Any]:
    """What is written down about one drawn picture."""
    assert wanted.model is not None
    assert wanted.pixels is not None
    height, width = wanted.pixels.shape[:2]
    return {
        "model": wanted.model.label,
        "seed": wanted.seed,
        "steps": wanted.model.steps,
        "guidance": wanted.model.guidance,
        "drawn": [width, height],
        "batch": list(wanted.batch),
        "seconds": round(wanted.seconds, 3),
        **({"tried": wanted.tried} if wanted.tried else {}),
    }


def plain_row(words: str) -> Row:
    """A row that shows anything: for a first run that warms the device up."""
    return Row(prompt=words, seed=0)
