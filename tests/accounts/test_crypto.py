from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection, models
from django.test.utils import isolate_apps

from accounts import crypto
from accounts.crypto import Undecryptable, blind_index, blind_indexes, decrypt, encrypt
from accounts.fields import BlindIndexField, EncryptedTextField
from accounts.models import Partner
from accounts.reencryption import Moved, reencrypt_all

OLD, NEW = "old-secret", "new-secret"


@pytest.fixture(autouse=True)
def _old_key(settings):
    settings.FIELD_ENCRYPTION_KEYS = [OLD]


def stored_secret(partner):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT webhook_secret FROM accounts_partner WHERE name = %s", [partner.name]
        )
        return cursor.fetchone()[0]


def test_what_is_encrypted_comes_back_and_never_looks_the_same_twice():
    tokens = {encrypt("grüß 🎁", "a.b") for _ in range(5)}

    assert len(tokens) == 5
    assert {decrypt(token, "a.b") for token in tokens} == {"grüß 🎁"}


def test_a_value_moved_to_another_field_does_not_decrypt():
    with pytest.raises(Undecryptable, match=r"accounts\.partner\.other"):
        decrypt(encrypt("x", "accounts.partner.webhook_secret"), "accounts.partner.other")


def test_a_changed_value_does_not_decrypt():
    token = encrypt("x", "a")
    with pytest.raises(Undecryptable):
        decrypt(token[:-4] + "AAA=", "a")
    with pytest.raises(Undecryptable):
        decrypt("not a token", "a")


def test_old_keys_decrypt_and_the_first_one_encrypts(settings):
    token = encrypt("x", "a")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert decrypt(token, "a") == "x"
    fresh = encrypt("x", "a")

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert decrypt(fresh, "a") == "x"
    with pytest.raises(Undecryptable):
        decrypt(token, "a")


def test_the_blind_index_depends_on_value_field_and_key(settings):
    first = blind_index("a@b.test", "accounts.email")

    assert first == blind_index("a@b.test", "accounts.email")
    assert (
        len({first, blind_index("b@b.test", "accounts.email"), blind_index("a@b.test", "x")}) == 3
    )
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert blind_index("a@b.test", "accounts.email") != first
    assert blind_indexes("a@b.test", "accounts.email")[1] == first


def test_a_field_is_plain_in_python_and_encrypted_in_the_database(db):
    partner = Partner.objects.create(name="Acme", webhook_secret="whsec_secret")

    assert Partner.objects.get(pk=partner.pk).webhook_secret == "whsec_secret"
    assert "whsec" not in stored_secret(partner)
    assert decrypt(stored_secret(partner), "accounts.partner.webhook_secret") == "whsec_secret"


def test_an_empty_text_stays_empty(db):
    assert stored_secret(Partner.objects.create(name="Acme")) == ""


def test_an_encrypted_field_cannot_be_searched(db):
    with pytest.raises(FieldError):
        Partner.objects.filter(webhook_secret="x").exists()


def test_reencrypting_moves_everything_to_the_first_key(db, settings):
    rows = [Partner.objects.create(name=f"P{n}", webhook_secret=f"s{n}") for n in range(4)]
    Partner.objects.create(name="none")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    Partner.objects.create(name="new", webhook_secret="s-new")

    assert reencrypt_all() == Moved(checked=5, moved=4)
    assert reencrypt_all() == Moved(checked=5, moved=0)

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert [Partner.objects.get(pk=row.pk).webhook_secret for row in rows] == [
        "s0",
        "s1",
        "s2",
        "s3",
    ]


def test_the_command_says_what_it_moved_and_stops_at_a_lost_key(db, settings, capsys):
    Partner.objects.create(name="Acme", webhook_secret="s")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    call_command("reencrypt")
    assert capsys.readouterr().out == "1 fields checked, 1 moved to the first key.\n"

    settings.FIELD_ENCRYPTION_KEYS = ["quite-another"]
    with pytest.raises(CommandError, match=r"opens this value of accounts\.partner"):
        call_command("reencrypt")


@pytest.fixture
def merchant(db):
    """A model with an e-mail that is encrypted and found by its index."""
    with isolate_apps("accounts"):

        class Merchant(models.Model):
            id = models.UUIDField(primary_key=True, default=uuid4)
            email = EncryptedTextField()
            email_index = BlindIndexField(source="email", unique=True)

            class Meta:
                app_label = "accounts"

    with connection.cursor() as cursor:
        kind = "uuid" if connection.vendor == "postgresql" else "char(32)"
        cursor.execute(
            f"CREATE TABLE accounts_merchant (id {kind} PRIMARY KEY, email text,"
            " email_index varchar(64) UNIQUE)"
        )
    return Merchant


def found(model, email):
    candidates = model._meta.get_field("email_index").candidates(email)
    return model.objects.filter(email_index__in=candidates).first()


def test_a_row_is_found_by_its_index_in_any_spelling(merchant):
    row = merchant.objects.create(email="Anna@Shop.test")

    assert found(merchant, " anna@shop.TEST ") == row
    assert found(merchant, "other@shop.test") is None
    assert row.email == "Anna@Shop.test"


def test_a_row_is_found_while_keys_are_rotated_and_after(merchant, settings):
    row = merchant.objects.create(email="anna@shop.test")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    assert found(merchant, "anna@shop.test") == row

    assert reencrypt_all([merchant]).moved == 1

    settings.FIELD_ENCRYPTION_KEYS = [NEW]
    assert found(merchant, "anna@shop.test").email == "anna@shop.test"


def test_a_row_changed_meanwhile_is_left_alone(merchant, settings, monkeypatch):
    row = merchant.objects.create(email="old@shop.test")
    settings.FIELD_ENCRYPTION_KEYS = [NEW, OLD]
    real = crypto.decrypt

    def decrypt_and_be_overtaken(token, context):
        monkeypatch.setattr(crypto, "decrypt", real)
        row.email = "new@shop.test"
        row.save()
        return real(token, context)

    monkeypatch.setattr(crypto, "decrypt", decrypt_and_be_overtaken)
    assert reencrypt_all([merchant]).moved == 0

    assert merchant.objects.get(pk=row.pk).email == "new@shop.test"


def test_an_index_field_is_rebuilt_by_migrations(merchant):
    field = merchant._meta.get_field("email_index")
    _, path, args, kwargs = field.deconstruct()

    assert path == "accounts.fields.BlindIndexField"
    assert BlindIndexField(*args, **kwargs).source == "email"
