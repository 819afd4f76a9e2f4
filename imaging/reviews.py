"""What people think of finished pictures: approved, rejected, archived, or open again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import Conflict, InvalidRequest
from imaging.models import VOTES, Generation, Review, Status

Decision = Literal["approve", "reject", "archive", "reopen"]
DECISIONS: tuple[Decision, ...] = get_args(Decision)
NOTE_LENGTH = 500

STATES: Mapping[Decision, str] = {
    "approve": Review.APPROVED,
    "reject": Review.REJECTED,
    "archive": Review.ARCHIVED,
    "reopen": "",
}


def read_decision(body: Mapping[str, Any]) -> tuple[Decision, str]:
    """`decision` and `note` of a request. Raises InvalidRequest."""
    decision, note = body.get("decision"), body.get("note", "")
    if decision not in DECISIONS:
        raise InvalidRequest(
            f"Invalid decision. Supported: {', '.join(DECISIONS)}", param="decision"
        )
    # JSON with a NUL is refused where it is read; a form's field comes as it was sent.
    if not isinstance(note, str) or len(note) > NOTE_LENGTH or "\0" in note:
        raise InvalidRequest(f"note must be text of at most {NOTE_LENGTH} characters", param="note")
    return decision, note.strip()


@transaction.atomic
def review(
    generation: Generation,
    decision: Decision,
    note: str = "",
    *,
    actor: str = audit.SYSTEM,
    address: str | None = None,
) -> Generation:
    """Note what was decided; the last decision counts. `reopen` takes it back.

    What is archived keeps the vote it had. Raises Conflict for a generation that has no picture
    to look at. `actor` is an e-mail or a key's hint, for the audit trail.
    """
    state = STATES[decision]
    vote = {} if decision == "archive" else {"vote": state if state in VOTES else ""}
    reviewed = Generation.objects.filter(pk=generation.pk, status=Status.SUCCEEDED).update(
        review=state,
        review_note=note,
        reviewed_at=None if decision == "reopen" else timezone.now(),
        **vote,
    )
    if not reviewed:
        generation.refresh_from_db(fields=["status"])
        raise Conflict(f"This generation has no picture to review: it is {generation.status}.")
    audit.record(
        action=f"generation.{decision}",
        target=str(generation.pk),
        partner=generation.partner,
        actor=actor,
        address=address,
        facts={"note": note} if note else {},
    )
    generation.refresh_from_db(fields=["review", "vote", "review_note", "reviewed_at", "status"])
    return generation


@transaction.atomic
def write_note(
    generation: Generation, note: str, *, actor: str = audit.SYSTEM, address: str | None = None
) -> None:
    """Note something about a generation without deciding. `actor` as above."""
    Generation.objects.filter(pk=generation.pk).update(review_note=note)
    audit.record(
        action="generation.noted",
        target=str(generation.pk),
        partner=generation.partner,
        actor=actor,
        address=address,
        facts={"note": note},
    )
