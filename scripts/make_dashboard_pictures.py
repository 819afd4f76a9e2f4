"""Pictures of every dashboard page for the documentation: wide and phone, light and dark.

    python -m scripts.make_dashboard_pictures [FOLDER]

Sets up a company with a month of use in FOLDER (kept, so a second run is quick), has the studio
engine make its pictures, serves the site, and photographs it into docs/images/dashboard/.
"""

from __future__ import annotations

import secrets
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scripts.pictured_company import bought, company
from scripts.pictured_site import SITE, configure, served

if TYPE_CHECKING:
    from accounts.models import Partner, User

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "images" / "dashboard"
WIDE, PHONE = (1280, 832), (390, 844)
PAGES = {
    "overview": "dashboard",
    "playground": "dashboard-playground",
    "gallery": "dashboard-gallery",
    "products": "dashboard-products",
    "imports": "dashboard-imports",
    "batches": "dashboard-batches",
    "quick-start": "dashboard-start",
    "keys": "dashboard-keys",
    "new-key": "dashboard-key-new",
    "webhooks": "dashboard-webhooks",
    "merchants": "dashboard-merchants",
    "usage": "dashboard-usage",
    "billing": "dashboard-billing",
    "team": "dashboard-team",
    "audit": "dashboard-audit",
    "settings": "dashboard-settings",
    "brand": "dashboard-brand",
    "new-product": "dashboard-product-new",
    "new-webhook": "dashboard-webhook-new",
    "new-company": "dashboard-welcome",
    "statement": "dashboard-ledger",
    "email": "account_email",
    "password": "account_change_password",
    "connections": "socialaccount_connections",
    "two-factor": "mfa_index",
    # Not the page that sets up an authenticator: a secret has no place in a picture.
    "passkey": "mfa_add_webauthn",
    "sessions": "usersessions_list",
}


def log_in(page: Any, user: User, partner: Partner) -> str:
    """Through the form, as people do, and over to `partner`; returns the password."""
    password = secrets.token_urlsafe(15)
    user.set_password(password)
    user.save()
    page.goto(f"{SITE}/account/login/")
    page.get_by_label("Email").fill(user.email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url(f"{SITE}/dashboard/")
    if page.locator(".who .name").first.text_content() != partner.name:
        page.locator(".who").first.evaluate("button => button.popoverTargetElement.showPopover()")
        page.locator("#partners").get_by_role("button", name=partner.name).click()
        page.wait_for_url(f"{SITE}/dashboard/")
    return password


def addresses(partner: Partner) -> dict[str, str]:
    """File name -> address of every page that is photographed with a log-in."""
    from django.urls import reverse

    picture = partner.generations.filter(operation="enhance").latest("created_at")
    hook = partner.webhook_endpoints.get()
    product = partner.products.get(sku="BTL-0412")
    batch = partner.batches.latest("created_at")
    fresh, checked = (partner.catalogue_imports.get(name=f"{n}.csv") for n in ("spring", "autumn"))
    account = partner.accounts.earliest("created_at")
    return {
        **{name: reverse(url) for name, url in PAGES.items()},
        "picture": reverse("dashboard-generation", args=[picture.pk]),
        "product": reverse("dashboard-product", args=[product.pk]),
        "import-columns": reverse("dashboard-import", args=[fresh.pk]),
        "import": reverse("dashboard-import", args=[checked.pk]),
        "batch": reverse("dashboard-batch", args=[batch.pk]),
        "delivery": reverse("dashboard-delivery", args=[hook.deliveries.latest("id").key]),
        "receipt": reverse("dashboard-receipt", args=[bought(partner)]),
        "webhook": reverse("dashboard-webhook", args=[hook.pk]),
        "merchant": reverse("dashboard-merchant", args=[account.pk]),
    }


def photograph(partner: Partner, user: User, only: set[str]) -> None:
    from playwright.sync_api import sync_playwright

    pages = addresses(partner)
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for size, (width, height) in (("wide", WIDE), ("phone", PHONE)):
            for scheme in ("light", "dark"):
                context = browser.new_context(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                )
                page = context.new_page()
                for name in ("login", "signup", "password/reset"):
                    if not only or name in only:
                        page.goto(f"{SITE}/account/{name}/", wait_until="networkidle")
                        keep(page.screenshot(), f"{name.replace('/', '-')}-{size}-{scheme}")
                password = log_in(page, user, partner)
                for name, path in pages.items():
                    if not only or name in only:
                        page.goto(f"{SITE}{path}", wait_until="networkidle")
                        if "/reauthenticate/" in page.url:
                            page.get_by_label("Password").fill(password)
                            page.get_by_role("button", name="Confirm").click()
                            page.wait_for_load_state("networkidle")
                        keep(page.screenshot(), f"{name}-{size}-{scheme}")
                context.close()
        browser.close()


def keep(data: bytes, name: str) -> None:
    """A picture with 200 colours: small, and nobody sees a difference."""
    from io import BytesIO

    from PIL import Image

    TARGET.mkdir(parents=True, exist_ok=True)
    picture = Image.open(BytesIO(data)).convert("RGB")
    picture.quantize(200, dither=Image.Dither.NONE).save(TARGET / f"{name}.png", optimize=True)


def main() -> None:
    given = sys.argv[1:2]
    folder = Path(given[0] if given else tempfile.mkdtemp(prefix="softbox-pictures-"))
    folder.mkdir(parents=True, exist_ok=True)
    configure(folder)
    with served():
        photograph(*company(), only=set(sys.argv[2:]))
    print(f"{len(list(TARGET.glob('*.png')))} pictures in {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
