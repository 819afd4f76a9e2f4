"""Pictures on demand: made when their address is first asked for, once, and kept.

A `Rendering` row ties the address to its job, so that however many ask at once there is one job
and one charge. A job that failed is tried again later; it cost nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.connections import give_back_connection
from accounts.errors import InvalidRequest, NotFound, ServiceError
from accounts.models import ApiKey, Partner
from imaging import batches, edit_orders, render_tokens, submitting, waiting
from imaging.models import Asset, Generation, Rendering, Status
from imaging.photos import is_http_url
from imaging.recipes import Order
from imaging.render_tokens import Token

logger = logging.getLogger(__name__)

SURFACE = "render"
TRY_AGAIN = timedelta(minutes=10)
"""After a failure the same address makes no new job for so long."""

CHECKS: Mapping[str, Callable[[Mapping[str, Any]], Order]] = {
    **batches.CHECKS,
    "edit": edit_orders.edit_order,
}
# What belongs to a request, not to a picture.
_LEFT_OUT = ("operation", "standInUrl", "webhookUrl", "dryRun", "startWithin")


def link_token(
    *, partner: Partner, key_id: Any, body: Mapping[str, Any], test: bool = False
) -> str:
    """The token of the picture that `body` (an `operation` and its order) describes.

    Its seed is settled here where the body leaves it open. Raises InvalidRequest, NotFound and
    ContentBlocked as the order itself would, and InvalidRequest for what cannot be told in an
    address: a photo sent along, or several pictures.
    """
    operation = body.get("operation")
    check = CHECKS.get(operation) if isinstance(operation, str) else None
    if check is None:
        raise InvalidRequest(
            f"Invalid operation. Supported: {', '.join(CHECKS)}", param="operation"
        )
    order = submitting.checked(check(body), partner)
    if any(source.data for source in order.sources):
        raise InvalidRequest("An address can carry no photo: give its URL, or a productId")
    if order.count > 1 or len(order.sources) > 1:
        raise InvalidRequest("An address shows one picture")
    wishes = {key: value for key, value in body.items() if key not in _LEFT_OUT}
    token = render_tokens.issue(
        partner_id=partner.pk,
        key_id=key_id,
        operation=order.operation,
        body={**wishes, "seed": order.recipe.seed},
        stand_in_url=_stand_in_url(body),
        test=test,
    )
    if len(token) > render_tokens.LONGEST:
        raise InvalidRequest("This order is too long for an address")
    return token


def _stand_in_url(body: Mapping[str, Any]) -> str:
    value = body.get("standInUrl")
    if value is None:
        return ""
    if not isinstance(value, str) or not is_http_url(value):
        raise InvalidRequest("standInUrl is not a valid URL", param="standInUrl")
    return value


def picture(token: Token) -> Asset | None:
    """The picture of a token; None where it is not finished soon enough, or cannot be made.

    Raises NotFound where the partner is gone or switched off.
    """
    partner = Partner.objects.filter(pk=token.partner_id, active=True).first()
    if partner is None:
        raise NotFound("There is no such picture.")
    job = _job(token, partner)
    if job is None:
        return None
    if job.status != Status.SUCCEEDED:
        give_back_connection()
        status = waiting.wait_for(job.pk, timeout=settings.RENDER_WAIT_SECONDS)
        if status != Status.SUCCEEDED:
            return None
    return Asset.objects.filter(generation=job, kind=Asset.Kind.OUTPUT, position=0).first()


def _job(token: Token, partner: Partner) -> Generation | None:
    """The job of this address, begun where there is none yet; None where none may begin."""
    found = (
        Rendering.objects.filter(key=token.digest, generation__isnull=False)
        .select_related("generation")
        .first()
    )
    if found is not None and not _is_over(found.generation):
        return found.generation
    try:
        return _begun(token, partner)
    except ServiceError as error:
        # The picture's reader is nobody's customer here: why there is none is for the log.
        logger.warning("on-demand picture not begun: %s", error.code)
        return None


def _is_over(job: Generation | None) -> bool:
    """Whether another job may take this one's place: none, one whose picture was deleted, or one
    that came to nothing some time ago."""
    if job is None:
        return True
    if job.status == Status.SUCCEEDED:
        return not job.assets.filter(kind=Asset.Kind.OUTPUT).exists()
    return job.finished_at is not None and job.finished_at < timezone.now() - TRY_AGAIN


@transaction.atomic
def _begun(token: Token, partner: Partner) -> Generation | None:
    key = _paying_key(token, partner)
    if key is None:
        return None
    Rendering.objects.bulk_create(
        [Rendering(key=token.digest, partner=partner)], ignore_conflicts=True
    )
    # Whoever comes second waits here, and finds the first one's job.
    row = Rendering.objects.select_for_update().get(key=token.digest)
    if not _is_over(row.generation):
        return row.generation
    order = submitting.checked(CHECKS[token.operation](token.body), partner)
    row.generation = submitting.submit(
        order,
        partner=partner,
        api_key_id=key.pk,
        monthly_cap=key.monthly_cap,
        surface=SURFACE,
    )
    row.save(update_fields=["generation"])
    return row.generation


def _paying_key(token: Token, partner: Partner) -> ApiKey | None:
    """The key that pays: the one that made the address or, where that ran out after it was
    rotated, the one that took its place. None where it was revoked, or is over."""
    key = ApiKey.objects.filter(pk=token.key_id, partner=partner).first()
    while key is not None and key.revoked_at is None:
        if key.expires_at is None or key.expires_at > timezone.now():
            return key
        key = ApiKey.objects.filter(rotated_from=key, partner=partner).order_by("created_at").last()
    return None


def stand_in_size(token: Token) -> tuple[int, int]:
    """(width, height) of the picture that is to come, as far as its order says."""
    recipe = CHECKS[token.operation](token.body).recipe
    return recipe.width or 1024, recipe.height or 1024
