"""Packshots: one product photo in, a series of finished product pictures out."""

from __future__ import annotations

import time
from dataclasses import replace

from imaging.engines import presets
from imaging.engines.base import EngineError, Made, Pixels, Recipe, Watch
from imaging.engines.presets import Platform, Style
from imaging.engines.studio import compose, enhance, layouts, panels, places, typeface, wording
from imaging.engines.studio.looks import backdrop_of, shadow_of
from imaging.engines.studio.progress import Part
from imaging.engines.studio.shot import Look, Product, Shot, separate, shoot
from imaging.engines.studio.treatment import correction_for
from imaging.engines.studio.variation import Variation, variation
from imaging.engines.studio.wording import Plan

NO_PEOPLE = "People were left out: the studio engine cannot show them."
NO_LOCATION = (
    "The location '{}' was not shown: the studio engine has an office, a garden, a café, a street "
    "and a wood, for styles with a set such as lifestyle."
)
PAINTED = "The location '{}' is a painted backdrop, far out of focus."
MANNEQUIN = (
    "A mannequin or person in the photo stays: the studio engine removes backgrounds only. "
    "The diffusion engine can take them out."
)
NO_SCENE = "The scene '{}' was not shown: the studio engine knows surfaces, colours and light."
NO_WORDS = "The infographic has no callouts: put the words in double quotes in the prompt."
NO_LETTERS = "Words that our font has no letters for were left out: {}."
FIXED_BACKGROUND = "The style '{}' keeps its own background."
NO_TRANSPARENCY = "The style '{}' cannot be transparent; it was made on white."
WHITE_ONLY = "{} asks for pure white behind the main picture: white was used."

SEASONAL = "seasonal"
GHOST_MANNEQUIN = "ghost_mannequin"
_WIDEST_BESIDE_WORDS = 0.44  # of the frame's width
_SET_FILL = 0.62  # as the styles with sets have it
_STUDIO_PLACES = ("", "studio", "none", "auto")


def packshot(recipe: Recipe, picture: Pixels, watch: Watch) -> Made:
    """`recipe.count` packshots of the product in `picture`, recipe.width x recipe.height.

    Where the product cannot be told from its background the photo is corrected only, once, and a
    note says so. Raises EngineError("bad_input") for an unknown style, platform, background or
    shadow.
    """
    started = time.perf_counter()
    (photo,) = enhance.checked([picture])
    style = _style(recipe.style)
    plan = _plan(recipe, style)
    look, notes = _look(recipe, style, plan)
    parts = [Part(watch, index, recipe.count + 1) for index in range(recipe.count + 1)]
    parts[0].step(0, 1, "Cutting out the product")
    small = enhance.working_copy(photo, recipe)
    product = separate(small, lambda whole: correction_for(whole, plan))
    if product is None:
        shot = enhance.corrected(small, plan, recipe)
        kept = replace(shot, notes=(enhance.KEPT_BACKGROUND, *notes, *shot.notes))
        return enhance.made([kept], recipe, plan, time.perf_counter() - started)
    shots: list[Shot] = []
    for index in range(recipe.count):
        part = parts[index + 1]
        part.step(0, 1, f"Picture {index + 1} of {recipe.count}")
        varied = variation(recipe.seed, index)
        shot = _shot(recipe, style, look, product, small, varied, part)
        shots.append(replace(shot, notes=(*notes, *shot.notes)))
    parts[-1].step(1, 1, "Finished")
    return enhance.made(shots, recipe, plan, time.perf_counter() - started)


