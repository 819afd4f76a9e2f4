"""Points and prices in the hands of staff: every change is a new entry with its reason."""

from __future__ import annotations

from decimal import Decimal

import pytest

from accounts.models import AuditEvent
from billing import points
from billing.models import Bucket, Entry, Hold, Price
from tests.admin.acting import act, correct, trail
from tests.imaging.conftest import balance


def test_granted_points_are_a_bucket_with_an_entry(site, company):
    before = balance(company.partner)
    form = {"partner": company.partner.pk, "tier": "growth", "points": "7.25", "reason": "Sorry"}

    answer = site.post("/admin/billing/bucket/add/", form)

    assert answer.status_code == 302
    assert balance(company.partner) == before + Decimal("7.25")
    entry = Entry.objects.get(reason="Sorry")
    assert (entry.kind, entry.bucket.tier) == ("grant", "growth")
    assert trail("points.granted").facts == {"tier": "growth", "points": 7.25, "reason": "Sorry"}


@pytest.mark.parametrize("bad", ["0", "-5", "7.1", "many", "99999999999"])
def test_points_that_cannot_be_are_told_on_the_form(site, company, bad):
    before = Bucket.objects.count()
    form = {"partner": company.partner.pk, "tier": "growth", "points": bad, "reason": "Sorry"}

    answer = site.post("/admin/billing/bucket/add/", form)

    assert answer.status_code == 200
    assert "errornote" in answer.content.decode()
    assert Bucket.objects.count() == before


def test_a_bucket_cannot_be_edited(site, company):
    bucket = Bucket.objects.get()

    answer = site.post(f"/admin/billing/bucket/{bucket.pk}/change/", {"remaining": "1000000"})

    assert answer.status_code == 403
    assert balance(company.partner) < 100


def test_a_correction_is_a_new_entry_with_its_reason(site, company):
    bucket = Bucket.objects.get()
    before = list(Entry.objects.order_by("id").values_list("id", "points"))
    left = bucket.remaining

    assert "The correction is in the ledger." in correct(site, bucket, "-7.25")
    assert "The correction is in the ledger." in correct(site, bucket, "7.25")

    bucket.refresh_from_db()
    assert bucket.remaining == left
    assert list(Entry.objects.order_by("id").values_list("id", "points"))[:-2] == before
    out, back = Entry.objects.filter(kind="correction").order_by("id")
    assert (out.points, back.points, out.reason) == (Decimal("-7.25"), Decimal("7.25"), "Ticket 81")
    assert AuditEvent.objects.filter(action="points.corrected").count() == 2
    assert points.reconcile() == []


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("-1000", "points left"),
        ("1000", "Grant a new one for more"),
        ("0", "more than 0"),
        ("7.1", "quarter steps"),
        ("many", "Enter a number"),
    ],
)
def test_a_correction_that_cannot_be_is_told_on_the_form(site, company, amount, words):
    assert words in correct(site, Bucket.objects.get(), amount)
    assert not Entry.objects.filter(kind="correction").exists()


def test_a_correction_leaves_room_for_points_that_jobs_still_hold(site, company):
    """The points of the jobs that wait may come back; the delivered one's never do."""
    bucket = Bucket.objects.get()
    held = sum(Hold.objects.filter(state="held").values_list("points_held", flat=True))
    assert (bucket.original - bucket.remaining, held) == (40, 32)

    assert "At most 8 points" in correct(site, bucket, "8.25")
    assert "The correction is in the ledger." in correct(site, bucket, "8")

    act(
        site,
        "imaging/generation",
        "cancel",
        *company.partner.generations.values_list("pk", flat=True),
    )
    bucket.refresh_from_db()
    assert bucket.remaining == 100


def test_a_correction_needs_a_reason(site, company):
    correct(site, Bucket.objects.get(), "-1", reason="")
    assert not Entry.objects.filter(kind="correction").exists()


def test_a_price_is_edited_in_quarter_steps(site, company):
    price = Price.objects.get(tier="starter", operation="create", mode="fast")
    address = f"/admin/billing/price/{price.pk}/change/"

    assert site.post(address, {"points": "8.1"}).status_code == 200
    assert site.post(address, {"points": "9.25"}).status_code == 302

    price.refresh_from_db()
    assert str(price.points) == "9.25"
    assert trail("price.changed").facts["fields"] == ["points"]
