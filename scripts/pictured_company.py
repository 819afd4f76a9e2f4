"""The company whose dashboard is photographed: a month of use, a catalogue, pictures.

Django is set up (`pictured_site.configure`) when a function here is called, not before.
"""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import UUID, uuid4

from scripts.pictured_site import SITE

if TYPE_CHECKING:
    from accounts.models import Partner, User
    from imaging.models import Generation

ORDERS: tuple[dict[str, Any], ...] = (
    {"sample": "mug", "style": "studio_packshot"},
    {"sample": "camera", "style": "white_bg"},
    {"sample": "bottle", "style": "studio_packshot", "background": "#e8dcc8"},
    {"sample": "bottle", "words": "brighter and more vibrant colours"},
    {"sample": "mug", "background": "#dfe7ea", "shadow": "soft"},
    {"words": "a brown leather handbag on white marble, soft studio light"},
    {"sample": "camera", "background": "#2b2f38", "shadow": "reflection"},
    {"words": "a white ceramic vase on a light oak table, morning light"},
)


def company() -> tuple[Partner, User]:
    """The company of the pictures, made at the first run."""
    from accounts.models import Membership, Partner, User
    from accounts.partners import create_partner
    from billing import points

    known = Partner.objects.filter(name="Nova Retail").first()
    if known is not None:
        return known, User.objects.get(email="maya@novaretail.example")
    made = create_partner(name="Nova Retail", email="maya@novaretail.example")
    create_partner(name="Nova Outlet", email="maya@novaretail.example")
    for tier, size in (("starter", 5000), ("growth", 25000)):
        points.grant(partner=made.partner, tier=tier, points=Decimal(size))
    for name, role in (("dev", "developer"), ("buying", "viewer")):
        user = User.objects.create_user(f"{name}@novaretail.example", None)
        Membership.objects.create(user=user, partner=made.partner, role=role)
    furnish(made.partner)
    a_month_of_use(made.partner)
    a_catalogue(made.partner)
    make_pictures(made.partner)
    return made.partner, User.objects.get(email=made.email)


def furnish(partner: Partner) -> None:
    """Keys, webhooks, an invitation and a merchant account."""
    from django.utils import timezone

    from accounts import invitations, keys
    from accounts.webhooks import endpoints, outbox
    from integrations import merchants

    owner = "maya@novaretail.example"
    soon = timezone.now() + timedelta(days=4)
    keys.create_key(
        partner=partner, name="Shop backend", scopes=["images:write", "images:read"], actor=owner
    )
    keys.create_key(
        partner=partner,
        name="Warehouse scanner",
        networks=["203.0.113.0/28"],
        monthly_cap=Decimal(500),
        expires_at=soon,
        actor=owner,
    )
    hook = endpoints.create(
        partner=partner,
        url="https://shop.novaretail.example/hooks/pictures",
        description="Catalogue",
        actor=owner,
    )
    outbox.send_test(hook)
    invitations.invite(
        partner=partner, email="studio@agency.example", role="developer", actor=owner
    )
    for index, name in enumerate(("Sharma Ceramics", "Leather & Loom", "Kiran's Cameras")):
        contact = {"value": f"98765432{index:02d}", "countryCode": 91}
        body = {"email": f"hello{index}@shop.example", "mobileNumber": contact}
        merchants.create(partner=partner, body={**body, "businessName": name}, actor=owner)


