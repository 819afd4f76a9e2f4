"""The dashboard's pages of this app: /dashboard/..."""

from __future__ import annotations

from django.urls import path, re_path

from accounts.dashboard import audit, keys, partners, preferences, start, team
from accounts.webhooks import dashboard as webhooks

_ENDPOINT, _DELIVERY = "webhooks/<uuid:endpoint_id>/", "webhooks/deliveries/<uuid:delivery_key>/"

urlpatterns = [
    path("welcome/", partners.welcome, name="dashboard-welcome"),
    path("join/<str:token>/", partners.join, name="dashboard-join"),
    path("partners/<uuid:partner_id>/choose/", partners.choose, name="dashboard-choose"),
    path("leave/", partners.leave, name="dashboard-leave"),
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
    path("webhooks/", webhooks.endpoint_list, name="dashboard-webhooks"),
    path("webhooks/new/", webhooks.new_endpoint, name="dashboard-webhook-new"),
    path(_DELIVERY, webhooks.delivery, name="dashboard-delivery"),
    path(f"{_DELIVERY}again/", webhooks.send_again, name="dashboard-delivery-again"),
    path(_ENDPOINT, webhooks.endpoint, name="dashboard-webhook"),
    path(f"{_ENDPOINT}turn/", webhooks.turn, name="dashboard-webhook-turn"),
    path(f"{_ENDPOINT}test/", webhooks.send_test, name="dashboard-webhook-test"),
    path(f"{_ENDPOINT}rotate/", webhooks.rotate, name="dashboard-webhook-rotate"),
    path(f"{_ENDPOINT}delete/", webhooks.delete, name="dashboard-webhook-delete"),
]
