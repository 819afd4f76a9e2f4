from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from accounts.api.gate import admit
from accounts.errors import Forbidden, Unauthorized
from accounts.models import ApiKey, AuditEvent, Membership, Partner, User

# Django's validator takes it, and no column for addresses does.
LONG_EMAIL = f"{'x' * 280}@acme.example"


def answer(*arguments):
    out = io.StringIO()
    call_command(*map(str, arguments), "--json", stdout=out)
    return json.loads(out.getvalue())


def refusal(*arguments):
    with pytest.raises(CommandError) as caught:
        call_command(*map(str, arguments))
    return str(caught.value)


@pytest.fixture
def made(db):
    return answer("create_partner", "--name", "Acme", "--email", "Anna@Acme.test")


def test_a_new_partner_has_everything_to_start(made):
    assert list(made) == [
        "partnerId",
        "managementKey",
        "liveKey",
        "testKey",
        "webhookSecret",
        "email",
        "password",
    ]
    partner = Partner.objects.get(pk=made["partnerId"])
    assert partner.webhook_secret == made["webhookSecret"]
    assert made["webhookSecret"].startswith("whsec_")
    user = partner.members.get()
    assert made["email"] == user.email == "anna@acme.test"
    assert user.check_password(made["password"])
    assert Membership.objects.get().role == "owner"
    assert admit(presented=made["managementKey"], address=None, kind="management")
    assert not admit(presented=made["liveKey"], address=None, kind="image").test
    assert admit(presented=made["testKey"], address=None, kind="image").test


def test_buckets_are_granted_in_order_and_limits_are_set(db):
    made = answer(
        *("create_partner", "--name", "Acme", "--email", "a@acme.test"),
        *("--bucket", "growth:100.25", "--bucket", "starter:5000"),
        *("--rate-minute", 7, "--rate-day", 70),
    )

    partner = Partner.objects.get(pk=made["partnerId"])
    tiers = partner.buckets.order_by("pk").values_list("tier", flat=True)
    assert list(tiers) == ["growth", "starter"]
    limits = admit(presented=made["liveKey"], address=None).limits
    assert (limits.minute, limits.day) == (7, 70)


def test_a_person_may_own_two_partners_with_one_password(made):
    second = answer("create_partner", "--name", "Other", "--email", "anna@acme.test")

    assert second["password"] is None
    user = User.objects.get()
    assert user.partners.count() == 2
    assert user.check_password(made["password"])


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--name", "", "--email", "a@b.test"], "The name must have"),
        (["--name", "x" * 201, "--email", "a@b.test"], "The name must have"),
        (["--name", "A", "--email", "nobody"], "Not an e-mail address"),
        (["--name", "A", "--email", LONG_EMAIL], "Not an e-mail address"),
        (["--name", "A", "--email", "a@b.test", "--bucket", "starter"], "tier:points"),
        (["--name", "A", "--email", "a@b.test", "--bucket", "starter:many"], "no number"),
        (["--name", "A", "--email", "a@b.test", "--bucket", "starter:-5"], "oint"),
        (["--name", "A", "--email", "a@b.test", "--bucket", "gold:5"], "tier"),
        (["--name", "A", "--email", "a@b.test", "--rate-minute", "0"], "above zero"),
        (["--name", "A"], "--email"),
    ],
)
def test_a_partner_that_cannot_be_set_up_leaves_nothing(db, arguments, reason):
    assert reason in refusal("create_partner", *arguments)

    assert not Partner.objects.exists()
    assert not User.objects.exists()
    assert not ApiKey.objects.exists()


