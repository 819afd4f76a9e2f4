"""The brand page: kept, begun with in the playground, refused where it makes no sense."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from accounts.models import AuditEvent, Brand
from tests.dashboard.conftest import Company

pytestmark = pytest.mark.django_db


def test_the_playground_begins_with_the_brand(acme: Company) -> None:
    client = acme.client("owner")
    body = {"style": _some_style(), "background": "#0a7d5c", "palette": "#0A7D5C, #ffffff"}
    assert client.post(reverse("dashboard-brand"), body).status_code == 302
    assert Brand.objects.get().palette == "#0a7d5c,#ffffff"
    assert AuditEvent.objects.filter(action="brand.changed", partner=acme.partner).exists()

    page = client.get(reverse("dashboard-playground")).content.decode()

    assert f'<option value="{body["style"]}" selected>' in page
    assert 'value="#0a7d5c"' in page
    assert '<option value="#ffffff">' in page


def test_another_partner_s_playground_does_not(acme: Company, rival: Company) -> None:
    Brand.objects.create(partner=rival.partner, background="#123456", palette="#123456")
    page = acme.client("owner").get(reverse("dashboard-playground")).content
    assert b"#123456" not in page


@pytest.mark.parametrize("palette", ["green", "#fff", "#0a7d5c;", ",".join(["#0a7d5c"] * 7)])
def test_what_is_no_colour_is_refused(acme: Company, palette: str) -> None:
    answer = acme.client("owner").post(reverse("dashboard-brand"), {"palette": palette})
    assert b"Up to six colours" in answer.content
    assert not Brand.objects.exists()
    with pytest.raises(DatabaseError), transaction.atomic():
        Brand.objects.create(partner=acme.partner, palette=palette)


def test_an_unknown_style_is_refused(acme: Company) -> None:
    acme.client("owner").post(reverse("dashboard-brand"), {"style": "nonsense"})
    assert not Brand.objects.exists()


def test_a_background_that_the_api_would_refuse_is_refused(acme: Company) -> None:
    answer = acme.client("owner").post(reverse("dashboard-brand"), {"background": "#zzz"})
    assert b"background must be #RRGGBB or words" in answer.content
    assert not Brand.objects.exists()


def _some_style() -> str:
    from imaging.engines import presets

    return next(name for name in presets.styles() if name != "studio_packshot")
