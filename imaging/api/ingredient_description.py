"""Presets, sceneries and models as the OpenAPI document tells them."""

from __future__ import annotations

from accounts.api.description import Answer, Chapter, Operation, enveloped
from accounts.api.schema import Schema, choice, many, record, ref, text, truth
from imaging.api.naming import camel
from imaging.catalog import ingredients
from imaging.catalog.ingredients import KINDS, PLURAL, Kind

TAG = "Presets, sceneries and models"

_ABOUT: dict[Kind, str] = {
    "preset": "How a packshot is made: style, platform, background, shadow, ratio, format, words.",
    "scenery": "What the product stands in, one of three: a background, a scene in words, or the "
    "set of a style. It takes the place of the surroundings that a preset brings.",
    "model": "Who draws it (`mode`) and who is in it (`people`).",
}
_FIELDS: dict[str, str] = {
    "background": "A colour, exactly that: #RRGGBB, a name, `sweep:…`, `spot:…`, "
    "`gradient:…,…` or transparent.",
    "scene": "Words for a set.",
    "prompt": "Words for every picture.",
    "people": "Who is in the picture.",
}
_EXAMPLES: dict[Kind, dict[str, str]] = {
    "preset": {"id": "preset_xyz", "label": "Our catalogue", "style": "white_bg"},
    "scenery": {"id": "scenery_001", "label": "Oak", "scene": "on an oak table in window light"},
    "model": {"id": "model_7", "label": "Thorough", "mode": "thinking"},
}


def _field(name: str) -> Schema:
    about = _FIELDS.get(name, "")
    if name in ingredients.CHOICES:
        return choice(list(ingredients.CHOICES[name]), about)
    return text(about, maxLength=ingredients.WORDS[name])


def _said(kind: Kind) -> dict[str, Schema]:
    return {camel(name): _field(name) for name in ingredients.FIELDS[kind]}


def _schemas(kind: Kind) -> dict[str, Schema]:
    name = kind.capitalize()
    own_id = text("Your own id of it.", pattern=f"^{ingredients.KEY_FORM}$")
    label = text("Its name for people.", minLength=1, maxLength=ingredients.LABEL_LENGTH)
    said = _said(kind)
    return {
        f"Add{name}Request": record(
            {"id": own_id, "label": label, **said}, _ABOUT[kind], required=["id", "label"]
        ),
        name: record(
            {"id": text(), "label": text(), "shipped": truth("Everybody has it."), **said},
            optional=list(said),
        ),
    }


def _operations(kind: Kind) -> dict[str, Operation]:
    name, path = kind.capitalize(), f"/partner/v1/{PLURAL[kind]}"
    page = record({PLURAL[kind]: many(ref(name), "Your own first.")})
    return {
        f"GET {path}": Operation(
            id=f"list{PLURAL[kind].capitalize()}",
            tag=TAG,
            summary=f"{PLURAL[kind].capitalize()} that an order can name",
            answers={200: Answer(about="All of them.", schema=enveloped(page))},
        ),
        f"POST {path}": Operation(
            id=f"add{name}",
            tag=TAG,
            summary=f"Keep a {kind} of your own",
            about=f"{_ABOUT[kind]} One with the id of a shipped one takes its place for you.",
            body=ref(f"Add{name}Request"),
            examples={kind: _EXAMPLES[kind]},
            answers={
                201: Answer(
                    about="It is kept.",
                    schema=enveloped(ref(name)),
                    headers=("Idempotent-Replayed",),
                )
            },
            errors={409: (ingredients.TAKEN.format(kind=kind),)},
            once=True,
        ),
        f"DELETE {path}/{{ingredientId}}": Operation(
            id=f"delete{name}",
            tag=TAG,
            summary=f"Forget a {kind} of your own",
            about="Pictures that were made with it stay.",
            answers={200: Answer(about="It is gone.", schema=enveloped(ref("DeletedIngredient")))},
        ),
    }


CHAPTER = Chapter(
    tags={TAG: "Parts of an order, kept under an id of your own."},
    operations={name: one for kind in KINDS for name, one in _operations(kind).items()},
    schemas={
        **{name: schema for kind in KINDS for name, schema in _schemas(kind).items()},
        "DeletedIngredient": record({"id": text(), "deleted": truth(const=True)}),
    },
    ids={"ingredientId": text("The id that you gave it.")},
)
