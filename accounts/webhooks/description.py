"""Webhook endpoints and their delivery log as the OpenAPI document tells them."""

from __future__ import annotations

from accounts.api.description import (
    NEXT_CURSOR,
    PAGING,
    Answer,
    Chapter,
    Operation,
    Webhook,
    enveloped,
    query,
)
from accounts.api.schema import (
    Schema,
    address,
    choice,
    many,
    moment,
    or_null,
    record,
    ref,
    text,
    truth,
    whole,
)
from accounts.webhooks.endpoints import DESCRIPTION_LENGTH, MOST
from accounts.webhooks.event_types import EVENT_TYPES, TEST
from accounts.webhooks.models import Delivery

TAG = "Webhooks"

_BASE = "/partner/v1/webhook-endpoints"
_GONE = "Webhook endpoint not found."
_DELIVERY_GONE = "Webhook delivery not found."

_WISHES: dict[str, Schema] = {
    "url": address(
        "Where to send: https, or a host that the operator allows.",
        examples=["https://shop.example/hooks"],
    ),
    "events": many(
        choice(list(EVENT_TYPES)),
        "What to tell of; empty: everything.",
        examples=[["generation.succeeded"]],
    ),
    "description": text("A note of yours.", maxLength=DESCRIPTION_LENGTH),
}

_DELIVERY: dict[str, Schema] = {
    "id": text(),
    "messageId": text("`webhook-id` of the message: the same for every try and repeat."),
    "event": text(examples=["generation.succeeded"]),
    "url": address(),
    "endpointId": or_null(text("Null: it went to the `webhookUrl` of a request.")),
    "status": choice(Delivery.Status.values),
    "attempts": whole(),
    "responseStatus": or_null(whole("Of the last try.")),
    "lastError": or_null(text()),
    "nextAttemptAt": or_null(moment()),
    "createdAt": moment(),
    "finishedAt": or_null(moment()),
}

_SCHEMAS: dict[str, Schema] = {
    "NewWebhookEndpoint": record(_WISHES, required=["url"]),
    "WebhookEndpointChanges": record(
        {**_WISHES, "enabled": truth("Switching it on again forgives its failures.")}, required=[]
    ),
    "WebhookEndpoint": record(
        {
            "id": text(),
            "url": address(),
            "description": text(),
            "events": many(text(), "Empty: everything."),
            "enabled": truth(),
            "disabledReason": or_null(text("Why it is off, where we switched it off.")),
            "failingSince": or_null(moment()),
            "createdAt": moment(),
            "secret": text("Signs its messages. Shown this once: when made and when rotated."),
            "oldSecretUntil": moment(),
        },
        optional=["secret", "oldSecretUntil"],
    ),
    "WebhookEndpointPage": record(
        {"endpoints": many(ref("WebhookEndpoint")), "nextCursor": NEXT_CURSOR}
    ),
    "DeletedWebhookEndpoint": record({"id": text(), "deleted": truth(const=True)}),
    "WebhookDelivery": record(_DELIVERY),
    "WebhookDeliveryPage": record(
        {"deliveries": many(ref("WebhookDelivery")), "nextCursor": NEXT_CURSOR}
    ),
    "WebhookDeliveryDetail": record(
        {
            **_DELIVERY,
            "body": text("The exact bytes that are sent, as text."),
            "tries": many(
                record(
                    {
                        "number": whole(),
                        "startedAt": moment(),
                        "durationMs": whole(),
                        "responseStatus": or_null(whole()),
                        "response": or_null(text("Its first bytes.")),
                        "error": or_null(text()),
                    }
                )
            ),
        }
    ),
}


def _answer(about: str, schema: str) -> Answer:
    return Answer(about=about, schema=enveloped(ref(schema)))


def _read_delivery(name: str) -> Operation:
    return Operation(
        id=name,
        tag=TAG,
        summary="What was sent, and every try",
        answers={200: _answer("The delivery.", "WebhookDeliveryDetail")},
        errors={404: (_DELIVERY_GONE,)},
    )


def _redeliver(name: str) -> Operation:
    return Operation(
        id=name,
        tag=TAG,
        summary="Send the same bytes again",
        about="As a delivery of its own, with the message's first `webhook-id`.",
        answers={202: _answer("It will be sent.", "WebhookDelivery")},
        errors={404: (_DELIVERY_GONE,), 409: ("This delivery is still being tried.",)},
        once=True,
    )


