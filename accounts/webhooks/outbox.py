"""What is to be sent, written in the transaction of the change it tells of.

Nothing is sent here: a row that is committed is sent, one that is rolled back never was.
`sending.py` takes the rows from there.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_q.tasks import async_task

from accounts.api.envelope import iso
from accounts.errors import Conflict
from accounts.models import Partner
from accounts.webhooks.event_types import TEST
from accounts.webhooks.javascript_json import javascript_json
from accounts.webhooks.models import Delivery, Endpoint

QUEUE, SENDER = "default", "accounts.webhooks.sending.send_due"
KEPT = timedelta(days=90)
"""How long the delivery log tells of a message that has been delivered or given up."""
_FORGOTTEN_AT_ONCE = 1000


def wake() -> None:
    """Tell the sender to look, once the present transaction commits."""
    async_task(SENDER, cluster=QUEUE)


def envelope(event: str, data: Mapping[str, Any], *, at: datetime) -> dict[str, Any]:
    """Our own events: type, timestamp, data (Standard Webhooks' suggestion)."""
    return {"type": event, "timestamp": iso(at), "data": dict(data)}


def listeners(partner: Partner, event: str) -> list[Endpoint]:
    """The partner's enabled endpoints that want to hear of `event`."""
    enabled = partner.webhook_endpoints.filter(enabled=True)
    return [endpoint for endpoint in enabled if not endpoint.events or event in endpoint.events]


@transaction.atomic
def publish(
    *, partner: Partner, event: str, data: Mapping[str, Any], url: str = "", stream: str = ""
) -> list[Delivery]:
    """Tell every enabled endpoint of the partner that listens to `event`, and `url` if given.

    `url` is the address of one request; what goes there is signed with the partner's secret.
    """
    payload = envelope(event, data, at=timezone.now())
    sent = [
        send(partner=partner, event=event, payload=payload, endpoint=endpoint, stream=stream)
        for endpoint in listeners(partner, event)
    ]
    if url:
        sent.append(send(partner=partner, event=event, payload=payload, url=url, stream=stream))
    return sent


@transaction.atomic
def send(
    *,
    partner: Partner,
    event: str,
    payload: Mapping[str, Any],
    url: str = "",
    endpoint: Endpoint | None = None,
    scheme: str = "",
    secret: str = "",
    secret_once: bool = False,
    stream: str = "",
) -> Delivery:
    """Send one payload to one address. `scheme` names a surface's own signature header.

    `secret` signs instead of the partner's; with `secret_once` it is wiped at the end.
    """
    delivery = Delivery.objects.create(
        partner=partner,
        endpoint=endpoint,
        event=event,
        url=endpoint.url if endpoint else url,
        body=javascript_json(payload),
        scheme=scheme,
        secret=secret or None,
        secret_once=secret_once,
        stream=stream,
    )
    wake()
    return delivery


def send_test(endpoint: Endpoint) -> Delivery:
    """A message to try the endpoint with, whatever it listens to."""
    payload = envelope(
        TEST, {"endpointId": str(endpoint.id), "message": "It works."}, at=timezone.now()
    )
    return send(partner=endpoint.partner, event=TEST, payload=payload, endpoint=endpoint)


@transaction.atomic
def send_again(delivery: Delivery) -> Delivery:
    """The same bytes to the same address once more, as a delivery of its own.

    It keeps the message's id, so that a receiver that has it already knows. Raises Conflict while
    the first one is still being tried, or when the secret it needs is gone.
    """
    if delivery.status == Delivery.Status.PENDING:
        raise Conflict("This delivery is still being tried.")
    if delivery.scheme and delivery.secret_once:
        raise Conflict("This delivery was signed with a secret that is no longer kept.")
    repeat = Delivery.objects.create(
        partner=delivery.partner,
        endpoint=delivery.endpoint,
        event=delivery.event,
        url=delivery.endpoint.url if delivery.endpoint else delivery.url,
        body=bytes(delivery.body),
        scheme=delivery.scheme,
        secret=delivery.secret,
        again=first(delivery),
    )
    wake()
    return repeat


def first(delivery: Delivery) -> Delivery:
    """The delivery that others repeat; itself if it is no repeat."""
    return delivery.again or delivery


def message_id(delivery: Delivery) -> str:
    """The id a receiver knows the message by: the same for every try and every repeat."""
    key: uuid.UUID = first(delivery).key
    return f"msg_{key.hex}"


def forget_old() -> int:
    """Throw away what the delivery log tells of messages that ended KEPT ago. One that was sent
    again stays as long as its repeat: the two are one message."""
    edge, forgotten = timezone.now() - KEPT, 0
    while True:
        # The oldest by id, so that nobody reads the whole log to find nothing.
        oldest = Delivery.objects.order_by("id").values_list("id", flat=True)[:_FORGOTTEN_AT_ONCE]
        over = Delivery.objects.filter(id__in=list(oldest), finished_at__lte=edge, repeats=None)
        ids = list(over.values_list("id", flat=True))
        if not ids:
            return forgotten
        Delivery.objects.filter(id__in=ids).delete()
        forgotten += len(ids)
