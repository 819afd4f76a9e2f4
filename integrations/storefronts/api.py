"""POST /api/v2/third-party/createAndDeploy."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from accounts.api.once import answer_once
from integrations import merchants
from integrations.api.accounts import ThirdPartyView, answer
from integrations.storefronts import orders
from integrations.storefronts.addresses import preview_url, production_url

GONE = "Account not found"


class CreateAndDeploy(ThirdPartyView):
    """202 at once; how it goes is told by webhooks."""

    scope = "deployments:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        order = orders.read_order(self.body(request))
        account = merchants.find(self.partner, order.account_id, gone=GONE)

        def start() -> HttpResponse:
            storefront = orders.start(account, order, **self.acting)
            return answer(
                {
                    "message": "Website creation started. Webhook will notify on completion.",
                    "identifier": storefront.identifier,
                    "productionUrl": production_url(storefront.identifier),
                    "previewUrl": preview_url(storefront.identifier),
                    "status": storefront.status,
                },
                status=202,
            )

        return answer_once(request, self.admitted, start)
