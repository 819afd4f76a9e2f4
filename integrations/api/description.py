"""Merchant accounts, integrations and log-in links as the OpenAPI document tells them.

Source: ShopIQ API documentation, "Account Model" and endpoints 1 to 9.
"""

from __future__ import annotations

from collections.abc import Mapping

from accounts.api.description import SUCCESS, Answer, Chapter, Operation, query
from accounts.api.schema import (
    Schema,
    address,
    many,
    moment,
    or_null,
    record,
    ref,
    table,
    text,
    truth,
    whole,
)
from integrations import merchants
from integrations.api.connections import ACCOUNT_GONE
from integrations.connections import CREDENTIAL_LENGTH, MOST_CREDENTIALS
from integrations.profile import DEFAULT_CURRENCY, MOST_ITEMS

ACCOUNTS, INTEGRATIONS = "Accounts", "Integrations"
V2 = "/api/v2/third-party"

ID = "665a1f2e3b4c5d6e7f8a9b0c"
ACCOUNT_ID = text("Id of the account.", examples=[ID])

_NO_SUCH = "Unsupported integration: 'unknownService'."


def plain(fields: Mapping[str, Schema], *, optional: tuple[str, ...] = ()) -> Schema:
    """The body that `integrations.api.accounts.answer` makes: the fields beside each other."""
    return record({"success": SUCCESS, **fields, "timestamp": moment()}, optional=optional)


def said(message: str) -> dict[str, Schema]:
    """The field `message`."""
    return {"message": text(examples=[message])}


# --- The account model ---------------------------------------------------------------------------

_MOBILE = {
    "value": text("Digits, as dialled in its country.", examples=["9876543210"]),
    "countryCode": whole("Calling code.", examples=[91]),
}

_PROFILE: dict[str, Schema] = {
    "firstName": text(maxLength=100, examples=["Sarah"]),
    "lastName": text(maxLength=100, examples=["Mitchell"]),
    "profilePicture": address(maxLength=2048),
    "currency": text(maxLength=8, default=DEFAULT_CURRENCY),
    "domains": many(text(maxLength=253, examples=["novaretail.example"]), maxItems=MOST_ITEMS),
    "legalName": text(maxLength=200),
    "about": text(maxLength=2000),
    "socialMedia": many(
        record({"name": text(maxLength=50), "url": address(maxLength=2048)}), maxItems=MOST_ITEMS
    ),
    "businessName": text(maxLength=200, examples=["Nova Retail"]),
    "typeOfBusiness": text(maxLength=100),
    "businessCategory": text(maxLength=100),
    "businessSubCategory": many(text(maxLength=100), maxItems=MOST_ITEMS),
    "address": record(
        {
            "addLineOne": text(maxLength=200),
            "addLineTwo": text(maxLength=200),
            "city": text(maxLength=100),
            "state": text(maxLength=100),
            "country": text(maxLength=100),
            "pincode": text(maxLength=20),
        },
        required=[],
    ),
    "logoUrl": address(maxLength=2048),
    "favicon": address(maxLength=2048),
}

_CONTACT = {
    "email": text(format="email", maxLength=254, examples=["sarah@novaretail.example"]),
    "mobileNumber": record(_MOBILE),
}

_SCHEMAS: dict[str, Schema] = {
    "NewAccount": record({**_CONTACT, **_PROFILE}, required=["email", "mobileNumber"]),
    "AccountChanges": record(
        {
            "accountId": text("Here or in the query string.", examples=[ID]),
            "email": _CONTACT["email"],
            "mobileNumber": record(_MOBILE, required=[]),
            **{name: or_null(field) for name, field in _PROFILE.items()},
        },
        "What is left out stays; null takes a field away.",
        required=[],
    ),
    "Account": record(
        {
            "_id": ACCOUNT_ID,
            "email": text("In clear, or encrypted where it was just created."),
            "mobileNumber": record({**_MOBILE, "value": text("As for the e-mail.")}),
            **_PROFILE,
            "identifier": or_null(text(examples=["nova-retail-abc123"])),
            "createdByPartner": text(),
            "createdAt": moment(),
            "updatedAt": moment(),
        },
        optional=[name for name in _PROFILE if name != "currency"],
    ),
    "Connection": record(
        {
            "name": text(examples=["yourIntegration"]),
            "displayName": text(examples=["Your Integration"]),
            "connectedAt": moment(),
            "access": truth(),
        },
        "Credentials are never shown.",
    ),
}

