"""A company with people in every role, something of everything, and a second company beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from accounts import invitations, keys
from accounts.models import ApiKey, Membership, Partner, User
from accounts.signing_in import vouch_for
from accounts.webhooks import endpoints, outbox
from accounts.webhooks.models import Delivery, Endpoint
from billing import points
from imaging import batches, jobs
from imaging.batches import Asked
from imaging.catalog import imports, products
from imaging.models import Generation
from integrations import merchants
from integrations.models import Account
from integrations.storefronts import orders
from tests.integrations.conftest import SARAH
from tests.integrations.store_orders import built, make_pictures, order

PASSWORD = "correct horse battery staple"


def person(email: str, **facts: Any) -> User:
    user = User.objects.create_user(email, PASSWORD, **facts)
    vouch_for(user)
    return user


def browser(user: User | None) -> Client:
    """A client that is logged in as `user`."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@dataclass
class Company:
    """A partner, its people by role, and a row of everything that has a page."""

    partner: Partner
    people: dict[str, User] = field(default_factory=dict)
    key: ApiKey | None = None
    key_text: str = ""
    endpoint: Endpoint | None = None
    delivery: Delivery | None = None
    account: Account | None = None
    generation: Generation | None = None

    def client(self, role: str) -> Client:
        return browser(self.people[role])


def company(name: str, domain: str, *, phone: str = "9876543210") -> Company:
    made = Company(Partner.objects.create(name=name))
    for role in Membership.Role.values:
        made.people[role] = person(f"{role}@{domain}")
        Membership.objects.create(user=made.people[role], partner=made.partner, role=role)
    points.grant(partner=made.partner, tier="starter", points=Decimal(5000))
    new = keys.create_key(partner=made.partner, name="Shop backend")
    made.key, made.key_text = new.row, new.key
    made.endpoint = endpoints.create(partner=made.partner, url=f"https://{domain}/hook")
    made.delivery = outbox.send_test(made.endpoint)
    contact = {"email": f"sarah@{domain}", "mobileNumber": {"value": phone, "countryCode": 91}}
    made.account = merchants.create(partner=made.partner, body={**SARAH, **contact})
    built(orders.start(made.account, orders.read_order(order(made.account.pk))))
    made.generation = picture(made.partner)
    invitations.invite(
        partner=made.partner, email=f"new@{domain}", role="viewer", actor=f"owner@{domain}"
    )
    return made


def catalogue(partner: Partner, domain: str) -> None:
    """A product, an uploaded file of products, and a batch that was cancelled."""
    image = f"https://{domain}/mug.jpg"
    products.add(partner=partner, body={"sku": f"{domain}-1", "title": "Mug", "image": image})
    file = f"sku,image\n{domain}-1,{image}\n".encode()
    imports.receive(partner=partner, name=f"{domain}.csv", data=file, actor=f"owner@{domain}")
    items = [{"operation": "create", "prompt": f"a mug of {domain}"}]
    made = batches.submit(Asked(partner=partner), batches.read_items(items, partner))
    jobs.cancel(made.items.get().pk)


def picture(partner: Partner, prompt: str = "a red mug") -> Generation:
    """A finished picture of the partner's."""
    from imaging import recipes, submitting

    made = submitting.submit(recipes.create_order({"prompt": prompt}), partner=partner)
    make_pictures()
    made.refresh_from_db()
    return made


@pytest.fixture
def acme(db: None) -> Company:
    return company("Acme", "acme.example")


@pytest.fixture
def rival(db: None) -> Company:
    return company("Rival", "rival.example", phone="9876543211")
