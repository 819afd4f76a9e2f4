from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import keyformat, keys
from accounts.api.gate import admit, presented_key
from accounts.errors import Forbidden, RateLimited, Unauthorized, Unavailable
from accounts.models import ApiKey

pytestmark = pytest.mark.usefixtures("backend")


def refusal(**question):
    """The message a request is refused with."""
    with pytest.raises((Unauthorized, Forbidden, RateLimited)) as caught:
        admit(**{"address": "192.0.2.1", **question})
    return caught.value.message


def test_a_good_key_is_admitted_with_its_rights(new_key, partner, django_assert_num_queries):
    made = new_key(scopes=["images:write"], monthly_cap=500, rate_minute=9)

    admitted = admit(presented=made.key, address=None, kind="image", scope="images:write")

    assert (admitted.key_id, admitted.partner_id) == (made.row.pk, partner.pk)
    assert (admitted.kind, admitted.environment, admitted.test) == ("image", "live", False)
    assert admitted.scopes == ("images:write",)
    assert admitted.hint == made.row.hint
    assert admitted.monthly_cap == 500
    assert (admitted.limits.minute, admitted.limits.day) == (9, 10_000)
    assert admitted.usage.headers()["X-RateLimit-Remaining"] == "8"
    with django_assert_num_queries(1):
        assert admitted.partner == admitted.partner == partner


def test_a_test_key_says_so(new_key):
    assert admit(presented=new_key(environment="test").key, address=None).test


def test_the_failures_come_in_the_documented_order(new_key, partner):
    """Every fault at once; each is mended in turn and uncovers the next."""
    later = timezone.now() + timedelta(hours=1)
    made = new_key(
        scopes=["images:read"], networks=["198.51.100.0/24"], expires_at=later, rate_minute=1
    )
    question = {"presented": made.key, "kind": "image", "scope": "images:write"}
    admit(presented=made.key, address="198.51.100.7")  # the only place of this minute is taken
    row = ApiKey.objects.filter(pk=made.row.pk)
    row.update(expires_at=timezone.now(), kind="management", slot=None)
    partner.active = False
    partner.save()

    assert refusal(presented="") == "API key required. Provide via X-API-Key header."
    assert refusal(**question) == "API key has expired"
    row.update(expires_at=later)
    assert refusal(**question) == "Partner account is inactive"
    partner.active = True
    partner.save()
    assert refusal(**question) == "Request IP not in API key whitelist"
    question["address"] = "198.51.100.7"
    assert refusal(**question) == "This endpoint needs an image API key"
    row.update(kind="image", slot=1)
    assert refusal(**question) == "API key lacks the scope images:write"
    question["scope"] = "images:read"
    assert refusal(**question) == "Rate limit exceeded: 1 requests per minute"


def test_unknown_mistyped_and_revoked_keys_get_one_answer(new_key, image_key):
    revoked = new_key(expires_at=timezone.now() + timedelta(hours=1))
    keys.revoke(revoked.row)
    # Revoked comes before expired.
    ApiKey.objects.filter(pk=revoked.row.pk).update(expires_at=timezone.now())
    stranger = keyformat.mint(prefix="sq", label="live")

    for key in (stranger, image_key[:-1] + "_", "nonsense", "ключ", revoked.key):
        assert refusal(presented=key) == "Invalid or revoked API key"


def test_a_mistyped_key_costs_no_query(image_key, django_assert_num_queries):
    typo = image_key[:-1] + ("0" if image_key[-1] != "0" else "1")
    with django_assert_num_queries(0):
        assert refusal(presented=typo) == "Invalid or revoked API key"


@pytest.mark.parametrize(
    ("networks", "address", "good"),
    [
        ([], None, True),
        (["192.0.2.0/24"], "192.0.2.200", True),
        (["192.0.2.0/24"], "192.0.3.1", False),
        (["192.0.2.0/24"], "2001:db8::1", False),
        (["192.0.2.0/24", "2001:db8::/48"], "2001:db8::1", True),
        (["2001:db8::/48"], "2001:db8:1::1", False),
        (["0.0.0.0/0"], None, False),
    ],
)
def test_the_allow_list_knows_both_families(new_key, networks, address, good):
    key = new_key(networks=networks).key
    if good:
        assert admit(presented=key, address=address)
    else:
        assert refusal(presented=key, address=address) == "Request IP not in API key whitelist"


