"""A catalogue becomes packshots: every row once, whatever is run again or dies in between."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.errors import InvalidRequest
from accounts.models import Partner
from billing import points
from imaging import jobs
from imaging.catalog import rows
from imaging.catalog.importing import Report, Wishes, import_catalogue
from imaging.catalog.models import ImportedRow, Product
from imaging.models import Generation
from tests.api.conftest import photo
from tests.imaging.conftest import balance

pytestmark = pytest.mark.django_db

HEADER = "sku,title,image,season"
MUG = "MUG-1,Red mug,https://shop.example/mug.jpg,spring"
CUP = "CUP-1,Blue cup,https://shop.example/cup.jpg,"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def make(*lines: str, header: str = HEADER) -> Path:
        file = tmp_path / "catalogue.csv"
        file.write_text("\n".join([header, *lines]) + "\n", "utf-8")
        return file

    return make


def bring_in(file: Path, partner: Partner, **wishes: Any) -> Report:
    asked = Wishes(partner=partner, **{"style": "white_bg", "folder": file.parent, **wishes})
    return import_catalogue(rows.read_rows(file), asked)


def test_every_row_is_a_product_and_an_order_that_waits_behind_people(
    write: Any, partner: Partner
) -> None:
    report = bring_in(write(MUG, CUP), partner)

    assert (report.rows, report.ordered, report.points) == (2, 2, 16)
    mug = Product.objects.get(sku="MUG-1")
    assert (mug.title, mug.metadata) == ("Red mug", {"season": "spring"})
    job = Generation.objects.get(product=mug)
    assert (job.operation, job.priority, job.recipe["style"]) == ("packshot", "batch", "white_bg")
    assert job.metadata == {"sku": "MUG-1", "season": "spring"}
    assert balance(partner) == 1000 - 16


def test_a_second_run_orders_and_charges_nothing(write: Any, partner: Partner) -> None:
    file = write(MUG, CUP)
    bring_in(file, partner)
    report = bring_in(file, partner)
    resumed = bring_in(file, partner, resume=True)

    assert (report.ordered, report.skipped) == (resumed.ordered, resumed.skipped) == (0, 2)
    assert Generation.objects.count() == Product.objects.count() == 2
    assert balance(partner) == 984


def test_a_row_with_another_photo_or_style_is_another_row(write: Any, partner: Partner) -> None:
    bring_in(write(MUG), partner)
    bring_in(write(MUG), partner, style="marble")
    report = bring_in(write(MUG.replace("mug.jpg", "new.jpg")), partner)

    assert report.ordered == 1
    assert Generation.objects.count() == 3
    assert Product.objects.get().image_url.endswith("new.jpg")


def test_an_import_that_ran_out_of_points_goes_on_where_it_was(
    write: Any, new_partner: Any, db: None
) -> None:
    poor = new_partner(granted="8")
    file = write(MUG, CUP)

    stopped = bring_in(file, poor)
    assert (stopped.ordered, stopped.rows) == (1, 2)
    assert "Insufficient" in stopped.stopped
    points.grant(partner=poor, tier="starter", points=Decimal(100))
    after = bring_in(file, poor)

    assert (after.ordered, after.skipped, after.stopped) == (1, 1, "")
    assert balance(poor) == 92


def test_resuming_orders_again_what_came_to_nothing(write: Any, partner: Partner) -> None:
    file = write(MUG, CUP)
    bring_in(file, partner)
    jobs.cancel(Generation.objects.get(product__sku="MUG-1").pk)

    assert bring_in(file, partner).ordered == 0
    assert bring_in(file, partner, resume=True).ordered == 1
    assert bring_in(file, partner, resume=True).ordered == 0
    assert balance(partner) == 984


def test_wrong_rows_are_told_and_the_others_ordered(write: Any, partner: Partner) -> None:
    report = bring_in(
        write(
            ",No sku,https://a.example/1.jpg,", "X-1,No photo,,", "X-2,Odd,not a photo,", MUG, MUG
        ),
        partner,
    )

    assert (report.ordered, report.failed) == (1, 4)
    assert [error["line"] for error in report.errors] == [2, 3, 4, 6]
    assert "sku must be" in report.errors[0]["message"]
    assert "stands in line 5 already" in report.errors[3]["message"]


def test_of_many_and_long_columns_what_fits_is_kept(write: Any, partner: Partner) -> None:
    """A shop's export: thirty columns, a page of description, a name like a sentence."""
    names = ["d" * 60, *(f"column {number}" for number in range(30))]
    cells = ["x" * 600, *(["y"] * 30)]
    file = write(",".join([MUG, *cells]), header=",".join([HEADER, *names]))

    assert bring_in(file, partner, dry_run=True).failed == 0
    assert bring_in(file, partner).ordered == 1

    known = Product.objects.get().metadata
    assert len(known) == 20
    assert (known["season"], known["d" * 40]) == ("spring", "x" * 500)
    assert Generation.objects.get().metadata == known


