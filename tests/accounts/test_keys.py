from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts import keyformat, keys
from accounts.errors import Conflict, InvalidRequest
from accounts.models import ApiKey, AuditEvent, Partner


@pytest.mark.parametrize("label", ["live", "test", "mgmt"])
def test_a_minted_key_shows_its_kind_and_passes_its_own_checksum(label):
    key = keyformat.mint(prefix="sq", label=label)

    assert key.startswith(f"sq_{label}_")
    parsed = keyformat.parse(key)
    assert parsed is not None
    assert parsed.label == label
    assert parsed.hint == f"sq_{label}_…{key[-4:]}"


def test_no_two_keys_are_alike_and_none_is_shorter():
    made = {keyformat.mint(prefix="sq", label="live") for _ in range(200)}

    assert len(made) == 200
    assert {len(key) for key in made} == {len("sq_live_") + 43 + 6}


def test_one_wrong_character_anywhere_is_refused_without_a_look_up():
    key = keyformat.mint(prefix="sq", label="live")

    for place in range(len("sq_live_"), len(key)):
        typo = key[:place] + ("x" if key[place] != "x" else "y") + key[place + 1 :]
        assert keyformat.parse(typo) is None, place


@pytest.mark.parametrize(
    "text",
    ["", "sq_live_", "sk_live_123", "sq_prod_" + "0" * 49, "sq_live_" + "é" * 49, "x" * 10_000],
)
def test_what_is_not_shaped_like_a_key_is_none(text):
    assert keyformat.parse(text) is None


def test_a_key_outlives_a_change_of_the_prefix():
    assert keyformat.parse(keyformat.mint(prefix="acme", label="live")) is not None


def test_a_prefix_that_no_key_can_have_is_refused():
    with pytest.raises(ValueError, match="API_KEY_PREFIX"):
        keyformat.mint(prefix="No Good", label="live")


def test_only_the_hash_is_stored(new_key):
    made = new_key()

    stored = ApiKey.objects.values().get(pk=made.row.pk)
    assert stored["hash"] == keyformat.hash_of(made.key)
    assert not any(made.key[12:] in str(value) for value in stored.values())
    assert made.key not in repr(made)


def test_key_kinds_have_their_prefix(new_key):
    prefix = settings.API_KEY_PREFIX
    assert new_key().key.startswith(f"{prefix}_live_")
    assert new_key(environment="test").key.startswith(f"{prefix}_test_")
    assert new_key(kind="management").key.startswith(f"{prefix}_mgmt_")


@pytest.mark.parametrize(
    ("wishes", "reason"),
    [
        ({"kind": "admin"}, "Kind must be"),
        ({"environment": "staging"}, "Environment must be"),
        ({"kind": "management", "environment": "test"}, "always live"),
        ({"scopes": ["images:delete"]}, "Unknown scope"),
        ({"scopes": ["accounts:read"]}, "Unknown scope"),
        ({"kind": "management", "scopes": ["images:write"]}, "Unknown scope"),
        ({"networks": ["10.0.0.1/8"]}, "Not an IP address"),
        ({"networks": ["example.com"]}, "Not an IP address"),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "in the past"),
        ({"rate_minute": 0}, "above zero"),
        ({"monthly_cap": 0}, "above zero"),
    ],
)
def test_a_wrong_wish_makes_no_key(new_key, wishes, reason):
    with pytest.raises(InvalidRequest, match=reason):
        new_key(**wishes)

    assert not ApiKey.objects.exists()
    assert not AuditEvent.objects.exists()


def test_networks_of_both_families_are_kept_in_their_normal_form(new_key):
    row = new_key(networks=["10.0.0.0/8", " 192.0.2.7 ", "2001:DB8::/32", "10.0.0.0/8"]).row

    assert row.networks == ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32"]


