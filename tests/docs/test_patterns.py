"""The queue and its worker on the patterns page, run as they stand there."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from accounts import keys
from accounts.models import Partner
from billing import points
from imaging.models import Generation
from tests.api.conftest import engines, partner, rich, worker  # noqa: F401 (fixtures)
from tests.docs.pages import blocks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(
    live_server: Any,
    settings: Any,
    rich: Partner,  # noqa: F811
    worker: None,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Any:
    """Runs the example in a folder with a catalogue, as often as it is called."""
    settings.PUBLIC_URL = live_server.url
    [code] = blocks("patterns.md", "python")
    code = code.replace("sq_live_...", keys.create_key(partner=rich).key)
    code = code.replace("http://localhost:8000", live_server.url)
    photo = f"{live_server.url}/static/samples/"
    (tmp_path / "catalogue.csv").write_text(
        f"sku,image\nBAD-1,mug.jpg\nMUG-1,{photo}mug.jpg\nGONE-1,{photo}gone.jpg\n"
    )
    monkeypatch.chdir(tmp_path)

    def run() -> list[tuple[Any, ...]]:
        names: dict[str, Any] = {"__name__": "patterns"}
        exec(code, names)  # noqa: S102 (our own page)
        names["db"].close()
        return rows("SELECT sku, style, tries, picture, generation FROM queue ORDER BY sku, style")

    return run


def rows(question: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect("queue.sqlite3") as db:
        found = db.execute(question).fetchall()
    db.close()
    return found


def test_a_catalogue_is_filled_and_what_fails_is_tried_again(
    run: Any,
    rich: Partner,  # noqa: F811
) -> None:
    *bad, gone_lifestyle, gone_white, lifestyle, white = run()

    assert [lifestyle[:3], white[:3]] == [("MUG-1", "lifestyle", 0), ("MUG-1", "white_bg", 0)]
    assert lifestyle[3].endswith(".png")
    assert Generation.objects.get(pk=white[4]).metadata == {"sku": "MUG-1"}
    assert [gone_white[:4], gone_lifestyle[:4]] == [
        ("GONE-1", "white_bg", 1, None),
        ("GONE-1", "lifestyle", 1, None),
    ]
    assert [row[2:] for row in bad] == [(1, None, None)] * 2
    for _ in range(4):
        run()
    assert rows("SELECT tries FROM queue WHERE sku != 'MUG-1'") == [(3,)] * 4
    assert points.balance(partner_id=rich.pk) == 84


def test_a_worker_that_died_before_it_noted_the_answer_pays_nothing_again(
    run: Any,
    rich: Partner,  # noqa: F811
) -> None:
    first = run()
    with sqlite3.connect("queue.sqlite3") as db:
        db.execute("UPDATE queue SET picture = NULL, generation = NULL WHERE sku = 'MUG-1'")
    db.close()

    again = run()

    assert [row for row in again if row[0] == "MUG-1"] == [
        row for row in first if row[0] == "MUG-1"
    ]
    assert points.balance(partner_id=rich.pk) == 84
