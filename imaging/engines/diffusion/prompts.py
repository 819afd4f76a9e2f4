"""Fast mode: the words a network gets, from templates (templates.toml). Pure."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from imaging.engines import presets
from imaging.engines.base import Recipe

SHORTENED = (
    "The prompt is longer than the model reads: its end was left out. "
    "Thinking mode condenses long prompts."
)
_FILE = Path(__file__).with_name("templates.toml")
_NOBODY = ("", "none", "no", "without people", "without_people", "without-people")
_NOWHERE = ("", "none", "auto", "studio")


@cache
def _templates() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text("utf-8"))


def version() -> int:
    """The templates' version: part of what a picture depends on."""
    return int(_templates()["version"])


def create(recipe: Recipe) -> str:
    """The words for a picture from nothing but words."""
    table = _templates()["create"]
    return f"{_sentence(table['plain'].format(request=recipe.prompt.strip()))} {table['closing']}"


def enhance(recipe: Recipe, *, combined: bool) -> str:
    """The words for one photo, or for several that become one."""
    table = _templates()["enhance"]
    request = recipe.prompt.strip().rstrip(".!")
    if combined:
        return str(table["combined"].format(request=request))
    return str(table["asked"].format(request=request) if request else table["plain"])


def scene(recipe: Recipe, *, side: str, thought: str = "") -> str:
    """The words for an empty set that a product is laid into. `side` is where light comes from;
    `thought` is what a language model wrote about the scene, if one did."""
    words = thought.strip().rstrip(".") or _scene(recipe)
    return str(_templates()["scene"]["plain"].format(scene=words, side=side))


def scene_around(recipe: Recipe) -> str:
    """The words for a photo that is edited into another scene, product and all."""
    if redraws_product(recipe):
        return edited(recipe)
    return str(_templates()["scene"]["edited"].format(scene=_scene(recipe)))


def wants_scene(recipe: Recipe) -> bool:
    """Whether a packshot asks for surroundings that only a network can make: a style with a set,
    a kind of scene, a place, people. Plain backdrops are better made without one."""
    style = presets.style(recipe.style)
    return bool(
        style.name in _templates()["scene"]["styles"]
        or redraws_product(recipe)
        or recipe.scene_type.strip()
        or recipe.location.strip().lower() not in _NOWHERE
        or wants_people(recipe)
    )


def redraws_product(recipe: Recipe) -> bool:
    """Whether the style is made by changing the photo itself, as a mannequin is taken out of it:
    the product's own pixels cannot be cut out and kept."""
    return bool(recipe.style) and recipe.style in _templates()["edited"]["styles"]


def edited(recipe: Recipe) -> str:
    """The words for a style that changes the photo itself."""
    words = _templates()["edited"]["styles"][recipe.style]
    said = words.format(background=recipe.background.strip() or "white")
    return f"{said} {_sentence(recipe.prompt.strip())}" if recipe.prompt.strip() else str(said)


def wants_people(recipe: Recipe) -> bool:
    return recipe.people.strip().lower() not in _NOBODY


def wants_combination(request: str) -> bool:
    """Whether a request wants one picture out of several."""
    return _says(request, "combine")


def wants_product_kept(request: str) -> bool:
    """Whether a request wants new surroundings and the product's own pixels."""
    return _says(request, "keep")


def _says(request: str, what: str) -> bool:
    plain = re.sub(r"\s+", " ", request.lower().replace("’", "'"))
    return any(
        re.search(rf"\b{re.escape(words)}\b", plain) for words in _templates()["words"][what]
    )


def _scene(recipe: Recipe) -> str:
    """What style, fields and prompt together say about the surroundings."""
    table = _templates()["scene"]
    own = table["styles"].get(presets.style(recipe.style).name, "") if recipe.style else ""
    words = [recipe.prompt, own, recipe.scene_type, recipe.background]
    said = ", ".join(word.strip().rstrip(".,") for word in words if word.strip())
    said = said or "a plain light surface and wall, soft studio light"
    if recipe.location.strip().lower() not in _NOWHERE:
        said = table["place"].format(scene=said, place=recipe.location.strip())
    if wants_people(recipe):
        said = table["people"].format(scene=said, people=recipe.people.strip())
    return str(said)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def shortened(prompt: str, count: Callable[[str], int], limit: int) -> str:
    """As much of `prompt` as the network reads, cut between words; all of it where it fits.

    `count` says how many tokens a text has. Networks cut by themselves, but without a word about
    it and in the middle of one.
    """
    if count(prompt) <= limit:
        return prompt
    words = prompt.split(" ")
    low, high = 1, len(words)
    while low < high:  # the most words that fit; more words are never fewer tokens
        middle = (low + high + 1) // 2
        low, high = (
            (middle, high) if count(" ".join(words[:middle])) <= limit else (low, middle - 1)
        )
    kept = " ".join(words[:low])
    while count(kept) > limit:  # one endless word
        kept = kept[: len(kept) * 9 // 10]
    return kept.rstrip(" ,;")
