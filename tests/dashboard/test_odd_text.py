"""Text that no database takes: PostgreSQL refuses a NUL wherever it stands."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.dashboard.conftest import Company

pytestmark = pytest.mark.django_db

ADDRESSES = {
    "audit/?action=%00&actor=%00": 200,
    "billing/paid/?session=%00": 404,
    f"merchants/{'a' * 23}%00/": 404,
    "products/?q=%00": 200,
    "gallery/?status=%00&operation=%00&review=%00": 200,
}


def test_a_nul_is_taken_for_what_is_not_there_or_refused(acme: Company) -> None:
    client = acme.client("owner")
    found = {path: client.get(f"/dashboard/{path}").status_code for path in ADDRESSES}
    assert found == ADDRESSES

    assert acme.generation
    review = reverse("dashboard-review", args=[acme.generation.pk])
    answer = client.post(review, {"decision": "approve", "note": "a\0b"}, follow=True)
    assert b"note must be text" in answer.content