_OPERATIONS = {
    f"GET {_BASE}": Operation(
        id="listWebhookEndpoints",
        tag=TAG,
        summary="Endpoints, newest first",
        parameters=PAGING,
        answers={200: _answer("A page.", "WebhookEndpointPage")},
        errors={400: ("limit must be a whole number from 1 to 100",)},
    ),
    f"POST {_BASE}": Operation(
        id="createWebhookEndpoint",
        tag=TAG,
        summary="Register an address",
        body=ref("NewWebhookEndpoint"),
        examples={
            "some": {"url": "https://shop.example/hooks", "events": ["generation.succeeded"]}
        },
        answers={201: _answer("With its secret, this once.", "WebhookEndpoint")},
        errors={
            400: ("url must be a valid HTTPS URL",),
            409: (f"At most {MOST} webhook endpoints. Delete one first.",),
        },
        once=True,
    ),
    f"GET {_BASE}/{{endpointId}}": Operation(
        id="getWebhookEndpoint",
        tag=TAG,
        summary="One endpoint",
        answers={200: _answer("The endpoint.", "WebhookEndpoint")},
        errors={404: (_GONE,)},
    ),
    f"PATCH {_BASE}/{{endpointId}}": Operation(
        id="changeWebhookEndpoint",
        tag=TAG,
        summary="Change what is named",
        body=ref("WebhookEndpointChanges"),
        examples={"off": {"enabled": False}},
        answers={200: _answer("As it is now.", "WebhookEndpoint")},
        errors={400: ("url must be a valid HTTPS URL",), 404: (_GONE,)},
    ),
    f"DELETE {_BASE}/{{endpointId}}": Operation(
        id="deleteWebhookEndpoint",
        tag=TAG,
        summary="Forget an address",
        about="What was sent there stays in the log; what waits is given up.",
        answers={200: _answer("Gone.", "DeletedWebhookEndpoint")},
        errors={404: (_GONE,)},
    ),
    f"POST {_BASE}/{{endpointId}}/rotate-secret": Operation(
        id="rotateWebhookSecret",
        tag=TAG,
        summary="A new secret",
        about="The old one goes on signing beside it for 24 hours.",
        answers={200: _answer("With the new secret, this once.", "WebhookEndpoint")},
        errors={404: (_GONE,)},
        once=True,
    ),
    f"POST {_BASE}/{{endpointId}}/test": Operation(
        id="testWebhookEndpoint",
        tag=TAG,
        summary="Send a message to try it with",
        answers={202: _answer("It will be sent.", "WebhookDelivery")},
        errors={404: (_GONE,)},
    ),
    f"GET {_BASE}/{{endpointId}}/deliveries": Operation(
        id="listWebhookDeliveries",
        tag=TAG,
        summary="Deliveries to an endpoint, newest first",
        parameters=(*PAGING, query("status", choice(Delivery.Status.values))),
        answers={200: _answer("A page.", "WebhookDeliveryPage")},
        errors={400: ("limit must be a whole number from 1 to 100",), 404: (_GONE,)},
    ),
    f"GET {_BASE}/{{endpointId}}/deliveries/{{deliveryId}}": _read_delivery("getEndpointDelivery"),
    f"POST {_BASE}/{{endpointId}}/deliveries/{{deliveryId}}/redeliver": _redeliver(
        "redeliverEndpointDelivery"
    ),
    # Deliveries to the webhookUrl of a request belong to no endpoint.
    f"GET {_BASE}/deliveries/{{deliveryId}}": _read_delivery("getWebhookDelivery"),
    f"POST {_BASE}/deliveries/{{deliveryId}}/redeliver": _redeliver("redeliverWebhook"),
}

CHAPTER = Chapter(
    tags={TAG: "Addresses that are told what happened, and the log of what they were told."},
    operations=_OPERATIONS,
    schemas=_SCHEMAS,
    ids={
        "endpointId": text("Id of a webhook endpoint."),
        "deliveryId": text("Id of a delivery."),
    },
    webhooks={
        TEST: Webhook(
            id="WebhookTest",
            about=EVENT_TYPES[TEST],
            payload=record(
                {
                    "type": choice([TEST]),
                    "timestamp": moment(),
                    "data": record({"endpointId": text(), "message": text()}),
                }
            ),
        )
    },
)
