"""Every address of the dashboard, asked by everybody who might."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from accounts.dashboard import permissions
from tests.dashboard.conftest import Company, browser, catalogue, person

pytestmark = pytest.mark.django_db

# Pages for people who belong to no partner yet; who may do what there is tested by itself.
ENTRANCES = {
    *("dashboard-welcome", "dashboard-join", "dashboard-choose", "dashboard-environment"),
    "dashboard-leave",
}


@pytest.fixture
def acme(acme: Company) -> Company:
    catalogue(acme.partner, "acme.example")
    return acme


@pytest.fixture
def rival(rival: Company) -> Company:
    catalogue(rival.partner, "rival.example")
    return rival


def patterns(resolver: Any = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every named pattern below /dashboard/."""
    for entry in (resolver or get_resolver()).url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from patterns(entry, path)
        elif path.startswith("dashboard/") and entry.name not in ENTRANCES:
            yield path, entry


PAGES = [(pattern.name, pattern.callback) for _, pattern in patterns()]
NAMES = [name for name, _ in PAGES]


def arguments(name: str, company: Company) -> dict[str, Any]:
    """Ids of the company's own rows for a page's address."""
    assert company.key
    assert company.endpoint
    assert company.delivery
    assert company.account
    assert company.generation
    member = company.partner.memberships.get(role="viewer")
    invitation = company.partner.invitations.get()
    known = {
        "key_id": company.key.pk,
        "member_id": member.pk,
        "invitation_id": invitation.pk,
        "endpoint_id": company.endpoint.pk,
        "delivery_key": company.delivery.key,
        "account_id": company.account.pk,
        "number": 1,
        "generation_id": company.generation.pk,
        "product_id": company.partner.products.values_list("pk", flat=True).first(),
        "batch_id": company.partner.batches.values_list("pk", flat=True).first(),
        "import_id": company.partner.catalogue_imports.values_list("pk", flat=True).first(),
    }
    pattern = next(pattern for _, pattern in patterns() if pattern.name == name)
    # A page of a kind that this company has no row of is asked for a made-up one.
    return {one: known.get(one) or uuid.uuid4() for one in pattern.pattern.converters}


def address(name: str, company: Company) -> str:
    return reverse(name, kwargs=arguments(name, company))


def test_every_page_goes_through_the_door() -> None:
    unguarded = [name for name, view in PAGES if not hasattr(view, "read")]
    assert unguarded == []


@pytest.mark.parametrize("role", ["viewer", "developer", "owner"])
def test_each_role_reads_what_the_table_says_and_nothing_else(acme: Company, role: str) -> None:
    client = acme.client(role)
    for name, view in PAGES:
        status = client.get(address(name, acme)).status_code
        if view.read is None:
            assert status == 405, name
        elif permissions.may(role, view.read):
            assert status in (200, 302, 404), (name, status)
        else:
            assert status == 403, name


@pytest.mark.parametrize("role", ["viewer", "developer"])
def test_each_role_is_refused_what_it_may_not_change(acme: Company, role: str) -> None:
    client = acme.client(role)
    for name, view in PAGES:
        if view.write is None:
            assert client.post(address(name, acme)).status_code == 405, name
        elif not permissions.may(role, view.write):
            assert client.post(address(name, acme)).status_code == 403, name


def test_anonymous_people_are_sent_to_the_log_in(acme: Company) -> None:
    for name, _ in PAGES:
        for answer in (Client().get(address(name, acme)), Client().post(address(name, acme))):
            assert answer.status_code == 302, name
            assert answer["Location"].startswith("/account/login/"), name


def test_staff_without_a_membership_see_no_partner(acme: Company) -> None:
    client = browser(person("staff@softbox.example", is_staff=True, is_superuser=True))
    for name, _ in PAGES:
        answer = client.get(address(name, acme))
        if answer.status_code != 405:
            assert answer["Location"] == reverse("dashboard-welcome"), name


def test_another_partner_s_rows_are_not_there(acme: Company, rival: Company) -> None:
    """With the rival's ids every page answers as it does for ids that do not exist."""
    client = acme.client("owner")
    for name, view in PAGES:
        if not arguments(name, rival):
            continue
        theirs = address(name, rival)
        if view.read:
            assert client.get(theirs).status_code == 404, name
        if view.write:
            assert client.post(theirs).status_code in (404, 302), name
    rival.partner.refresh_from_db()
    assert rival.key
    rival.key.refresh_from_db()
    assert rival.key.revoked_at is None
    assert rival.partner.memberships.count() == 3
    assert rival.partner.invitations.count() == 1
    assert rival.partner.webhook_endpoints.count() == 1
    assert rival.partner.generations.filter(surface="dashboard").count() == 0


def test_lists_name_nothing_of_another_partner(acme: Company, rival: Company) -> None:
    client = acme.client("owner")
    for name, view in PAGES:
        if view.read and not arguments(name, acme):
            assert b"rival.example" not in client.get(address(name, acme)).getvalue(), name


def test_a_partner_that_is_switched_off_can_be_looked_at_only(acme: Company) -> None:
    acme.partner.active = False
    acme.partner.save()
    client = acme.client("owner")
    assert client.get(reverse("dashboard-keys")).status_code == 200
    assert client.post(reverse("dashboard-key-new"), {"name": "x"}).status_code == 403


@pytest.mark.parametrize("name", [name for name, view in PAGES if view.read])
def test_no_page_needs_more_than_thirty_queries(
    acme: Company, name: str, django_assert_max_num_queries: Any
) -> None:
    client = acme.client("owner")
    where = address(name, acme)
    with django_assert_max_num_queries(30):
        client.get(where)