# --- Operations ----------------------------------------------------------------------------------

_SARAH = {
    "email": "sarah@novaretail.example",
    "mobileNumber": {"value": "9876543210", "countryCode": 91},
    "firstName": "Sarah",
    "lastName": "Mitchell",
    "businessName": "Nova Retail",
}

_ACCOUNTS = {
    f"POST {V2}/createAccount": Operation(
        id="createAccount",
        tag=ACCOUNTS,
        summary="Create an account",
        about="E-mail and mobile number are unique across the platform.",
        body=ref("NewAccount"),
        examples={"shop": _SARAH},
        answers={
            201: Answer(
                about="Created; e-mail and number are shown encrypted.",
                schema=plain(
                    {
                        **said("Account created successfully"),
                        "accountId": ACCOUNT_ID,
                        "data": ref("Account"),
                    }
                ),
            )
        },
        errors={400: (merchants.MISSING,), 409: (merchants.TAKEN,)},
        once=True,
    ),
    f"PUT {V2}/updateAccount": Operation(
        id="updateAccount",
        tag=ACCOUNTS,
        summary="Change what is named",
        parameters=(query("accountId", ACCOUNT_ID, "Here or in the body."),),
        body=ref("AccountChanges"),
        body_required=False,
        examples={"name": {"accountId": ID, "businessName": "Nova Retail Premium"}},
        answers={
            200: Answer(
                about="As it is now.",
                schema=plain({**said("Account updated successfully"), "data": ref("Account")}),
            )
        },
        errors={
            400: ("accountId is required to update.",),
            404: (merchants.GONE,),
            409: (merchants.TAKEN,),
        },
    ),
    f"DELETE {V2}/deleteAccount": Operation(
        id="deleteAccount",
        tag=ACCOUNTS,
        summary="Delete an account and all that is its own",
        about="For good: its store, its connections and its log-in links go with it. The id may "
        "also stand in a JSON body.",
        parameters=(query("accountId", ACCOUNT_ID),),
        answers={200: Answer(about="Gone.", schema=plain(said("Account permanently deleted.")))},
        errors={400: ("accountId is required.",), 404: (merchants.GONE,), 413: (), 415: ()},
    ),
    f"GET {V2}/getAccount/{{accountId}}": Operation(
        id="getAccount",
        tag=ACCOUNTS,
        summary="One account, e-mail and number in clear",
        answers={200: Answer(about="The account.", schema=plain({"data": ref("Account")}))},
        errors={404: (merchants.GONE,)},
    ),
    f"GET {V2}/isAccountCreated": Operation(
        id="isAccountCreated",
        tag=ACCOUNTS,
        summary="Whether anybody has an account with this e-mail or number",
        about="Across the platform, whoever created it. At least one of the two is needed.",
        parameters=(query("email", text()), query("phone", text())),
        answers={
            200: Answer(
                about="Yes or no.",
                schema=plain({"isCreated": truth(), **said("Account exists.")}),
            )
        },
        errors={400: ("You must provide either an email or phone query parameter.",)},
    ),
    f"POST {V2}/generateAutoLoginUrl": Operation(
        id="generateAutoLoginUrl",
        tag=ACCOUNTS,
        summary="A link that logs the account's owner in",
        about="Good for 7 days. Of several identifiers, `accountId` counts before `email` and "
        "`email` before `phone`.",
        body=record({"accountId": ACCOUNT_ID, "email": text(), "phone": text()}, required=[]),
        examples={"byId": {"accountId": ID}},
        answers={
            200: Answer(
                about="The link.",
                schema=plain(
                    {**said("Auto-login URL generated successfully."), "redirectUrl": address()}
                ),
            )
        },
        errors={
            400: ("Must provide accountId, email, or phone to generate a login link.",),
            404: (merchants.GONE,),
        },
        once=True,
    ),
    f"POST {V2}/revokeAutoLoginUrls": Operation(
        id="revokeAutoLoginUrls",
        tag=ACCOUNTS,
        summary="Every link given out so far is void",
        parameters=(query("accountId", ACCOUNT_ID, "Here or in the body."),),
        body=record({"accountId": ACCOUNT_ID}, required=[]),
        body_required=False,
        examples={"byId": {"accountId": ID}},
        answers={200: Answer(about="Void.", schema=plain(said("Auto-login URLs revoked.")))},
        errors={400: ("accountId is required.",), 404: (merchants.GONE,)},
    ),
}

