"""Products as the OpenAPI document tells them."""

from __future__ import annotations

from accounts.api.description import (
    NEXT_CURSOR,
    PAGING,
    Answer,
    Chapter,
    Operation,
    enveloped,
    query,
)
from accounts.api.schema import (
    Schema,
    address,
    many,
    moment,
    record,
    ref,
    text,
    truth,
)
from imaging.api.answer_schemas import METADATA
from imaging.api.request_schemas import AROUND

PRODUCTS = "Products"

_PRODUCT_WISHES: dict[str, Schema] = {
    "sku": text("Your own name of it, one of a kind.", minLength=1, maxLength=120),
    "title": text(maxLength=300),
    "image": text(
        "Its photo: an http or https address, base64 or a data URI of a JPEG, PNG, GIF or WebP "
        "picture.",
        minLength=1,
        examples=["https://shop.example/mug.jpg"],
    ),
    "metadata": AROUND["metadata"],
}

SCHEMAS: dict[str, Schema] = {
    "AddProductRequest": record(_PRODUCT_WISHES, required=["sku", "image"]),
    "ChangeProductRequest": record(
        {name: schema for name, schema in _PRODUCT_WISHES.items() if name != "sku"}, required=[]
    ),
    "Product": record(
        {
            "id": text("What `productId` takes."),
            "sku": text(),
            "title": text(),
            "imageUrl": address("Its photo; signed for a week where we keep it."),
            "metadata": METADATA,
            "createdAt": moment(),
            "updatedAt": moment(),
        }
    ),
    "ProductPage": record({"products": many(ref("Product")), "nextCursor": NEXT_CURSOR}),
    "DeletedProduct": record({"id": text(), "deleted": truth(const=True)}),
}

_SKU_TAKEN = "A product with this sku exists already."

OPERATIONS = {
    "POST /partner/v1/products": Operation(
        id="addProduct",
        tag=PRODUCTS,
        summary="Add a product",
        about="Its pictures are then asked for with `productId`.",
        body=ref("AddProductRequest"),
        examples={
            "mug": {"sku": "MUG-1", "title": "Red mug", "image": "https://shop.example/mug.jpg"}
        },
        answers={
            201: Answer(
                about="It was added.",
                schema=enveloped(ref("Product")),
                headers=("Idempotent-Replayed",),
            )
        },
        errors={
            400: ("sku must be text of 1 to 120 characters",),
            409: (_SKU_TAKEN,),
        },
        once=True,
    ),
    "GET /partner/v1/products": Operation(
        id="listProducts",
        tag=PRODUCTS,
        summary="Products, newest first",
        parameters=(*PAGING, query("sku", text(), "The one of that name.")),
        answers={200: Answer(about="A page.", schema=enveloped(ref("ProductPage")))},
        errors={400: ("limit must be a whole number from 1 to 100",)},
    ),
    "GET /partner/v1/products/{productId}": Operation(
        id="getProduct",
        tag=PRODUCTS,
        summary="One product",
        answers={200: Answer(about="The product.", schema=enveloped(ref("Product")))},
    ),
    "PATCH /partner/v1/products/{productId}": Operation(
        id="changeProduct",
        tag=PRODUCTS,
        summary="Change title, photo or metadata",
        about="What the body does not name stays; the sku always does.",
        body=ref("ChangeProductRequest"),
        examples={"title": {"title": "Red mug, 300 ml"}},
        answers={200: Answer(about="As it is now.", schema=enveloped(ref("Product")))},
    ),
    "DELETE /partner/v1/products/{productId}": Operation(
        id="deleteProduct",
        tag=PRODUCTS,
        summary="Forget a product and its photo",
        about="Pictures that were made of it stay.",
        answers={200: Answer(about="It is gone.", schema=enveloped(ref("DeletedProduct")))},
    ),
}

CHAPTER = Chapter(
    tags={PRODUCTS: "What you sell, kept once and photographed often."},
    operations=OPERATIONS,
    schemas=SCHEMAS,
    ids={"productId": text("The `id` of a product.")},
)
