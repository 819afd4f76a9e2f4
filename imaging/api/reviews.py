"""POST /partner/v1/generations/{id}/review: what the partner thinks of its pictures."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.api.envelope import iso, ok
from accounts.api.view import ApiView
from imaging import reviews
from imaging.api.generations import find_generation, find_test_generation
from imaging.models import Generation


def review_data(generation: Generation) -> dict[str, Any]:
    """A review as the API shows it."""
    return {
        "id": str(generation.pk),
        "review": generation.review or None,
        "note": generation.review_note,
        "reviewedAt": iso(generation.reviewed_at) if generation.reviewed_at else None,
    }


class ReviewGeneration(ApiView):
    """`decision` is approve, reject, archive or reopen; the last one counts.

    A test key's decision is checked and answered, and kept nowhere.
    """

    key_kind = "image"
    scope = "images:write"

    def post(self, request: HttpRequest, generation_id: str) -> HttpResponse:
        if self.admitted.test:
            made = find_test_generation(self.admitted, generation_id)
            decision, note = reviews.read_decision(self.body(request))
            state = reviews.STATES[decision] or None
            shown = {"id": made.id, "review": state, "note": note, "reviewedAt": None}
            return ok({**shown, "testMode": True})
        generation = find_generation(self.admitted, generation_id)
        decision, note = reviews.read_decision(self.body(request))
        reviewed = reviews.review(generation, decision, note, **self.acting)
        return ok(review_data(reviewed))
