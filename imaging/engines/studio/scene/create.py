"""Create: a prompt in, a path-traced product picture out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from imaging.engines.base import Made, Picture, Recipe, Watch
from imaging.engines.studio import typeface
from imaging.engines.studio.upscale import enlarge

from .prompt import Reading, read
from .render import SAMPLES, Rendered, render_scene
from .variant import LLVM, variant

MODEL = "studio-scene-1"

NATIVE_SIDE = 1024
"""Long side that is path traced; larger pictures are resampled from it."""
NO_PLACE = "This product has no place for print; left out: {}."
NO_LETTERS = "Our font has no letters for this text; left out: {}."
# LLVM is more than twice as fast: time for half as many samples again.
_LLVM_SAMPLES = 24


def create(recipe: Recipe, watch: Watch) -> Made:
    """The picture of a "create" recipe.

    The seed decides the noise, the veins of the marble and small turns of product and light:
    another seed is another picture, the same seed the same pixels.
    Raises EngineError "model_missing" without Mitsuba, Cancelled through the watch.
    """
    reading = _without_foreign_text(read(recipe.prompt, recipe.seed))
    width, height = native_size(recipe.width, recipe.height)
    samples = _LLVM_SAMPLES if variant() == LLVM else SAMPLES
    rendered = render_scene(reading.spec, width, height, watch=watch, samples=samples)
    pixels = rendered.pixels
    if (width, height) != (recipe.width, recipe.height):
        pixels = enlarge(pixels, recipe.width, recipe.height)
    reading = _without_lost_text(reading, rendered.printed)
    return Made(
        pictures=(Picture(pixels=pixels, source_type="algorithmicMedia"),),
        model=MODEL,
        prompt_used=recipe.prompt,
        notes=reading.notes,
        understood=reading.understood,
        not_understood=reading.not_understood,
        stand_in=reading.stand_in,
        details=_details(reading, rendered),
    )


def native_size(width: int, height: int) -> tuple[int, int]:
    """The size that is rendered for a picture of this size: the same shape, at most 1024 px."""
    scale = min(1.0, NATIVE_SIDE / max(width, height))
    return max(8, round(width * scale)), max(8, round(height * scale))


def _without_foreign_text(reading: Reading) -> Reading:
    """The reading without a text that our typeface lacks letters for: empty boxes are no label."""
    text = reading.spec.look.text
    if typeface.drawable(text):
        return reading
    spec = replace(reading.spec, look=replace(reading.spec.look, text=""))
    return _left_out(replace(reading, spec=spec), text, NO_LETTERS)


def _without_lost_text(reading: Reading, printed: Sequence[str]) -> Reading:
    """The reading, honest about a text that the product had no place for.

    Letter blocks carry a text one letter to a face.
    """
    text = reading.spec.look.text
    spelled = {letter.upper() for letter in printed if len(letter) == 1}
    if not text or text in printed or set(text.upper()) - {" "} <= spelled:
        return reading
    return _left_out(reading, text, NO_PLACE)


def _left_out(reading: Reading, text: str, note: str) -> Reading:
    mark = f'"{text}"'
    return replace(
        reading,
        understood=tuple(word for word in reading.understood if word != mark),
        not_understood=(*reading.not_understood, mark),
        notes=(*reading.notes, note.format(mark)),
    )


def _details(reading: Reading, rendered: Rendered) -> dict[str, object]:
    spec = reading.spec
    return {
        "archetype": spec.archetype or "stand-in",
        "surface": spec.setting.surface or "sweep",
        "backdrop": spec.setting.backdrop,
        "podium": spec.setting.podium,
        "light": spec.setting.light,
        "variant": variant(),
        "seconds": {name: round(value, 3) for name, value in rendered.seconds.items()},
    }
