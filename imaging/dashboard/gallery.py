"""The gallery: pictures in a grid, each with its recipe and its story, and what to do with it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from accounts.api import correlation, pagination
from accounts.dashboard.access import Visit, page
from accounts.errors import Conflict, NotFound, ServiceError
from accounts.models import Partner
from imaging import estimates, jobs, reviews, submitting
from imaging.dashboard.pictures import Picture, pictures, tiles, title
from imaging.models import Asset, Generation, Review, Status
from imaging.refusals import refusal
from imaging.regeneration import order_again

PER_PAGE = 24
OPERATIONS = ("create", "enhance", "packshot", "edit")
SURFACE = "dashboard"


@page(read="see")
def gallery(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Newest first. Filters: status, operation, review. htmx asks for further pages."""
    chosen = {name: request.GET.get(name, "") for name in ("status", "operation", "review")}
    asked = pagination.read_page(request)
    rows = _filtered(visit.partner, chosen).prefetch_related("assets")
    found, cursor = pagination.take(rows, pagination.Page(limit=PER_PAGE, after=asked.after))
    context = {
        "tiles": tiles(found),
        "cursor": cursor,
        "chosen": chosen,
        "statuses": Status.values,
        "operations": OPERATIONS,
        "reviews": [*Review.values, "none"],
        "filtered": any(chosen.values()),
        "visit": visit,
    }
    part = request.htmx and asked.after  # type: ignore[attr-defined]  # django-htmx
    return render(request, "imaging/tiles.html" if part else "imaging/gallery.html", context)


def _filtered(partner: Partner, chosen: dict[str, str]) -> QuerySet[Generation]:
    """What the filters leave. Archived pictures are shown to those who ask for them."""
    rows: QuerySet[Generation] = partner.generations.all()
    if chosen["status"] in Status.values:
        rows = rows.filter(status=chosen["status"])
    if chosen["operation"] in OPERATIONS:
        rows = rows.filter(operation=chosen["operation"])
    if chosen["review"] in Review.values:
        return rows.filter(review=chosen["review"])
    if chosen["review"] == "none":
        return rows.filter(review="")
    return rows.exclude(review=Review.ARCHIVED)


def find(partner: Partner, generation_id: uuid.UUID) -> Generation:
    """The partner's generation with its files. NotFound, also for another partner's."""
    found = partner.generations.prefetch_related("assets").filter(pk=generation_id).first()
    if found is None:
        raise NotFound("There is no such picture.")
    found.partner = partner
    return found


@page(read="see")
def generation(request: HttpRequest, visit: Visit, generation_id: uuid.UUID) -> HttpResponse:
    """One generation: its pictures, how it went, what it cost, its recipe."""
    row = find(visit.partner, generation_id)
    context = {"visit": visit, "facts": _facts(row), **shown(row), **standing(row)}
    return render(request, "imaging/generation.html", context)


@page(read="see")
def progress(request: HttpRequest, visit: Visit, generation_id: uuid.UUID) -> HttpResponse:
    """How far a generation is, for htmx: asked again every second until it has ended, then the
    result; a page that shows more than the result loads itself anew."""
    row = find(visit.partner, generation_id)
    if not row.ended:
        return render(request, "imaging/progress.html", standing(row))
    if request.GET.get("page") == "whole":
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "imaging/result.html", {"visit": visit, **shown(row)})


@dataclass(frozen=True)
class Step:
    """A line of the progress log."""

    words: str
    current: bool


def standing(row: Generation) -> dict[str, Any]:
    """Where a running job stands: its steps, a share of the whole, its place in the queue."""
    if row.ended:
        return {"row": row}
    log = row.events.order_by("id").values_list("kind", "data")
    words = [_step_words(kind, data) for kind, data in log]
    distinct = [word for index, word in enumerate(words) if word not in words[:index]]
    last = len(distinct) - 1
    return {
        "row": row,
        "steps": [Step(word, index == last) for index, word in enumerate(distinct)],
        "waiting": row.status == Status.QUEUED,
        "position": estimates.queue_position(row) if row.status == Status.QUEUED else 0,
        "seconds": estimates.estimated_seconds(row),
    }


