"""The documented webhooks of a build, in order per store.

Source: ShopIQ API documentation, "Webhook Events".
"""

from __future__ import annotations

from typing import Any

from accounts.api.envelope import timestamp
from accounts.webhooks import outbox
from integrations.storefronts.addresses import preview_url, production_url
from integrations.storefronts.models import Storefront


def building(storefront: Storefront) -> None:
    _send(storefront, "website.building", message="AI is building your website...")


def created(storefront: Storefront) -> None:
    _send(
        storefront,
        "website.created",
        previewUrl=preview_url(storefront.identifier),
        message="Website created. Deploying to production...",
    )


def live(storefront: Storefront) -> None:
    _send(
        storefront,
        "deployment.success",
        productionUrl=production_url(storefront.identifier),
        previewUrl=preview_url(storefront.identifier),
        message="Website is live!",
    )


def failed(storefront: Storefront) -> None:
    _send(storefront, "deployment.failed", error=storefront.error)


def _send(storefront: Storefront, event: str, **facts: Any) -> None:
    payload = {
        "event": event,
        "accountId": storefront.account_id,
        "identifier": storefront.identifier,
        **facts,
        "timestamp": timestamp(),
    }
    partner = storefront.account.partner
    outbox.send(
        partner=partner,
        event=event,
        payload=payload,
        url=storefront.webhook_url,
        scheme="shopiq",
        secret=storefront.webhook_secret or "",
        stream=f"store:{storefront.identifier}",
    )
    for endpoint in outbox.listeners(partner, event):
        outbox.send(
            partner=partner,
            event=event,
            payload=payload,
            endpoint=endpoint,
            stream=f"store:{storefront.identifier}:{endpoint.pk}",
        )
