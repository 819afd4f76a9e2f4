"""createAndDeploy and its webhooks as the OpenAPI document tells them.

Source: ShopIQ API documentation, "Create & Deploy Website" and "Webhook Events".
"""

from __future__ import annotations

from accounts.api.description import Answer, Chapter, Operation, Webhook
from accounts.api.schema import Schema, address, choice, many, moment, record, ref, text
from accounts.webhooks.event_types import EVENT_TYPES
from accounts.webhooks.signing import SCHEMES
from integrations.api.description import ACCOUNT_ID, ID, V2, plain, said
from integrations.storefronts import orders
from integrations.storefronts.api import GONE
from integrations.storefronts.categories import CATEGORIES, MOST
from integrations.storefronts.models import Storefront

TAG = "Stores"

_IDENTIFIER = text("The store's name in addresses.", examples=["nova-retail-abc123"])

_ORDER = record(
    {
        "accountId": ACCOUNT_ID,
        "businessCategory": many(
            choice(list(CATEGORIES)), "Case matters.", minItems=1, maxItems=MOST
        ),
        "brandName": text(minLength=1, maxLength=orders.NAME_LENGTH, examples=["Nova Retail"]),
        "webhookUrl": address("Where to tell how it goes.", minLength=1),
        "brandLogo": address("Left out, one is drawn from the brand's name."),
        "websiteType": choice(["ecommerce"]),
        "webhookSecret": text("Signs the messages.", minLength=1, maxLength=orders.SECRET_LENGTH),
    },
    required=["accountId", "businessCategory", "brandName", "webhookUrl"],
)

_DEPLOY = Operation(
    id="createAndDeploy",
    tag=TAG,
    summary="Build a store and put it on the web",
    about="Answers at once; the build is told of by webhooks, in this order: `website.building`, "
    "`website.created`, `deployment.success`, or `deployment.failed` at any point. A build that "
    "failed may be ordered again.",
    body=ref("StoreOrder"),
    examples={
        "store": {
            "accountId": ID,
            "businessCategory": ["Fashion & Clothing", "Footwear"],
            "brandName": "Nova Retail",
            "webhookUrl": "https://shop.example/hooks/store",
            "webhookSecret": "a-secret-of-yours",
        }
    },
    answers={
        202: Answer(
            about="The build has begun.",
            schema=plain(
                {
                    **said("Website creation started. Webhook will notify on completion."),
                    "identifier": _IDENTIFIER,
                    "productionUrl": address(),
                    "previewUrl": address(),
                    "status": choice(Storefront.Status.values),
                }
            ),
        )
    },
    errors={
        400: (
            orders.MISSING,
            "Only 'ecommerce' websiteType is supported at this time.",
            "Invalid categories: Gaming, Crypto",
            f"Maximum {MOST} categories allowed per store.",
        ),
        404: (GONE,),
        409: (orders.THERE_ALREADY,),
    },
    once=True,
)


def _news(event: str, **facts: Schema) -> Webhook:
    return Webhook(
        id=event.replace(".", " ").title().replace(" ", ""),
        about=EVENT_TYPES[event],
        payload=record(
            {
                "event": choice([event]),
                "accountId": ACCOUNT_ID,
                "identifier": _IDENTIFIER,
                **facts,
                "timestamp": moment(),
            }
        ),
        headers={
            SCHEMES["shopiq"].header: "`sha256=` and the hex HMAC-SHA256 of the raw body with the "
            "`webhookSecret` of the order."
        },
    )


CHAPTER = Chapter(
    tags={TAG: "A whole web shop for an account, built and published."},
    operations={f"POST {V2}/createAndDeploy": _DEPLOY},
    schemas={"StoreOrder": _ORDER},
    webhooks={
        "website.building": _news("website.building", message=text()),
        "website.created": _news("website.created", previewUrl=address(), message=text()),
        "deployment.success": _news(
            "deployment.success", productionUrl=address(), previewUrl=address(), message=text()
        ),
        "deployment.failed": _news("deployment.failed", error=text()),
    },
)
