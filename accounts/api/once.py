"""Answer a POST once: what it makes and what it answers are one transaction, the key included.

For requests that are done when they are answered; orders for pictures, which are not, have their
own way (`imaging/api/ordering.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from accounts import crypto
from accounts.api import idempotency
from accounts.api.envelope import error_response
from accounts.api.gate import Admitted
from accounts.errors import ServiceError

# Answers may show a secret once, or somebody's name: what is kept for a replay is sealed.
_CONTEXT = "accounts.idempotencyrecord.body"


def answer_once(
    request: HttpRequest, admitted: Admitted, handler: Callable[[], HttpResponse]
) -> HttpResponse:
    """What `handler` answers; for a known Idempotency-Key, what it answered the first time.

    A refusal sticks to the key as an answer does, except one of ours (5xx), after which the same
    request may try again. Raises what `open_ticket` and the handler raise.
    """
    ticket = idempotency.open_ticket(
        partner_id=admitted.partner_id,
        environment=admitted.environment,
        key=request.headers.get("Idempotency-Key"),
        fingerprint=idempotency.fingerprint(request),
    )
    if isinstance(ticket, idempotency.StoredAnswer):
        return _replayed(ticket)
    try:
        with transaction.atomic():
            response = handler()
            ticket.store(response.status_code, _sealed(response.content))
        return response
    except ServiceError as error:
        if error.status_code < 500:
            ticket.store(error.status_code, _sealed(error_response(error).content))
        else:
            ticket.discard()
        raise
    except BaseException:
        ticket.discard()
        raise


def _sealed(body: bytes) -> bytes:
    return crypto.encrypt(body.decode(), _CONTEXT).encode()


def _replayed(stored: idempotency.StoredAnswer) -> HttpResponse:
    if stored.body is None:
        raise idempotency.in_progress()
    body = crypto.decrypt(stored.body.decode(), _CONTEXT).encode()
    return idempotency.replay(idempotency.StoredAnswer(stored.status, body, stored.resource))
