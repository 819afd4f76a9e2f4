"""The studio engine: pictures without a neural model, on the CPU."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import cv2

from imaging.engines.base import (
    EngineError,
    Failed,
    Inputs,
    Made,
    Outcome,
    Recipe,
    Watch,
)
from imaging.engines.cores import THREADS
from imaging.engines.studio.editing import edit
from imaging.engines.studio.enhance import checked, enhance
from imaging.engines.studio.packshot import packshot

logger = logging.getLogger(__name__)


class StudioEngine:
    """Renders prompts, corrects photos, makes packshots. Same recipe, same pixels."""

    name = "studio"
    version = "2"
    kind = "procedural"
    neural = False

    def __init__(self) -> None:
        cv2.setNumThreads(THREADS)

    def supports(self, recipe: Recipe) -> bool:
        """Every operation; what of a recipe cannot be honoured is said in notes."""
        return recipe.operation in ("create", "enhance", "packshot", "edit")

    def run(
        self, recipes: Sequence[Recipe], inputs: Sequence[Inputs], watch: Watch
    ) -> list[Outcome]:
        """One outcome per recipe, in order. A bad recipe fails alone; a cancelled run fails all
        recipes that were not finished."""
        return [
            self._one(recipe, given, watch) for recipe, given in zip(recipes, inputs, strict=True)
        ]

    def _one(self, recipe: Recipe, given: Inputs, watch: Watch) -> Outcome:
        try:
            return self._made(recipe, given, watch)
        except EngineError as error:
            return error.as_failed()
        except MemoryError:
            logger.exception("studio engine out of memory: recipe %s", recipe.digest())
            return Failed(
                kind="out_of_memory", reason="The picture needs more memory than there is."
            )
        except Exception:
            logger.exception("studio engine failed: recipe %s", recipe.digest())
            return Failed(kind="failed", reason="The picture could not be made.")

    def _made(self, recipe: Recipe, given: Inputs, watch: Watch) -> Made:
        if recipe.operation == "create":
            # The renderer is loaded only by those who render.
            from imaging.engines.studio.scene.create import create

            return create(recipe, watch)
        if recipe.operation == "enhance":
            return enhance(recipe, given.pictures, watch)
        if recipe.operation == "edit":
            return edit(recipe, checked(given.pictures)[0], watch)
        return packshot(recipe, checked(given.pictures)[0], watch)
