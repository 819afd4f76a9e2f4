"""How people sign up and log in: what django-allauth shall do our way."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.http import HttpRequest

from accounts.api.address import client_address
from accounts.models import User


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Addresses of clients as the API sees them, and sign-up that operators can close."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the limits on guesses: the socket's address, or what a trusted proxy says."""
        return client_address(request.META) or "unknown"

    def format_email_subject(self, subject: str) -> str:
        return f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}"


def vouch_for(user: User) -> None:
    """Somebody we trust says that this is the user's address: no code is sent to it."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
