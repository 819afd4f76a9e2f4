"""The dashboard's pages of this app: /dashboard/..."""

from __future__ import annotations

from django.urls import path, re_path

from accounts.dashboard import audit, keys, partners, preferences, start, team

urlpatterns = [
    path("welcome/", partners.welcome, name="dashboard-welcome"),
    path("join/<str:token>/", partners.join, name="dashboard-join"),
    path("partners/<uuid:partner_id>/choose/", partners.choose, name="dashboard-choose"),
    re_path(
        r"^environment/(?P<environment>live|test)/$",
        partners.choose_environment,
        name="dashboard-environment",
    ),
    path("start/", start.quick_start, name="dashboard-start"),
    path("keys/", keys.key_list, name="dashboard-keys"),
    path("keys/new/", keys.new_key, name="dashboard-key-new"),
    path("keys/<uuid:key_id>/rotate/", keys.rotate_key, name="dashboard-key-rotate"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke_key, name="dashboard-key-revoke"),
    path("team/", team.team, name="dashboard-team"),
    path("team/<int:member_id>/role/", team.change_role, name="dashboard-member-role"),
    path("team/<int:member_id>/remove/", team.remove_member, name="dashboard-member-remove"),
    path(
        "team/invitations/<int:invitation_id>/withdraw/", team.withdraw, name="dashboard-withdraw"
    ),
    path("audit/", audit.audit_log, name="dashboard-audit"),
    path("settings/", preferences.preferences, name="dashboard-settings"),
]
