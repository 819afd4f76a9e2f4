from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.api import idempotency
from accounts.api.idempotency import StoredAnswer, Ticket
from accounts.errors import (
    IdempotencyInProgress,
    IdempotencyKeyReused,
    InvalidRequest,
    Unprocessable,
)
from accounts.models import IdempotencyRecord, Partner

NOW = timezone.now()
LONG_AFTER_THE_LEASE = NOW + timedelta(hours=1)


@pytest.fixture
def ask(partner):
    def ask(key="order-1", fingerprint="a" * 64, now=NOW, partner_id=partner.pk, env="live"):
        return idempotency.open_ticket(
            partner_id=partner_id, environment=env, key=key, fingerprint=fingerprint, now=now
        )

    return ask


def test_the_first_answer_is_given_again(ask):
    ticket = ask()
    assert isinstance(ticket, Ticket)
    ticket.attach("job-1")
    ticket.store(200, b'{"a":1}')

    assert ask() == StoredAnswer(200, b'{"a":1}', "job-1")
    response = idempotency.replay(ask())
    assert (response.status_code, response.content) == (200, b'{"a":1}')
    assert response["Idempotent-Replayed"] == "true"


def test_a_stored_refusal_is_given_again(ask):
    ask().store_error(Unprocessable("blocked"))

    stored = ask()
    assert stored.status == 422
    assert b'"message":"blocked"' in stored.body


def test_a_stored_answer_stays_the_first_one(ask):
    ticket = ask()
    ticket.store(200, b"first")
    ticket.store(500, b"second")
    ticket.discard()

    assert ask().body == b"first"


def test_another_body_under_the_same_key_is_refused_whatever_became_of_the_first(ask):
    ticket = ask()
    with pytest.raises(IdempotencyKeyReused) as caught:
        ask(fingerprint="b" * 64)
    assert (caught.value.status_code, caught.value.code) == (422, "idempotency_key_reused")

    ticket.store(200, b"x")
    with pytest.raises(IdempotencyKeyReused):
        ask(fingerprint="b" * 64)


def test_a_running_request_is_not_started_again(ask):
    ask()
    with pytest.raises(IdempotencyInProgress) as caught:
        ask()

    assert (caught.value.status_code, caught.value.code) == (409, "idempotency_in_progress")
    assert int(caught.value.headers["Retry-After"]) > 0


def test_a_discarded_key_can_be_used_again_even_with_another_body(ask):
    ask().discard()

    assert isinstance(ask(fingerprint="b" * 64), Ticket)


def test_a_request_that_died_before_it_made_anything_is_taken_over_after_its_lease(ask):
    dead = ask()
    with pytest.raises(IdempotencyInProgress):
        ask(now=NOW + timedelta(seconds=60))

    heir = ask(now=LONG_AFTER_THE_LEASE)

    assert isinstance(heir, Ticket)
    with pytest.raises(IdempotencyInProgress), transaction.atomic():
        dead.attach("job-of-the-dead")
    dead.store(200, b"too late")
    dead.discard()
    heir.attach("job-2")
    heir.store(201, b"mine")
    assert ask() == StoredAnswer(201, b"mine", "job-2")


def test_a_request_that_died_after_it_made_something_is_rebuilt_from_that(ask):
    ask().attach("job-1")

    assert ask() == StoredAnswer(0, None, "job-1")
    assert ask(now=LONG_AFTER_THE_LEASE) == StoredAnswer(0, None, "job-1")
    with pytest.raises(ValueError, match="no stored answer"):
        idempotency.replay(ask())


def test_what_is_attached_dies_with_its_transaction(ask):
    ticket = ask()
    with transaction.atomic():
        ticket.attach("job-1")
        transaction.set_rollback(True)

    assert isinstance(ask(now=LONG_AFTER_THE_LEASE), Ticket)


def test_a_key_is_kept_for_a_day(ask):
    ask().store(200, b"first")

    assert ask(now=NOW + timedelta(hours=23, minutes=59)).body == b"first"
    assert isinstance(ask(now=NOW + timedelta(hours=24), fingerprint="b" * 64), Ticket)


def test_keys_belong_to_one_partner_and_one_environment(ask):
    ask()
    other = Partner.objects.create(name="Other")

    assert isinstance(ask(partner_id=other.pk), Ticket)
    assert isinstance(ask(env="test"), Ticket)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\x00b", "a\nb", "\x7f"])
def test_what_is_no_key_is_refused(ask, key):
    with pytest.raises(InvalidRequest):
        ask(key=key)


@pytest.mark.parametrize("key", ["x", "x" * 255, "ASCII with spaces"])
def test_any_printable_ascii_is_a_key(ask, key):
    assert isinstance(ask(key=key), Ticket)


def test_without_a_key_nothing_is_noted(ask):
    for _ in range(2):
        ticket = ask(key=None)
        ticket.attach("job")
        ticket.store(200, b"x")
        ticket.discard()

    assert not IdempotencyRecord.objects.exists()


def test_old_records_are_purged(ask):
    ask(key="old", now=NOW - timedelta(hours=25))
    ask(key="new")

    assert idempotency.purge(now=NOW) == 1
    assert list(IdempotencyRecord.objects.values_list("key", flat=True)) == ["new"]


def test_the_database_keeps_one_record_for_a_key(ask):
    ask()
    twin = IdempotencyRecord.objects.get()
    twin.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save()


def test_the_same_request_has_the_same_fingerprint_and_no_other_has(rf):
    def of(path="/a", body=b"{}", method="post"):
        return idempotency.fingerprint(
            rf.generic(method.upper(), path, body, content_type="application/json")
        )

    assert of() == of()
    assert len({of(), of(path="/b"), of(body=b"{ }"), of(method="put"), of(path="/a?x=1")}) == 5


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("dead_first", [False, True])
def test_of_many_at_once_exactly_one_gets_the_ticket(dead_first):
    partner = Partner.objects.create(name="Busy")
    question = {
        "partner_id": partner.pk,
        "environment": "live",
        "key": str(uuid4()),
        "fingerprint": "a" * 64,
    }
    if dead_first:
        idempotency.open_ticket(**question, now=NOW - timedelta(hours=1))
    barrier, results = threading.Barrier(12), []

    def run():
        barrier.wait()
        try:
            results.append(type(idempotency.open_ticket(**question)).__name__)
        except IdempotencyInProgress:
            results.append("409")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == ["409"] * 11 + ["Ticket"]