_OWNER = {
    "shopIQAccountId": ACCOUNT_ID,
    "integrationName": text("Name of the service.", examples=["yourIntegration"]),
}

_CONNECTIONS = {
    f"POST {V2}/connectIntegration": Operation(
        id="connectIntegration",
        tag=INTEGRATIONS,
        summary="Connect an account to a service",
        about="Or connect it again with new credentials, which are encrypted and never shown.",
        body=record(
            {
                **_OWNER,
                "credentials": table(
                    text(maxLength=CREDENTIAL_LENGTH),
                    "The fields that the service needs.",
                    maxProperties=MOST_CREDENTIALS,
                ),
            }
        ),
        examples={
            "connect": {
                "shopIQAccountId": ID,
                "integrationName": "yourIntegration",
                "credentials": {"apiKey": "your-api-key", "userId": "your-user-id"},
            }
        },
        answers={
            200: Answer(
                about="Connected.",
                schema=plain(
                    {
                        **said("ShopIQ account successfully linked with Your Integration."),
                        "integration": ref("Connection"),
                    }
                ),
            )
        },
        errors={
            400: (
                "Missing required fields: shopIQAccountId, integrationName, and credentials are "
                "mandatory.",
                "credentials must be a JSON object.",
                f"{_NO_SUCH} Supported integrations: yourIntegration",
                "Missing required credentials for Your Integration: apiKey, userId",
            ),
            404: (ACCOUNT_GONE,),
        },
        once=True,
    ),
    f"POST {V2}/disconnectIntegration": Operation(
        id="disconnectIntegration",
        tag=INTEGRATIONS,
        summary="Take a service's access away",
        about="Its credentials are forgotten; it can be connected again at any time.",
        body=record(_OWNER),
        examples={"disconnect": {"shopIQAccountId": ID, "integrationName": "yourIntegration"}},
        answers={
            200: Answer(
                about="Disconnected.",
                schema=plain(said("Integration 'yourIntegration' has been disconnected.")),
            )
        },
        errors={
            400: (
                "Missing required fields: shopIQAccountId and integrationName are mandatory.",
                _NO_SUCH,
            ),
            404: (
                ACCOUNT_GONE,
                "Integration 'yourIntegration' is not connected to this account.",
            ),
        },
        once=True,
    ),
    f"GET {V2}/integrationStatus": Operation(
        id="getIntegrationStatus",
        tag=INTEGRATIONS,
        summary="What an account is connected to",
        about="With `integrationName`: `connected`, and `integration` where it is. Without: all "
        "`integrations`, and the names of those supported.",
        parameters=(
            query("shopIQAccountId", ACCOUNT_ID, required=True),
            query("integrationName", text()),
        ),
        answers={
            200: Answer(
                about="One, or all.",
                schema=plain(
                    {
                        "connected": truth(),
                        "integration": ref("Connection"),
                        "message": text(),
                        "integrations": many(ref("Connection")),
                        "supportedIntegrations": many(text()),
                    },
                    optional=(
                        *("connected", "integration", "message"),
                        *("integrations", "supportedIntegrations"),
                    ),
                ),
            )
        },
        errors={
            400: ("shopIQAccountId query parameter is required.",),
            404: (ACCOUNT_GONE,),
        },
    ),
}

CHAPTER = Chapter(
    tags={
        ACCOUNTS: "Merchant accounts that belong to you, with a management key.",
        INTEGRATIONS: "Other services that an account is connected to.",
    },
    operations={**_ACCOUNTS, **_CONNECTIONS},
    schemas=_SCHEMAS,
    ids={"accountId": ACCOUNT_ID},
)
