"""What the Image API answers with, as JSON Schema. `imaging/api/answers.py` is what builds it."""

from __future__ import annotations

from typing import get_args

from accounts.api.description import NEXT_CURSOR
from accounts.api.schema import (
    Schema,
    address,
    anything,
    choice,
    either,
    many,
    moment,
    number,
    or_null,
    record,
    ref,
    table,
    text,
    truth,
    whole,
)
from imaging.engines.base import ASPECT_RATIOS, RESOLUTIONS, Operation, SourceType
from imaging.engines.edits import EDITS
from imaging.engines.encode import SOURCE_TYPE_BASE
from imaging.models import Review, Status
from imaging.recipes import FORMATS, MODES

OPERATION = choice(get_args(Operation))
MODE = choice(MODES, "The mode that was really used, and is charged.")
RESOLUTION = choice([*RESOLUTIONS, "source"], "source: an edit goes by its photo's size.")
REVIEW = choice(Review.values, "What was decided; null while nothing is.")
STATUS = choice(Status.values, "queued and running go on; the others are ends.")
POINTS = number("Points, in quarter steps.", examples=[8])
METADATA = table(text(), "As it came with the request.")
TEST_MODE = truth("Made with a test key: a placeholder, free.", const=True)

_ENGINE = record(
    {
        "name": text(examples=["studio"]),
        "version": text(),
        "kind": text("neural, procedural, or none for a placeholder."),
        "neural": truth("Whether a neural network drew it."),
    }
)

_OUTCOME: dict[str, Schema] = {
    "mode": MODE,
    "resolution": RESOLUTION,
    "pointsUsed": POINTS,
    "tier": text("starter, growth or scale; `test` for a test key.", examples=["starter"]),
    "costPerOperation": POINTS,
    "remainingBalance": or_null(number("Points left after this; null for a test key.")),
    "processingTimeMs": or_null(whole("What the engine took.")),
    "totalTimeMs": or_null(whole("From the request to the finished picture.")),
    "generationId": text("Read it, follow it or make it again with this."),
    "recipeId": text("Digest of everything the picture was made from."),
    "engine": _ENGINE,
    "model": text("Model and revision."),
    "seed": whole(),
    "notes": many(text(), "What the engine could not honour, in plain sentences."),
    "understood": many(text(), "Words of the request that shaped the picture."),
    "notUnderstood": many(text(), "Words that did not."),
    "requestedMode": choice(MODES, "What was asked for, where another mode was used."),
    "standIn": truth("A neutral stand-in was delivered, free of charge.", const=True),
    "fidelity": number("How much of the product's own pixels was kept.", minimum=0, maximum=1),
    "compliance": many(
        record(
            {
                "rule": choice(["size", "background", "fill", "format", "bytes"]),
                "required": text(),
                "actual": text("As measured on the finished file."),
                "passed": truth(),
            }
        ),
        "The finished file against the rules of the `platform` that was asked for. Of several "
        "pictures, each rule's breach is told where there is one.",
    ),
    "operations": many(
        record(
            {
                "operation": choice(list(EDITS)),
                "mayAlterProduct": truth("Whether such a step may alter the product."),
            },
            "With the fields of its `EditStep`.",
            additionalProperties=True,
        ),
        "The steps of an edit, as they were taken.",
    ),
    "metadata": METADATA,
    "testMode": TEST_MODE,
    "message": text("Test mode only."),
}
_SOMETIMES = (
    *("recipeId", "understood", "notUnderstood", "requestedMode", "standIn", "fidelity"),
    *("compliance", "operations", "metadata", "testMode", "message"),
)

_ROW: dict[str, Schema] = {
    "id": text(),
    "status": STATUS,
    "operation": OPERATION,
    "mode": MODE,
    "resolution": RESOLUTION,
    "pointsUsed": POINTS,
    "imageUrls": many(address()),
    "thumbnailUrls": many(address(), "A small WebP of each."),
    "metadata": METADATA,
    "batchId": or_null(text("The batch it is an item of.")),
    "productId": or_null(text("The product it shows.")),
    "review": or_null(choice(Review.values, "What a person decided; null: nobody has.")),
    "createdAt": moment(),
    "finishedAt": or_null(moment()),
}

