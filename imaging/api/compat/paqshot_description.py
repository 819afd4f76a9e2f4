"""Paqshot's surface as the OpenAPI document tells it."""

from __future__ import annotations

from accounts.api.description import Answer, Chapter, Json, Operation, query
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
from imaging.api.compat import paqshot
from imaging.api.compat.error_answers import error_answers

TAG = "Paqshot"
ABOUT = (
    "What Paqshot's customers know. Base URL: `/compat/paqshot/v1`; key: an image key as "
    "`Authorization: Bearer`. What stays and what differs: docs/moving-from-paqshot.md."
)
_BASE = "/compat/paqshot/v1"
_SECOND = text(format="date-time", examples=["2026-06-09T14:00:00Z"])
_ID = text("`gen_` and ours.", examples=["gen_5f0c9a52b6d14e0c8a3e7d2f1b4c6a90"])

_ERRORS: dict[int, str] = {
    400: "Missing or malformed parameters, or words that are not allowed.",
    401: "Missing or invalid API key.",
    403: "Too few points, partner inactive, address not on the key's list, or scope missing.",
    409: "The first request with this Idempotency-Key is still running.",
    404: "No such generation.",
    413: "The product image exceeds 10 MB.",
    422: "The image is no JPEG, PNG or WebP.",
    429: "Too many requests: see Retry-After.",
    500: "Our fault.",
    503: "Too many wait: see Retry-After.",
}


def _errors(*statuses: int) -> dict[int, Answer]:
    return error_answers(_ERRORS, (401, 403, 429, 500, *statuses), ref("PaqshotError"))


_ABOUT_ORDER: dict[str, Schema] = {"style": choice(paqshot.STYLES), "created_at": _SECOND}
_RATIO = choice(paqshot.ASPECT_RATIOS, default="1:1")

_SCHEMAS: dict[str, Schema] = {
    "PaqshotError": record(
        {"error": text("A code.", examples=["invalid_request"]), "message": text("For people.")}
    ),
    "PaqshotRequest": record(
        {
            "product_image": text("An address, base64 or data URI: JPEG, PNG or WebP, 10 MB."),
            "style": choice(paqshot.STYLES),
            "scene_type": choice(list(paqshot.SCENE_TYPES), default="auto"),
            "background": text(
                f"With studio_packshot: {', '.join(paqshot.BACKGROUNDS)} or #RRGGBB.",
                examples=["white", "#f4f1ec"],
            ),
            "aspect_ratio": _RATIO,
            "people": choice(list(paqshot.PEOPLE), default="none"),
            "location": text(
                "office, outdoor, cafe, studio, urban, nature, or words of your own.",
                maxLength=paqshot.LOCATION_MAX,
            ),
            "prompt": text(maxLength=paqshot.PROMPT_MAX),
            "webhook_url": address("Told when it has ended."),
        },
        required=["product_image", "style"],
    ),
    "PaqshotProcessing": record(
        {
            "id": _ID,
            "status": choice(["processing"]),
            "aspect_ratio": _RATIO,
            "estimated_seconds": whole(),
            **_ABOUT_ORDER,
        },
        optional=["estimated_seconds"],
    ),
    "PaqshotCompleted": record(
        {
            "id": _ID,
            "status": choice(["completed"]),
            "image_url": or_null(address("There for 7 days; then null.")),
            "thumbnail_url": or_null(address()),
            "width": whole(),
            "height": whole(),
            "expires_at": _SECOND,
            **_ABOUT_ORDER,
        }
    ),
    "PaqshotFailed": record(
        {
            "id": _ID,
            "status": choice(["failed"]),
            "aspect_ratio": _RATIO,
            "error": text("A code."),
            "message": text(),
            **_ABOUT_ORDER,
        }
    ),
    "PaqshotPage": record(
        {
            "data": many(
                either(ref("PaqshotProcessing"), ref("PaqshotCompleted"), ref("PaqshotFailed"))
            ),
            "total": whole(),
            "limit": whole(),
            "offset": whole(),
        }
    ),
}

_GENERATION = either(ref("PaqshotProcessing"), ref("PaqshotCompleted"), ref("PaqshotFailed"))
_PAGING: tuple[Json, ...] = (
    query("limit", whole(minimum=1, maximum=paqshot.LIMIT_MAX, default=paqshot.LIMIT)),
    query("offset", whole(minimum=0, maximum=paqshot.OFFSET_MAX, default=0)),
    query("status", choice(paqshot.STATUSES)),
)

CHAPTER = Chapter(
    tags={TAG: ABOUT},
    operations={
        f"POST {_BASE}/generate": Operation(
            id="paqshotGenerate",
            tag=TAG,
            summary="Order a picture of a product",
            body=ref("PaqshotRequest"),
            examples={
                "packshot": {
                    "product_image": "https://shop.example/mug.jpg",
                    "style": "studio_packshot",
                    "background": "white",
                }
            },
            answers={
                202: Answer(about="It is on its way.", schema=ref("PaqshotProcessing")),
                **_errors(400, 409, 413, 422, 503),
            },
            once=True,
            usual_errors=False,
        ),
        f"GET {_BASE}/generate/{{paqshotId}}": Operation(
            id="paqshotGeneration",
            tag=TAG,
            summary="Where a generation stands",
            answers={
                200: Answer(about="The generation.", schema=_GENERATION),
                **_errors(404),
            },
            usual_errors=False,
        ),
        f"GET {_BASE}/generations": Operation(
            id="paqshotGenerations",
            tag=TAG,
            summary="Generations, newest first",
            parameters=_PAGING,
            answers={200: Answer(about="A page.", schema=ref("PaqshotPage")), **_errors(400)},
            usual_errors=False,
        ),
    },
    schemas=_SCHEMAS,
    ids={"paqshotId": _ID},
)