def test_management_keys_do_not_open_the_image_api_nor_the_other_way_round(new_key, image_key):
    management = new_key(kind="management").key

    assert refusal(presented=management, kind="image") == "This endpoint needs an image API key"
    assert (
        refusal(presented=image_key, kind="management")
        == "This endpoint needs a management API key"
    )


def test_the_partners_limits_hold_unless_the_key_has_its_own(new_key, partner):
    partner.rate_minute, partner.rate_day = 2, 3
    partner.save()
    own = new_key(rate_minute=1).key
    plain = new_key().key

    admit(presented=own, address=None)
    assert refusal(presented=own) == "Rate limit exceeded: 1 requests per minute"
    admit(presented=plain, address=None)
    admit(presented=plain, address=None)
    assert refusal(presented=plain) == "Rate limit exceeded: 2 requests per minute"


def test_the_day_is_limited_too_and_opens_again_at_midnight(new_key):
    key = new_key(rate_day=2).key
    noon = 20_000 * 86_400_000 + 43_200_000
    for step in (0, 100_000):
        admit(presented=key, address=None, now_ms=noon + step)

    with pytest.raises(RateLimited) as caught:
        admit(presented=key, address=None, now_ms=noon + 200_000)

    assert caught.value.message == "Daily rate limit exceeded: 2 requests per day"
    assert caught.value.extra["retryAfter"] == 43_000
    assert admit(presented=key, address=None, now_ms=noon + 43_200_000)


def test_a_refused_request_is_not_counted(new_key):
    key = new_key(networks=["192.0.2.1"], rate_minute=2).key
    for _ in range(5):
        assert "whitelist" in refusal(presented=key, address="192.0.2.9")

    usage = admit(presented=key, address="192.0.2.1").usage
    assert usage.headers()["X-RateLimit-Remaining"] == "1"


def test_a_refusal_of_a_known_key_carries_its_limits(new_key):
    key = new_key(networks=["192.0.2.1"], rate_minute=5).key
    with pytest.raises(Forbidden) as caught:
        admit(presented=key, address="192.0.2.9")

    assert caught.value.headers["X-RateLimit-Limit"] == "5"
    assert caught.value.headers["X-RateLimit-Remaining"] == "5"


def test_large_limits_hold_as_well(new_key):
    key = new_key(rate_minute=250).key
    for _ in range(250):
        admit(presented=key, address=None, now_ms=1_700_000_000_000)

    with pytest.raises(RateLimited):
        admit(presented=key, address=None, now_ms=1_700_000_000_500)


def test_use_is_noted_at_most_once_a_minute(new_key):
    made = new_key()
    start = 1_700_000_000_000

    def last_used_after(step_ms: int) -> int:
        admit(presented=made.key, address=None, now_ms=start + step_ms)
        made.row.refresh_from_db()
        return round(made.row.last_used_at.timestamp() * 1000) - start

    assert last_used_after(0) == 0
    assert last_used_after(59_000) == 0
    assert last_used_after(61_000) == 61_000


def test_a_refused_request_is_no_use(new_key):
    made = new_key()
    with pytest.raises(Forbidden):
        admit(presented=made.key, address=None, kind="management")

    made.row.refresh_from_db()
    assert made.row.last_used_at is None


@pytest.mark.parametrize(
    ("meta", "key"),
    [
        ({}, ""),
        ({"HTTP_X_API_KEY": "a"}, "a"),
        ({"HTTP_AUTHORIZATION": "Bearer b"}, "b"),
        ({"HTTP_AUTHORIZATION": "bearer b"}, "b"),
        ({"HTTP_AUTHORIZATION": "Basic b"}, ""),
        ({"HTTP_AUTHORIZATION": "Bearer"}, ""),
        ({"HTTP_X_API_KEY": "a", "HTTP_AUTHORIZATION": "Bearer b"}, "a"),
        ({"HTTP_X_API_KEY": "", "HTTP_AUTHORIZATION": "Bearer b"}, "b"),
    ],
)
def test_a_key_is_found_in_either_header(meta, key):
    assert presented_key(meta) == key


def test_a_redis_that_is_down_means_try_again_later(new_key, settings):
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    with pytest.raises(Unavailable):
        admit(presented=new_key().key, address=None)
