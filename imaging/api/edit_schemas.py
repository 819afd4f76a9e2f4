"""What an edit takes, as JSON Schema. `imaging/edit_orders.py` is what checks it."""

from __future__ import annotations

from collections.abc import Mapping

from accounts.api.schema import (
    Schema,
    choice,
    either,
    many,
    number,
    record,
    ref,
    text,
    truth,
    whole,
)
from imaging.api.request_schemas import AROUND
from imaging.edit_orders import RELIGHTS
from imaging.engines.base import ASPECT_RATIOS
from imaging.engines.edits import EDITS, FITS, MOST_STEPS
from imaging.recipes import FORMATS, SHADOWS, SIDE_MAX, SIDE_MIN

_RATIO = choice(list(ASPECT_RATIOS))
_SIDE = whole(minimum=SIDE_MIN, maximum=SIDE_MAX)

_FIELDS: Mapping[str, Mapping[str, Schema]] = {
    "removeBackground": {},
    "background": {
        "background": text(
            "`#RRGGBB`, a colour's name, `sweep:<colour>`, `spot:<colour>`, "
            "`gradient:<colour>,<colour>` or `transparent`.",
            examples=["#ffffff", "sweep:beige"],
        )
    },
    "shadow": {"shadow": choice(SHADOWS, default="soft")},
    "relight": {
        **{name: number(minimum=-most, maximum=most) for name, most in RELIGHTS.items()},
        "automatic": truth("What a step without wishes comes to."),
    },
    "expand": {
        "aspectRatio": _RATIO,
        **{
            edge: number("Share of the picture to add there.", minimum=0, maximum=2)
            for edge in ("left", "right", "top", "bottom")
        },
    },
    "upscale": {"factor": number(minimum=1, maximum=4, default=2)},
    "crop": {
        "aspectRatio": _RATIO,
        "margin": number("Around the product, of its longer side.", minimum=0, maximum=1),
        **{
            name: number("Share of the picture.", minimum=0, maximum=1)
            for name in ("left", "top", "width", "height")
        },
    },
    "resize": {"width": _SIDE, "height": _SIDE, "fit": choice(FITS)},
    "format": {
        "format": choice(FORMATS, default="png"),
        "quality": whole("Of lossy formats.", minimum=1, maximum=100, default=90),
    },
}


def _step(name: str) -> Schema:
    edit = EDITS[name]
    alters = "may alter the product" if edit.alters_product else "never alters the product"
    fields = {"operation": text(const=name), **_FIELDS[name]}
    return record(fields, f"{edit.about} It {alters}.", required=["operation"], title=f"{name}Step")


SCHEMAS: dict[str, Schema] = {
    "EditStep": either(*(_step(name) for name in EDITS)),
    "EditImageRequest": record(
        {
            "image": text(
                "The photo: an http or https address (up to 50 MB), base64 or a data URI (up to "
                "15 MB) of a JPEG, PNG, GIF or WebP picture.",
                minLength=1,
                examples=["https://shop.example/mug.jpg"],
            ),
            "operations": many(
                either(ref("EditStep"), choice(list(EDITS), "A step without wishes.")),
                "What to do, in order.",
                minItems=1,
                maxItems=MOST_STEPS,
            ),
            **AROUND,
        },
        required=["image", "operations"],
    ),
}


def about() -> str:
    """What is said of edits as a whole, each kind of step with what it may do to the product."""
    rows = "\n".join(
        f"- `{name}`: {edit.about} {'**May alter it.**' if edit.alters_product else ''}".rstrip()
        for name, edit in EDITS.items()
    )
    return (
        "Steps are taken one after the other, each on what the one before made. An edit costs what "
        "an enhancement costs, however many steps it has. The product's own pixels are altered by "
        f"no step unless it says so here:\n\n{rows}"
    )


EXAMPLES: Mapping[str, Mapping[str, object]] = {
    "white": {
        "image": "https://shop.example/mug.jpg",
        "operations": [
            {"operation": "background", "background": "#ffffff"},
            {"operation": "shadow", "shadow": "soft"},
            {"operation": "crop", "margin": 0.1},
            {"operation": "resize", "width": 1600, "height": 1600, "fit": "pad"},
            {"operation": "format", "format": "jpeg"},
        ],
    },
    "cutout": {"image": "https://shop.example/mug.jpg", "operations": ["removeBackground"]},
}
