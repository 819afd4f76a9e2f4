"""Imports from the dashboard: uploaded, checked, imported in slices, stopped and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import partners
from accounts.errors import Conflict, InvalidRequest, NotFound, Unavailable
from accounts.models import AuditEvent, Partner
from billing import points
from imaging import jobs
from imaging.catalog import import_slices, imports
from imaging.catalog.models import CatalogueImport, Product
from imaging.models import Generation
from tests.imaging.conftest import balance

pytestmark = pytest.mark.django_db

COLUMNS = {"sku": "Article", "title": "Name", "image": "Photo"}
WHO: dict[str, Any] = {"actor": "owner@acme.example", "address": "127.0.0.1"}
Upload = Callable[..., CatalogueImport]


def csv(rows: int = 3, *more: str) -> bytes:
    lines = [f"A-{n},Cup {n},https://shop.example/{n}.jpg,spring" for n in range(rows)]
    return "\n".join(["Article,Name,Photo,season", *lines, *more, ""]).encode()


@pytest.fixture
def upload(partner: Partner) -> Upload:
    def receive(data: bytes | None = None, name: str = "autumn.csv") -> CatalogueImport:
        return imports.receive(
            partner=partner, name=name, data=csv() if data is None else data, actor="owner"
        )

    return receive


def work(row: CatalogueImport, most: int = 50) -> None:
    """Do what the default worker would, slice after slice."""
    for _ in range(most):
        if not import_slices.advance(row.pk):
            break
    row.refresh_from_db()


def checked(row: CatalogueImport, style: str = "white_bg") -> CatalogueImport:
    imports.check(row, columns=COLUMNS, style=style)
    work(row)
    return row


def imported(row: CatalogueImport) -> CatalogueImport:
    imports.start(checked(row), **WHO)
    work(row)
    return row


def test_columns_are_guessed_by_their_names() -> None:
    shopify = ["Handle", "Title", "Variant SKU", "Image Src", "Vendor"]
    assert imports.guess(shopify) == {"sku": "Variant SKU", "title": "Title", "image": "Image Src"}
    assert imports.guess(["colour", "size"]) == {}


def test_a_check_orders_nothing_and_knows_the_price(upload: Upload, partner: Partner) -> None:
    row = checked(upload(csv(3, "A-9,No photo,,spring")))

    report = import_slices.read_report(row)
    assert row.status == "checked"
    assert (report.rows, report.ordered, report.failed, report.points) == (4, 3, 1, 24)
    assert report.errors[0]["line"] == 5
    assert not Generation.objects.exists()
    assert not Product.objects.exists()


def test_an_import_orders_every_row_once(upload: Upload, partner: Partner) -> None:
    row = imported(upload())

    assert (row.status, import_slices.read_report(row).ordered) == ("done", 3)
    assert Product.objects.get(sku="A-1").metadata == {"season": "spring"}
    assert Generation.objects.count() == 3
    assert balance(partner) == 1000 - 24
    trail = AuditEvent.objects.filter(action="import.started").get()
    assert (trail.actor, trail.target) == ("owner@acme.example", "autumn.csv")

    again = imported(upload())
    assert import_slices.read_report(again).skipped == 3
    assert balance(partner) == 1000 - 24


def test_it_is_done_in_slices_and_sees_a_sku_twice_across_them(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_slices, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(import_slices, "_SAVE_SECONDS", 0.0)
    row = upload(csv(3, "A-0,Cup again,https://shop.example/9.jpg,"))
    imports.check(row, columns=COLUMNS, style="white_bg")

    import_slices.advance(row.pk)
    row.refresh_from_db()
    assert (row.status, import_slices.read_report(row).rows) == ("checking", 1)

    work(row)
    report = import_slices.read_report(row)
    assert (row.status, report.rows, report.failed) == ("checked", 4, 1)
    assert "stands in line 2 already" in report.errors[0]["message"]


def test_where_the_partner_is_switched_off_it_stops_and_goes_on_there(
    upload: Upload, partner: Partner
) -> None:
    row = checked(upload())
    imports.start(row, **WHO)
    partners.set_active(partner, False)
    work(row)
    assert (row.status, import_slices.read_report(row).rows) == ("stopped", 0)
    assert "inactive" in import_slices.read_report(row).stopped
    assert not Generation.objects.exists()

    partners.set_active(partner, True)
    imports.resume(row, **WHO)
    work(row)
    assert (row.status, import_slices.read_report(row).ordered) == ("done", 3)


def test_where_points_run_out_it_stops_and_goes_on_there(upload: Upload, new_partner: Any) -> None:
    poor = new_partner("poor", "16")
    row = imports.receive(partner=poor, name="a.csv", data=csv(3), actor="owner")
    imported(row)
    report = import_slices.read_report(row)
    assert (row.status, report.rows, report.ordered) == ("stopped", 2, 2)
    assert "points" in report.stopped.lower()

    points.grant(partner=poor, tier="starter", points=Decimal(100))
    imports.resume(row, **WHO)
    work(row)
    assert (row.status, import_slices.read_report(row).ordered) == ("done", 3)
    assert Generation.objects.filter(partner=poor).count() == 3


def test_a_full_queue_is_waited_for_without_holding_the_worker(
    upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = checked(upload())
    imports.start(row, **WHO)

    def full(*arguments: Any, **options: Any) -> None:
        raise Unavailable("Too many jobs wait")

    with monkeypatch.context() as patched:
        patched.setattr("imaging.catalog.importing.submitting.submit", full)
        import_slices.advance(row.pk)
    row.refresh_from_db()
    assert (row.status, row.lease_until) == ("importing", None)
    assert import_slices.read_report(row).rows == 0

    work(row)
    assert row.status == "done"


def test_a_worker_that_died_is_followed_by_another(upload: Upload) -> None:
    row = checked(upload())
    imports.start(row, **WHO)
    later = timezone.now() + timedelta(minutes=1)
    CatalogueImport.objects.filter(pk=row.pk).update(lease_until=later)
    assert import_slices.advance_all() == 0

    CatalogueImport.objects.filter(pk=row.pk).update(lease_until=timezone.now())
    assert import_slices.advance_all() == 1
    row.refresh_from_db()
    assert row.status == "done"


def test_a_partner_has_few_imports_at_work_and_the_schedule_a_short_round(
    upload: Upload, monkeypatch: Any
) -> None:
    monkeypatch.setattr(imports, "MOST_AT_WORK", 2)
    monkeypatch.setattr(import_slices, "ROUND_SECONDS", -1.0)
    first, second, third = [upload(csv()) for _ in range(3)]
    for row in (first, second):
        imports.check(row, columns=COLUMNS, style="white_bg")
    with pytest.raises(Conflict, match="at work already"):
        imports.check(third, columns=COLUMNS, style="white_bg")
    assert import_slices.advance_all() == 0

    work(first)
    imports.check(third, columns=COLUMNS, style="white_bg")


def test_one_that_is_paused_stops_and_can_be_gone_on_with(upload: Upload) -> None:
    row = checked(upload())
    imports.start(row, **WHO)
    imports.pause(row, **WHO)
    assert not import_slices.advance(row.pk)
    assert not Generation.objects.exists()

    imports.resume(row, **WHO)
    work(row)
    assert Generation.objects.count() == 3


def test_a_slice_that_was_stopped_writes_nothing_over_the_run_that_follows(upload: Upload) -> None:
    row = checked(upload())
    imports.start(row, **WHO)
    old = import_slices._claimed(row.pk)
    assert old is not None
    imports.pause(row, **WHO)
    imports.resume(row, **WHO)
    assert import_slices._claimed(row.pk)

    assert not import_slices._save(old, import_slices.read_report(old))


def test_the_price_of_a_check_that_was_given_up_is_not_that_of_other_columns(
    upload: Upload,
) -> None:
    row = upload()
    imports.check(row, columns=COLUMNS, style="white_bg")
    old = import_slices._claimed(row.pk)
    assert old is not None
    imports.pause(row, **WHO)
    imports.check(row, columns={"sku": "Name", "image": "Photo"}, style="white_bg")

    import_slices._ended(old, import_slices.Report(ordered=3), import_slices._Queue())
    row.refresh_from_db()
    assert (row.status, row.report) == ("checking", {})


def test_what_came_to_nothing_is_ordered_again_when_asked(upload: Upload) -> None:
    row = imported(upload())
    assert jobs.cancel(Generation.objects.get(metadata__sku="A-1").pk)

    imports.order_again(row, **WHO)
    work(row)
    report = import_slices.read_report(row)
    assert (row.status, report.ordered, report.skipped) == ("done", 1, 2)


def test_an_old_file_is_forgotten_and_cannot_be_ordered_again(upload: Upload) -> None:
    row = imported(upload())
    path = row.path
    assert import_slices.forget_old_files() == 0

    week_ago = timezone.now() - import_slices.FILE_KEPT - timedelta(hours=1)
    CatalogueImport.objects.filter(pk=row.pk).update(finished_at=week_ago)
    assert import_slices.forget_old_files() == 1
    assert not default_storage.exists(path)
    row.refresh_from_db()
    with pytest.raises(Conflict):
        imports.order_again(row, **WHO)


def test_discarding_takes_the_file_away_but_not_while_it_runs(upload: Upload) -> None:
    row = upload()
    imports.check(row, columns=COLUMNS, style="white_bg")
    with pytest.raises(Conflict):
        imports.discard(row, **WHO)
    work(row)
    imports.discard(row, **WHO)
    assert not default_storage.exists(row.path)
    assert not CatalogueImport.objects.exists()


@pytest.mark.parametrize(
    "data",
    [b"", b"sku,image\n", b"one column\nvalue\n", b"\xff\xfe\x00", b"a,b\n\x00,1\n"],
    ids=["empty", "no rows", "one column", "no text", "NUL"],
)
def test_a_file_that_is_no_catalogue_is_refused(upload: Upload, data: bytes) -> None:
    with pytest.raises(InvalidRequest):
        upload(data)
    assert not CatalogueImport.objects.exists()


def test_a_file_of_another_encoding_is_refused_with_what_to_do(upload: Upload) -> None:
    with pytest.raises(InvalidRequest, match="save it as CSV UTF-8"):
        upload("sku,title,image\nA-1,Größe,https://a.example/1.jpg\n".encode("latin-1"))


def test_a_file_that_is_too_large_is_refused(upload: Upload, monkeypatch: Any) -> None:
    monkeypatch.setattr(imports, "MOST_BYTES", 20)
    with pytest.raises(InvalidRequest, match="over"):
        upload()
    monkeypatch.setattr(imports, "MOST_BYTES", 10_000)
    monkeypatch.setattr(imports, "MOST_ROWS", 2)
    with pytest.raises(InvalidRequest, match="more than 2 rows"):
        upload()


@pytest.mark.parametrize(
    ("columns", "style"),
    [
        ({"sku": "Article", "image": ""}, "white_bg"),
        ({"sku": "Article", "image": "Article"}, "white_bg"),
        ({"sku": "Article", "image": "Nowhere"}, "white_bg"),
        (COLUMNS, "no such style"),
    ],
)
def test_columns_and_style_must_be_real(
    upload: Upload, columns: dict[str, str], style: str
) -> None:
    row = upload()
    with pytest.raises(InvalidRequest):
        imports.check(row, columns=columns, style=style)
    row.refresh_from_db()
    assert row.status == "uploaded"


def test_nothing_starts_before_it_was_checked(upload: Upload) -> None:
    with pytest.raises(Conflict):
        imports.start(upload(), **WHO)


def test_another_partner_s_import_is_not_there(upload: Upload, new_partner: Any) -> None:
    with pytest.raises(NotFound):
        imports.find(new_partner("other"), upload().pk)


def test_the_database_refuses_a_row_that_contradicts_itself(upload: Upload) -> None:
    row = upload()
    for facts in (
        {"status": "odd"},
        {"status": "done"},
        {"path": ""},
        {"lease_until": timezone.now()},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            CatalogueImport.objects.filter(pk=row.pk).update(**facts)
