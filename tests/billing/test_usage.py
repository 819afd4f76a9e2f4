"""GET usage: the documented figures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db.models import Sum

from accounts.models import Partner
from billing import points
from billing.models import Hold, Price
from billing.usage import usage

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def charged(hold):
    """A job that was made and charged."""

    def make(**options):
        job = uuid4()
        hold(job, **options)
        points.capture(hold_id=job)

    return make


def test_a_new_partner_has_no_figures_but_all_prices(partner):
    figures = usage(partner)

    assert figures["last30Days"] == {
        "imageCreations": 0,
        "imageEnhancements": 0,
        "totalCalls": 0,
    }
    assert figures["points"]["balance"] == figures["points"]["totalUsed"] == 0
    assert figures["currentPricing"] is None
    assert figures["activeBuckets"] == []
    assert list(figures["allTierPricing"]) == ["starter", "growth", "scale"]
    assert figures["allTierPricing"]["growth"] == {
        "tier": "growth",
        "createFast": 7.25,
        "createThinking": 14,
        "enhanceFast": 7.25,
        "enhanceThinking": 14,
    }
    assert figures["supportedResolutions"] == ["1k", "2k", "4k"]
    assert figures["defaultResolution"] == "1k"


def test_the_documented_figures(partner, charged, clock):
    clock(datetime(2025, 7, 1, tzinfo=UTC))
    points.grant(partner=partner, tier="growth", points=Decimal(25000), package_code="pack_25000")
    points.grant(partner=partner, tier="scale", points=Decimal(10))
    clock(datetime(2025, 7, 2, tzinfo=UTC))
    charged()
    charged(operation="enhance", mode="thinking")
    charged(operation="packshot")
    charged(operation="edit")

    figures = usage(partner)

    assert figures["last30Days"] == {
        "imageCreations": 1,
        "imageEnhancements": 3,
        "totalCalls": 4,
    }
    assert figures["points"] == {
        "balance": 24974.25,
        "totalUsed": 35.75,
        "monthlyUsage": {"month": "2025-07", "used": 35.75},
    }
    assert figures["currentPricing"] == {
        "tier": "growth",
        "imageCreateFast": 7.25,
        "imageCreateThinking": 14,
        "imageEnhanceFast": 7.25,
        "imageEnhanceThinking": 14,
    }
    assert figures["activeBuckets"][0] == {
        "packageId": "pack_25000",
        "tier": "growth",
        "remainingPoints": 24964.25,
        "originalPoints": 25000,
        "purchasedAt": "2025-07-01T00:00:00.000Z",
    }
    assert figures["activeBuckets"][1]["packageId"] == "pack_10"


def test_empty_buckets_are_not_active(partner, bucket, charged):
    bucket("8")
    bucket("100", "scale")
    charged()
    figures = usage(partner)
    assert [active["tier"] for active in figures["activeBuckets"]] == ["scale"]
    assert figures["currentPricing"]["tier"] == "scale"


def test_calls_and_months_end(partner, bucket, charged, clock):
    bucket("100")
    clock(NOW - timedelta(days=30, seconds=1))
    charged()
    clock(NOW - timedelta(days=29))
    charged()
    clock(NOW)
    charged(mode="thinking")

    figures = usage(partner)

    assert figures["last30Days"]["totalCalls"] == 2
    assert figures["points"]["monthlyUsage"] == {"month": "2026-03", "used": 15}
    assert figures["points"]["totalUsed"] == 31


def test_points_that_were_held_or_given_back_were_not_used(partner, bucket, hold):
    bucket("100")
    failed, partly = uuid4(), uuid4()
    hold()
    hold(failed)
    hold(partly, count=3)
    points.release(hold_id=failed)
    points.capture(hold_id=partly, count=1)

    figures = usage(partner)

    assert figures["points"]["totalUsed"] == figures["points"]["monthlyUsage"]["used"] == 8
    captured = Hold.objects.aggregate(total=Sum("points_captured"))["total"]
    assert figures["points"]["totalUsed"] == captured
    assert figures["points"]["balance"] == 84
    assert figures["last30Days"]["totalCalls"] == 1


def test_nobody_elses_figures_are_shown(partner, bucket, charged):
    bucket("100")
    charged()
    figures = usage(Partner.objects.create(name="Other"))
    assert figures["points"]["totalUsed"] == figures["last30Days"]["totalCalls"] == 0
    assert figures["activeBuckets"] == []


def test_an_edited_price_is_shown(partner, bucket):
    bucket("100")
    Price.objects.filter(tier="starter", operation="create", mode="fast").update(points="9.25")
    figures = usage(partner)
    assert figures["currentPricing"]["imageCreateFast"] == 9.25
    assert figures["allTierPricing"]["starter"]["createFast"] == 9.25


def test_usage_is_a_fixed_number_of_queries(partner, bucket, charged, django_assert_num_queries):
    for _ in range(5):
        bucket("20")
        charged()
    with django_assert_num_queries(6):
        usage(partner)
