"""Secrets of second factors: encrypted at rest, readable by us, moved when keys rotate."""

from __future__ import annotations

import json
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.management import call_command
from django.db import connection

from accounts.models import User

pytestmark = pytest.mark.django_db


def stored() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT data FROM mfa_authenticator")
        return json.dumps([str(row[0]) for row in cursor.fetchall()])


def test_neither_the_secret_nor_the_seed_lies_in_clear() -> None:
    user = User.objects.create_user("owner@acme.example", "pw")
    secret = generate_totp_secret()
    factor = TOTP.activate(user, secret)
    codes = RecoveryCodes.activate(user)
    assert secret not in stored()
    assert stored().count("gAAAA") == 2
    assert not any(code in stored() for code in codes.get_unused_codes())
    assert factor.instance.wrap().validate_code("000000") in (True, False)


def test_new_keys_take_over_and_the_old_one_can_go(
    settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    user = User.objects.create_user("owner@acme.example", "pw")
    codes = RecoveryCodes.activate(user).get_unused_codes()
    before, old = stored(), settings.FIELD_ENCRYPTION_KEYS
    settings.FIELD_ENCRYPTION_KEYS = ["a new key of thirty-two characters", *old]
    call_command("reencrypt", json=True)
    assert json.loads(capsys.readouterr().out)["moved"] == 1
    assert stored() != before

    settings.FIELD_ENCRYPTION_KEYS = settings.FIELD_ENCRYPTION_KEYS[:1]
    assert user.authenticator_set.get().wrap().get_unused_codes() == codes
