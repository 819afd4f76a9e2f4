"""ProdVisual's surface as the OpenAPI document tells it."""

from __future__ import annotations

from accounts.api.description import Answer, Chapter, Operation
from accounts.api.schema import (
    Schema,
    address,
    choice,
    either,
    many,
    or_null,
    record,
    ref,
    text,
    whole,
)
from imaging.api.compat.error_answers import error_answers
from imaging.api.compat.prodvisual_orders import FORMATS
from imaging.batches import MOST_ITEMS
from imaging.engines import presets

TAG = "ProdVisual"
ABOUT = (
    "What ProdVisual's customers know. Base URL: `/compat/prodvisual/v1`; key: an image key as "
    "`Authorization: Bearer`. What stays and what differs: docs/moving-from-prodvisual.md."
)
_BASE = "/compat/prodvisual/v1"
_SECOND = text(format="date-time", examples=["2026-03-05T14:32:10Z"])
_ID = text("`gen_` and ours.", examples=["gen_5f0c9a52b6d14e0c8a3e7d2f1b4c6a90"])
_BATCH_ID = text("`batch_` and ours.", examples=["batch_5f0c9a52b6d14e0c8a3e7d2f1b4c6a90"])
_CREDITS = whole("A credit is one fast packshot at the current tier.")
_DIMENSIONS = text("WxH in pixels.", examples=["1500x1500"])

_ERRORS: dict[int, str] = {
    400: "A parameter is missing or wrong; in a batch the message names the item.",
    401: "Missing or invalid API key.",
    402: "Too few credits, or the key's monthly cap is reached.",
    403: "Partner inactive, address not on the key's list, or scope missing.",
    404: "No such generation or batch.",
    409: "Cancelled, or the first request with this Idempotency-Key is still running.",
    413: "The image exceeds 10 MB.",
    422: "The image cannot be fetched, or is no JPEG, PNG or WebP.",
    429: "Too many requests: see Retry-After.",
    500: "Our fault; no credit was used.",
    503: "Too busy, or not in time: see Retry-After. No credit was used.",
}


def _errors(*statuses: int) -> dict[int, Answer]:
    return error_answers(_ERRORS, (401, 403, 429, 500, *statuses), ref("ProdVisualError"))


_WHY = record({"code": text(), "message": text(), "status": whole()})
_WEBHOOK = address("Told when it has ended.")
_ASKED: dict[str, Schema] = {
    "style": choice(list(presets.styles())),
    "platform": choice(list(presets.platforms()), default=presets.DEFAULT_PLATFORM),
    "dimensions": _DIMENSIONS,
    "format": choice(FORMATS, default="png"),
}
_BATCH_STATUS = choice(["pending", "processing", "completed", "failed"])

