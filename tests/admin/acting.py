"""What staff do on a page, and what the trail says of it."""

from __future__ import annotations

import html

from django.test import Client

from accounts.models import AuditEvent
from billing.models import Bucket


def act(site: Client, address: str, action: str, *ids: object) -> str:
    """Choose rows of a list and an action; the page that follows."""
    answer = site.post(
        f"/admin/{address}/",
        {"action": action, "_selected_action": [str(chosen) for chosen in ids]},
        follow=True,
    )
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def trail(action: str) -> AuditEvent:
    return AuditEvent.objects.get(action=action, actor="chief@softbox.test")


def correct(site: Client, bucket: Bucket, amount: str, reason: str = "Ticket 81") -> str:
    form = {"points": amount, "reason": reason}
    answer = site.post(f"/admin/billing/bucket/{bucket.pk}/correct/", form, follow=True)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())
