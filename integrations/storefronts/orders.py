"""createAndDeploy: from a checked order to a build that has begun."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.errors import Conflict, InvalidRequest
from accounts.outbound import OutboundRefused, check_url
from accounts.webhooks.addresses import webhook_url
from imaging.photos import URL_LENGTH
from integrations import merchants
from integrations.models import Account
from integrations.storefronts import building
from integrations.storefronts.categories import CATEGORIES, MOST
from integrations.storefronts.models import Storefront

MISSING = "accountId, businessCategory (array), brandName, and webhookUrl are required"
THERE_ALREADY = "Website already exists for this account"
NAME_LENGTH = 100
SECRET_LENGTH = 256


@dataclass(frozen=True, slots=True)
class Order:
    """What a store shall be."""

    account_id: str
    brand_name: str
    categories: tuple[str, ...]
    webhook_url: str
    webhook_secret: str = ""
    logo_url: str = ""


def read_order(body: Mapping[str, Any]) -> Order:
    """The order in a body. Raises InvalidRequest in the documented words."""
    account_id, brand, hook = (body.get(k) for k in ("accountId", "brandName", "webhookUrl"))
    categories = body.get("businessCategory")
    given = {"accountId": account_id, "brandName": brand, "webhookUrl": hook}
    for name, value in given.items():
        if not isinstance(value, str) or not value.strip():
            raise InvalidRequest(MISSING, param=name)
    if not isinstance(categories, list) or not categories:
        raise InvalidRequest(MISSING, param="businessCategory")
    assert isinstance(account_id, str)
    assert isinstance(brand, str)
    if len(brand.strip()) > NAME_LENGTH or not brand.strip().isprintable():
        raise InvalidRequest(
            f"brandName must be at most {NAME_LENGTH} printable characters", param="brandName"
        )
    if body.get("websiteType") not in (None, "ecommerce"):
        raise InvalidRequest(
            "Only 'ecommerce' websiteType is supported at this time.", param="websiteType"
        )
    return Order(
        account_id=account_id.strip(),
        brand_name=brand.strip(),
        categories=_categories(categories),
        webhook_url=webhook_url(hook, param="webhookUrl"),
        webhook_secret=_secret(body.get("webhookSecret")),
        logo_url=_logo(body.get("brandLogo")),
    )


def _categories(wanted: list[Any]) -> tuple[str, ...]:
    unknown = [item for item in wanted if item not in CATEGORIES]
    if unknown:
        shown = ", ".join(str(item)[:60] for item in unknown[:10])
        raise InvalidRequest(
            f"Invalid categories: {shown}",
            param="businessCategory",
            extra={"validCategories": list(CATEGORIES)},
        )
    unique = tuple(dict.fromkeys(wanted))
    if len(unique) > MOST:
        raise InvalidRequest(
            f"Maximum {MOST} categories allowed per store.", param="businessCategory"
        )
    return unique


def _secret(value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not 1 <= len(value) <= SECRET_LENGTH:
        raise InvalidRequest(
            f"webhookSecret must be text of 1 to {SECRET_LENGTH} characters",
            param="webhookSecret",
        )
    return value


def _logo(value: Any) -> str:
    if value in (None, ""):
        return ""
    if not isinstance(value, str) or len(value) > URL_LENGTH:
        raise InvalidRequest("brandLogo must be a valid URL", param="brandLogo")
    try:
        check_url(value)
    except OutboundRefused as refused:
        raise InvalidRequest(
            f"brandLogo cannot be used: {refused.reason}", param="brandLogo"
        ) from None
    return value


@transaction.atomic
def start(
    account: Account, order: Order, *, actor: str = audit.SYSTEM, address: str | None = None
) -> Storefront:
    """Begin to build the account's store. One that failed begins anew.

    Raises Conflict where there is a store or one is being built.
    """
    facts = {
        "brand_name": order.brand_name,
        "categories": list(order.categories),
        "logo_url": order.logo_url,
        "webhook_url": order.webhook_url,
        "webhook_secret": order.webhook_secret or None,
    }
    found = Storefront.objects.select_for_update().filter(account=account).first()
    if found is not None:
        if found.status != Storefront.Status.FAILED:
            raise Conflict(THERE_ALREADY)
        for name, value in facts.items():
            setattr(found, name, value)
        found.status, found.error, found.finished_at = Storefront.Status.BUILDING, "", None
        found.attempt, found.started_at = found.attempt + 1, timezone.now()
        found.save()
        storefront = found
    else:
        storefront = _created(account, order, facts)
    building.begin(storefront)
    audit.record(
        action="storefront.started",
        target=account.pk,
        partner=account.partner,
        actor=actor,
        address=address,
        facts={"identifier": storefront.identifier, "attempt": storefront.attempt},
    )
    return storefront


def _created(account: Account, order: Order, facts: dict[str, Any]) -> Storefront:
    """The row, and the account's identifier made of the brand's name."""
    identifier = account.identifier or ""
    if identifier.rpartition("-")[0] != merchants.slug_of(order.brand_name):
        identifier = merchants.new_identifier(order.brand_name)
        account.identifier = identifier
        account.save(update_fields=["identifier", "updated_at"])
    try:
        with transaction.atomic():
            return Storefront.objects.create(account=account, identifier=identifier, **facts)
    except IntegrityError:
        raise Conflict(THERE_ALREADY) from None
