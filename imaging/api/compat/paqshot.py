"""Paqshot's API: /compat/paqshot/v1.

Source: Paqshot, "REST API documentation" (v1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api.envelope import json_response
from accounts.api.idempotency import Ticket
from accounts.errors import InvalidRequest, PaymentRequired, ServiceError
from accounts.webhooks import outbox
from accounts.webhooks.addresses import webhook_url
from imaging import announcing, recipes, submitting
from imaging.api.compat import ids
from imaging.api.compat.facts import KEPT_DAYS, Facts, of_row, to_the_second, with_estimate
from imaging.api.compat.surface import CompatView, NoSuchPath, documented
from imaging.models import LIVE, Generation, Status
from imaging.photos import RULES, read_photo
from imaging.recipes import Order

SURFACE = "paqshot"

STYLES = ("studio_packshot", "lifestyle", "editorial", "mockup")
# What each kind of scene is in our words; "auto" and a plain packshot leave it to the style.
SCENE_TYPES: Mapping[str, str] = {
    "auto": "",
    "action": "an action scene, full of movement",
    "abstract": "an abstract scene of simple shapes",
    "product_packshot": "",
}
BACKGROUNDS = ("white", "off_white", "light_gray", "black")
ASPECT_RATIOS = ("1:1", "4:3", "16:9", "9:16", "3:2", "2:3")
PEOPLE: Mapping[str, str] = {
    "none": "",
    "with_people": "people",
    "without_people": "without people",
}
STATUSES = ("processing", "completed", "failed")
PROMPT_MAX, LOCATION_MAX = 500, recipes.FIELD_MAX
LIMIT_MAX, LIMIT, OFFSET_MAX = 100, 20, 10**9

CODES = {
    400: "invalid_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    413: "image_too_large",
    422: "unsupported_image",
    429: "rate_limited",
    500: "server_error",
    503: "server_error",
}
_HEX_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class PaqshotView(CompatView):
    """Errors are `{"error": code, "message": text}`."""

    surface = SURFACE
    retention_days = KEPT_DAYS

    def told(self, error: ServiceError) -> tuple[int, dict[str, Any]]:
        if isinstance(error, PaymentRequired):  # "Quota exceeded"
            return 403, {"error": CODES[403], "message": error.message}
        return documented(error, CODES)[0], why(error)


class Generate(PaqshotView):
    """POST /generate: an order, accepted at once."""

    def post(self, request: HttpRequest) -> HttpResponse:
        order = read_order(self.body(request))
        order = submitting.checked(order, self.partner)

        def make(ticket: Ticket) -> HttpResponse:
            if self.admitted.test:
                return _accepted(self.made_for_test(order))
            return _accepted(with_estimate(self.submit(order, ticket)))

        return self.answer_once(
            request, make, lambda resource: _accepted(with_estimate(self.row(resource)))
        )


class GenerationStatus(PaqshotView):
    """GET /generate/{id}: where a generation stands."""

    def get(self, request: HttpRequest, paqshot_id: str) -> HttpResponse:
        return json_response(generation_body(self.facts(ids.GENERATION, paqshot_id)))


class Generations(PaqshotView):
    """GET /generations: newest first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        limit = _whole(request, "limit", LIMIT, 1, LIMIT_MAX)
        offset = _whole(request, "offset", 0, 0, OFFSET_MAX)
        rows = self.rows().order_by("-created_at", "-pk")
        if status := request.GET.get("status"):
            rows = rows.filter(status__in=_statuses(status))
        page = rows[offset : offset + limit]
        return json_response(
            {
                "data": [generation_body(of_row(row)) for row in page],
                "total": rows.count(),
                "limit": limit,
                "offset": offset,
            }
        )


class UnknownPath(NoSuchPath, PaqshotView):
    """Any other path of this surface."""


# --- In ------------------------------------------------------------------------------------------


