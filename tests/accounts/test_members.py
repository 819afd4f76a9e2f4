"""Roles and leaving: a partner is never without an owner."""

from __future__ import annotations

import pytest

from accounts import members
from accounts.errors import InvalidRequest, NotFound
from accounts.models import Membership, Partner, User

pytestmark = pytest.mark.django_db


def member(partner: Partner, name: str, role: str) -> Membership:
    user = User.objects.create_user(f"{name}@acme.example")
    return Membership.objects.create(user=user, partner=partner, role=role)


@pytest.fixture
def partner() -> Partner:
    return Partner.objects.create(name="Acme")


def test_a_role_can_be_changed_and_stands_in_the_audit_trail(partner: Partner) -> None:
    member(partner, "ada", "owner")
    bob = member(partner, "bob", "viewer")

    members.change_role(bob, "developer", actor="ada@acme.example")

    bob.refresh_from_db()
    assert bob.role == "developer"
    event = partner.audit_events.get(action="member.role_changed")
    assert (event.target, event.facts) == (
        "bob@acme.example",
        {"from": "viewer", "to": "developer"},
    )


def test_the_last_owner_can_neither_step_down_nor_leave(partner: Partner) -> None:
    ada = member(partner, "ada", "owner")
    member(partner, "bob", "developer")
    with pytest.raises(members.LastOwner):
        members.change_role(ada, "viewer")
    with pytest.raises(members.LastOwner):
        members.remove(ada)
    assert partner.memberships.filter(role="owner").count() == 1


def test_one_of_two_owners_may_go(partner: Partner) -> None:
    ada = member(partner, "ada", "owner")
    member(partner, "bob", "owner")
    members.remove(ada)
    assert [one.user.email for one in partner.memberships.all()] == ["bob@acme.example"]


def test_an_unknown_role_is_refused(partner: Partner) -> None:
    with pytest.raises(InvalidRequest):
        members.change_role(member(partner, "ada", "owner"), "emperor")


def test_another_partner_s_member_is_not_found(partner: Partner) -> None:
    theirs = member(Partner.objects.create(name="Rival"), "eve", "owner")
    with pytest.raises(NotFound):
        members.find(partner, theirs.pk)
