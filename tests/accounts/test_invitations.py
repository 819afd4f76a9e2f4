"""Invitations: a link that works once, for a while, for the person it was sent to."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError
from django.utils import timezone

from accounts import invitations
from accounts.errors import Conflict, Forbidden, InvalidRequest, NotFound, Unavailable
from accounts.models import Invitation, Membership, Partner, User
from accounts.signing_in import vouch_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner() -> Partner:
    return Partner.objects.create(name="Acme")


@pytest.fixture
def bob() -> User:
    user = User.objects.create_user("bob@acme.example")
    vouch_for(user)
    return user


def invite(
    partner: Partner, email: str = "bob@acme.example", role: str = "developer"
) -> Invitation:
    return invitations.invite(partner=partner, email=email, role=role, actor="ada@acme.example")


def token() -> str:
    """What the latest mail's link holds."""
    found = re.search(r"/dashboard/join/([\w-]+)/", str(mail.outbox[-1].body))
    assert found
    return found[1]


def sent(partner: Partner, run: Any, **options: Any) -> str:
    with run(execute=True):
        invite(partner, **options)
    return token()


def test_the_link_makes_its_reader_a_member_once(
    partner: Partner, bob: User, django_capture_on_commit_callbacks: Any
) -> None:
    link = sent(partner, django_capture_on_commit_callbacks)

    invitations.accept(link, user=bob)

    assert Membership.objects.get(user=bob, partner=partner).role == "developer"
    with pytest.raises(NotFound):
        invitations.accept(link, user=bob)


def test_it_is_of_no_use_to_somebody_else(
    partner: Partner, django_capture_on_commit_callbacks: Any
) -> None:
    link = sent(partner, django_capture_on_commit_callbacks)
    eve = User.objects.create_user("eve@evil.example")
    vouch_for(eve)
    with pytest.raises(Forbidden):
        invitations.accept(link, user=eve)
    assert not partner.memberships.exists()


def test_an_address_that_was_not_proved_does_not_count(
    partner: Partner, django_capture_on_commit_callbacks: Any
) -> None:
    link = sent(partner, django_capture_on_commit_callbacks)
    claims_to_be_bob = User.objects.create_user("bob@acme.example")
    with pytest.raises(Forbidden):
        invitations.accept(link, user=claims_to_be_bob)


def test_it_ends_after_a_week(
    partner: Partner, bob: User, django_capture_on_commit_callbacks: Any
) -> None:
    link = sent(partner, django_capture_on_commit_callbacks)
    partner.invitations.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotFound):
        invitations.accept(link, user=bob)


def test_asking_again_kills_the_first_link(
    partner: Partner, bob: User, django_capture_on_commit_callbacks: Any
) -> None:
    first = sent(partner, django_capture_on_commit_callbacks)
    second = sent(partner, django_capture_on_commit_callbacks)
    with pytest.raises(NotFound):
        invitations.accept(first, user=bob)
    invitations.accept(second, user=bob)


def test_a_withdrawn_one_is_dead(
    partner: Partner, bob: User, django_capture_on_commit_callbacks: Any
) -> None:
    link = sent(partner, django_capture_on_commit_callbacks)
    invitations.withdraw(partner.invitations.get(), actor="ada@acme.example")
    with pytest.raises(NotFound):
        invitations.accept(link, user=bob)


def test_the_token_is_stored_nowhere(
    partner: Partner, django_capture_on_commit_callbacks: Any
) -> None:
    link = sent(partner, django_capture_on_commit_callbacks)
    assert link not in str(partner.invitations.values().get())
    assert link not in str(list(partner.audit_events.values()))


def test_a_member_cannot_be_invited_again(partner: Partner, bob: User) -> None:
    Membership.objects.create(user=bob, partner=partner)
    with pytest.raises(Conflict):
        invite(partner)


def test_nobody_is_invited_by_a_mail_that_cannot_be_sent(partner: Partner, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    with pytest.raises(Unavailable, match="cannot be sent"):
        invite(partner)
    assert not partner.invitations.exists()


def test_nobody_is_written_to_again_and_again(partner: Partner, monkeypatch: Any) -> None:
    for _ in range(invitations.MOST_A_DAY_TO_ONE):
        invite(partner)
        invitations.withdraw(partner.invitations.get(), actor="ada@acme.example")
    with pytest.raises(Conflict, match="5 times today"):
        invite(partner)

    monkeypatch.setattr(invitations, "MOST_A_DAY", 6)
    invite(partner, email="carol@acme.example")
    with pytest.raises(Conflict, match="a day"):
        invite(partner, email="dora@acme.example")
    assert len(mail.outbox) == 6

    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    invite(partner)


@pytest.mark.parametrize(
    "wrong", [{"email": "no address"}, {"email": f"{'x' * 280}@acme.example"}, {"role": "emperor"}]
)
def test_wrong_wishes_are_refused(partner: Partner, wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        invite(partner, **wrong)


def test_an_address_that_is_too_long_for_the_audit_log_is_cut_there(partner: Partner) -> None:
    invite(partner, email=f"{'x' * 230}@acme.example")
    event = partner.audit_events.get(action="member.invited")
    assert event.target == "x" * 200


def test_the_database_allows_one_open_invitation_for_an_address(partner: Partner) -> None:
    invite(partner)
    facts = {"email": "bob@acme.example", "role": "viewer", "expires_at": timezone.now()}
    with pytest.raises(IntegrityError):
        partner.invitations.create(token_hash="x", invited_by="y", **facts)