_RECIPE: dict[str, Schema] = {
    "operation": OPERATION,
    "width": whole(),
    "height": whole(),
    "seed": whole(),
    "prompt": text(),
    "mode": MODE,
    "aspectRatio": choice(list(ASPECT_RATIOS)),
    "resolution": RESOLUTION,
    "inputs": many(text(), "SHA-256 of each photo that went in."),
    "count": whole(),
    "format": choice(FORMATS),
    "quality": whole(),
    **{
        name: text()
        for name in ("style", "background", "sceneType", "people", "location", "platform", "shadow")
    },
    "steps": many(ref("EditStep"), "Edits only: what to do, in order."),
    "replay": anything("What a network must repeat for the same bits."),
}

DETAIL: dict[str, Schema] = {
    **_ROW,
    "requestedMode": choice(MODES),
    "recipe": ref("Recipe"),
    "recipeId": text(),
    "pointsHeld": POINTS,
    "attempts": whole(),
    "progress": record({"step": whole(), "of": whole(), "label": text()}),
    "correlationId": text("Of the request that ordered it."),
    "result": either(ref("CreatedImage"), ref("MadeImages")),
    "reviewNote": text(),
    "reviewedAt": moment(),
    "error": record({"code": text(), "message": text()}, "Why there is no picture."),
    "testMode": TEST_MODE,
}
DETAIL_SOMETIMES = (
    *("batchId", "productId", "review", "reviewNote", "reviewedAt"),
    *("thumbnailUrls", "createdAt", "finishedAt", "requestedMode", "recipe", "recipeId"),
    *("pointsHeld", "attempts", "progress", "correlationId", "result", "error", "testMode"),
)

_TIER_PRICES = {"type": "object", "additionalProperties": POINTS} | {
    "properties": {"tier": text()},
    "required": ["tier"],
}