def read_order(body: Mapping[str, Any]) -> Order:
    """The body of POST /generate as an order. Raises InvalidRequest, PhotoTooLarge and
    PhotoTypeUnsupported."""
    photo = read_photo(body.get("product_image"), "product_image", rules=RULES[SURFACE])
    style = recipes.one_of(body, "style", STYLES, "")
    if not style:
        raise InvalidRequest(f"style is required: one of {', '.join(STYLES)}", param="style")
    background = _background(body)
    order = recipes.packshot_order(
        {
            "style": style,
            "sceneType": SCENE_TYPES[
                recipes.one_of(body, "scene_type", tuple(SCENE_TYPES), "auto")
            ],
            # "used with studio_packshot": the other styles bring their own.
            "background": background if style == "studio_packshot" else "",
            "aspectRatio": recipes.one_of(body, "aspect_ratio", ASPECT_RATIOS, "1:1"),
            "people": PEOPLE[recipes.one_of(body, "people", tuple(PEOPLE), "none")],
            "location": _text(body, "location", LOCATION_MAX),
            "prompt": _text(body, "prompt", PROMPT_MAX),
            "format": "jpeg",
        },
        photo=photo,
    )
    address = body.get("webhook_url")
    if address is None:
        return order
    return replace(order, webhook_url=webhook_url(address, param="webhook_url"))


def _text(body: Mapping[str, Any], key: str, longest: int) -> str:
    return recipes.text(body, key, longest, f"{key} must be at most {longest} characters")


def _background(body: Mapping[str, Any]) -> str:
    value = body.get("background")
    if value is None:
        return ""
    named = isinstance(value, str) and (value in BACKGROUNDS or _HEX_COLOUR.fullmatch(value))
    if not named:
        known = ", ".join(BACKGROUNDS)
        raise InvalidRequest(f"background must be {known} or #RRGGBB", param="background")
    return str(value)


def _whole(request: HttpRequest, name: str, default: int, low: int, high: int) -> int:
    text = request.GET.get(name, str(default))
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else -1
    if not low <= number <= high:
        raise InvalidRequest(f"{name} must be a whole number from {low} to {high}", param=name)
    return number


def _statuses(status: str) -> tuple[str, ...]:
    """Our statuses behind one of Paqshot's."""
    if status == "processing":
        return LIVE
    if status == "completed":
        return (Status.SUCCEEDED,)
    if status == "failed":
        return (Status.FAILED, Status.BLOCKED, Status.CANCELLED, Status.EXPIRED)
    raise InvalidRequest(f"status must be one of {', '.join(STATUSES)}", param="status")


# --- Out -----------------------------------------------------------------------------------------


def _accepted(facts: Facts) -> HttpResponse:
    return json_response(_processing(facts), status=202)


def _processing(facts: Facts) -> dict[str, Any]:
    estimate = facts.estimated_seconds
    return {
        "id": ids.written(ids.GENERATION, facts.id),
        "status": "processing",
        "style": facts.style,
        "aspect_ratio": facts.aspect_ratio,
        **({} if estimate is None else {"estimated_seconds": estimate}),
        "created_at": to_the_second(facts.created_at),
    }


def generation_body(facts: Facts) -> dict[str, Any]:
    """A generation in each of its states."""
    if facts.error is not None:
        return {
            "id": ids.written(ids.GENERATION, facts.id),
            "status": "failed",
            "style": facts.style,
            "aspect_ratio": facts.aspect_ratio,
            **why(facts.error),
            "created_at": to_the_second(facts.created_at),
        }
    if facts.state in LIVE:
        return _processing(facts)
    return {
        "id": ids.written(ids.GENERATION, facts.id),
        "status": "completed",
        "image_url": facts.image_url,
        "thumbnail_url": facts.thumbnail_url,
        "width": facts.width,
        "height": facts.height,
        "style": facts.style,
        "created_at": to_the_second(facts.created_at),
        "expires_at": to_the_second(facts.expires_at),
    }


def why(error: ServiceError) -> dict[str, Any]:
    """What went wrong, of a request or of a generation."""
    return {"error": documented(error, CODES)[1], "message": error.message}


def tell(generation: Generation) -> None:
    """The webhook of an ended generation, signed with the partner's webhook secret."""
    facts = of_row(generation)
    event = "generation.failed" if facts.error else "generation.completed"
    payload: dict[str, Any] = {
        "event": event,
        "id": ids.written(ids.GENERATION, facts.id),
        "status": "failed" if facts.error else "completed",
    }
    if facts.error:
        payload |= why(facts.error)
    else:
        payload |= {"image_url": facts.image_url, "thumbnail_url": facts.thumbnail_url}
    payload["created_at"] = to_the_second(facts.created_at)
    outbox.send(
        partner=generation.partner,
        event=event,
        payload=payload,
        url=generation.webhook_url,
        scheme=SURFACE,
    )


announcing.speak(SURFACE, tell)
