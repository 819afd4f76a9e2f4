"""Batches as the OpenAPI document tells them."""

from __future__ import annotations

from accounts.api.description import (
    NEXT_CURSOR,
    PAGING,
    Answer,
    Chapter,
    Operation,
    Webhook,
    enveloped,
)
from accounts.api.schema import (
    Schema,
    address,
    choice,
    either,
    many,
    moment,
    number,
    or_null,
    record,
    ref,
    text,
    truth,
    whole,
)
from accounts.webhooks.event_types import EVENT_TYPES
from imaging.api.answer_schemas import (
    DETAIL,
    DETAIL_SOMETIMES,
    METADATA,
    OPERATION,
    POINTS,
    STATUS,
    TEST_MODE,
)
from imaging.api.request_schemas import AROUND, SCHEMAS
from imaging.batch_ends import EVENT
from imaging.batches import CHECKS, MOST_ITEMS

TAG = "Batches"

_STATE = choice(["processing", "completed"], "completed: every item has ended.")
_INDEX = whole("Its place in the request, from 0.")

_ROW: dict[str, Schema] = {
    "id": text(),
    "status": _STATE,
    "total": whole("Items."),
    "completed": whole("Items that have ended."),
    "succeeded": whole(),
    "failed": whole("Items that ended without a picture, for whatever reason."),
    "metadata": METADATA,
    "createdAt": moment(),
    "finishedAt": or_null(moment()),
}

_BODIES = {
    "create": "CreateImageRequest",
    "enhance": "EnhanceImagesRequest",
    "packshot": "MakePackshotRequest",
}


def _item(operation: str) -> Schema:
    """The body of a single order, and which one it is."""
    single = SCHEMAS[_BODIES[operation]]
    fields = {name: field for name, field in single["properties"].items() if name != "dryRun"}
    return {
        **single,
        "title": f"{operation.title()}Item",
        "properties": {"operation": choice([operation]), **fields},
        "required": ["operation", *single.get("required", ())],
    }


_AROUND = {name: AROUND[name] for name in ("webhookUrl", "metadata", "dryRun")}

_SCHEMAS: dict[str, Schema] = {
    "BatchRequest": record(
        {
            "items": many(
                either(*(_item(operation) for operation in CHECKS)),
                "Orders: the fields of a single request, and which one it is.",
                minItems=1,
                maxItems=MOST_ITEMS,
            ),
            **_AROUND,
        },
        required=["items"],
    ),
    "AcceptedBatch": record(
        {
            "id": text(),
            "status": _STATE,
            "total": whole(),
            "pollUrl": address("The batch itself."),
            "items": many(
                record({"index": _INDEX, "id": text("Of its generation."), "status": STATUS})
            ),
            "testMode": TEST_MODE,
        },
        optional=["testMode"],
    ),
    "BatchDryRun": record(
        {
            "dryRun": truth(const=True),
            "total": whole(),
            "pointsRequired": POINTS,
            "balance": or_null(number("Points; null for a test key.")),
            "sufficient": truth(),
            "items": many(
                record({"index": _INDEX, "operation": OPERATION, "pointsRequired": POINTS})
            ),
            "buckets": many(record({"bucketId": text(), "tier": text(), "points": POINTS})),
            "testMode": TEST_MODE,
        },
        optional=["testMode"],
    ),
    "BatchSummary": record(_ROW),
    "BatchPage": record({"batches": many(ref("BatchSummary")), "nextCursor": NEXT_CURSOR}),
    "Batch": record(
        {
            **_ROW,
            "items": many(record({"index": _INDEX, **DETAIL}, optional=DETAIL_SOMETIMES)),
            "testMode": TEST_MODE,
        },
        optional=["testMode"],
    ),
}

_OPERATIONS = {
    "POST /partner/v1/batches": Operation(
        id="createBatch",
        tag=TAG,
        summary=f"Up to {MOST_ITEMS} orders at once",
        about="All are accepted or none. Each item then has an end, and a charge, of its own; "
        f"`{EVENT}` tells of the last one.",
        body=ref("BatchRequest"),
        examples={
            "two": {
                "items": [
                    {"operation": "create", "prompt": "a red mug on oak"},
                    {
                        "operation": "packshot",
                        "productImage": "https://shop.example/mug.jpg",
                        "metadata": {"sku": "MUG-1"},
                    },
                ]
            }
        },
        answers={
            200: Answer(about="With `dryRun`: the price.", schema=enveloped(ref("BatchDryRun"))),
            202: Answer(
                about="Accepted: which job each item became.",
                schema=enveloped(ref("AcceptedBatch"), message="Accepted"),
                headers=("Location",),
            ),
        },
        errors={
            400: (
                "items must be a list of at least one order",
                f"Maximum {MOST_ITEMS} items per batch",
            ),
            402: (),
            404: ("Product not found.",),
            422: ("Image generation was blocked by safety filters: violence",),
        },
        once=True,
    ),
    "GET /partner/v1/batches": Operation(
        id="listBatches",
        tag=TAG,
        summary="Batches, newest first",
        parameters=PAGING,
        answers={200: Answer(about="A page.", schema=enveloped(ref("BatchPage")))},
        errors={400: ("limit must be a whole number from 1 to 100",)},
    ),
    "GET /partner/v1/batches/{batchId}": Operation(
        id="getBatch",
        tag=TAG,
        summary="One batch with each item's result or error",
        answers={200: Answer(about="The batch.", schema=enveloped(ref("Batch")))},
        errors={404: ("Batch not found.",)},
    ),
}

CHAPTER = Chapter(
    tags={TAG: "Many orders in one request."},
    operations=_OPERATIONS,
    schemas=_SCHEMAS,
    ids={"batchId": text("Id of a batch.")},
    webhooks={
        EVENT: Webhook(
            id="BatchCompleted",
            about=EVENT_TYPES[EVENT],
            payload=record({"type": choice([EVENT]), "timestamp": moment(), "data": ref("Batch")}),
        )
    },
)