def a_catalogue(partner: Partner) -> None:
    """Products with orders that wait, a batch, one import that was checked and a fresh one."""
    from imaging import batches, recipes, submitting
    from imaging.batches import Asked
    from imaging.catalog import import_slices, imports, products

    shelf = (
        ("BTL-0412", "Alba olive oil, 500 ml", "bottle", "lifestyle"),
        ("MUG-2001", "Stoneware mug, cobalt", "mug", "studio_packshot"),
        ("BTL-0413", "Alba olive oil, marble edition", "bottle", "marble"),
        ("CAM-7700", "Range finder camera", "camera", ""),
    )
    for sku, title, sample, style in shelf:
        photo = f"{SITE}/static/samples/{sample}.jpg"
        body = {"sku": sku, "title": title, "image": photo, "metadata": {"season": "autumn"}}
        product = products.add(partner=partner, body=body)
        if style:
            order = recipes.packshot_order({"productId": str(product.pk), "style": style})
            submitting.submit(
                submitting.checked(order, partner), partner=partner, surface="dashboard"
            )
    packshot = {"operation": "packshot", "productImage": f"{SITE}/static/samples/bottle.jpg"}
    items = [{**packshot, "style": style} for style in ("pastel", "podium", "dark_luxury")]
    asked = Asked(partner=partner)
    orders = batches.read_items([*items, {"operation": "create", "prompt": "a candle"}], partner)
    batches.submit(asked, orders, metadata={"name": "Olive oil, autumn looks"})

    rows = [f"ART-{n},Glass vase {n},https://shop.example/vase-{n}.jpg,vases" for n in range(180)]
    rows[41:41] = ["ART-900,Vase without a photo,,vases", "ART-3,Again,https://shop.example/3.jpg,"]
    file = "\n".join(["Article,Name,Photo,Collection", *rows]).encode()
    owner = "maya@novaretail.example"
    done = imports.receive(partner=partner, name="autumn.csv", data=file, actor=owner)
    columns = {"sku": "Article", "title": "Name", "image": "Photo"}
    imports.check(done, columns=columns, style="white_bg")
    while import_slices.advance(done.pk):
        pass
    shop = "Handle,Title,Variant SKU,Image Src,Vendor\n" + "\n".join(
        f"vase-{n},Glass vase {n},V-{n},https://shop.example/v{n}.jpg,Nova" for n in range(64)
    )
    imports.receive(partner=partner, name="spring.csv", data=shop.encode(), actor=owner)


def make_pictures(partner: Partner) -> None:
    """The real engine's pictures of ORDERS, over the last days."""
    from django.utils import timezone

    from imaging import jobs, reviews
    from imaging.models import Generation
    from imaging.running import run
    from imaging.tiers import Engines

    for wanted in ORDERS:
        submit(partner, wanted)
    engines = Engines()
    try:
        while claimed := jobs.claim(worker="pictures/1"):
            run(claimed, engines)
    finally:
        engines.kill()
    rows = list(partner.generations.order_by("created_at"))
    reviews.review(rows[0], "approve", "For the spring catalogue", actor="maya@novaretail.example")
    for index, row in enumerate(rows):
        back = timedelta(hours=7 * (len(rows) - index))
        Generation.objects.filter(pk=row.pk).update(
            created_at=timezone.now() - back, finished_at=timezone.now() - back + took(row)
        )


def submit(partner: Partner, wanted: dict[str, Any]) -> None:
    from imaging import recipes, submitting

    photo = f"{SITE}/static/samples/{wanted.get('sample')}.jpg"
    if "sample" not in wanted:
        order = recipes.create_order({"prompt": wanted["words"]})
    elif "words" in wanted:
        order = recipes.enhance_order({"images": [photo], "userRequest": wanted["words"]})
    else:
        rest = {name: value for name, value in wanted.items() if name != "sample"}
        order = recipes.packshot_order({"productImage": photo, **rest})
    submitting.submit(submitting.checked(order, partner), partner=partner, surface="dashboard")


def took(row: Generation) -> timedelta:
    return timedelta(milliseconds=row.processing_ms or 1000)


def a_month_of_use(partner: Partner) -> None:
    """Charged jobs over the last thirty days, more on working days."""
    from django.utils import timezone

    from billing import points

    chance = random.Random(7)  # noqa: S311 (the same chart every time)
    key = partner.api_keys.filter(name="Shop backend").first()
    for day in range(30):
        moment = timezone.now() - timedelta(days=day)
        busy = 9 if moment.weekday() < 5 else 3
        for _ in range(chance.randint(busy // 3, busy)):
            hold_id = uuid4()
            operation = chance.choice(["create", "enhance", "packshot", "packshot"])
            with patch("django.utils.timezone.now", return_value=moment):
                points.hold(
                    partner_id=partner.pk,
                    hold_id=hold_id,
                    operation=operation,
                    mode="fast",
                    api_key_id=key.pk if key and chance.random() < 0.8 else None,
                )
                points.capture(hold_id=hold_id)


def bought(partner: Partner) -> UUID:
    """The id of a purchase that is paid."""
    from django.utils import timezone

    from billing.models import Purchase

    made, _ = Purchase.objects.get_or_create(
        partner=partner,
        defaults={
            "package_code": "pack_25000",
            "tier": "growth",
            "points": 25000,
            "amount": 2_500_000,
            "currency": "INR",
            "status": Purchase.Status.PAID,
            "buyer": "maya@novaretail.example",
            "payment_id": "pi_3Q",
            "bucket": partner.buckets.get(tier="growth"),
            "paid_at": timezone.now(),
        },
    )
    return made.pk