_STEP_WORDS = {"queued": "Accepted, points held", "started": "Started", "retried": "Trying again"}


def _step_words(kind: str, data: dict[str, Any]) -> str:
    if kind == "progress":
        return str(data.get("label") or "Working").capitalize()
    return _STEP_WORDS.get(kind, kind.capitalize())


def shown(row: Generation) -> dict[str, Any]:
    """A generation's pictures, and the photo it began with, for those who ended well."""
    outputs = pictures(row, Asset.Kind.OUTPUT)
    return {
        "row": row,
        "title": title(row.recipe, row.operation),
        "outputs": outputs,
        "before": _before(row, outputs),
        "inputs": pictures(row, Asset.Kind.INPUT),
        "problem": refusal(row).message if row.ended and row.status != Status.SUCCEEDED else "",
    }


def _before(row: Generation, outputs: list[Picture]) -> Picture | None:
    """The photo to lay over the result: only where there is one of each."""
    inputs = pictures(row, Asset.Kind.INPUT)
    return inputs[0] if len(inputs) == 1 and len(outputs) == 1 else None


def _facts(row: Generation) -> list[tuple[str, str]]:
    """What is known of a generation, as label and text."""
    recipe = row.recipe
    lines: list[tuple[str, Any]] = [
        ("Asked for", recipe.get("prompt")),
        ("Prompt used", row.prompt_used if row.prompt_used != recipe.get("prompt") else ""),
        ("Style", recipe.get("style")),
        ("Background", recipe.get("background")),
        ("Size", f"{recipe.get('width')} × {recipe.get('height')}"),
        ("Mode", _mode(row)),
        ("Seed", recipe.get("seed")),
        ("Engine", " ".join(filter(None, [row.engine_name, row.engine_version]))),
        ("Model", row.model),
        ("Fidelity", f"{row.fidelity:.3f}" if row.fidelity is not None else ""),
        ("Surface", row.surface),
        ("Recipe id", row.recipe_id[:16]),
        ("Request id", row.correlation_id),
    ]
    return [(label, str(text)) for label, text in lines if text not in (None, "")]


def _mode(row: Generation) -> str:
    if row.mode == row.requested_mode:
        return row.mode
    return f"{row.mode} (asked for {row.requested_mode})"


# --- What can be done with it --------------------------------------------------------------------


@page(write="make")
def review(request: HttpRequest, visit: Visit, generation_id: uuid.UUID) -> HttpResponse:
    """Approve, reject or archive."""
    row = find(visit.partner, generation_id)
    try:
        decision, note = reviews.read_decision(request.POST)
        reviews.review(row, decision, note, **visit.acting)
        messages.success(request, "Your decision is kept.")
    except ServiceError as error:
        messages.error(request, error.message)
    return redirect("dashboard-generation", row.pk)


@page(write="make")
def cancel(request: HttpRequest, visit: Visit, generation_id: uuid.UUID) -> HttpResponse:
    row = find(visit.partner, generation_id)
    if jobs.cancel(row.pk):
        visit.note("generation.cancelled", row.pk)
        messages.success(request, "Cancelled. Its points are back.")
    else:
        messages.error(request, "It had ended already.")
    return redirect("dashboard-generation", row.pk)


@page(write="make")
def regenerate(request: HttpRequest, visit: Visit, generation_id: uuid.UUID) -> HttpResponse:
    """The stored recipe once more: the same picture, or with `another` one of a new seed."""
    row = find(visit.partner, generation_id)
    body = {"seed": uuid.uuid4().int % 2**32} if request.POST.get("another") else {}
    try:
        if visit.test:
            raise Conflict("You are in test mode, and a picture costs points. Switch to live.")
        order = submitting.checked(order_again(row, body), visit.partner)
        made = submitting.submit(
            order,
            partner=visit.partner,
            surface=SURFACE,
            correlation_id=correlation.current_id(),
        )
        visit.note("generation.made_again", made.pk, **{"from": str(row.pk)})
    except ServiceError as error:
        messages.error(request, error.message)
        return redirect("dashboard-generation", row.pk)
    return redirect(reverse("dashboard-generation", args=[made.pk]))
