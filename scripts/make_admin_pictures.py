"""Pictures of the staff admin for the documentation, beside those of the dashboard.

    python -m scripts.make_admin_pictures [FOLDER] [PAGE...]

Uses the company of the dashboard's pictures (`pictured_company`), in the same FOLDER, and adds what
staff look after.
"""

from __future__ import annotations

import random
import secrets
import sys
import tempfile
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from scripts.make_dashboard_pictures import PHONE, WIDE, keep
from scripts.pictured_company import company
from scripts.pictured_site import SITE, configure, served

if TYPE_CHECKING:
    from accounts.models import Partner, User
    from imaging.models import Generation

CHIEF = "chief@softbox.example"
PARTNERS = ("Linden Living", "Harbour & Co", "Atelier Moreau", "Kite Outdoor", "Pepper Kitchen")
ENDS = (
    ("failed", "out_of_memory", "The picture did not fit into memory at 4k."),
    ("failed", "source_unreachable", "The photo's address did not answer in time."),
    ("blocked", "content_blocked", "The words ask for something that is not made here."),
    ("cancelled", "", ""),
)
PASSWORD = secrets.token_urlsafe(15)


def chief() -> User:
    """Who looks, with a password for today."""
    from accounts.models import User

    user = User.objects.filter(email=CHIEF).first()
    if user is None:
        user = User.objects.create_superuser(CHIEF, PASSWORD, first_name="Robin", last_name="Hale")
    user.set_password(PASSWORD)
    user.save()
    return user


def furnish(partner: Partner) -> None:
    """More partners, two weeks of jobs, and something for staff to look after."""
    from django.utils import timezone

    from accounts.models import Partner as AnyPartner
    from accounts.partners import create_partner
    from billing import points
    from imaging import schedules

    if AnyPartner.objects.filter(name=PARTNERS[0]).exists():
        return
    for index, name in enumerate(PARTNERS):
        made = create_partner(name=name, email=f"studio@company{index}.example").partner
        points.grant(partner=made, tier="starter", points=Decimal(1_000), reason="Welcome")
        for days in range(index, 14, 5):
            bought = timezone.now() - timedelta(days=days)
            with patch("django.utils.timezone.now", return_value=bought):
                points.grant(
                    partner=made,
                    tier="starter",
                    points=Decimal(5_000),
                    package_code="pack_5000",
                    reason="Package pack_5000",
                )
        use(made, seed=index)
    use(partner, seed=9)
    schedules.ensure()
    trouble(partner)
    lately(partner)


