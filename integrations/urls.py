"""Third-party API v2, and the account's own pages."""

from __future__ import annotations

from django.urls import path

from integrations import account_pages
from integrations.api import accounts, connections
from integrations.storefronts.api import CreateAndDeploy

_V2 = "api/v2/third-party/"

urlpatterns = [
    path("chat", account_pages.chat, name="account"),
    path("chat/leave", account_pages.leave, name="account-leave"),
    path(f"{_V2}createAccount", accounts.CreateAccount.as_view()),
    path(f"{_V2}updateAccount", accounts.UpdateAccount.as_view()),
    path(f"{_V2}deleteAccount", accounts.DeleteAccount.as_view()),
    path(f"{_V2}getAccount/<str:account_id>", accounts.GetAccount.as_view()),
    path(f"{_V2}isAccountCreated", accounts.IsAccountCreated.as_view()),
    path(f"{_V2}generateAutoLoginUrl", accounts.GenerateAutoLoginUrl.as_view()),
    path(f"{_V2}revokeAutoLoginUrls", accounts.RevokeAutoLogins.as_view()),
    path(f"{_V2}connectIntegration", connections.ConnectIntegration.as_view()),
    path(f"{_V2}disconnectIntegration", connections.DisconnectIntegration.as_view()),
    path(f"{_V2}integrationStatus", connections.IntegrationStatus.as_view()),
    path(f"{_V2}createAndDeploy", CreateAndDeploy.as_view()),
]
