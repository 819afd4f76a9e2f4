"""The staff admin's first page: what it counts, what it says, who sees what of it."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.webhooks.models import Delivery, Endpoint
from billing import points
from billing.models import Bucket
from config.staff import figures
from imaging.models import Generation, WorkerBeat
from tests.admin.conftest import Company, furnish


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    cache.clear()


def first_page(site: Client) -> str:
    answer = site.get("/admin/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def jobs(company: Company, *statuses: str, at: datetime, **facts: Any) -> None:
    """Jobs of the company that ended so, asked for at `at`."""
    for status in statuses:
        bad = status in ("failed", "blocked")
        good = {"points_held": 8, "points_used": 8} if status == "succeeded" else {}
        Generation.objects.create(
            partner=company.partner,
            operation="create",
            status=status,
            created_at=at,
            finished_at=at,
            error_code="generation_failed" if bad else "",
            **{**good, **facts},
        )


def test_days_are_counted_by_how_their_jobs_ended(company):
    now = timezone.now()
    then = now - timedelta(days=3)
    jobs(company, "succeeded", "succeeded", "failed", "expired", "blocked", "cancelled", at=then)

    days = figures.days(now)

    assert [one.day for one in days] == [now.date() - timedelta(days=n) for n in range(14)][::-1]
    day = days[-4]
    assert (day.asked, day.broken, day.used, day.rate) == (6, 2, 16, 50)
    assert days[0].rate is None
    assert days[-1].asked == company.partner.generations.filter(created_at__gt=then).count()
    assert days[-1].rate == 100


def test_what_lies_outside_the_window_is_not_counted(company):
    now = timezone.now()
    before = sum(one.asked for one in figures.days(now))
    cache.clear()
    jobs(company, "succeeded", at=now - timedelta(days=20))

    assert sum(one.asked for one in figures.days(now)) == before


def test_days_that_are_over_are_counted_once(company):
    now = timezone.now()
    figures.days(now)
    jobs(company, "failed", at=now)
    jobs(company, "failed", at=now - timedelta(days=5))

    with CaptureQueriesContext(connection) as asked:
        days = figures.days(now)

    assert len(asked) == 1
    assert (days[-1].broken, days[-6].broken) == (1, 0)


def test_points_sold_are_told_from_points_granted(company):
    now = timezone.now()
    points.grant(
        partner=company.partner, tier="starter", points=Decimal(5000), package_code="pack_5000"
    )
    Bucket.objects.create(
        partner=company.partner,
        tier="starter",
        original=7,
        remaining=0,
        created_at=now - timedelta(days=40),
    )

    found = figures.bought(now)

    assert dict(found) == {(now.date(), "sold"): 5000, (now.date(), "granted"): 100}


def test_the_queue_tells_who_waits_and_which_workers_live(company):
    now = timezone.now()
    WorkerBeat.objects.create(name="gone", queue="gpu", seen_at=now - timedelta(days=1))
    Generation.objects.filter(pk=company.waiting.pk).update(created_at=now - timedelta(minutes=3))

    queue = figures.queue(now)

    batch = Generation.objects.filter(status="queued", priority="batch").count()
    assert (queue.interactive, queue.batch, queue.running) == (1, batch, 0)
    assert queue.waiting == 1 + batch
    assert (queue.alive["gpu"], queue.silent) == (1, 1)
    assert queue.oldest == timedelta(minutes=3)


def test_engines_tell_their_times_and_what_they_were_passed_over_for(company):
    now = timezone.now()
    for took in (1000, 2000, 3000):
        facts = {"engine_name": "studio", "model": "s-4", "processing_ms": took}
        jobs(company, "succeeded", at=now, **facts)
    tried = [{"engine": "diffusion", "kind": "out_of_memory", "reason": "Too large."}]
    jobs(company, "succeeded", at=now, engine_name="studio", model="s-4", fallbacks=tried)

    found = {one.name: one for one in figures.engines(now)}

    studio, diffusion = found["studio"], found["diffusion"]
    assert (len(studio.times), studio.usual_ms, studio.failed, studio.trouble) == (3, 2000, 0, "")
    assert studio.slow_ms == 2900
    assert (diffusion.passed_over, diffusion.trouble) == (1, "failing")
    assert figures.engines(now)[0].name == "diffusion"


def test_an_engine_that_callers_would_wait_for_too_long_is_slow(company):
    now = timezone.now()
    jobs(company, "succeeded", at=now, engine_name="tired", processing_ms=90_000)
    assert {one.name: one.trouble for one in figures.engines(now)}["tired"] == "slow"


def test_the_page_draws_it_and_says_what_needs_somebody(site, company):
    now = timezone.now()
    jobs(company, "failed", at=now, error_message="The card is full.")
    Endpoint.objects.filter(partner=company.partner).update(failing_since=now)
    delivery = Delivery.objects.filter(partner=company.partner).first()
    Delivery.objects.filter(pk=delivery.pk).update(
        status="failed", finished_at=now, attempts=9, last_error="Connection refused"
    )
    Generation.objects.filter(pk=company.waiting.pk).update(created_at=now - timedelta(minutes=7))

    text = first_page(site)

    assert text.count('<svg class="bars"') == 4
    for words in (
        "The card is full.",
        "given up after 9 tries: Connection refused",
        "1 webhook address in trouble.",
        "No worker of the default queue",
        "The oldest job has waited 7 minutes.",
        "1 wake-up failed in the last day.",
    ):
        assert words in text
    assert "No worker that makes pictures" not in text


def test_a_dead_worker_is_the_first_thing_said(site, company):
    WorkerBeat.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    notices = re.findall(r'<li class="(bad|busy)">.*?<a [^>]*>([^<]+)</a>', first_page(site))
    assert notices[0] == ("bad", "No worker that makes pictures was heard lately: live jobs wait.")


def test_a_quiet_place_is_drawn_too(site, db):
    text = first_page(site)
    assert "Nothing has failed." in text
    assert "Every message got through." in text
    assert "No job has ended in the last day." in text


@pytest.mark.parametrize(
    ("rights", "seen", "hidden"),
    [
        (
            ["view_generation"],
            ["Jobs a day", "Newest failures"],
            ["Points used a day", "Webhooks in"],
        ),
        (["view_delivery"], ["Webhooks in trouble"], ["Jobs a day", "Points used"]),
        (["view_partner"], ["Partners"], ["Jobs a day", "Webhooks in trouble"]),
    ],
)
def test_staff_see_figures_of_what_they_may_look_at(company, rights, seen, hidden):
    clerk = User.objects.create_user("clerk@softbox.test", "x" * 20, is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(clerk)

    text = first_page(client)

    assert [words for words in seen if words not in text] == []
    assert [words for words in hidden if words in text] == []


def test_more_rows_cost_no_more_queries(site, company):
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            first_page(site)
        return len(asked)

    queries()
    before = queries()
    for number in range(3):
        furnish(f"Another{number}")

    assert queries() == before <= 30
