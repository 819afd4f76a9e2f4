"""/partner/v1/webhook-endpoints: register, change, look into the log, send again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api import pagination
from accounts.api.envelope import ok
from accounts.api.once import answer_once
from accounts.api.view import ApiView
from accounts.errors import InvalidRequest, NotFound
from accounts.models import Partner
from accounts.webhooks import endpoints, outbox
from accounts.webhooks.models import Attempt, Delivery, Endpoint

_SCOPES = {"GET": "webhooks:read", "HEAD": "webhooks:read"}


def endpoint_data(endpoint: Endpoint, *, secret: bool = False) -> dict[str, Any]:
    """An endpoint as the API shows it; the secret only when it was just made."""
    return {
        "id": endpoint.id,
        "url": endpoint.url,
        "description": endpoint.description,
        "events": endpoint.events,
        "enabled": endpoint.enabled,
        "disabledReason": endpoint.disabled_reason or None,
        "failingSince": endpoint.failing_since,
        "createdAt": endpoint.created_at,
        **({"secret": endpoint.secret} if secret else {}),
        **({"oldSecretUntil": endpoint.old_secret_until} if endpoint.old_secret_until else {}),
    }


def delivery_data(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.key,
        "messageId": outbox.message_id(delivery),
        "event": delivery.event,
        "url": delivery.url,
        "endpointId": delivery.endpoint_id,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "responseStatus": delivery.response_status,
        "lastError": delivery.last_error or None,
        "nextAttemptAt": delivery.due_at if delivery.status == Delivery.Status.PENDING else None,
        "createdAt": delivery.created_at,
        "finishedAt": delivery.finished_at,
    }


def attempt_data(attempt: Attempt) -> dict[str, Any]:
    return {
        "number": attempt.number,
        "startedAt": attempt.started_at,
        "durationMs": attempt.duration_ms,
        "responseStatus": attempt.response_status,
        "response": attempt.response_excerpt or None,
        "error": attempt.error or None,
    }


def _uuid(text: str, gone: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise NotFound(gone) from None


def find_endpoint(partner: Partner, text: str) -> Endpoint:
    """The partner's own endpoint. NotFound for another's, an unknown or an odd id."""
    gone = "Webhook endpoint not found."
    found = partner.webhook_endpoints.filter(id=_uuid(text, gone)).first()
    if found is None:
        raise NotFound(gone)
    found.partner = partner
    return found


def find_delivery(partner: Partner, text: str, endpoint_id: str = "") -> Delivery:
    """The partner's own delivery; of that endpoint, where the path names one."""
    gone = "Webhook delivery not found."
    rows = partner.webhook_deliveries.select_related("endpoint", "again", "partner")
    if endpoint_id:
        rows = rows.filter(endpoint=find_endpoint(partner, endpoint_id))
    found = rows.filter(key=_uuid(text, gone)).first()
    if found is None:
        raise NotFound(gone)
    return found


class WebhookView(ApiView):
    """What the views below have in common: an image key, and writing apart from reading."""

    key_kind = "image"
    scope = "webhooks:write"
    scopes_by_method = _SCOPES


class Endpoints(WebhookView):
    """GET and POST /partner/v1/webhook-endpoints."""

    def get(self, request: HttpRequest) -> HttpResponse:
        found, cursor = pagination.take(
            self.partner.webhook_endpoints.all(), pagination.read_page(request)
        )
        return ok({"endpoints": [endpoint_data(row) for row in found], "nextCursor": cursor})

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)

        def create() -> HttpResponse:
            endpoint = endpoints.create(
                partner=self.partner,
                url=body.get("url"),
                events=[] if body.get("events") is None else body["events"],
                description="" if body.get("description") is None else body["description"],
                **self.acting,
            )
            return ok(endpoint_data(endpoint, secret=True), status=201)

        return answer_once(request, self.admitted, create)


class EndpointDetail(WebhookView):
    """GET, PATCH and DELETE /partner/v1/webhook-endpoints/{id}."""

    def get(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        return ok(endpoint_data(find_endpoint(self.partner, endpoint_id)))

    def patch(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        endpoint = find_endpoint(self.partner, endpoint_id)
        wishes = self.body(request)
        return ok(endpoint_data(endpoints.change(endpoint, wishes, **self.acting)))

    def delete(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        endpoint = find_endpoint(self.partner, endpoint_id)
        shown = {"id": endpoint.id, "deleted": True}
        endpoints.delete(endpoint, **self.acting)
        return ok(shown)


class RotateSecret(WebhookView):
    """POST /partner/v1/webhook-endpoints/{id}/rotate-secret: the old one signs for 24 h more."""

    def post(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        endpoint = find_endpoint(self.partner, endpoint_id)

        def rotate() -> HttpResponse:
            changed = endpoints.rotate_secret(endpoint, **self.acting)
            return ok(endpoint_data(changed, secret=True))

        return answer_once(request, self.admitted, rotate)


class SendTest(WebhookView):
    """POST /partner/v1/webhook-endpoints/{id}/test: a message to try it with."""

    def post(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        endpoint = find_endpoint(self.partner, endpoint_id)
        return ok(delivery_data(outbox.send_test(endpoint)), status=202)


class Deliveries(WebhookView):
    """GET /partner/v1/webhook-endpoints/{id}/deliveries: newest first; `status` filters."""

    def get(self, request: HttpRequest, endpoint_id: str) -> HttpResponse:
        endpoint = find_endpoint(self.partner, endpoint_id)
        rows = self.partner.webhook_deliveries.filter(endpoint=endpoint)
        status = request.GET.get("status")
        if status:
            if status not in Delivery.Status.values:
                known = ", ".join(Delivery.Status.values)
                raise InvalidRequest(f"Invalid status. Supported: {known}", param="status")
            rows = rows.filter(status=status)
        found, cursor = pagination.take(rows.select_related("again"), pagination.read_page(request))
        return ok({"deliveries": [delivery_data(row) for row in found], "nextCursor": cursor})


class DeliveryDetail(WebhookView):
    """GET /partner/v1/webhook-endpoints[/{id}]/deliveries/{id}: what was sent, and every try."""

    def get(self, request: HttpRequest, delivery_id: str, endpoint_id: str = "") -> HttpResponse:
        delivery = find_delivery(self.partner, delivery_id, endpoint_id)
        shown = delivery_data(delivery)
        shown["body"] = bytes(delivery.body).decode()
        shown["tries"] = [attempt_data(attempt) for attempt in delivery.tries.all()]
        return ok(shown)


class Redeliver(WebhookView):
    """POST /partner/v1/webhook-endpoints[/{id}]/deliveries/{id}/redeliver."""

    def post(self, request: HttpRequest, delivery_id: str, endpoint_id: str = "") -> HttpResponse:
        delivery = find_delivery(self.partner, delivery_id, endpoint_id)

        def redeliver() -> HttpResponse:
            return ok(delivery_data(outbox.send_again(delivery)), status=202)

        return answer_once(request, self.admitted, redeliver)
