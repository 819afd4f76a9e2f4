"""Who belongs to a partner and in which role. A partner is never without an owner."""

from __future__ import annotations

from django.db import transaction

from accounts import audit
from accounts.errors import Conflict, InvalidRequest, NotFound
from accounts.models import Membership, Partner


class LastOwner(Conflict):
    """Without this one nobody could manage the partner."""

    code = "last_owner"

    def __init__(self) -> None:
        super().__init__("A partner needs an owner. Make somebody else an owner first.")


def checked_role(role: str) -> str:
    """`role` if there is such a one. Raises InvalidRequest."""
    if role not in Membership.Role.values:
        known = ", ".join(Membership.Role.values)
        raise InvalidRequest(f"Unknown role. Supported: {known}", param="role")
    return role


def find(partner: Partner, membership_id: int) -> Membership:
    """One of the partner's members. Raises NotFound, also for another partner's."""
    found = partner.memberships.select_related("user").filter(pk=membership_id).first()
    if found is None:
        raise NotFound("There is no such member.")
    return found


@transaction.atomic
def change_role(
    member: Membership, role: str, *, actor: str = audit.SYSTEM, address: str | None = None
) -> Membership:
    """Give a member another role. Raises InvalidRequest, LastOwner."""
    checked_role(role)
    stays_owned(member, still_owner=role == Membership.Role.OWNER)
    before, member.role = member.role, role
    member.save(update_fields=["role"])
    _recorded("member.role_changed", member, actor, address, {"from": before, "to": role})
    return member


@transaction.atomic
def remove(member: Membership, *, actor: str = audit.SYSTEM, address: str | None = None) -> None:
    """Take a member's access; their user stays, and so do keys they made. Raises LastOwner."""
    stays_owned(member, still_owner=False)
    _recorded("member.removed", member, actor, address, {"role": member.role})
    member.delete()


def stays_owned(member: Membership, *, still_owner: bool) -> None:
    """Raises LastOwner where the partner would be left without an owner. Call it in the
    transaction of the change."""
    # Two owners who remove each other at once must not both succeed.
    Partner.objects.select_for_update(no_key=True).get(pk=member.partner_id)
    owners = Membership.objects.filter(partner_id=member.partner_id, role=Membership.Role.OWNER)
    if not still_owner and not owners.exclude(pk=member.pk).exists():
        raise LastOwner


def _recorded(
    action: str, member: Membership, actor: str, address: str | None, facts: dict[str, str]
) -> None:
    audit.record(
        action=action,
        target=member.user.email,
        partner=member.partner,
        actor=actor,
        address=address,
        facts=facts,
    )
