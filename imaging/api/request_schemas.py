"""The bodies that the Image API takes, as JSON Schema. `imaging/recipes.py` is what checks them."""

from __future__ import annotations

from accounts.api.schema import (
    Schema,
    address,
    choice,
    many,
    record,
    table,
    text,
    truth,
    whole,
)
from imaging import recipes
from imaging.engines import presets
from imaging.engines.base import ASPECT_RATIOS, RESOLUTIONS
from imaging.recipes import MODES
from imaging.reviews import DECISIONS, NOTE_LENGTH

SEED = whole(
    "The same request with the same seed gives the same picture. Left out, it is drawn by lot and "
    "told in the answer.",
    minimum=0,
    maximum=recipes.SEED_MAX,
)

AROUND: dict[str, Schema] = {
    "seed": SEED,
    "webhookUrl": address(
        "Where to tell how it ended: https, signed with the partner's webhook secret.",
        examples=["https://shop.example/hooks/pictures"],
    ),
    "metadata": table(
        text(maxLength=recipes.METADATA_VALUE_MAX),
        "Strings of yours, given back with the picture and in webhooks.",
        maxProperties=recipes.METADATA_MAX,
        propertyNames={"minLength": 1, "maxLength": recipes.METADATA_KEY_MAX},
        examples=[{"sku": "MUG-1"}],
    ),
    "dryRun": truth("Check the request, tell the price, make and charge nothing.", default=False),
    "startWithin": whole(
        "Seconds: a job that has not started by then ends as expired and costs nothing.",
        minimum=1,
        maximum=86_400,
    ),
}
"""What every order may say around the picture."""

SHAPE: dict[str, Schema] = {
    "aspectRatio": choice(list(ASPECT_RATIOS), "Width to height.", default="1:1"),
    "mode": choice(
        MODES,
        "fast: your words as they are. thinking: a language model works them out first.",
        default="fast",
    ),
    "resolution": choice(
        list(RESOLUTIONS), "The long side: 1024, 2048 or 4096 pixels.", default="1k"
    ),
}

_SHORT = {"maxLength": recipes.FIELD_MAX}

_PACKSHOT: dict[str, Schema] = {
    "productImage": text(
        "The product's photo: an http or https address (up to 50 MB), base64 or a data URI (up to "
        "15 MB) of a JPEG, PNG, GIF or WebP picture.",
        minLength=1,
        examples=["https://shop.example/mug.jpg"],
    ),
    "productId": text(
        "A product of yours, whose photo is taken where there is no `productImage`.", minLength=1
    ),
    "style": choice(list(presets.styles()), "A look; see `listStyles`."),
    "platform": choice(
        list(presets.platforms()),
        "A marketplace, whose size, background and format are used; see `listPlatforms`.",
    ),
    "prompt": text("Further wishes in words.", maxLength=recipes.PROMPT_MAX),
    "background": text("`#RRGGBB`, or words such as `warm grey`.", examples=["#ffffff"], **_SHORT),
    "shadow": choice(recipes.SHADOWS, "The shadow under the product."),
    "sceneType": text("What kind of scene, in words.", examples=["kitchen counter"], **_SHORT),
    "people": text("Who is in it, in words.", **_SHORT),
    "location": text("Where it is, in words.", **_SHORT),
    "dimensions": record(
        {
            side: whole(minimum=recipes.SIDE_MIN, maximum=recipes.SIDE_MAX)
            for side in ("width", "height")
        },
        "The finished size in pixels, instead of ratio and resolution.",
        examples=[{"width": 1200, "height": 1600}],
    ),
    "format": choice(recipes.FORMATS, "File format; the platform's or png where left out."),
    "quality": whole("Of lossy formats.", minimum=1, maximum=100, default=90),
    "count": whole(
        "How many variations; each has its price.",
        minimum=1,
        maximum=recipes.COUNT_MAX,
        default=1,
    ),
}

SCHEMAS: dict[str, Schema] = {
    "CreateImageRequest": record(
        {
            "prompt": text(
                "What the picture shall show.",
                minLength=recipes.PROMPT_MIN,
                maxLength=recipes.PROMPT_MAX,
                examples=["A premium leather handbag on a marble surface, soft studio light"],
            ),
            **SHAPE,
            **AROUND,
        },
        required=["prompt"],
    ),
    "EnhanceImagesRequest": record(
        {
            "images": many(
                address("Of a JPEG, PNG, GIF or WebP picture, up to 50 MB."),
                "The photos, in order.",
                minItems=1,
                maxItems=recipes.IMAGES_MAX,
                examples=[["https://shop.example/mug-raw.jpg"]],
            ),
            "userRequest": text(
                "What shall be better; left out, everything that usually helps.",
                maxLength=recipes.REQUEST_MAX,
                examples=["White background, soft shadow, livelier colours"],
            ),
            **SHAPE,
            **AROUND,
        },
        required=["images"],
    ),
    "MakePackshotRequest": record(
        {**_PACKSHOT, **SHAPE, **AROUND},
        required=[],
        anyOf=[{"required": ["productImage"]}, {"required": ["productId"]}],
    ),
    "ReviewRequest": record(
        {
            "decision": choice(DECISIONS, "`reopen` takes the last one back."),
            "note": text("Why.", maxLength=NOTE_LENGTH),
        },
        required=["decision"],
    ),
    "RegenerateRequest": record(AROUND, required=[]),
}