def test_the_eleventh_active_image_key_is_refused(new_key):
    made = [new_key(environment=env) for env in ("live", "test") * 5]
    new_key(kind="management")

    with pytest.raises(keys.TooManyKeys):
        new_key()

    keys.revoke(made[3].row)
    assert new_key().row.slot == 4
    with pytest.raises(keys.TooManyKeys):
        new_key()


def test_an_expired_key_gives_its_place_back(new_key, partner):
    now = timezone.now()
    new_key(expires_at=now + timedelta(days=1))
    for _ in range(9):
        new_key()

    made = new_key(now=now + timedelta(days=2))

    assert made.row.slot == 1


def test_the_database_itself_refuses_an_eleventh_key(new_key, partner):
    for _ in range(10):
        new_key()

    for slot in (None, 0, 5, 11):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiKey.objects.create(partner=partner, hash=f"h{slot}", hint="x", slot=slot)


def test_another_partners_keys_do_not_count(new_key):
    for _ in range(10):
        new_key()

    assert new_key(partner=Partner.objects.create(name="Other")).row.slot == 1


def test_revoking_twice_changes_nothing_more(new_key):
    row = new_key().row

    first = keys.revoke(row, actor="owner@acme.test").revoked_at
    assert keys.revoke(row).revoked_at == first
    assert AuditEvent.objects.filter(action="key.revoked", actor="owner@acme.test").count() == 1
    assert AuditEvent.objects.filter(action="key.revoked").count() == 1


def test_rotation_with_overlap_leaves_both_working_for_a_while(new_key):
    now = timezone.now()
    old = new_key(scopes=["images:read"], networks=["10.0.0.0/8"], rate_minute=7, name="shop").row

    new = keys.rotate(old, overlap=timedelta(hours=1), now=now).row

    old.refresh_from_db()
    assert old.expires_at == now + timedelta(hours=1)
    assert old.revoked_at is None
    assert new.expires_at is None
    assert (new.rotated_from, new.scopes, new.networks) == (old, old.scopes, old.networks)
    assert (new.rate_minute, new.name, new.environment) == (7, "shop", old.environment)


def test_rotation_without_overlap_ends_the_old_key_and_needs_no_free_place(new_key):
    rows = [new_key().row for _ in range(10)]

    new = keys.rotate(rows[4], overlap=timedelta(0)).row

    rows[4].refresh_from_db()
    assert rows[4].revoked_at is not None
    assert new.slot == 5


def test_rotation_with_overlap_counts_both_keys(new_key):
    rows = [new_key().row for _ in range(10)]

    with pytest.raises(keys.TooManyKeys):
        keys.rotate(rows[4], overlap=timedelta(hours=1))

    rows[4].refresh_from_db()
    assert rows[4].expires_at is None


def test_rotation_never_makes_an_old_key_live_longer(new_key):
    end = timezone.now() + timedelta(minutes=5)
    old = new_key(expires_at=end).row

    new = keys.rotate(old, overlap=timedelta(days=1)).row

    old.refresh_from_db()
    assert (old.expires_at, new.expires_at) == (end, end)


def test_a_dead_key_cannot_be_rotated(new_key):
    row = new_key().row
    keys.revoke(row)
    with pytest.raises(Conflict, match="Only an active key"):
        keys.rotate(row, overlap=timedelta(0))

    brief = new_key(expires_at=timezone.now() + timedelta(minutes=1)).row
    with pytest.raises(Conflict, match="Only an active key"):
        keys.rotate(brief, overlap=timedelta(0), now=timezone.now() + timedelta(hours=1))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_still_make_ten_keys():
    partner = Partner.objects.create(name="Busy")
    refused = []

    def create() -> None:
        try:
            keys.create_key(partner=partner)
        except keys.TooManyKeys:
            refused.append(1)
        finally:
            connection.close()

    threads = [threading.Thread(target=create) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 6
    assert sorted(partner.api_keys.values_list("slot", flat=True)) == list(range(1, 11))
