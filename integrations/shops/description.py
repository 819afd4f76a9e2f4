"""Merchants' shops as the OpenAPI document tells of them."""

from __future__ import annotations

from accounts.api.description import Answer, Chapter, Operation, query
from accounts.api.schema import (
    Schema,
    address,
    anything,
    choice,
    many,
    moment,
    or_null,
    record,
    ref,
    table,
    text,
    truth,
)
from imaging.engines import presets
from integrations.api.connections import ACCOUNT_GONE
from integrations.api.description import ACCOUNT_ID, ID, V2, plain, said
from integrations.shops import api, links, webhooks
from integrations.shops.calls import CREDENTIALS_REFUSED
from integrations.shops.models import Platform, ShopPicture
from integrations.shops.styles import DEFAULT

TAG = "Shops"

_NOT_CONNECTED = "Integration 'shopify' is not connected to this account."
_KIND = choice(Platform.values, "The kind of shop.")

_LINK = record(
    {
        "name": _KIND,
        "webhookUrl": address("Where the shop sends its webhooks. Stays the same."),
        "topics": many(text(), "What it should send."),
        "styles": table(text(), "The style of each picture, by its role."),
    }
)

_PRODUCT = record(
    {
        "productId": text("The shop's id."),
        "title": text(),
        "problem": or_null(text("Why nothing is going on, such as too few points.")),
        "pictures": many(
            record(
                {
                    "role": choice(ShopPicture.Role.values),
                    "style": text(examples=["white_bg"]),
                    "status": choice(ShopPicture.State.values),
                    "generationId": or_null(text("The job that makes or made it.")),
                    "shopImageId": or_null(text("The shop's id, once it is there.")),
                    "problem": or_null(text(examples=[CREDENTIALS_REFUSED])),
                }
            )
        ),
        "updatedAt": moment(),
    }
)

_STYLES = record(
    {role: or_null(choice(list(presets.styles()))) for role in DEFAULT},
    "A style for each role; null leaves it out. "
    + ", ".join(f"`{role}`: `{style}`" for role, style in DEFAULT.items())
    + " where nothing else is said.",
    required=[],
)

_CALLS = {
    f"POST {V2}/linkShop": Operation(
        id="linkShop",
        tag=TAG,
        summary="Make pictures for the products of a connected shop",
        about="Answers the address for the shop's product webhooks. From then on a product that "
        "is created or changed there gets its pictures, paid from your points, each once. Call "
        "it again to change the styles or the secret.",
        body=record(
            {
                "shopIQAccountId": ACCOUNT_ID,
                "integrationName": _KIND,
                "webhookSecret": text(
                    "Signs the webhooks. Shopify: the app's client secret. WooCommerce: left "
                    "out, one is made.",
                    minLength=1,
                    maxLength=links.SECRET_LENGTH,
                ),
                "styles": _STYLES,
            },
            required=["shopIQAccountId", "integrationName"],
        ),
        examples={
            "shopify": {
                "shopIQAccountId": ID,
                "integrationName": "shopify",
                "webhookSecret": "the-app-s-client-secret",
                "styles": {"lifestyle": "marble", "square": None},
            }
        },
        answers={
            200: Answer(
                about="Linked.",
                schema=plain(
                    {
                        **said(api.LINKED),
                        "shop": ref("Shop"),
                        "webhookSecret": text("Made just now, and shown this once."),
                    },
                    optional=("webhookSecret",),
                ),
            )
        },
        errors={
            400: (api.MISSING, links.NOT_SIGNED, "storeUrl must be an https address"),
            404: (ACCOUNT_GONE, _NOT_CONNECTED),
        },
        once=True,
    ),
    f"GET {V2}/shopStatus": Operation(
        id="getShopStatus",
        tag=TAG,
        summary="What became of a shop's products",
        about=f"The {api.PRODUCTS_SHOWN} that changed last.",
        parameters=(
            query("shopIQAccountId", ACCOUNT_ID, required=True),
            query("integrationName", _KIND, required=True),
        ),
        answers={
            200: Answer(
                about="The link and its products.",
                schema=plain({"shop": ref("Shop"), "products": many(ref("ShopProduct"))}),
            )
        },
        errors={
            400: ("shopIQAccountId query parameter is required.",),
            404: (ACCOUNT_GONE, _NOT_CONNECTED, api.NOT_LINKED),
        },
    ),
}


def _header(name: str, schema: Schema, *, required: bool = True) -> dict[str, object]:
    return {"name": name, "in": "header", "required": required, "schema": schema}


_RECEIVED = Answer(about="Noted; the rest is done later.", schema=record({"received": truth()}))
_REFUSALS = {
    400: ("The body is not a product",),
    401: (webhooks.WRONG_SIGNATURE,),
    403: (webhooks.INACTIVE,),
    404: ("There is no such endpoint.",),
    413: (),
    500: (),
    503: (),
}
_SIGNED = text("Base64 HMAC-SHA256 of the raw body with the webhook secret.")

_WEBHOOKS = {
    "POST /shops/shopify/webhook/{shopToken}": Operation(
        id="receiveShopifyWebhook",
        tag=TAG,
        summary="For Shopify: a product was created or changed",
        about="Shopify calls this; the signature is its key. A webhook that arrives again changes "
        "nothing.",
        parameters=(
            _header("X-Shopify-Hmac-Sha256", _SIGNED),
            _header("X-Shopify-Shop-Domain", text("The linked shop's.")),
            _header("X-Shopify-Topic", text("`products/create` or `products/update`.")),
            _header("X-Shopify-Webhook-Id", text("The same for each repeat."), required=False),
        ),
        body=anything("Shopify's product."),
        examples={"product": {"id": 632910392, "title": "Mug", "images": []}},
        answers={202: _RECEIVED},
        errors={**_REFUSALS, 401: (webhooks.WRONG_SIGNATURE, webhooks.OTHER_SHOP)},
        usual_errors=False,
    ),
    "POST /shops/woocommerce/webhook/{shopToken}": Operation(
        id="receiveWooCommerceWebhook",
        tag=TAG,
        summary="For WooCommerce: a product was created or changed",
        about="WooCommerce calls this; the signature is its key. The form it sends when a webhook "
        "is saved, which nobody signs, is answered with 200.",
        parameters=(
            _header("X-WC-Webhook-Signature", _SIGNED, required=False),
            _header(
                "X-WC-Webhook-Topic",
                text("`product.created` or `product.updated`."),
                required=False,
            ),
            _header("X-WC-Webhook-Delivery-ID", text("The same for each repeat."), required=False),
        ),
        body=anything("WooCommerce's product."),
        examples={"product": {"id": 794, "name": "Mug", "images": []}},
        answers={
            200: Answer(about="Somebody is here.", schema=record({"received": truth()})),
            202: _RECEIVED,
        },
        errors=_REFUSALS,
        usual_errors=False,
    ),
}

CHAPTER = Chapter(
    tags={TAG: "Pictures for the products of merchants' own shops, put there by themselves."},
    operations={**_CALLS, **_WEBHOOKS},
    schemas={"Shop": _LINK, "ShopProduct": _PRODUCT},
    ids={"shopToken": text("The link's own, from `webhookUrl`.")},
)
