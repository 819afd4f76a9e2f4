"""The Image API as the OpenAPI document tells it."""

from __future__ import annotations

from accounts.api.description import (
    PAGING,
    Answer,
    Chapter,
    Json,
    Operation,
    Webhook,
    enveloped,
    query,
    shared,
)
from accounts.api.schema import Schema, choice, either, many, moment, record, ref, text
from accounts.webhooks.event_types import EVENT_TYPES
from imaging.api import (
    answer_examples,
    answer_schemas,
    edit_schemas,
    render_schemas,
    request_schemas,
)
from imaging.api.answer_schemas import OPERATION, STATUS
from imaging.models import Review
from imaging.refusals import FAILED, TOO_BUSY

IMAGES, GENERATIONS, CATALOGUE = "Images", "Generations", "Catalogue"


def _made(data: Schema, example: Json) -> dict[int, Answer]:
    """The answers of an order: the pictures (or the price), or where to look for them."""
    return {
        200: Answer(
            about="The finished pictures; with `dryRun`, the price.",
            schema=enveloped(either(data, ref("DryRun"))),
            example=example,
        ),
        202: Answer(
            about="With `Prefer: respond-async`: where to look.",
            schema=enveloped(ref("AcceptedJob"), message="Accepted"),
            example=answer_examples.ACCEPTED,
            headers=("Location", "Preference-Applied"),
        ),
    }


def _refused(operation: str, *messages: str, blocked: str) -> dict[int, tuple[str, ...]]:
    return {
        400: messages,
        402: (),
        409: ("The generation was cancelled.",),
        422: (f"{blocked} blocked by safety filters: violence",),
        500: (FAILED[operation],),
        503: (TOO_BUSY.get(operation, TOO_BUSY["enhance"]),),
    }


_RATIO = "Invalid aspect ratio. Supported: 1:1, 16:9, 9:16, 4:3, 3:4, 3:2, 2:3"

_ORDERS = {
    "POST /partner/v1/image/create": Operation(
        id="createImage",
        tag=IMAGES,
        summary="A picture from a sentence",
        about="Waits for the picture unless `Prefer: respond-async` is sent. A picture that fails, "
        "is blocked or comes too late costs nothing.",
        parameters=(shared("Prefer"),),
        body=ref("CreateImageRequest"),
        examples={
            "fast": {
                "prompt": "A premium leather handbag on a marble surface with soft studio light",
                "aspectRatio": "1:1",
                "mode": "fast",
                "resolution": "1k",
            },
            "thinking": {
                "prompt": "minimalist sneaker for a web shop",
                "aspectRatio": "4:3",
                "mode": "thinking",
                "resolution": "2k",
            },
            "price": {"prompt": "a red mug", "dryRun": True},
        },
        answers=_made(ref("CreatedImage"), answer_examples.CREATED),
        errors=_refused(
            "create",
            "Prompt is required and must be at least 3 characters",
            "Prompt must be less than 4000 characters",
            _RATIO,
            blocked="Image generation was",
        ),
        once=True,
    ),
    "POST /partner/v1/image/enhance": Operation(
        id="enhanceImages",
        tag=IMAGES,
        summary="One to four photos, improved",
        about="One price for all photos of a request.",
        parameters=(shared("Prefer"),),
        body=ref("EnhanceImagesRequest"),
        examples={
            "words": {
                "images": ["https://shop.example/mug-raw.jpg"],
                "userRequest": "White background, soft shadow, livelier colours",
                "resolution": "2k",
            },
            "automatic": {"images": ["https://shop.example/mug-raw.jpg"], "mode": "thinking"},
        },
        answers=_made(ref("MadeImages"), answer_examples.MADE),
        errors=_refused(
            "enhance",
            "At least one image URL is required in the 'images' array",
            "Maximum 4 images per request",
            "All images must be valid HTTP/HTTPS URLs",
            "User request must be less than 2000 characters",
            blocked="Enhancement",
        ),
        once=True,
    ),
    "POST /partner/v1/image/packshot": Operation(
        id="makePackshot",
        tag=IMAGES,
        summary="A product photo, set as a packshot",
        about="The product is cut out, lit and put on its background; its own pixels stay.",
        parameters=(shared("Prefer"),),
        body=ref("MakePackshotRequest"),
        examples={
            "white": {
                "productImage": "https://shop.example/mug.jpg",
                "background": "#ffffff",
                "shadow": "soft",
            },
            "marketplace": {
                "productImage": "https://shop.example/mug.jpg",
                "platform": "amazon",
                "metadata": {"sku": "MUG-1"},
            },
        },
        answers=_made(ref("MadeImages"), answer_examples.MADE),
        errors={
            **_refused(
                "packshot",
                "productImage is required: an image URL, base64 or a data URI",
                _RATIO,
                blocked="Packshot generation was",
            ),
            404: ("Product not found.",),
        },
        once=True,
    ),
    "POST /partner/v1/image/edit": Operation(
        id="editImage",
        tag=IMAGES,
        summary="A photo, changed step by step",
        about=edit_schemas.about(),
        parameters=(shared("Prefer"),),
        body=ref("EditImageRequest"),
        examples={name: dict(body) for name, body in edit_schemas.EXAMPLES.items()},
        answers=_made(ref("MadeImages"), answer_examples.MADE),
        errors=_refused(
            "edit",
            "operations must be a list of at least one step",
            "The product could not be told from its background with enough certainty.",
            blocked="Image edit was",
        ),
        once=True,
    ),
    "POST /partner/v1/generations/{generationId}/regenerate": Operation(
        id="regenerateGeneration",
        tag=GENERATIONS,
        summary="The stored recipe once more",
        about="Without a body the result is the same picture; another `seed` makes a variation. "
        "The photos are the ones that were kept then.",
        parameters=(shared("Prefer"),),
        body=ref("RegenerateRequest"),
        body_required=False,
        examples={"variation": {"seed": 7}},
        answers=_made(either(ref("CreatedImage"), ref("MadeImages")), answer_examples.CREATED),
        errors={**_refused("create", blocked="Image generation was"), 500: ()},
        once=True,
    ),
}