def _shot(
    recipe: Recipe,
    style: Style,
    look: Look,
    product: Product,
    photo: Pixels,
    varied: Variation,
    watch: Watch,
) -> Shot:
    """One picture of the series in the style's way."""
    width, height = recipe.width, recipe.height
    if style.way == "comparison":
        shot = shoot(product, look, (width - width // 2, height), varied, watch)
        both = layouts.comparison(photo, shot.pixels, width, height)
        shot = replace(shot, pixels=both, placed=None)
        return enhance.with_confidence(shot, product)
    if style.way == "infographic" and len(layouts.quoted(recipe.prompt)) > 1:
        look = _beside_words(look, product, width / height)
    shot = shoot(product, look, (width, height), varied, watch)
    if style.way == "infographic":
        shot = _with_words(shot, layouts.quoted(recipe.prompt))
    if style.way == "swatches":
        pixels = panels.swatches(shot.pixels, product.colours, product.alpha)
        shot = replace(shot, pixels=pixels)
    if style.way == "close_ups":
        pixels = panels.close_ups(shot.pixels, product.colours, product.alpha)
        shot = replace(shot, pixels=pixels)
    return enhance.with_confidence(shot, product)


def _beside_words(look: Look, product: Product, ratio: float) -> Look:
    """The look with a product narrow enough for callouts beside it that can be read."""
    left, top, right, bottom = compose.box_of(product.alpha)
    across = look.fill * min(1.0, (right - left) / (bottom - top) / ratio)
    return replace(look, fill=look.fill * min(1.0, _WIDEST_BESIDE_WORDS / across))


def _with_words(shot: Shot, quoted: tuple[str, ...]) -> Shot:
    """The shot as an infographic with these words, as far as they can be written."""
    words = [text for text in quoted if typeface.drawable(text)]
    lacking = [text for text in quoted if text not in words]
    notes = [] if quoted else [NO_WORDS]
    notes += [NO_LETTERS.format(", ".join(lacking))] if lacking else []
    pixels = shot.pixels
    if shot.placed is not None:
        pixels = layouts.callouts(pixels, shot.placed, words)
    return replace(shot, pixels=pixels, notes=(*shot.notes, *notes))


def _style(name: str) -> Style:
    try:
        return presets.style(name)
    except KeyError:
        raise EngineError("bad_input", f"Unknown style: {name[:40]}") from None


def _platform(name: str) -> Platform | None:
    if not name:
        return None
    try:
        return presets.platform(name)
    except KeyError:
        raise EngineError("bad_input", f"Unknown platform: {name[:40]}") from None


def _plan(recipe: Recipe, style: Style) -> Plan:
    """What the prompt asks for; the seasonal style understands seasons as well."""
    plan = wording.read(_without_quotes(recipe.prompt))
    if style.name != SEASONAL:
        return plan
    heard = places.season_words(recipe.prompt)
    left = tuple(word for word in plan.not_understood if word not in heard)
    return replace(plan, understood=(*plan.understood, *heard), not_understood=left)


def _without_quotes(prompt: str) -> str:
    """Quoted words are to be written, not obeyed."""
    for text in layouts.quoted(prompt):
        prompt = prompt.replace(text, " ")
    return prompt


def _look(recipe: Recipe, style: Style, plan: Plan) -> tuple[Look, tuple[str, ...]]:
    """The look that style, platform, request fields and prompt make together, and what of it
    could not be honoured. The later of these wins; a platform's white is final."""
    notes = list(_cannot(recipe))
    platform = _platform(recipe.platform)
    look = Look(
        background=style.background,
        shadow=shadow_of(style.shadow),
        fill=style.fill,
        centre=style.centre,
        baseline=style.baseline,
        headroom=style.headroom,
        surface=style.surface,
        place=style.place,
        props=style.props,
        open_shadow=style.name == presets.DEFAULT_STYLE,
        open_background=style.background != "white",
    )
    if platform and style.name in (presets.DEFAULT_STYLE, "white_bg"):
        look = replace(
            look,
            background=platform.background,
            fill=platform.fill,
            shadow=shadow_of(platform.shadow),
            open_shadow=False,
        )
    look = enhance.look_of(plan, look)
    if style.name == SEASONAL and (season := places.season_of(recipe.prompt)):
        look = replace(look, surface=season.surface, place=season.place, props=season.props)
    if recipe.scene_type:
        look, note = _in_scene(recipe.scene_type, style, look, framed=platform is not None)
        notes += [note] if note else []
    if recipe.location.strip().lower() not in _STUDIO_PLACES:
        look, note = _at_location(recipe.location.strip(), style, look)
        notes += [note]
    if recipe.background:
        look, note = _with_background(recipe.background, style, look)
        notes += [note] if note else []
    if recipe.shadow:
        look = replace(look, shadow=shadow_of(recipe.shadow), open_shadow=False)
    is_white = look.background == "white" and not look.surface
    if platform and platform.white_only and style.way == "packshot" and not is_white:
        notes.append(WHITE_ONLY.format(platform.label))
        look = replace(look, background="white", surface="", open_background=False)
    return look, tuple(notes)


def _at_location(wanted: str, style: Style, look: Look) -> tuple[Look, str]:
    """The look at the location that the request names, where the style has a set."""
    at = places.style_at(wanted) if style.way == "set" else None
    if at is None:
        return look, NO_LOCATION.format(wanted[:60])
    return _in_set_of(at, look), PAINTED.format(wanted[:60])


def _in_set_of(name: str, look: Look) -> Look:
    """The look in another style's set."""
    other = presets.style(name)
    return replace(look, surface=other.surface, place=other.place, props=other.props)


def _in_scene(wanted: str, style: Style, look: Look, *, framed: bool) -> tuple[Look, str | None]:
    """The look in the kind of scene that the request names, as far as its words are known.

    A set needs room to be seen, unless the product's size is a rule (`framed`).
    """
    known = places.style_of_scene(wanted) if style.way == "set" else None
    if known is not None:
        return _in_set_of(known, look), None
    heard = wording.read(wanted)
    if not heard.background and not heard.surface:
        return look, NO_SCENE.format(wanted.strip()[:60])
    if heard.surface and not framed:
        look = replace(look, fill=min(look.fill, _SET_FILL))
    return enhance.look_of(heard, look), None


def _with_background(wanted: str, style: Style, look: Look) -> tuple[Look, str | None]:
    """The look on the background that the request names, where the style allows one."""
    if not style.flexible:
        return look, FIXED_BACKGROUND.format(style.label)
    try:
        backdrop = backdrop_of(wanted)
    except EngineError:
        heard = wording.read(f"{wanted} background")
        if set(heard.understood) <= {"background"}:
            raise
        return enhance.look_of(heard, look), None
    if backdrop.kind != "transparent":
        return replace(look, background=wanted, surface="", open_background=False), None
    if not style.transparent:
        return replace(look, background="white", surface=""), NO_TRANSPARENCY.format(style.label)
    clear = replace(look, background="transparent", shadow="none", open_shadow=False, surface="")
    return replace(clear, open_background=False), None


def _cannot(recipe: Recipe) -> list[str]:
    """Notes on fields that the studio engine cannot honour."""
    notes = []
    if recipe.people.strip().lower().replace("-", "_") not in ("", "none", "without_people", "no"):
        notes.append(NO_PEOPLE)
    if recipe.style == GHOST_MANNEQUIN:
        notes.append(MANNEQUIN)
    return notes
