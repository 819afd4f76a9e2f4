"""From the outbox to the receiver: once acknowledged, in order, again until it arrives."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_q.models import OrmQ
from django_q.tasks import async_task

from accounts.models import Membership, Partner, User
from accounts.webhooks import endpoints, outbox, sending, signing
from accounts.webhooks.models import Attempt, Delivery, Endpoint
from tests.accounts.webhooks.conftest import Receiver

pytestmark = pytest.mark.django_db


def everything_is_due() -> None:
    Delivery.objects.filter(status="pending").update(due_at=timezone.now())


def send_until_done(most: int = 30) -> None:
    for _ in range(most):
        everything_is_due()
        if not sending.send_due():
            return


def test_an_event_reaches_those_who_listen_and_nobody_else(
    partner: Partner, receiver: Receiver
) -> None:
    endpoints.create(partner=partner, url=f"{receiver.url}/all")
    endpoints.create(partner=partner, url=f"{receiver.url}/some", events=["generation.failed"])
    endpoints.create(partner=partner, url=f"{receiver.url}/no", events=["batch.completed"])
    off = endpoints.create(partner=partner, url=f"{receiver.url}/off")
    endpoints.change(off, {"enabled": False})

    outbox.publish(
        partner=partner, event="generation.failed", data={"id": 1}, url=f"{receiver.url}/own"
    )
    sending.send_due()

    assert sorted(got.path for got in receiver.got) == ["/all", "/own", "/some"]
    assert json.loads(receiver.got[0].body)["type"] == "generation.failed"


def test_a_message_is_signed_with_the_endpoint_s_secret(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    outbox.send_test(endpoint)
    sending.send_due()
    [got] = receiver.got
    sent_at = datetime.fromtimestamp(int(got.headers["webhook-timestamp"]), tz=UTC)
    expected = signing.standard_headers(
        message_id=got.headers["webhook-id"],
        sent_at=sent_at,
        body=got.body,
        secrets=[endpoint.secret],
    )
    assert got.headers["webhook-signature"] == expected["webhook-signature"]


def test_while_a_secret_is_rotated_both_sign(endpoint: Endpoint, receiver: Receiver) -> None:
    endpoints.rotate_secret(endpoint)
    outbox.send_test(endpoint)
    sending.send_due()
    assert len(receiver.got[0].headers["webhook-signature"].split(" ")) == 2

    endpoints.rotate_secret(endpoint, overlap=timedelta(0))
    outbox.send_test(endpoint)
    sending.send_due()
    assert len(receiver.got[1].headers["webhook-signature"].split(" ")) == 1


def test_a_failure_is_tried_again_within_a_minute_with_the_same_id(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.answer = lambda number: 500 if number == 0 else 204
    delivery = outbox.send_test(endpoint)
    sending.send_due()

    delivery.refresh_from_db()
    assert delivery.status == "pending"
    assert timedelta(0) < delivery.due_at - timezone.now() < timedelta(seconds=60)

    send_until_done()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.attempts) == ("delivered", 2)
    assert len({got.headers["webhook-id"] for got in receiver.got}) == 1
    assert [attempt.response_status for attempt in delivery.tries.all()] == [500, 204]


@pytest.mark.parametrize("status", [301, 302, 307, 400, 404, 410, 503])
def test_only_2xx_counts_and_redirects_are_not_followed(
    endpoint: Endpoint, receiver: Receiver, status: int
) -> None:
    receiver.answer = lambda number: status
    delivery = outbox.send_test(endpoint)
    sending.send_due()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.response_status) == ("pending", status)
    assert [got.path for got in receiver.got] == ["/hook"]


def test_a_private_address_is_never_reached(
    partner: Partner, receiver: Receiver, settings: Any
) -> None:
    settings.FETCH_ALLOWED_HOSTS = []
    delivery = outbox.send(
        partner=partner, event="webhook.test", payload={}, url="https://127.0.0.1/hook"
    )
    sending.send_due()
    delivery.refresh_from_db()
    assert delivery.last_error == "the address is not a public one"
    assert receiver.got == []


def test_after_a_day_it_is_given_up(endpoint: Endpoint, receiver: Receiver) -> None:
    receiver.answer = lambda number: 500
    delivery = outbox.send_test(endpoint)
    almost = timezone.now() - sending.GIVEN_UP_AFTER + timedelta(seconds=5)
    Delivery.objects.filter(id=delivery.id).update(created_at=almost)
    sending.send_due()
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_the_tries_of_a_day_are_spread_over_it() -> None:
    moments, passed, attempts = [], timedelta(0), 0
    while passed <= sending.GIVEN_UP_AFTER:
        attempts += 1
        passed += sending._pause(attempts)
        moments.append(passed)
    assert 8 <= attempts <= 14
    assert moments[0] < timedelta(seconds=60)


def test_a_secret_of_one_request_is_wiped_at_the_end(partner: Partner, receiver: Receiver) -> None:
    delivery = outbox.send(
        partner=partner,
        event="generation.succeeded",
        payload={"a": 1},
        url=receiver.url,
        scheme="prodvisual",
        secret="sq_live_key",
        secret_once=True,
    )
    sending.send_due()
    delivery.refresh_from_db()
    assert delivery.secret is None
    own = signing.own_headers("prodvisual", body=receiver.got[0].body, secret="sq_live_key")
    assert receiver.got[0].headers["x-prodvisual-signature"] == own["X-ProdVisual-Signature"]


def test_a_delivery_that_ended_cannot_keep_such_a_secret(partner: Partner) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Delivery.objects.create(
            partner=partner,
            event="webhook.test",
            url="https://example.com",
            body=b"{}",
            secret="sq_live_key",
            secret_once=True,
            status="failed",
            finished_at=timezone.now(),
        )


def test_paqshot_s_header_is_made_with_the_partner_s_secret(
    partner: Partner, receiver: Receiver
) -> None:
    outbox.send(partner=partner, event="x", payload={}, url=receiver.url, scheme="paqshot")
    sending.send_due()
    own = signing.own_headers("paqshot", body=b"{}", secret=partner.webhook_secret)
    assert receiver.got[0].headers["x-paqshot-signature"] == own["X-Paqshot-Signature"]


def test_a_stream_arrives_in_order_though_every_third_try_fails(
    partner: Partner, receiver: Receiver
) -> None:
    receiver.answer = lambda number: 500 if number % 3 == 2 else 200
    for number in range(40):
        stream = f"store:{number % 4}"
        outbox.send(
            partner=partner,
            event="website.building",
            payload={"stream": stream, "number": number},
            url=receiver.url,
            stream=stream,
        )
    send_until_done(200)

    acknowledged = [json.loads(got.body) for got in receiver.got if got.status == 200]
    assert Counter(item["number"] for item in acknowledged) == Counter(range(40))
    for stream in {item["stream"] for item in acknowledged}:
        numbers = [item["number"] for item in acknowledged if item["stream"] == stream]
        assert numbers == sorted(numbers)


def test_one_partner_s_slow_receivers_do_not_hold_up_another_s_messages(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    other = endpoints.create(partner=Partner.objects.create(name="Other"), url=endpoint.url)
    many = [outbox.send_test(endpoint).id for _ in range(40)]
    first, second = [outbox.send_test(other).id for _ in range(2)]

    claimed = [delivery.id for delivery in sending.claim(4)]
    assert claimed == [many[0], first, many[1], second]

    late = outbox.send_test(other).id
    [freed] = sending.claim(1, at_work={endpoint.partner_id: 15, other.partner_id: 0})
    assert freed.id == late
    assert len(sending.claim(16, at_work={endpoint.partner_id: 15})) == 16  # nobody else waits


def test_one_wake_up_stands_for_all_and_leaves_other_work_its_turn(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    for _ in range(3):
        outbox.send_test(endpoint)
    async_task("imaging.tasks.sweep_up", cluster=outbox.QUEUE)
    outbox.wake()

    assert sending.send_due() == 3
    assert [row.task["func"] for row in OrmQ.objects.all()] == ["imaging.tasks.sweep_up"]


def test_a_sender_that_died_leaves_its_message_to_the_next(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    delivery = outbox.send_test(endpoint)
    assert [claimed.id for claimed in sending.claim(16)] == [delivery.id]
    assert sending.send_due() == 0  # it is somebody's

    Delivery.objects.update(lease_until=timezone.now())
    assert sending.send_due() == 1
    delivery.refresh_from_db()
    assert delivery.status == "delivered"


def test_a_late_word_of_a_lost_sender_changes_nothing(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    outbox.send_test(endpoint)
    [lost] = sending.claim(16)
    Delivery.objects.update(lease_until=timezone.now())
    sending.send_due()
    sending.record(lost, sending.Answer(timezone.now(), 1, error="too late"))
    assert Delivery.objects.get().status == "delivered"


def test_an_endpoint_that_fails_for_days_is_switched_off_and_its_owners_told(
    endpoint: Endpoint, receiver: Receiver, django_capture_on_commit_callbacks: Any
) -> None:
    owner = User.objects.create_user("owner@acme.example", "pw")
    Membership.objects.create(user=owner, partner=endpoint.partner, role="owner")
    receiver.answer = lambda number: 500
    Endpoint.objects.update(failing_since=timezone.now() - endpoints.PATIENCE)
    outbox.send_test(endpoint)
    with django_capture_on_commit_callbacks(execute=True):
        sending.send_due()

    endpoint.refresh_from_db()
    assert not endpoint.enabled
    assert [letter.to for letter in mail.outbox] == [["owner@acme.example"]]


def test_one_success_forgives_earlier_failures(endpoint: Endpoint, receiver: Receiver) -> None:
    Endpoint.objects.update(failing_since=timezone.now() - endpoints.PATIENCE)
    outbox.send_test(endpoint)
    sending.send_due()
    endpoint.refresh_from_db()
    assert endpoint.enabled
    assert endpoint.failing_since is None


def test_what_waits_follows_its_endpoint_to_another_address(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    receiver.answer = lambda number: 404 if number == 0 else 204
    waiting = outbox.send_test(endpoint)
    sending.send_due()
    elsewhere = f"{receiver.url}/hooks/right"

    endpoints.change(endpoint, {"url": elsewhere})
    send_until_done()

    waiting.refresh_from_db()
    assert (waiting.status, waiting.url) == ("delivered", elsewhere)
    assert receiver.got[-1].path == "/hooks/right"


def test_switching_an_endpoint_off_gives_up_what_waits(
    endpoint: Endpoint, receiver: Receiver
) -> None:
    delivery = outbox.send_test(endpoint)
    endpoints.change(endpoint, {"enabled": False})
    send_until_done()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.last_error) == ("failed", "the endpoint was switched off")
    assert receiver.got == []

    outbox.send_again(delivery)
    send_until_done()
    assert len(receiver.got) == 1


def test_deleting_an_endpoint_gives_up_what_waits(endpoint: Endpoint, receiver: Receiver) -> None:
    delivery = outbox.send_test(endpoint)
    endpoints.delete(endpoint)
    sending.send_due()
    delivery.refresh_from_db()
    assert (delivery.status, delivery.endpoint) == ("failed", None)
    assert receiver.got == []


def test_a_tried_number_is_written_once(endpoint: Endpoint, receiver: Receiver) -> None:
    outbox.send_test(endpoint)
    sending.send_due()
    assert Attempt.objects.count() == 1