_READING = {
    "GET /partner/v1/image/usage": Operation(
        id="getUsage",
        tag=IMAGES,
        summary="Calls, balance, prices and buckets",
        answers={200: Answer(about="The figures.", schema=enveloped(ref("Usage")))},
    ),
    "GET /partner/v1/generations": Operation(
        id="listGenerations",
        tag=GENERATIONS,
        summary="Generations, newest first",
        about="A test key's generations are not stored, so its list is empty.",
        parameters=(
            *PAGING,
            query("status", STATUS),
            query("operation", OPERATION),
            query("batch", text(), "Id of a batch."),
            query("product", text(), "Id of a product."),
            query("review", choice([*Review.values, "open"]), "open: finished, not yet reviewed."),
            query("date", text(format="date"), "A day in UTC."),
            query("createdAfter", text(), "ISO 8601 date or time, itself included."),
            query("createdBefore", text(), "ISO 8601 date or time, itself excluded."),
        ),
        answers={200: Answer(about="A page.", schema=enveloped(ref("GenerationPage")))},
        errors={400: ("limit must be a whole number from 1 to 100",)},
    ),
    "POST /partner/v1/render-links": Operation(
        id="createRenderLink",
        tag=IMAGES,
        summary="The address of a picture that is made on demand",
        about="Put it into a page: the first reader has the picture made, once and charged once; "
        "until it is finished a stand-in is shown. Whoever has the address sees the picture.",
        body=ref("CreateRenderLinkRequest"),
        examples={
            "packshot": {
                "operation": "packshot",
                "productImage": "https://shop.example/mug.jpg",
                "style": "marble",
            }
        },
        answers={201: Answer(about="The address.", schema=enveloped(ref("RenderLink")))},
        errors={
            400: ("An address can carry no photo: give its URL, or a productId",),
            404: ("Product not found.",),
            422: ("Image generation was blocked by safety filters: violence",),
        },
    ),
    "GET /render/{renderToken}": Operation(
        id="renderPicture",
        tag=IMAGES,
        summary="A picture on demand",
        about="A finished picture may be kept for a day and shown a week longer while it is asked "
        "for again. A stand-in says `X-Stand-In` and may not be kept.",
        answers={
            200: Answer(
                about="The picture, or the stand-in.", schema=text(), content_type="image/*"
            ),
            302: Answer(about="To the link's own stand-in, or a test key's placeholder."),
            304: Answer(about="The one you have."),
            404: Answer(
                about="Not one of our addresses.", schema=text(), content_type="text/plain"
            ),
        },
        usual_errors=False,
    ),
    "GET /partner/v1/generations/{generationId}": Operation(
        id="getGeneration",
        tag=GENERATIONS,
        summary="One generation with its recipe and its result",
        answers={200: Answer(about="The generation.", schema=enveloped(ref("Generation")))},
    ),
    "POST /partner/v1/generations/{generationId}/cancel": Operation(
        id="cancelGeneration",
        tag=GENERATIONS,
        summary="Stop a job",
        about="Free, whether it waits or runs.",
        answers={200: Answer(about="It is over.", schema=enveloped(ref("CancelledGeneration")))},
        errors={409: ("This generation has already ended: succeeded.",)},
    ),
    "POST /partner/v1/generations/{generationId}/review": Operation(
        id="reviewGeneration",
        tag=GENERATIONS,
        summary="Approve, reject or archive its pictures",
        about="The last decision counts. Nothing is deleted by it.",
        body=ref("ReviewRequest"),
        examples={"approved": {"decision": "approve", "note": "For the home page"}},
        answers={200: Answer(about="It is kept.", schema=enveloped(ref("ReviewedGeneration")))},
        errors={409: ("This generation has no picture to review: it is running.",)},
    ),
    "GET /partner/v1/generations/{generationId}/events": Operation(
        id="followGeneration",
        tag=GENERATIONS,
        summary="A job's progress as server-sent events",
        about="Events are numbered from 1. `queue` tells the place of a waiting job; `queued`, "
        "`started`, `progress` and the like tell what happened; `result` is the last one and holds "
        "what `getGeneration` answers.",
        parameters=(
            {
                "name": "Last-Event-ID",
                "in": "header",
                "description": "The number of the last event you saw: the stream goes on after it.",
                "schema": text(pattern="^[0-9]{1,18}$"),
            },
        ),
        answers={
            200: Answer(
                about="The stream.",
                schema=text(),
                content_type="text/event-stream",
                example='event: queue\ndata: {"position": 2, "estimatedSeconds": 9}\n\n'
                'id: 2\nevent: progress\ndata: {"step": 3, "of": 8, "label": "lighting"}\n\n',
            ),
            204: Answer(about="You have seen all of it; do not come again."),
        },
        errors={400: ("Last-Event-ID must be the id of an event of this stream",)},
    ),
    "GET /partner/v1/generations/{generationId}/provenance": Operation(
        id="getProvenance",
        tag=GENERATIONS,
        summary="Where a picture comes from",
        answers={200: Answer(about="Its origin.", schema=enveloped(ref("Provenance")))},
        errors={409: ("This generation has no picture: it is running.",)},
    ),
    "GET /partner/v1/styles": Operation(
        id="listStyles",
        tag=CATALOGUE,
        summary="Styles that a packshot can have",
        answers={
            200: Answer(
                about="All styles.", schema=enveloped(record({"styles": many(ref("Style"))}))
            )
        },
    ),
    "GET /partner/v1/platforms": Operation(
        id="listPlatforms",
        tag=CATALOGUE,
        summary="Marketplaces that a packshot can be made for",
        answers={
            200: Answer(
                about="All platforms.",
                schema=enveloped(record({"platforms": many(ref("Platform"))})),
            )
        },
    ),
}


def _ended(event: str) -> Webhook:
    return Webhook(
        id=event.replace(".", " ").title().replace(" ", ""),
        about=EVENT_TYPES[event],
        payload=record({"type": choice([event]), "timestamp": moment(), "data": ref("Generation")}),
    )


CHAPTER = Chapter(
    tags={
        IMAGES: "Make pictures.",
        GENERATIONS: "What was made: read, follow, cancel, make again.",
        CATALOGUE: "What can be asked for.",
    },
    operations={**_ORDERS, **_READING},
    schemas={
        **request_schemas.SCHEMAS,
        **edit_schemas.SCHEMAS,
        **render_schemas.SCHEMAS,
        **answer_schemas.SCHEMAS,
    },
    ids={
        "generationId": text("A `generationId`, or the `id` of a 202."),
        "renderToken": text("The `token` of `createRenderLink`."),
    },
    webhooks={event: _ended(event) for event in EVENT_TYPES if event.startswith("generation.")},
    codes=("download_failed", "invalid_input"),
)
