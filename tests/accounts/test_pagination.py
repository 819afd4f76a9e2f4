from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.api.pagination import read_page, take
from accounts.errors import InvalidRequest
from accounts.models import AuditEvent, Partner


@pytest.fixture
def partners(db):
    """Seven rows; the middle three share one moment, so that only the id orders them."""
    start = timezone.now()
    hours = [0, 1, 2, 2, 2, 3, 4]
    rows = [
        Partner(name=str(n), created_at=start + timedelta(hours=h)) for n, h in enumerate(hours)
    ]
    Partner.objects.bulk_create(rows)
    return Partner.objects.all()


def test_pages_show_every_row_once_newest_first(rf, partners):
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        page = read_page(rf.get("/", {"limit": "2", "cursor": cursor}))
        rows, cursor = take(partners, page)
        seen += rows
        pages += 1

    assert seen == list(partners.order_by("-created_at", "-pk"))
    assert pages == 4


def test_a_row_added_meanwhile_shifts_nothing(rf, partners):
    first, cursor = take(partners, read_page(rf.get("/", {"limit": "3"})))
    Partner.objects.create(name="new", created_at=timezone.now() + timedelta(days=1))

    rest, _ = take(partners, read_page(rf.get("/", {"cursor": cursor})))

    assert {row.name for row in first + rest} == set("0123456")


def test_the_last_page_has_no_cursor(rf, partners):
    rows, cursor = take(partners, read_page(rf.get("/", {"limit": "7"})))

    assert (len(rows), cursor) == (7, None)


def test_twenty_rows_are_shown_by_default(rf):
    assert read_page(rf.get("/")).limit == 20


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "x", "", "٣", "9" * 5000])
def test_a_wrong_limit_is_refused(rf, limit):
    with pytest.raises(InvalidRequest) as caught:
        read_page(rf.get("/", {"limit": limit}))
    assert caught.value.param == "limit"


def test_a_cursor_of_somebody_elses_making_is_refused(rf, partners):
    _, good = take(partners, read_page(rf.get("/", {"limit": "1"})))
    for cursor in ("x", "a" * 500, good[:-3], good[:8] + "AAAA" + good[12:], "ключ", "%00"):
        with pytest.raises(InvalidRequest) as caught:
            read_page(rf.get("/", {"cursor": cursor}))
        assert caught.value.param == "cursor"


def test_the_cursor_of_another_list_is_refused(rf, partners):
    _, cursor = take(partners, read_page(rf.get("/", {"limit": "1"})))
    numbered = AuditEvent.objects.all()

    with pytest.raises(InvalidRequest) as caught:
        take(numbered, read_page(rf.get("/", {"cursor": cursor})))
    assert caught.value.param == "cursor"