def use(partner: Partner, *, seed: int) -> None:
    """Two weeks of jobs as they would have gone: most delivered, few failed, none of them drawn."""
    from django.utils import timezone

    from billing import points
    from imaging.models import Generation

    chance = random.Random(seed)  # noqa: S311 (the same picture every time)
    rows: list[Generation] = []
    for day in range(1, 14):
        moment = timezone.now() - timedelta(days=day, minutes=chance.randint(5, 300))
        busy = 14 if moment.weekday() < 5 else 5
        rows += [job(partner, moment, chance) for _ in range(chance.randint(busy // 2, busy))]
    Generation.objects.bulk_create(rows)
    for row in rows:
        with patch("django.utils.timezone.now", return_value=row.created_at):
            points.hold(partner_id=partner.pk, hold_id=row.pk, operation=row.operation, mode="fast")
            settle = points.capture if row.status == "succeeded" else points.release
            settle(hold_id=row.pk)


def job(partner: Partner, moment: datetime, chance: random.Random) -> Generation:
    """One job that was asked for at `moment`; not in the database yet."""
    from imaging.models import Generation, Status

    took = int(chance.lognormvariate(7.6, 0.5))
    status, code, words = str(Status.SUCCEEDED), "", ""
    if chance.random() < 0.05:
        status, code, words = chance.choice(ENDS)
    good = status == Status.SUCCEEDED
    return Generation(
        partner=partner,
        created_at=moment,
        operation=chance.choice(["create", "enhance", "packshot", "packshot"]),
        recipe_id=f"{chance.getrandbits(160):040x}",
        status=status,
        started_at=moment,
        finished_at=moment + timedelta(milliseconds=took),
        attempts=1,
        worker="studio-1:gpu",
        engine_name="studio" if good else "",
        model="studio-4" if good else "",
        processing_ms=took if good else None,
        error_code=code,
        error_message=words,
        points_held=Decimal(8),
        points_used=Decimal(8) if good else Decimal(0),
    )


def trouble(partner: Partner) -> None:
    """A webhook that fails, and what its owner hears."""
    from django.utils import timezone

    from accounts.webhooks.models import Delivery, Endpoint

    now = timezone.now()
    Endpoint.objects.filter(partner=partner).update(failing_since=now - timedelta(hours=3))
    mine = Delivery.objects.filter(partner=partner)
    mine.update(status="delivered", attempts=1, response_status=200, finished_at=now)
    for delivery in mine.order_by("-pk")[:2]:
        mine.filter(pk=delivery.pk).update(
            status="failed", attempts=9, response_status=None, last_error="Connection refused"
        )


def lately(partner: Partner) -> None:
    """The pictures that were drawn, as the newest jobs."""
    from django.utils import timezone

    drawn = partner.generations.filter(assets__kind="output").distinct().order_by("-created_at")
    for index, row in enumerate(drawn):
        moment = timezone.now() - timedelta(minutes=3 + 11 * index)
        took = timedelta(milliseconds=row.processing_ms or 1000)
        type(row).objects.filter(pk=row.pk).update(created_at=moment, finished_at=moment + took)


def workers() -> None:
    """The workers as they are while somebody looks: two alive, one of yesterday."""
    from django.utils import timezone

    from imaging.models import WorkerBeat

    now = timezone.now()
    beats = (("studio-1:gpu", "gpu", 0), ("studio-1:default", "default", 0), ("old:gpu", "gpu", 1))
    for name, queue, days in beats:
        seen = now - timedelta(days=days) + timedelta(minutes=0 if days else 10)
        WorkerBeat.objects.update_or_create(
            name=name,
            defaults={"queue": queue, "seen_at": seen, "started_at": now - timedelta(days=2)},
        )


def addresses(partner: Partner) -> dict[str, str]:
    """File name -> address of the pages that are photographed."""
    from django.urls import reverse

    picture = partner.generations.filter(assets__kind="output").latest("created_at")
    company_page = reverse("admin:accounts_partner_change", args=[partner.pk])
    return {
        "dashboard": reverse("admin:index"),
        "partners": reverse("admin:accounts_partner_changelist"),
        "partner": company_page,
        "look": reverse("admin:accounts_partner_open_dashboard", args=[partner.pk]),
        "keys": reverse("admin:accounts_apikey_changelist"),
        "ledger": reverse("admin:billing_entry_changelist"),
        "grant": reverse("admin:billing_bucket_add"),
        "generations": reverse("admin:imaging_generation_changelist"),
        "generation": reverse("admin:imaging_generation_change", args=[picture.pk]),
        "workers": reverse("admin:imaging_workerbeat_changelist"),
        "deliveries": reverse("admin:webhooks_delivery_changelist"),
        "audit": reverse("admin:accounts_auditevent_changelist"),
    }


def photograph(partner: Partner, user: User, only: set[str]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for size, (width, height) in (("wide", WIDE), ("phone", PHONE)):
            for scheme in ("light", "dark"):
                viewport = {"width": width, "height": height}
                context = browser.new_context(viewport=viewport, color_scheme=scheme)
                page = context.new_page()
                page.goto(f"{SITE}/admin/login/?next=/admin/", wait_until="networkidle")
                if not only or "login" in only:
                    keep(page.screenshot(), f"admin-login-{size}-{scheme}")
                log_in(page, user)
                for name, path in addresses(partner).items():
                    if not only or name in only:
                        page.goto(f"{SITE}{path}", wait_until="networkidle")
                        keep(page.screenshot(), f"admin-{name}-{size}-{scheme}")
                if not only or "lent" in only:
                    look(page, partner)
                    keep(page.screenshot(), f"admin-lent-{size}-{scheme}")
                context.close()
        browser.close()


def log_in(page: Any, user: User) -> None:
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(f"{SITE}/admin/")


def look(page: Any, partner: Partner) -> None:
    """Into the dashboard in a member's place."""
    page.goto(f"{SITE}{addresses(partner)['look']}")
    page.get_by_label("Member").select_option(index=1)
    page.get_by_label("Reason").fill("Ticket 81: the gallery stays empty")
    page.get_by_role("button", name="Open", exact=True).click()
    page.wait_for_url(f"{SITE}/dashboard/")


def main() -> None:
    given = sys.argv[1:2]
    folder = Path(given[0] if given else tempfile.mkdtemp(prefix="softbox-pictures-"))
    folder.mkdir(parents=True, exist_ok=True)
    configure(folder)
    with served():
        partner, _ = company()
        furnish(partner)
        workers()
        photograph(partner, chief(), only=set(sys.argv[2:]))


if __name__ == "__main__":
    main()
