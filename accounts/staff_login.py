"""The staff admin's log-in form, with the guard of the ordinary one.

Django's form counts no guesses and knows no second factor, and would be the easier door to the
pages with the most rights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm
from django.urls import reverse
from django.utils.html import format_html
from unfold.forms import AuthenticationForm as UnfoldAuthenticationForm

if TYPE_CHECKING:
    LoginForm = AdminAuthenticationForm
else:  # unfold has no types
    LoginForm = UnfoldAuthenticationForm


class StaffLoginForm(LoginForm):
    """Counts guesses with those of the ordinary log-in, and leaves second factors to it."""

    def clean(self) -> dict[str, Any]:
        """Raises ValidationError: wrong, guessed too often, no staff, or a second factor is due."""
        email, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if email and password:
            user = get_adapter().authenticate(self.request, email=email, password=password)
            if user is None:
                raise self.get_invalid_login_error()
            self.confirm_login_allowed(user)
            self.user_cache = user
        return self.cleaned_data

    def confirm_login_allowed(self, user: Any) -> None:
        super().confirm_login_allowed(user)
        if is_mfa_enabled(user):
            raise forms.ValidationError(
                format_html(
                    'Your log-in has a second factor. <a href="{}?next={}">Log in with it</a>.',
                    reverse("account_login"),
                    reverse("admin:index"),
                ),
                code="second_factor",
            )
