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
from billing import points
from imaging import jobs, schedules
from imaging.engines.base import Recipe
from imaging.models import Generation, WorkerBeat
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
    return Company(made.partner, _job(made.partner, key.pk), done, texts)


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
