"""People for staff: their rights, the partners they belong to, and what keeps their log-in safe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest, HttpResponse
from unfold.forms import AdminPasswordChangeForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin_choices import KnownSelect
from accounts.admin_forms import MembershipForm, NewUserForm, UserForm
from accounts.admin_pages import AuditedAdmin, ReadOnlyAdmin, TabularInline
from accounts.models import Membership, User

if TYPE_CHECKING:
    BaseUserAdmin = DjangoUserAdmin[User]
else:  # Django's classes are generic in their stubs only
    BaseUserAdmin = DjangoUserAdmin


class MembershipLines(TabularInline):
    model = Membership
    form = MembershipForm
    can_delete = False
    extra = 0
    tab = True
    fields = ("user", "partner", "role", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("user", "partner")

    def formfield_for_foreignkey(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        kwargs["widget"] = KnownSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """In a table the head of the column is a field's label to eyes only."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            field.widget.attrs.setdefault("aria-label", db_field.verbose_name)
        return field


class UserPartners(MembershipLines):
    verbose_name_plural = "partners of this user"


class PartnerMembers(MembershipLines):
    verbose_name_plural = "users of this partner"


@admin.register(User)
class UserAdmin(AuditedAdmin, BaseUserAdmin):
    """People, who log in by e-mail. Only superusers give rights."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = AdminPasswordChangeForm
    ordering = ("email",)
    list_display = (
        "email",
        "first_name",
        "last_name",
        "is_active",
        "is_staff",
        "last_login",
        "date_joined",
    )
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "first_name", "last_name")
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ()
    inlines = (UserPartners,)
    fieldsets = (
        (None, {"fields": ("email", "password", "first_name", "last_name", "is_active")}),
        ("Rights", {"fields": ("is_staff", "is_superuser", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = ((None, {"fields": ("email", "usable_password", "password1", "password2")}),)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        rights = ("is_staff", "is_superuser", "groups")
        usual = tuple(super().get_readonly_fields(request, obj))
        return usual if request.user.is_superuser else (*usual, *rights)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever could set the password of somebody with more rights would have them."""
        above = obj and (obj.is_superuser or obj.is_staff) and obj.pk != request.user.pk
        allowed = request.user.is_superuser or not above
        return super().has_change_permission(request, obj) and bool(allowed)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002 (its base's name)
        form_url: str = "",
    ) -> HttpResponse:
        """Django's own page; the trail says that it was used."""
        answer = super().user_change_password(request, id, form_url)
        if request.method == "POST" and answer.status_code == 302:
            self._record(request, User.objects.get(pk=id), "password_set", [])
        return answer


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(AuditedAdmin, DjangoGroupAdmin):
    """Rights are given to groups, and groups to people."""

    filter_horizontal = ()

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget()
        return super().formfield_for_manytomany(db_field, request, **kwargs)


# allauth's own pages show session keys and second factors' secrets, and search by user names.
# Services for log-ins and their secrets are settings; tokens of theirs are not kept.
for _model in (EmailAddress, Authenticator, UserSession, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(_model)


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified",)
    search_fields = ("email",)
    list_select_related = ("user",)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Which second factors a person has; taking one away is help for somebody locked out."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__email",)
    list_select_related = ("user",)
    exclude = ("data",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnlyAdmin):
    list_display = ("user", "provider", "last_login", "date_joined")
    search_fields = ("user__email",)
    list_select_related = ("user",)
    exclude = ("extra_data",)


@admin.register(UserSession)
class UserSessionAdmin(ReadOnlyAdmin):
    list_display = ("user", "ip", "user_agent", "last_seen_at")
    search_fields = ("user__email", "ip")
    list_select_related = ("user",)
    exclude = ("session_key", "data")
