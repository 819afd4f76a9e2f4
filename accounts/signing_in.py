"""How people sign up and log in: what django-allauth shall do our way."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest

from accounts.api.address import client_address
from accounts.errors import InvalidRequest
from accounts.models import User

_LONGEST = User._meta.get_field("email").max_length or 0


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Addresses of clients as the API sees them, and sign-up that operators can close."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return bool(settings.SIGNUP_OPEN)

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the limits on guesses: the socket's address, or what a trusted proxy says."""
        return client_address(request.META) or "unknown"

    def format_email_subject(self, subject: str) -> str:
        return f"{settings.ACCOUNT_EMAIL_SUBJECT_PREFIX}{subject}"


def checked_email(text: str) -> str:
    """An address as log-ins are kept under it: in lower case. Raises InvalidRequest."""
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        email = ""
    # Django takes 320 characters for an address, and gives its column 254.
    if not email or len(email) > _LONGEST:
        raise InvalidRequest(f"Not an e-mail address: '{text[:_LONGEST]}'", param="email")
    return email


def vouch_for(user: User) -> None:
    """Somebody we trust says that this is the user's address: no code is sent to it."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