_SCHEMAS: dict[str, Schema] = {
    "ProdVisualError": record({"error": _WHY}),
    "ProdVisualRequest": record(
        {
            "image_url": address("A JPEG, PNG or WebP of at most 10 MB."),
            **_ASKED,
            "background": text("#RRGGBB or transparent, where the style takes one."),
            "quality": whole(minimum=1, maximum=100, default=90),
            "webhook_url": _WEBHOOK,
        },
        required=["image_url", "style"],
    ),
    "ProdVisualMade": record(
        {
            "id": _ID,
            "status": choice(["completed"]),
            "output_url": or_null(address("There for 7 days; then null.")),
            **_ASKED,
            "file_size": or_null(whole("Bytes.")),
            "credits_used": _CREDITS,
            "credits_remaining": _CREDITS,
            "generation_time_ms": or_null(whole()),
            "created_at": _SECOND,
            "expires_at": _SECOND,
        }
    ),
    "ProdVisualAccepted": record(
        {
            "id": _ID,
            "status": choice(["processing"]),
            **_ASKED,
            "credits_used": whole("Set aside; given back if no picture comes of it."),
            "credits_remaining": _CREDITS,
            "estimated_time_ms": whole(),
            "created_at": _SECOND,
        }
    ),
    "ProdVisualGeneration": record(
        {
            "id": _ID,
            "status": _BATCH_STATUS,
            "output_url": or_null(address()),
            "generation_time_ms": or_null(whole()),
            "created_at": _SECOND,
            "expires_at": or_null(_SECOND),
            "error": _WHY,
        },
        optional=["error"],
    ),
    "ProdVisualBatchRequest": record(
        {
            "items": many(ref("ProdVisualRequest"), minItems=1, maxItems=MOST_ITEMS),
            "webhook_url": address("Told once, when the last item has ended."),
        },
        required=["items"],
    ),
    "ProdVisualBatchAccepted": record(
        {
            "batch_id": _BATCH_ID,
            "status": choice(["processing"]),
            "total_items": whole(),
            "credits_used": whole("Set aside; given back for each item without a picture."),
            "credits_remaining": _CREDITS,
            "estimated_time_ms": whole(),
            "results_url": address(),
        }
    ),
    "ProdVisualBatch": record(
        {
            "id": _BATCH_ID,
            "batch_id": _BATCH_ID,
            "status": _BATCH_STATUS,
            "total_items": whole(),
            "completed_items": whole(),
            "failed_items": whole(),
            "credits_used": _CREDITS,
            "results": many(ref("ProdVisualGeneration"), "In the order of the request."),
            "created_at": _SECOND,
        }
    ),
    "ProdVisualStyles": record(
        {
            "styles": many(record({"id": text(), "name": text(), "description": text()})),
            "total": whole(),
        }
    ),
    "ProdVisualCredits": record(
        {
            "credits_remaining": _CREDITS,
            "credits_used_total": whole("Pictures charged through this surface."),
            "credits_used_today": whole("Since midnight, UTC."),
            "last_purchase": or_null(record({"amount": _CREDITS, "date": _SECOND})),
        }
    ),
}
_MUG = {"image_url": "https://shop.example/mug.jpg", "style": "lifestyle", "platform": "amazon"}

CHAPTER = Chapter(
    tags={TAG: ABOUT},
    operations={
        f"POST {_BASE}/generate": Operation(
            id="prodvisualGenerate",
            tag=TAG,
            summary="One picture of a product",
            about="Waits for it; with a `webhook_url` it answers 202 at once.",
            body=ref("ProdVisualRequest"),
            examples={"lifestyle": _MUG},
            answers={
                200: Answer(about="It is made.", schema=ref("ProdVisualMade")),
                202: Answer(about="It is on its way.", schema=ref("ProdVisualAccepted")),
                **_errors(400, 402, 409, 413, 422, 503),
            },
            once=True,
            usual_errors=False,
        ),
        f"POST {_BASE}/generate/batch": Operation(
            id="prodvisualGenerateBatch",
            tag=TAG,
            summary="Up to fifty pictures, all accepted or none",
            body=ref("ProdVisualBatchRequest"),
            examples={"two": {"items": [_MUG, {**_MUG, "style": "white_bg"}]}},
            answers={
                202: Answer(about="They are on their way.", schema=ref("ProdVisualBatchAccepted")),
                **_errors(400, 402, 409, 413, 503),
            },
            once=True,
            usual_errors=False,
        ),
        f"GET {_BASE}/generations/{{prodvisualId}}": Operation(
            id="prodvisualGeneration",
            tag=TAG,
            summary="Where a generation or a batch stands",
            answers={
                200: Answer(
                    about="It, or a batch with its results.",
                    schema=either(ref("ProdVisualGeneration"), ref("ProdVisualBatch")),
                ),
                **_errors(404),
            },
            usual_errors=False,
        ),
        f"GET {_BASE}/styles": Operation(
            id="prodvisualStyles",
            tag=TAG,
            summary="Every style",
            answers={200: Answer(about="The styles.", schema=ref("ProdVisualStyles"))},
            usual_errors=False,
        ),
        f"GET {_BASE}/account/credits": Operation(
            id="prodvisualCredits",
            tag=TAG,
            summary="What is left, and what was used",
            answers={
                200: Answer(about="The account.", schema=ref("ProdVisualCredits")),
                **_errors(),
            },
            usual_errors=False,
        ),
    },
    schemas=_SCHEMAS,
    ids={"prodvisualId": text("`gen_…` or `batch_…`.")},
)
