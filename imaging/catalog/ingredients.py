"""Presets, sceneries and models: parts of an order that are kept under an id and named by it.

Shipped ones (ingredients.toml) are everybody's; a partner's own are rows, and come first where
both have the same id.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast, get_args

from django.db import IntegrityError, transaction

from accounts.errors import Conflict, InvalidRequest, NotFound
from accounts.models import Partner
from imaging import recipes
from imaging.catalog.models import OwnIngredient
from imaging.engines import presets
from imaging.engines.base import ASPECT_RATIOS, EngineError
from imaging.engines.studio.looks import backdrop_of

Kind = Literal["preset", "scenery", "model"]
KINDS: tuple[Kind, ...] = get_args(Kind)

FIELDS: Mapping[Kind, Sequence[str]] = {
    "preset": ("style", "platform", "background", "shadow", "aspect_ratio", "format", "prompt"),
    "scenery": ("background", "scene", "style"),
    "model": ("mode", "people"),
}
"""What each kind may say."""

EVERY_FIELD = tuple(dict.fromkeys(name for names in FIELDS.values() for name in names))

CHOICES: Mapping[str, Iterable[str]] = {
    "style": presets.styles(),
    "platform": presets.platforms(),
    "shadow": recipes.SHADOWS,
    "aspect_ratio": ASPECT_RATIOS,
    "format": recipes.FORMATS,
    "mode": recipes.MODES,
}
WORDS: Mapping[str, int] = {"background": 200, "scene": 200, "prompt": 500, "people": 200}
"""Fields that are text, and how long it may be; the others are one of CHOICES."""

LABEL_LENGTH, MOST_OWN = 120, 200
PLURAL: Mapping[Kind, str] = {"preset": "presets", "scenery": "sceneries", "model": "models"}
KEY_FORM = r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}"
TAKEN = "There is a {kind} with this id already."
GONE = "There is no {kind} of yours with this id."

_FILE = Path(__file__).with_name("ingredients.toml")
_WRITTEN = {"aspect_ratio": "aspectRatio"}
_IN_ORDER = {**_WRITTEN, "scene": "sceneType"}


@dataclass(frozen=True, kw_only=True)
class Ingredient:
    """One of them. Empty fields say nothing; `background` is text for `looks.backdrop_of`, `scene`
    words for a set. `shipped`: everybody has it."""

    kind: Kind
    key: str
    label: str
    shipped: bool = False
    style: str = ""
    platform: str = ""
    background: str = ""
    scene: str = ""
    shadow: str = ""
    aspect_ratio: str = ""
    format: str = ""
    prompt: str = ""
    mode: str = ""
    people: str = ""

    @property
    def said(self) -> dict[str, str]:
        """The fields that it may set and does."""
        named = ((name, getattr(self, name)) for name in FIELDS[self.kind])
        return {name: value for name, value in named if value}


@cache
def shipped(kind: Kind) -> Mapping[str, Ingredient]:
    """The shipped ones of a kind by key, in the order of the file. ValueError for a wrong file."""
    rows: dict[str, dict[str, str]] = tomllib.loads(_FILE.read_text("utf-8"))[PLURAL[kind]]
    found = {}
    for key, row in rows.items():
        try:
            label = str(row.pop("label"))
            found[key] = checked(kind, key, label, row, shipped=True)
        except (KeyError, InvalidRequest) as error:
            raise ValueError(f"ingredients.toml, {key}: {error}") from error
    return found


def checked(
    kind: Kind, key: str, label: str, said: Mapping[str, str], *, shipped: bool = False
) -> Ingredient:
    """An ingredient of these facts. Raises InvalidRequest naming the field at fault."""
    if not re.fullmatch(KEY_FORM, key):
        raise InvalidRequest(
            "id must have 1 to 120 characters of A-Z a-z 0-9 . _ - and begin with a letter or "
            "digit",
            param="id",
        )
    if strangers := [name for name in said if name not in FIELDS[kind]]:
        raise InvalidRequest(
            f"A {kind} has no {strangers[0]}. Supported: {', '.join(FIELDS[kind])}",
            param=strangers[0],
        )
    made = Ingredient(kind=kind, key=key, label=label, shipped=shipped, **said)
    recipes.background(made.said)
    _check_backdrop(made.background)
    for name, value in made.said.items():
        if name in CHOICES and value not in CHOICES[name]:
            raise InvalidRequest(f"Unknown {name} '{value}'", param=name)
    if kind == "scenery":
        _check_scenery(made)
    return made


def _check_scenery(made: Ingredient) -> None:
    if len(made.said) != 1:
        raise InvalidRequest("A scenery has one of background, scene, style", param="background")
    if made.style and presets.style(made.style).way != "set":
        raise InvalidRequest(f"The style '{made.style}' has no set", param="style")


def _check_backdrop(text: str) -> None:
    try:
        backdrop_of(text or "white")
    except EngineError as error:
        raise InvalidRequest(error.reason, param="background") from None


# --- A partner's own -----------------------------------------------------------------------------


def read(kind: Kind, body: Mapping[str, Any]) -> Ingredient:
    """The ingredient in a request: `id`, `label`, and what its kind may say, named as in a
    packshot order (`scene` is the order's `sceneType`). Other fields are left out. Raises
    InvalidRequest."""
    key, label = body.get("id"), body.get("label")
    if not isinstance(key, str):
        raise InvalidRequest("id is required: your own id of it", param="id")
    if not isinstance(label, str) or not 1 <= len(label.strip()) <= LABEL_LENGTH:
        raise InvalidRequest(f"label must be text of 1 to {LABEL_LENGTH} characters", param="label")
    said = {name: _field(body, name) for name in FIELDS[kind]}
    return checked(kind, key, label.strip(), said)


def _field(body: Mapping[str, Any], name: str) -> str:
    key = _WRITTEN.get(name, name)
    if name in CHOICES:
        return recipes.one_of(body, key, tuple(CHOICES[name]), "")
    longest = WORDS[name]
    too_long = f"{key} must be at most {longest} characters"
    return recipes.text(body, key, longest, too_long).strip()


def find(partner: Partner, kind: Kind, key: object) -> Ingredient | None:
    """The partner's own of that id, or the shipped one; None where there is neither."""
    if not isinstance(key, str) or not re.fullmatch(KEY_FORM, key):
        return None
    row = partner.ingredients.filter(kind=kind, key=key).first()
    return _of_row(row) if row else shipped(kind).get(key)


def every(partner: Partner, kind: Kind) -> list[Ingredient]:
    """What the partner can name: its own, newest first, then the shipped ones."""
    rows = partner.ingredients.filter(kind=kind).order_by("-created_at", "-id")
    own = {row.key: _of_row(row) for row in rows}
    return [*own.values(), *(one for key, one in shipped(kind).items() if key not in own)]


def add(partner: Partner, made: Ingredient) -> None:
    """Keep one of the partner's own. Raises Conflict where its id is taken, or there are
    MOST_OWN already."""
    if partner.ingredients.filter(kind=made.kind).count() >= MOST_OWN:
        raise Conflict(f"There are {MOST_OWN} {PLURAL[made.kind]} already: remove one first.")
    try:
        with transaction.atomic():
            partner.ingredients.create(kind=made.kind, key=made.key, label=made.label, **made.said)
    except IntegrityError:
        raise Conflict(TAKEN.format(kind=made.kind)) from None


def remove(partner: Partner, kind: Kind, key: str) -> None:
    """Forget one of the partner's own; orders that named it stay as they are. Raises NotFound,
    also for a shipped one."""
    known = re.fullmatch(KEY_FORM, key)
    if not known or not partner.ingredients.filter(kind=kind, key=key).delete()[0]:
        raise NotFound(GONE.format(kind=kind))


def _of_row(row: OwnIngredient) -> Ingredient:
    kind = cast(Kind, row.kind)
    said = {name: getattr(row, name) for name in FIELDS[kind]}
    return Ingredient(kind=kind, key=row.key, label=row.label, **said)


# --- Orders --------------------------------------------------------------------------------------


def together(
    preset: Ingredient | None, scenery: Ingredient | None, model: Ingredient | None
) -> dict[str, str]:
    """What they ask for together, as fields of a packshot order.

    A scenery stands in place of the surroundings that the preset brings: its background, or the
    set of its style. One that is a style's set brings that style.
    """
    said = preset.said if preset else {}
    if scenery:
        said.pop("background", None)
        if presets.style(said.get("style", "")).way == "set":
            said["style"] = presets.DEFAULT_STYLE
        said |= scenery.said
    if model:
        said |= model.said
    return {_IN_ORDER.get(name, name): value for name, value in said.items()}
