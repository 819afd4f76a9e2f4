"""Create: a prompt in, a path-traced product picture out."""

from __future__ import annotations

from imaging.engines.base import Made, Picture, Recipe, Watch
from imaging.engines.studio.upscale import enlarge

from .prompt import Reading, read
from .render import Rendered, render_scene
from .variant import variant

MODEL = "studio-scene-1"

NATIVE_SIDE = 1024
"""Long side that is path traced; larger pictures are resampled from it."""


def create(recipe: Recipe, watch: Watch) -> Made:
    """The picture of a "create" recipe.

    The seed decides the noise, the veins of the marble and small turns of product and light:
    another seed is another picture, the same seed the same pixels.
    Raises EngineError "model_missing" without Mitsuba, Cancelled through the watch.
    """
    reading = read(recipe.prompt, recipe.seed)
    width, height = native_size(recipe.width, recipe.height)
    rendered = render_scene(reading.spec, width, height, watch=watch)
    pixels = rendered.pixels
    if (width, height) != (recipe.width, recipe.height):
        pixels = enlarge(pixels, recipe.width, recipe.height)
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
