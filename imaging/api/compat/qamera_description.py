"""Qamera's surface as the OpenAPI document tells it."""

from __future__ import annotations

from accounts.api.description import NEXT_CURSOR, SUCCESS, Answer, Chapter, Operation, query, shared
from accounts.api.schema import (
    Schema,
    address,
    choice,
    many,
    moment,
    number,
    or_null,
    record,
    ref,
    text,
    whole,
)
from imaging.api.compat import qamera, qamera_orders
from imaging.api.compat.error_answers import error_answers
from imaging.reviews import NOTE_LENGTH

TAG = "Qamera"
ABOUT = (
    "What Qamera's customers know. Base URL: `/compat/qamera`; key: an image key as "
    "`X-Api-Key`. What stays and what differs: docs/moving-from-qamera.md."
)
_BASE = "/compat/qamera/api/external/packshots"
_ID = text("`ps_` and ours.", examples=["ps_5f0c9a52b6d14e0c8a3e7d2f1b4c6a90"])

_ERRORS: dict[int, str] = {
    400: "A field is missing or wrong, or names a product, preset, scenery or model that is not "
    "there; or words that are not allowed.",
    401: "Missing or invalid API key.",
    402: "Too few points for all of them, or the key's monthly cap is reached. None is made.",
    403: "Partner inactive, address not on the key's list, or scope missing.",
    404: "No such packshot.",
    409: "The first request with this Idempotency-Key is still running.",
    413: "The body is too large.",
    429: "Too many requests: see Retry-After.",
    500: "Our fault.",
    503: "Too many wait: see Retry-After.",
}


def _errors(*statuses: int) -> dict[int, Answer]:
    return error_answers(_ERRORS, (401, 403, 429, 500, 503, *statuses), ref("ApiError"))


def _part(about: str) -> Schema:
    return record({"id": text(about)})


_STATUSES = ("PENDING", "PROCESSING", "DONE", "FAILED", qamera_orders.ARCHIVE)
_SCHEMAS: dict[str, Schema] = {
    "QameraPackshot": record(
        {
            "id": _ID,
            "name": text(examples=["White T-Shirt Packshot"]),
            "thumbnail": or_null(address("Null until it is there.")),
            "status": choice(_STATUSES),
            "voting": or_null(choice(list(qamera_orders.VOTINGS))),
            "createdAt": moment(),
            "imageUrl": or_null(address("The whole picture.")),
            "batchId": or_null(text()),
            "verificationResult": text("The notes of the last update."),
            "error": or_null(text("Why there is no picture.")),
        }
    ),
    "QameraPackshots": record(
        {
            "packshots": many(ref("QameraPackshot")),
            "count": whole("Of those shown."),
            "nextCursor": NEXT_CURSOR,
        }
    ),
    "QameraIdeas": record(
        {
            "config": record(
                {
                    "product": _part("The id, or the sku, of a product of yours."),
                    "preset": _part("A preset of yours or a shipped one."),
                    "scenery": _part("A scenery of yours or a shipped one."),
                    "model": _part("A model of yours or a shipped one."),
                },
                required=["product"],
            ),
            "count": whole(minimum=1, maximum=qamera_orders.COUNT_MAX, default=qamera_orders.COUNT),
        },
        required=["config"],
    ),
    "QameraRegistered": record(
        {
            "createdRecordIds": many(_ID),
            "batchId": text(),
            "orderId": text(),
            "reservationId": text(),
            "creditsReserved": number("Points that are held for them."),
        }
    ),
    "QameraUpdate": record(
        {
            "recordId": _ID,
            "Voting": choice(list(qamera_orders.VOTINGS), "Rejecting archives as well."),
            "verificationResult": text("Notes.", maxLength=NOTE_LENGTH),
            "status": choice([qamera_orders.ARCHIVE]),
        },
        required=["recordId"],
    ),
    "QameraUpdated": record({"success": SUCCESS}),
}
_MUG = {"config": {"product": {"id": "MUG-1"}, "scenery": {"id": "scenery_oak"}}, "count": 2}

CHAPTER = Chapter(
    tags={TAG: ABOUT},
    operations={
        f"GET {_BASE}": Operation(
            id="qameraPackshots",
            tag=TAG,
            summary="Packshots, newest first",
            parameters=(
                query("statusFilter", choice(qamera.STATUS_FILTERS, default="all")),
                query(
                    "limit",
                    whole(minimum=1, maximum=qamera.MOST_LISTED, default=qamera.MOST_LISTED),
                    "Packshots on a page.",
                ),
                shared("Cursor"),
            ),
            answers={
                200: Answer(about="A page.", schema=ref("QameraPackshots")),
                **_errors(400),
            },
            usual_errors=False,
        ),
        f"POST {_BASE}/register-ideas": Operation(
            id="qameraRegisterIdeas",
            tag=TAG,
            summary="Order a series of packshots of one product",
            about="Points are held for each at once; a packshot that fails gives its own back.",
            body=ref("QameraIdeas"),
            examples={"oak": _MUG},
            answers={
                200: Answer(about="They are on their way.", schema=ref("QameraRegistered")),
                **_errors(400, 402, 409, 413),
            },
            once=True,
            usual_errors=False,
        ),
        f"POST {_BASE}/update-packshot": Operation(
            id="qameraUpdatePackshot",
            tag=TAG,
            summary="Approve, reject or archive a packshot",
            body=ref("QameraUpdate"),
            examples={
                "approve": {"recordId": "ps_5f0c9a52b6d14e0c8a3e7d2f1b4c6a90"}
                | {"Voting": "APPROVED"}
            },
            answers={
                200: Answer(about="It is noted.", schema=ref("QameraUpdated")),
                **_errors(400, 404, 413),
            },
            usual_errors=False,
        ),
    },
    schemas=_SCHEMAS,
)
