"""Enhance: photos in, better photos out; what "better" means beyond the automatic correction is
said by the words of the request."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, replace

import numpy as np

from imaging.engines.base import EngineError, Made, Picture, Pixels, Recipe, Watch
from imaging.engines.picture import resize
from imaging.engines.studio import finish, fit, measure, wording
from imaging.engines.studio.fidelity import share_kept
from imaging.engines.studio.finish import Correction
from imaging.engines.studio.progress import Part
from imaging.engines.studio.shot import Look, Product, Shot, separate, shoot
from imaging.engines.studio.treatment import correction_for
from imaging.engines.studio.upscale import enlarge
from imaging.engines.studio.variation import variation
from imaging.engines.studio.wording import Plan

MODEL = "studio-darkroom-1"
LEAST_SIDE = 32
_SAME_RATIO = 0.01

KEPT_BACKGROUND = (
    "The background was kept: the product could not be told from it surely enough. "
    "Light and colour were corrected."
)
EXTENDED = (
    "The photo's backdrop was continued to reach the aspect ratio without cutting the product."
)
SHADOW_IN_PHOTO = (
    "Shadows and reflections inside a photo are kept unless its background is replaced."
)
STANDARD_LOOK = Look(background="white", shadow="soft", fill=0.8)


def enhance(recipe: Recipe, pictures: Sequence[Pixels], watch: Watch) -> Made:
    """Every photo of the recipe, enhanced, at exactly recipe.width x recipe.height.

    Raises EngineError("bad_input") without a photo or with one under 32 px.
    """
    plan = wording.read(recipe.prompt)
    shots: list[Shot] = []
    started = time.perf_counter()
    for index, photo in enumerate(checked(pictures)):
        part = Part(watch, index, len(pictures))
        part.step(0, 1, "Enhancing")
        shots.append(one(photo, plan, recipe, part))
        part.step(1, 1, "Enhanced")
    return made(shots, recipe, plan, time.perf_counter() - started)


def checked(pictures: Sequence[Pixels]) -> Sequence[Pixels]:
    """The pictures. Raises EngineError("bad_input") where none can be worked on."""
    if not pictures:
        raise EngineError("bad_input", "A picture is needed.")
    for picture in pictures:
        if min(picture.shape[:2]) < LEAST_SIDE:
            raise EngineError("bad_input", f"The picture is under {LEAST_SIDE} pixels on a side.")
    return pictures


def made(shots: Sequence[Shot], recipe: Recipe, plan: Plan, seconds: float) -> Made:
    """The outcome of a recipe from its shots; fidelity is that of the worst."""
    kept = [shot.fidelity for shot in shots if shot.fidelity is not None]
    notes = dict.fromkeys(note for shot in shots for note in shot.notes)
    return Made(
        pictures=tuple(Picture(pixels=s.pixels, source_type=s.source_type) for s in shots),
        model=MODEL,
        prompt_used=recipe.prompt,
        notes=tuple(notes),
        understood=plan.understood,
        not_understood=plan.not_understood,
        fidelity=round(min(kept), 4) if kept else None,
        details={
            "plan": _said(plan),
            "pictures": [_told(shot) for shot in shots],
            "seconds": round(seconds, 3),
        },
    )


def _told(shot: Shot) -> dict[str, object]:
    """The details of a shot, with the box (x, y, width, height) of a product that was placed."""
    if shot.placed is None:
        return dict(shot.details)
    height, width = shot.placed.alpha.shape
    return {**shot.details, "product": [shot.placed.x, shot.placed.y, width, height]}


def _said(plan: Plan) -> dict[str, object]:
    """What the plan asks for, without what it leaves alone."""
    usual = asdict(Plan())
    return {
        key: value
        for key, value in asdict(plan).items()
        if value != usual[key] and "understood" not in key
    }


def one(photo: Pixels, plan: Plan, recipe: Recipe, watch: Watch) -> Shot:
    """One photo, cut out or whole as the plan says."""
    small = working_copy(photo, recipe)
    wants_set = plan.cut_out or small.shape[2] == 4
    if not wants_set:
        return corrected(small, plan, recipe)
    product = separate(small, lambda whole: correction_for(whole, plan))
    if product is None:
        shot = corrected(small, plan, recipe)
        return replace(shot, notes=(KEPT_BACKGROUND, *shot.notes))
    look = look_of(plan, STANDARD_LOOK)
    if small.shape[2] == 4 and not plan.cut_out:
        look = replace(look, background="transparent", shadow="none", fill=0.9)
    shot = shoot(product, look, (recipe.width, recipe.height), variation(recipe.seed, 0), watch)
    return with_confidence(shot, product)


def look_of(plan: Plan, look: Look) -> Look:
    """`look` as far as the plan does not ask for another."""
    if plan.background:
        look = replace(look, background=plan.background, surface="", open_background=False)
    if plan.surface:
        look = replace(look, surface=plan.surface)
    if plan.shadow is not None:
        look = replace(look, shadow=plan.shadow, open_shadow=False)
    elif look.background == "transparent":
        look = replace(look, shadow="none", open_shadow=False)
    return replace(look, fill=0.92) if plan.tight else look


def with_confidence(shot: Shot, product: Product) -> Shot:
    """The shot, saying how surely its product was cut out."""
    details = {**shot.details, "cutout_confidence": round(product.confidence, 3)}
    return replace(shot, notes=(*shot.notes, *product.notes), details=details)


def working_copy(photo: Pixels, recipe: Recipe) -> Pixels:
    """The photo no larger than the output needs: the product may fill a part of it only."""
    side = min(4096, max(2048, round(1.25 * max(recipe.width, recipe.height))))
    scale = side / max(photo.shape[:2])
    if scale >= 1:
        return photo
    return resize(photo, round(photo.shape[1] * scale), round(photo.shape[0] * scale))


def corrected(photo: Pixels, plan: Plan, recipe: Recipe) -> Shot:
    """The whole photo, corrected and fitted into the frame."""
    rgb = np.ascontiguousarray(photo[..., :3])
    framed, extended = _framed(rgb, plan, recipe)
    if framed.shape[1] > recipe.width:
        framed = resize(framed, recipe.width, recipe.height)
    correction = correction_for(framed, plan)
    done = finish.apply(framed, replace(correction, sharpness=0.0))
    scale = recipe.width / done.shape[1]
    sized = enlarge(done, recipe.width, recipe.height)
    if correction.sharpness > 0:
        radius = 0.9 if scale < 1.5 else 1.3
        sized = finish.sharpen(sized, correction.sharpness, measure.noise(sized), radius)
    notes = [EXTENDED] if extended else []
    if plan.shadow is not None:
        notes.append(SHADOW_IN_PHOTO)
    if scale > 2.5:
        notes.append(f"The photo was enlarged {scale:.1f} times; detail it lacks was not invented.")
    return Shot(
        pixels=sized,
        source_type="algorithmicallyEnhanced",
        fidelity=share_kept(finish.recolour(framed, correction), sized),
        notes=tuple(notes),
        details={"correction": _numbers(correction), "extended": extended},
    )


def _framed(photo: Pixels, plan: Plan, recipe: Recipe) -> tuple[Pixels, bool]:
    """The part of the photo that is shown, in the frame's aspect ratio, and whether its backdrop
    had to be continued."""
    height, width = photo.shape[:2]
    ratio = recipe.width / recipe.height
    if abs(width / height / ratio - 1) < _SAME_RATIO and not plan.tight:
        return photo, False
    subject = fit.subject_box(photo) if plan.may_crop else fit.Box(0, 0, width, height)
    part = fit.window((width, height), ratio, subject, tight=plan.tight)
    beyond = part.left < 0 or part.top < 0 or part.right > width or part.bottom > height
    return fit.cut(photo, part, subject), beyond


def _numbers(correction: Correction) -> dict[str, object]:
    return {
        key: [round(v, 3) for v in value] if isinstance(value, tuple) else round(value, 4)
        for key, value in asdict(correction).items()
    }
