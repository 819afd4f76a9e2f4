"""The list of generations: pages by keyset, filters, and what a wrong one is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Partner
from imaging.models import Generation
from tests.api.conftest import Caller

pytestmark = pytest.mark.django_db

LIST = "/partner/v1/generations"


def add(partner: Partner, moment: str, **facts: Any) -> str:
    """A cancelled generation of that moment; its id."""
    created = datetime.fromisoformat(moment).replace(tzinfo=UTC)
    recipe = {"resolution": "1k", "aspect_ratio": "1:1", "seed": 1}
    row = Generation.objects.create(
        partner=partner,
        created_at=created,
        finished_at=created,
        recipe=recipe,
        **{"operation": "create", "status": "cancelled", **facts},
    )
    return str(row.id)


def ids(one: Caller, query: str = "") -> list[str]:
    answer = one.get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["data"]["generations"]]


def test_the_newest_comes_first_and_every_row_once(live: Caller, partner: Partner) -> None:
    # Three of one moment: the position between them is in their ids.
    made = [add(partner, f"2025-07-{day}T10:00:00") for day in (10, 11, 11, 11, 12)]
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = live.get(f"{LIST}?limit=2&cursor={cursor}").json()["data"]
        seen += [row["id"] for row in page["generations"]]
        cursor = page["nextCursor"]
        add(partner, "2026-01-01T00:00:00")  # what comes in meanwhile shifts nothing

    assert sorted(seen) == sorted(made)
    assert (seen[0], seen[-1]) == (made[4], made[0])


def test_a_page_is_made_with_few_queries_whatever_its_length(
    live: Caller, partner: Partner
) -> None:
    for minute in range(30):
        add(partner, f"2025-07-10T10:{minute:02}:00")
    counts = []
    ids(live)  # notes that the key is used, which happens once a minute
    for limit in (1, 30):
        with CaptureQueriesContext(connection) as queries:
            assert len(ids(live, f"limit={limit}")) == limit
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_the_filters_narrow_it_down(live: Caller, partner: Partner) -> None:
    first = add(partner, "2025-07-10T23:59:59")
    second = add(partner, "2025-07-11T00:00:00", operation="enhance")
    third = add(partner, "2025-07-12T12:00:00", status="expired")

    assert ids(live, "status=expired") == [third]
    assert ids(live, "operation=enhance&status=cancelled") == [second]
    assert ids(live, "date=2025-07-10") == [first]
    assert ids(live, "date=2025-07-11") == [second]
    assert ids(live, "createdAfter=2025-07-11T00:00:00Z") == [third, second]
    assert ids(live, "createdBefore=2025-07-11T00:00:00.000Z") == [first]
    assert ids(live, "createdAfter=2025-07-11&createdBefore=2025-07-12") == [second]
    # A plus sign that was not encoded arrives as a space.
    for offset in ("%2B02:00", "+02:00"):
        assert ids(live, f"createdAfter=2025-07-11T02:00:00{offset}") == [third, second]


@pytest.mark.parametrize(
    ("query", "param"),
    [
        *[(f"limit={limit}", "limit") for limit in ("0", "101", "-1", "x", "1.5", "%C2%B2")],
        *[(f"cursor={cursor}", "cursor") for cursor in ("x", "%00", "AAAA", "%C3%A9")],
        ("status=done", "status"),
        ("status=%00", "status"),
        ("operation=draw", "operation"),
        *[
            (f"createdAfter={moment}", "createdAfter")
            for moment in (
                *("yesterday", "2025-02-31", "%00", "10:00", "9999-12-31T23:59:59-14:00"),
                "0001-01-01T00:00:00%2B14:00",
            )
        ],
        *[(f"date={day}", "date") for day in ("today", "2025-7-1", "2025-02-31", "9999-12-31")],
    ],
)
def test_a_wrong_filter_is_named(live: Caller, test_key: Caller, query: str, param: str) -> None:
    for one in (live, test_key):
        answer = one.get(f"{LIST}?{query}")
        assert (answer.status_code, answer.json()["param"]) == (400, param)


def test_the_recipe_is_shown_in_the_names_of_the_api(live: Caller, partner: Partner) -> None:
    made = add(partner, "2025-07-10T10:00:00")

    recipe = live.get(f"{LIST}/{made}").json()["data"]["recipe"]

    assert recipe == {"resolution": "1k", "aspectRatio": "1:1", "seed": 1}


def test_styles_and_platforms_are_open_and_plenty(db: None) -> None:
    styles = Caller("").get("/partner/v1/styles").json()["data"]["styles"]
    platforms = Caller("").get("/partner/v1/platforms").json()["data"]["platforms"]

    assert len(styles) >= 22
    assert len(platforms) >= 7
    assert not [name for row in (*styles, *platforms) for name in row if "_" in name]


def test_a_picture_that_has_expired_is_told_as_none(live: Caller, partner: Partner) -> None:
    made = add(partner, "2025-07-10T10:00:00", status="succeeded")

    data = live.get(f"{LIST}/{made}").json()["data"]

    assert (data["imageUrls"], data["result"]["imageUrl"]) == ([], None)
    assert b"event: result" in live.get(f"{LIST}/{made}/events").getvalue()