def test_a_key_is_created_as_wished(made):
    given = answer(
        *("create_key", "--partner", made["partnerId"], "--kind", "image", "--environment"),
        *("test", "--scope", "images:read", "--scope", "usage:read", "--ip", "192.0.2.0/24"),
        *("--ip", "2001:db8::/32", "--expires", "2100-01-01T00:00:00Z"),
    )

    assert list(given) == ["keyId", "key"]
    row = ApiKey.objects.get(pk=given["keyId"])
    assert row.scopes == ["images:read", "usage:read"]
    assert row.networks == ["192.0.2.0/24", "2001:db8::/32"]
    assert row.expires_at == datetime(2100, 1, 1, tzinfo=UTC)
    assert admit(presented=given["key"], address="192.0.2.1").test


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (["--kind", "root"], "Kind must be"),
        (["--environment", "stage"], "Environment must be"),
        (["--kind", "management", "--environment", "test"], "always live"),
        (["--scope", "everything"], "Unknown scope"),
        (["--ip", "300.1.1.1"], "Not an IP address"),
        (["--expires", "tomorrow"], "no ISO 8601"),
        (["--expires", "2020-01-01"], "in the past"),
        (["--expires", "9999-12-31T23:59:59-14:00"], "no ISO 8601"),
        (["--monthly-cap", "1e30"], "cap"),
        (["--monthly-cap", "0.001"], "cap"),
        (["--monthly-cap", "-8"], "above zero"),
        (["--name", "x" * 101], "at most 100 characters"),
        (["--partner", "nobody"], "no partner nobody"),
        (["--partner", "00000000-0000-0000-0000-000000000000"], "no partner"),
    ],
)
def test_a_wrong_key_is_not_created(made, wish, reason):
    before = ApiKey.objects.count()
    usual = ["--partner", made["partnerId"], "--kind", "image", "--environment", "live"]

    assert reason in refusal("create_key", *usual, *wish)
    assert ApiKey.objects.count() == before


def test_the_eleventh_image_key_is_a_plain_reason(made):
    usual = ["--partner", made["partnerId"], "--kind", "image", "--environment", "live"]
    for _ in range(8):
        answer("create_key", *usual)

    assert "10 active image keys already" in refusal("create_key", *usual)


def test_a_revoked_key_works_no_more(made):
    key = ApiKey.objects.get(hint__startswith="sq_live_")

    revoked = answer("revoke_key", key.pk)

    assert list(revoked) == ["keyId", "revokedAt"]
    assert revoked["revokedAt"].endswith("Z")
    assert answer("revoke_key", key.pk) == revoked
    with pytest.raises(Unauthorized):
        admit(presented=made["liveKey"], address=None)
    assert "no key" in refusal("revoke_key", "nothing")


def test_a_partner_is_switched_off_and_on(made):
    partner_id = made["partnerId"]
    assert answer("set_partner_active", "--partner", partner_id, "off") == {
        "partnerId": partner_id,
        "active": False,
    }
    with pytest.raises(Forbidden, match="Partner account is inactive"):
        admit(presented=made["liveKey"], address=None)

    assert answer("set_partner_active", "--partner", partner_id, "on")["active"]
    assert admit(presented=made["liveKey"], address=None)
    actions = AuditEvent.objects.filter(target=partner_id).order_by("pk")
    assert [event.action for event in actions] == [
        "partner.created",
        "partner.deactivated",
        "partner.activated",
    ]


def test_the_first_member_of_staff_is_made_by_e_mail(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long enough one")

    call_command("createsuperuser", "--noinput", "--email", "Chief@Acme.test", stdout=io.StringIO())

    user = User.objects.get()
    assert (user.email, user.is_staff, user.is_superuser) == ("chief@acme.test", True, True)
    assert authenticate(username="CHIEF@acme.test", password="a long enough one") == user
    assert authenticate(username="nobody@acme.test", password="a long enough one") is None


def test_without_json_a_sentence_is_printed(made, capsys):
    call_command("set_partner_active", "--partner", made["partnerId"], "off")

    assert capsys.readouterr().out == f"Partner {made['partnerId']} is off.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["create_key", "--partner", "x"],
        ["set_partner_active", "--partner", "x", "maybe"],
        ["revoke_key", "x", "--surplus"],
        ["worker", "cpu"],
        ["doctor", "everything"],
        ["reconcile_points", "--surplus"],
    ],
)
def test_on_the_command_line_bad_input_is_one_line_and_status_one(arguments):
    done = subprocess.run(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"},
    )

    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert done.stderr.startswith("Error: ")
