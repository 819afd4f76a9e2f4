"""Every end of a job is told to those who asked, in the transaction that ends it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Partner
from accounts.webhooks import endpoints
from accounts.webhooks.models import Delivery
from imaging import jobs
from imaging.claiming import Claimed
from imaging.models import Generation
from tests.imaging.conftest import delivery, failure

pytestmark = pytest.mark.django_db
HOOK = "https://shop.example/hook"


def told() -> list[dict[str, Any]]:
    return [json.loads(bytes(row.body)) for row in Delivery.objects.order_by("id")]


def test_success_tells_what_the_api_would_answer(claimed: Callable[..., Claimed]) -> None:
    job = claimed(webhook_url=HOOK, metadata={"sku": "A1"})
    jobs.finish(job.lease, delivery())
    [message] = told()
    assert message["type"] == "generation.succeeded"
    data = message["data"]
    assert (data["id"], data["status"]) == (str(job.generation.pk), "succeeded")
    assert data["metadata"] == {"sku": "A1"}
    assert data["result"]["pointsUsed"] == 8
    assert data["result"]["imageUrl"].startswith("http")
    assert Delivery.objects.get().url == HOOK


def test_failure_and_refusal_tell_why(claimed: Callable[..., Claimed]) -> None:
    jobs.fail(claimed(webhook_url=HOOK).lease, failure("bad_input", "It is no picture."))
    jobs.fail(claimed(webhook_url=HOOK).lease, failure("blocked", "weapons"))
    assert [message["type"] for message in told()] == ["generation.failed", "generation.blocked"]
    assert told()[0]["data"]["error"]["code"]
    assert told()[0]["data"]["pointsUsed"] == 0


def test_cancelling_and_expiring_are_ends_too(submit: Callable[..., Generation]) -> None:
    jobs.cancel(submit(webhook_url=HOOK).pk)
    late = timezone.now() - timedelta(seconds=1)
    jobs.expire(submit(webhook_url=HOOK, start_by=late).pk)
    assert [message["type"] for message in told()] == ["generation.cancelled", "generation.expired"]


def test_a_job_that_is_tried_again_has_not_ended(claimed: Callable[..., Claimed]) -> None:
    jobs.fail(claimed(webhook_url=HOOK).lease, failure("failed"))
    assert told() == []


def test_registered_endpoints_hear_of_every_job(
    partner: Partner, claimed: Callable[..., Claimed]
) -> None:
    endpoints.create(partner=partner, url=HOOK, events=["generation.succeeded"])
    jobs.finish(claimed().lease, delivery())
    jobs.cancel(claimed().generation.pk)
    assert [message["type"] for message in told()] == ["generation.succeeded"]


def test_nobody_is_told_what_was_rolled_back(submit: Callable[..., Generation]) -> None:
    generation = submit(webhook_url=HOOK)
    with transaction.atomic():
        jobs.cancel(generation.pk)
        transaction.set_rollback(True)
    assert told() == []
