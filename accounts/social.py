"""Log-in through other services: whose word on an address we take, and what is written down.

Three rules keep log-ins safe. Another service opens an existing log-in only after its owner has
connected the two here. An address counts as proved only where the service says so in plain terms;
any other is proved by a code. A second factor is asked for whichever way somebody came.
"""

from __future__ import annotations

from typing import Any

import requests
import structlog
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount import signals
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.dispatch import receiver
from django.http import HttpRequest
from django.shortcuts import render

from accounts import audit
from accounts.api.address import client_address
from accounts.models import User

TIMEOUT_SECONDS = 5


class _Session(requests.Session):
    """Asks another service. Where that is down, people see a page that says so and not a 500."""

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs.setdefault("timeout", TIMEOUT_SECONDS)
        try:
            answer = super().request(*args, **kwargs)
            if answer.status_code < 500:
                return answer
        except requests.RequestException as error:
            structlog.get_logger(__name__).warning("social.unreachable", error=type(error).__name__)
        page = render(context.request, "socialaccount/authentication_error.html", status=502)
        raise ImmediateHttpResponse(page)


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """allauth asks this at each log-in through another service."""

    def get_requests_session(self) -> requests.Session:
        return _Session()

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        # Some servers write "false": a text, and true for whoever only looks whether it is empty.
        for address in sociallogin.email_addresses:
            address.verified = address.verified is True

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        user.email = user.email.lower()
        return user


@receiver(signals.social_account_added)
def _added(request: HttpRequest, sociallogin: Any, **_: Any) -> None:
    _record(request, "login.connected", sociallogin.user, sociallogin.account.provider)


@receiver(signals.social_account_removed)
def _removed(request: HttpRequest, socialaccount: Any, **_: Any) -> None:
    _record(request, "login.disconnected", socialaccount.user, socialaccount.provider)


def _record(request: HttpRequest, action: str, user: User, service: str) -> None:
    address = client_address(request.META)
    facts = {"service": service}
    audit.record(action=action, target=user.email, actor=user.email, address=address, facts=facts)