def test_a_dry_run_prices_all_and_writes_nothing(write: Any, partner: Partner) -> None:
    bring_in(write(MUG), partner)
    report = bring_in(write(MUG, CUP, "X-1,Odd,not a photo,"), partner, dry_run=True)

    assert (report.ordered, report.skipped, report.failed, report.points) == (1, 1, 1, 8)
    assert Product.objects.count() == Generation.objects.count() == 1
    assert balance(partner) == 992


def test_photos_may_lie_beside_the_file_but_not_elsewhere(
    write: Any, partner: Partner, tmp_path: Path
) -> None:
    import base64

    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "mug.png").write_bytes(base64.b64decode(photo()))
    secret = tmp_path.parent / f"{tmp_path.name}-secret.png"
    secret.write_bytes(base64.b64decode(photo()))
    file = write("MUG-1,Mug,photos/mug.png,", f"MUG-2,Mug,../{secret.name},", f"M-3,Mug,{secret},")

    report = bring_in(file, partner)
    elsewhere = bring_in(file, partner, style="marble", folder=None)

    assert (report.ordered, report.failed) == (1, 2)
    assert Product.objects.get().image_path
    assert elsewhere.failed == 3


def test_a_full_queue_is_waited_for(write: Any, partner: Partner, settings: Any) -> None:
    settings.QUEUE_LIMIT = 0
    tries = []

    def wait() -> bool:
        tries.append(1)
        settings.QUEUE_LIMIT = 500 if len(tries) == 2 else 0
        return True

    asked = Wishes(partner=partner, style="white_bg")
    report = import_catalogue(rows.read_rows(write(MUG)), asked, wait=wait)
    settings.QUEUE_LIMIT = 0
    stopped = import_catalogue(rows.read_rows(write(CUP)), asked)

    assert (report.ordered, len(tries)) == (1, 2)
    assert stopped.stopped


def test_semicolons_and_a_byte_order_mark_are_read(write: Any, partner: Partner) -> None:
    file = write("MUG-1;Red, matt;https://shop.example/mug.jpg", header="\ufeffSKU;Title;Image")

    assert bring_in(file, partner).ordered == 1
    assert Product.objects.get().title == "Red, matt"


@pytest.mark.parametrize("first", ["\ufeffsep=;\r", "sep=;;;", '"SEP=;"', "sep=|", "sep=\t"])
def test_a_line_for_excel_before_the_header_is_understood(
    write: Any, partner: Partner, first: str
) -> None:
    part = next(sign for sign in ";|\t" if sign in first)
    lines = ["sku;title,;image", "MUG-1;Red, matt;https://shop.example/mug.jpg", "X-1;Odd;no photo"]
    file = write(*(line.replace(";", part) for line in lines), header=first)

    report = bring_in(file, partner)

    assert (report.ordered, report.failed) == (1, 1)
    assert report.errors[0]["line"] == 4
    assert rows.read_header(file)[0] == ["sku", "title,", "image"]


@pytest.mark.parametrize("header", ["sku,title", "name,image", ""])
def test_a_file_without_its_columns_is_refused(write: Any, partner: Partner, header: str) -> None:
    with pytest.raises(InvalidRequest, match="no column"):
        bring_in(write(MUG, header=header), partner)


def test_an_unknown_style_is_refused(write: Any, partner: Partner) -> None:
    with pytest.raises(InvalidRequest, match="Unknown style"):
        bring_in(write(MUG), partner, style="nope")


def test_the_database_takes_a_row_once(write: Any, partner: Partner) -> None:
    bring_in(write(MUG), partner)
    row = ImportedRow.objects.get()

    with pytest.raises(IntegrityError), transaction.atomic():
        ImportedRow.objects.create(partner=partner, key=row.key, generation=row.generation)


# --- The command ---------------------------------------------------------------------------------


def test_the_command_prints_one_json_object(write: Any, partner: Partner, capsys: Any) -> None:
    call_command(
        "import_catalog", write(MUG, ",x,y,"), partner=str(partner.pk), style="wood", json=True
    )

    said = capsys.readouterr()
    answer = json.loads(said.out)
    assert (answer["rows"], answer["ordered"], answer["failed"]) == (2, 1, 1)
    assert answer["points"] == 8
    assert "line 3 (no sku)" in said.err
    assert "2/2" in said.err


def test_the_command_says_why_it_stopped(
    write: Any, new_partner: Any, db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    wishes = {"partner": str(new_partner(granted="8").pk), "style": "wood"}

    with pytest.raises(CommandError, match="Insufficient points"):
        call_command("import_catalog", write(MUG, CUP), json=True, **wishes)

    told = json.loads(capsys.readouterr().out)
    assert (told["ordered"], told["points"]) == (1, 8)
    assert "Insufficient" in told["stopped"]


def test_the_command_refuses_a_file_that_is_not_there(tmp_path: Path, partner: Partner) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_catalog", tmp_path / "x.csv", partner=str(partner.pk), style="wood")


def test_the_command_orders_nothing_for_a_partner_that_is_switched_off(
    write: Any, partner: Partner
) -> None:
    Partner.objects.update(active=False)

    with pytest.raises(CommandError, match="inactive"):
        call_command("import_catalog", write(MUG), partner=str(partner.pk), style="white_bg")

    assert not Generation.objects.exists()