SCHEMAS: dict[str, Schema] = {
    "CreatedImage": record(
        {
            "imageUrl": or_null(address("The picture; null once your retention has deleted it.")),
            **_OUTCOME,
        },
        optional=_SOMETIMES,
    ),
    "MadeImages": record(
        {"imageUrls": many(address(), "The pictures, in order."), **_OUTCOME}, optional=_SOMETIMES
    ),
    "AcceptedJob": record(
        {
            "id": text("Id of the generation."),
            "status": STATUS,
            "pollUrl": address("The generation itself."),
            "eventsUrl": address("Its progress as server-sent events."),
            "estimatedSeconds": whole(),
            "testMode": TEST_MODE,
        },
        optional=["testMode"],
    ),
    "DryRun": record(
        {
            "dryRun": truth(const=True),
            "mode": MODE,
            "tier": text(),
            "costPerOperation": POINTS,
            "pointsRequired": POINTS,
            "balance": or_null(number("Points; null for a test key.")),
            "sufficient": truth("Whether the balance would do."),
            "buckets": many(
                record({"bucketId": text(), "tier": text(), "points": POINTS}),
                "Where the points would come from, oldest first.",
            ),
            "testMode": TEST_MODE,
            "message": text("Test mode only."),
        },
        "The answer to `dryRun: true`.",
        optional=["testMode", "message"],
    ),
    "Recipe": record(
        _RECIPE,
        "Everything needed to make the picture again. One that an earlier version stored lacks "
        "what came later.",
        required=[],
    ),
    "GenerationSummary": record(_ROW),
    "Generation": record(
        DETAIL,
        "A test key's generation has no more than its id holds.",
        optional=DETAIL_SOMETIMES,
    ),
    "GenerationPage": record(
        {"generations": many(ref("GenerationSummary")), "nextCursor": NEXT_CURSOR}
    ),
    "RenderLink": record(
        {
            "url": address("The picture's address."),
            "token": text(),
            "testMode": TEST_MODE,
        },
        optional=["testMode"],
    ),
    "CancelledGeneration": record({"id": text(), "status": STATUS}),
    "ReviewedGeneration": record(
        {
            "id": text(),
            "review": or_null(REVIEW),
            "note": text(),
            "reviewedAt": or_null(moment()),
            "testMode": TEST_MODE,
        },
        optional=["testMode"],
    ),
    "Provenance": record(
        {
            "generationId": text(),
            "recipeId": or_null(text("SHA-256 of the recipe's canonical JSON.")),
            "recipe": or_null(anything("As stored, which is what the digest is of.")),
            "promptUsed": text("What the engine read."),
            "engine": _ENGINE,
            "model": text(),
            "modelRevision": or_null(text()),
            "mode": MODE,
            "seed": whole(),
            "inputs": many(record({"sha256": text()})),
            "outputs": many(ref("ProvenOutput")),
            "createdAt": moment(),
            "finishedAt": or_null(moment()),
            "testMode": TEST_MODE,
        },
        optional=["createdAt", "finishedAt", "testMode"],
    ),
    "ProvenOutput": record(
        {
            "url": address(),
            "sha256": or_null(text("Of the file as delivered.")),
            "contentType": text(),
            "width": whole(),
            "height": whole(),
            "digitalSourceType": or_null(
                choice(
                    [SOURCE_TYPE_BASE + name for name in get_args(SourceType)],
                    "IPTC's word for how it was made.",
                )
            ),
            "contentCredentials": or_null(anything("The signed manifest, read back.")),
        }
    ),
    "Usage": record(
        {
            "last30Days": record(
                {"imageCreations": whole(), "imageEnhancements": whole(), "totalCalls": whole()}
            ),
            "points": record(
                {
                    "balance": POINTS,
                    "totalUsed": POINTS,
                    "monthlyUsage": record({"month": text(examples=["2026-03"]), "used": POINTS}),
                }
            ),
            "currentPricing": or_null(
                {**_TIER_PRICES, "description": "Of the oldest bucket; null without points."}
            ),
            "activeBuckets": many(
                record(
                    {
                        "packageId": text(examples=["pack_25000"]),
                        "tier": text(),
                        "remainingPoints": POINTS,
                        "originalPoints": POINTS,
                        "purchasedAt": moment(),
                    }
                ),
                "Oldest first: the order in which they are used.",
            ),
            "allTierPricing": table(_TIER_PRICES),
            "supportedResolutions": many(RESOLUTION),
            "defaultResolution": RESOLUTION,
            "testMode": TEST_MODE,
        },
        optional=["testMode"],
    ),
    "Style": record(
        {
            "name": text("What `style` takes."),
            "label": text("Its name for people."),
            "description": text(),
            "way": text("packshot, set, comparison, infographic, swatches or close_ups."),
            "background": text(),
            "shadow": text(),
            "fill": number("Share of the frame that the product takes up."),
            "surface": text("The words of a rendered set."),
            "place": or_null(text("What is painted behind the set, far out of focus.")),
            "props": or_null(text("What stands around the product in the set.")),
            "centre": number(),
            "baseline": or_null(number()),
            "headroom": number("Share of the height kept free for words."),
            "aspectRatio": text("Recommended."),
            "flexible": truth("A requested background replaces the style's."),
            "transparent": truth("The background may be transparent."),
        }
    ),
    "Platform": record(
        {
            "name": text("What `platform` takes."),
            "label": text("Its name for people."),
            "width": whole(),
            "height": whole(),
            "background": text(),
            "fill": number("Share of the frame that the product takes up."),
            "format": choice(FORMATS),
            "shadow": text(),
            "whiteOnly": truth("The main picture must stand on pure white."),
            "leastSide": whole("Of the longer side in pixels, as files are checked."),
            "mostSide": whole(),
            "leastFill": number(),
            "mostMegabytes": number(),
            "accepts": many(choice(FORMATS)),
        }
    ),
}
