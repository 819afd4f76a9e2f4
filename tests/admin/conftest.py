"""A member of staff, and rows of every kind that the pages show, with secrets to look for."""

from __future__ import annotations

import io
import uuid
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone
from django_q.models import Failure

from accounts import keys, partners
from accounts.models import IdempotencyRecord, Partner, User
from accounts.webhooks import endpoints, outbox
from billing import points, purchases
from billing.models import BalanceWatch, StripeEvent
from imaging import jobs, schedules
from imaging.catalog.models import CatalogueImport, OwnIngredient, Product
from imaging.engines.base import Recipe
from imaging.models import Generation, WorkerBeat
from integrations import connections, merchants
from integrations.models import Integration
from integrations.shops import links, ordering, receiving
from integrations.shops.styles import DEFAULT
from integrations.shops.told import Photo, Told
from integrations.storefronts import orders
from tests.imaging.conftest import delivery

PASSWORD = "correct horse battery staple"


@pytest.fixture
def staff(db: None) -> User:
    return User.objects.create_superuser("chief@softbox.test", PASSWORD)


@pytest.fixture
def site(staff: User) -> Client:
    """A browser in which the chief of staff is logged in."""
    client = Client()
    client.force_login(staff)
    return client


@dataclass
class Company:
    """One partner with rows of every kind, and what must never be read on a page."""

    partner: Partner
    waiting: Generation
    done: Generation
    secrets: list[str] = field(default_factory=list)


def furnish(name: str) -> Company:
    """A company with keys, points, jobs that wait, ended and failed, and an idempotent answer."""
    made = partners.create_partner(name=name, email=f"{name.lower()}@softbox.test")
    points.grant(partner=made.partner, tier="starter", points=Decimal(100), reason="First bucket")
    key = made.partner.api_keys.get(kind="image", environment="live")
    keys.revoke(made.partner.api_keys.get(kind="image", environment="test"))
    done = _job(made.partner, key.pk)
    claimed = jobs.claim(worker="host:gpu:1/2")
    assert claimed is not None
    report = delivery()
    for asset in report.assets:
        default_storage.save(asset.path, io.BytesIO(b"x"))
    jobs.finish(claimed.lease, report)
    record = IdempotencyRecord.objects.create(
        partner=made.partner,
        environment="live",
        key=f"order-{name}",
        fingerprint="0" * 64,
        owner=uuid.uuid4(),
        lease_until=timezone.now(),
        resource=str(done.pk),
        status=200,
        body=b'{"key": "an answer that only its partner may read"}',
        created_at=timezone.now(),
    )
    texts = [made.management_key, made.live_key, made.test_key, made.webhook_secret]
    texts += [str(made.password), made.partner.members.get().password, str(record.owner)]
    texts += made.partner.api_keys.values_list("hash", flat=True)
    texts += ["an answer that only its partner may read"]
    _buy(made.partner)
    _catalogue(made.partner)
    texts += _merchant(made.partner)
    return Company(made.partner, _job(made.partner, key.pk), done, texts)


def _buy(partner: Partner) -> None:
    """A purchase nobody paid, what Stripe said of it, and a wish to be warned."""
    bought = purchases.order(partner=partner, package_code="pack_5000", buyer="owner@acme.test")
    StripeEvent.objects.create(
        id=f"evt_{bought.pk.hex}", type="checkout.session.expired", subject="cs_1"
    )
    BalanceWatch.objects.create(partner=partner, mail_below=500)


def _catalogue(partner: Partner) -> None:
    """A product, an import, and a preset of the partner's own."""
    Product.objects.create(partner=partner, sku="MUG-1", image_url="https://a.example/mug.jpg")
    OwnIngredient.objects.create(
        partner=partner, kind="preset", key="preset_xyz", label="Ours", style="marble"
    )
    CatalogueImport.objects.create(partner=partner, name="autumn.csv", path="autumn.csv", total=2)


def _merchant(partner: Partner) -> list[str]:
    """A merchant with a connection, a store and webhooks; returns what must not be read."""
    token = uuid.uuid4().hex
    body = {
        "email": f"{token}@merchant.test",
        "mobileNumber": {"value": f"98{int(token[:6], 16):08d}", "countryCode": 91},
    }
    account = merchants.create(partner=partner, body=body)
    shopify = Integration.objects.get(name="shopify")
    connections.connect(account, shopify, {"shopDomain": "a", "accessToken": f"shpat_{token}"})
    linked = links.link(account, "shopify", styles=DEFAULT, secret=f"shpss_{token}").link
    told = Told("7", "A mug", (Photo("8", "https://a.example/mug.jpg"),), timezone.now())
    receiving.receive(linked, told, delivery_id=token, topic="products/create")
    ordering.order(linked.products.get().pk)
    hook = "https://merchant.test/hook"
    order = {
        "accountId": account.pk,
        "brandName": "Nova",
        "businessCategory": ["Footwear"],
        "webhookUrl": hook,
        "webhookSecret": f"secret-{token}",
    }
    orders.start(account, orders.read_order(order))
    endpoint = endpoints.create(partner=partner, url=hook)
    outbox.send_test(endpoint)
    return [
        *(f"shpat_{token}", f"shpss_{token}", linked.token),
        *(f"secret-{token}", endpoint.secret),
    ]


def _job(partner: Partner, key_id: uuid.UUID) -> Generation:
    recipe = Recipe(operation="create", width=64, height=48, seed=5, prompt="a <b>mug</b>")
    return jobs.submit(partner_id=partner.pk, recipe=recipe, api_key_id=key_id)


@pytest.fixture
def company(db: None, settings: Any, tmp_path: Any) -> Company:
    settings.MEDIA_ROOT = tmp_path
    schedules.ensure()
    WorkerBeat.objects.create(name="host:gpu:1", queue="gpu")
    Failure.objects.create(
        id=uuid.uuid4().hex,
        name="wake-up",
        func="imaging.tasks.work",
        started=timezone.now(),
        stopped=timezone.now(),
        success=False,
        result="it failed",
    )
    return furnish("Acme")
