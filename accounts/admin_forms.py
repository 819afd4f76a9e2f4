"""Staff forms for users, and for the partners and keys that services make."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.urls import reverse
from unfold.forms import UserChangeForm as UnfoldUserChangeForm
from unfold.forms import UserCreationForm as UnfoldUserCreationForm

from accounts import impersonation, keys, members, partners
from accounts.admin_pages import Done, ServiceForm
from accounts.errors import InvalidRequest
from accounts.models import ApiKey, Membership, Partner, User

if TYPE_CHECKING:
    CreationForm = AdminUserCreationForm[User]
    ChangeForm = UserChangeForm[User]
    BaseMembershipForm = forms.ModelForm[Membership]
    BasePartnerForm = forms.ModelForm[Partner]
else:  # unfold has no types, and Django's forms are generic in their stubs only
    CreationForm, ChangeForm = UnfoldUserCreationForm, UnfoldUserChangeForm
    BaseMembershipForm = BasePartnerForm = forms.ModelForm


class _LowerCaseEmail:
    """The database wants e-mail addresses in lower case; people need not know."""

    cleaned_data: dict[str, Any]

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class NewUserForm(_LowerCaseEmail, CreationForm):
    class Meta:
        model = User
        fields = ("email",)


class UserForm(_LowerCaseEmail, ChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class PartnerForm(BasePartnerForm):
    def clean_retention_days(self) -> int | None:
        """As the dashboard takes it: a date too far away could not be kept with a picture."""
        try:
            return partners.checked_retention(self.cleaned_data["retention_days"])
        except InvalidRequest as error:
            raise forms.ValidationError(error.message) from None


class NewPartnerForm(ServiceForm):
    name = forms.CharField(max_length=200)
    email = forms.EmailField(
        label="Owner's e-mail",
        help_text="Somebody who has a log-in already becomes an owner of this partner too.",
    )
    rate_minute = forms.IntegerField(
        label="Requests a minute", min_value=1, max_value=2**31 - 1, required=False
    )
    rate_day = forms.IntegerField(
        label="Requests a day", min_value=1, max_value=2**31 - 1, required=False
    )

    def carry_out(self, **who: Any) -> Done:
        made = partners.create_partner(**self.cleaned_data, **who)
        shown = {
            "Management key": made.management_key,
            "Live key": made.live_key,
            "Test key": made.test_key,
            "Webhook secret": made.webhook_secret,
            "Log-in": made.email,
            "Password": made.password or "(the one they have)",
        }
        return Done(made.partner, shown)


class NewKeyForm(ServiceForm):
    partner = forms.ModelChoiceField(Partner.objects.order_by("name"))
    name = forms.CharField(max_length=100, required=False)
    kind = forms.ChoiceField(choices=ApiKey.Kind.choices)
    environment = forms.ChoiceField(choices=ApiKey.Environment.choices)
    scopes = forms.CharField(
        required=False, help_text="Separated by spaces; empty: everything of its kind."
    )
    networks = forms.CharField(
        required=False, help_text="Addresses or CIDR networks, separated by spaces; empty: any."
    )
    expires_at = forms.SplitDateTimeField(required=False, help_text="UTC; empty: never.")
    rate_minute = forms.IntegerField(
        label="Requests a minute", min_value=1, max_value=2**31 - 1, required=False
    )
    rate_day = forms.IntegerField(
        label="Requests a day", min_value=1, max_value=2**31 - 1, required=False
    )
    monthly_cap = forms.DecimalField(
        label="Points a month", max_digits=12, decimal_places=2, required=False
    )

    def clean_scopes(self) -> list[str]:
        return str(self.cleaned_data["scopes"]).split()

    def clean_networks(self) -> list[str]:
        return str(self.cleaned_data["networks"]).split()

    def carry_out(self, **who: Any) -> Done:
        made = keys.create_key(**self.cleaned_data, **who)
        return Done(made.row, {"API key": made.key})


class MembershipForm(BaseMembershipForm):
    """A partner is never without an owner, here neither."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        before = Membership.objects.filter(pk=self.instance.pk).first()
        if before is None:
            return cleaned
        stays = cleaned.get("partner", before.partner) == before.partner
        try:
            members.stays_owned(before, still_owner=stays and cleaned.get("role") == "owner")
        except members.LastOwner as refused:
            raise forms.ValidationError(refused.message) from None
        return cleaned


class OpenDashboardForm(ServiceForm):
    """Whose place a member of staff takes for a while, and why."""

    member = forms.ModelChoiceField(
        Membership.objects.none(), help_text="What this member's role shows is what you will see."
    )
    reason = forms.CharField(
        min_length=3,
        max_length=200,
        help_text="The partner reads it in their audit log, with your name.",
    )

    def __init__(self, *args: Any, request: HttpRequest, partner: Partner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        people = partner.memberships.select_related("user", "partner").order_by("user__email")
        field = cast("forms.ModelChoiceField[Membership]", self.fields["member"])
        field.queryset = people.filter(
            user__is_staff=False, user__is_superuser=False, user__is_active=True
        )

    def carry_out(self, **who: Any) -> Done:
        membership = self.cleaned_data["member"]
        impersonation.start(self.request, membership, reason=self.cleaned_data["reason"])
        return Done(membership, leads_to=reverse("dashboard"))
