"""/api/v2/third-party: merchant accounts, and links that log their owners in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts import crypto
from accounts.api.envelope import json_response, timestamp
from accounts.api.once import answer_once
from accounts.api.view import ApiView
from accounts.errors import InvalidRequest
from integrations import autologin, merchants
from integrations.models import Account


def answer(body: Mapping[str, Any], *, status: int = 200) -> HttpResponse:
    """The shape of this surface: success, then the documented fields beside each other."""
    return json_response({"success": True, **body, "timestamp": timestamp()}, status=status)


def account_data(account: Account) -> dict[str, Any]:
    """An account as `getAccount` shows it, e-mail and phone in clear."""
    return {
        "_id": account.pk,
        "email": account.email,
        "mobileNumber": {"value": account.phone, "countryCode": account.country_code},
        **account.profile,
        "identifier": account.identifier,
        "createdByPartner": account.partner.name,
        "createdAt": account.created_at,
        "updatedAt": account.updated_at,
    }


def sealed_account_data(account: Account) -> dict[str, Any]:
    """The same with e-mail and phone encrypted, as `createAccount` shows it."""
    data = account_data(account)
    for name, plain in (("email", account.email), ("phone", account.phone)):
        sealed = crypto.encrypt(plain, f"integrations.account.{name}")
        if name == "email":
            data["email"] = sealed
        else:
            data["mobileNumber"] = {"value": sealed, "countryCode": account.country_code}
    return data


class ThirdPartyView(ApiView):
    """What the views of this surface have in common."""

    key_kind = "management"

    def named(self, request: HttpRequest, name: str) -> Any:
        """A field that may stand in the query string or in the body; the query string wins."""
        if name in request.GET:
            return request.GET[name]
        return self.body(request, optional=True).get(name)

    def account_id(self, request: HttpRequest, missing: str) -> str:
        wanted = self.named(request, "accountId")
        if not isinstance(wanted, str) or not wanted.strip():
            raise InvalidRequest(missing, param="accountId")
        return wanted.strip()


class CreateAccount(ThirdPartyView):
    """POST createAccount."""

    scope = "accounts:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)

        def create() -> HttpResponse:
            account = merchants.create(partner=self.partner, body=body, **self.acting)
            return answer(
                {
                    "message": "Account created successfully",
                    "accountId": account.pk,
                    "data": sealed_account_data(account),
                },
                status=201,
            )

        return answer_once(request, self.admitted, create)


class UpdateAccount(ThirdPartyView):
    """PUT updateAccount."""

    scope = "accounts:write"

    def put(self, request: HttpRequest) -> HttpResponse:
        wanted = self.account_id(request, "accountId is required to update.")
        account = merchants.find(self.partner, wanted)
        merchants.update(account, self.body(request, optional=True), **self.acting)
        return answer({"message": "Account updated successfully", "data": account_data(account)})


class DeleteAccount(ThirdPartyView):
    """DELETE deleteAccount."""

    scope = "accounts:write"

    def delete(self, request: HttpRequest) -> HttpResponse:
        wanted = self.account_id(request, "accountId is required.")
        merchants.delete(merchants.find(self.partner, wanted), **self.acting)
        return answer({"message": "Account permanently deleted."})


class GetAccount(ThirdPartyView):
    """GET getAccount/{accountId}."""

    scope = "accounts:read"

    def get(self, request: HttpRequest, account_id: str) -> HttpResponse:
        return answer({"data": account_data(merchants.find(self.partner, account_id))})


class IsAccountCreated(ThirdPartyView):
    """GET isAccountCreated: across the platform, whoever created it."""

    scope = "accounts:read"

    def get(self, request: HttpRequest) -> HttpResponse:
        email = request.GET.get("email", "").strip()
        # A plus sign in a query string means a space unless it was escaped.
        phone = request.GET.get("phone", "").strip()
        if not email and not phone:
            raise InvalidRequest("You must provide either an email or phone query parameter.")
        there = merchants.exists_anywhere(email=email, phone=phone)
        message = "Account exists." if there else "Account does not exist."
        return answer({"isCreated": there, "message": message})


class GenerateAutoLoginUrl(ThirdPartyView):
    """POST generateAutoLoginUrl: by accountId, else e-mail, else phone."""

    scope = "accounts:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        body = self.body(request)
        account = self._account(body)

        def generate() -> HttpResponse:
            url = autologin.url_for(account, **self.acting)
            return answer({"message": "Auto-login URL generated successfully.", "redirectUrl": url})

        return answer_once(request, self.admitted, generate)

    def _account(self, body: Mapping[str, Any]) -> Account:
        given = {
            name: body[name].strip()
            for name in ("accountId", "email", "phone")
            if isinstance(body.get(name), str) and body[name].strip()
        }
        if not given:
            raise InvalidRequest(
                "Must provide accountId, email, or phone to generate a login link."
            )
        if "accountId" in given:
            return merchants.find(self.partner, given["accountId"])
        if "email" in given:
            return merchants.find_by_contact(self.partner, email=given["email"])
        return merchants.find_by_contact(self.partner, phone=given["phone"])


class RevokeAutoLogins(ThirdPartyView):
    """POST revokeAutoLoginUrls (an addition of ours): every link given out so far is void."""

    scope = "accounts:write"

    def post(self, request: HttpRequest) -> HttpResponse:
        account = merchants.find(self.partner, self.account_id(request, "accountId is required."))
        autologin.revoke(account, **self.acting)
        return answer({"message": "Auto-login URLs revoked."})
