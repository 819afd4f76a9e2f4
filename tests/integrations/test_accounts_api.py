"""Merchant accounts as document 003 describes them, body by body."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from accounts.errors import Conflict, NotFound
from accounts.models import AuditEvent, Partner
from integrations import autologin, merchants
from integrations.models import Account
from tests.integrations.conftest import SARAH, Program

pytestmark = pytest.mark.django_db
MISSING = "Missing required fields: email and mobileNumber (with value and countryCode)."


def other(**changes: Any) -> dict[str, Any]:
    """Somebody else than Sarah."""
    return {
        "email": "tom@shop.example",
        "mobileNumber": {"value": "9123456780", "countryCode": 91},
        **changes,
    }


# --- createAccount --------------------------------------------------------------------------------


def test_creating_answers_the_account_with_its_contact_sealed(call: Program) -> None:
    answer = call("POST", "createAccount", SARAH)
    body = answer.json()
    assert (answer.status_code, body["message"]) == (201, "Account created successfully")
    assert body["success"] is True
    data = body["data"]
    assert data["_id"] == body["accountId"]
    assert len(body["accountId"]) == 24
    assert data["createdByPartner"] == "Acme"
    assert data["currency"] == "₹"
    assert data["identifier"].startswith("nova-retail-")
    assert SARAH["email"] not in answer.content.decode()
    assert "9876543210" not in answer.content.decode()


def test_contact_lies_encrypted_in_the_database(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM integrations_account")
        row = " ".join(str(value) for value in cursor.fetchone())
    assert "sarah" not in row.lower().replace('"firstname": "sarah"', "")
    assert "9876543210" not in row


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "a@b.example"},
        {"mobileNumber": SARAH["mobileNumber"]},
        {"email": 5, "mobileNumber": SARAH["mobileNumber"]},
        {"email": "a@b.example", "mobileNumber": "9876543210"},
        {"email": "a@b.example", "mobileNumber": {"value": "9876543210"}},
        {"email": "a@b.example", "mobileNumber": {"countryCode": 91}},
        {"email": "a@b.example", "mobileNumber": {"value": 9876543210, "countryCode": 91}},
    ],
)
def test_without_email_or_number_it_is_refused(call: Program, body: Any) -> None:
    answer = call("POST", "createAccount", body)
    assert (answer.status_code, answer.json()["message"]) == (400, MISSING)
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"email": "no address"}, "email"),
        ({"mobileNumber": {"value": "12", "countryCode": 91}}, "mobileNumber.value"),
        ({"mobileNumber": {"value": "98765x3210", "countryCode": 91}}, "mobileNumber.value"),
        ({"mobileNumber": {"value": "9876543211", "countryCode": 999}}, "mobileNumber.countryCode"),
        ({"mobileNumber": {"value": "98765", "countryCode": "91"}}, "mobileNumber.countryCode"),
        ({"mobileNumber": {"value": "98765", "countryCode": True}}, "mobileNumber.countryCode"),
        ({"firstName": 5}, "firstName"),
        ({"firstName": "x" * 101}, "firstName"),
        ({"profilePicture": "javascript:alert(1)"}, "profilePicture"),
        ({"logoUrl": "http://"}, "logoUrl"),
        ({"domains": "a.example"}, "domains"),
        ({"domains": ["not a domain"]}, "domains[0]"),
        ({"domains": ["a.example"] * 51}, "domains"),
        ({"socialMedia": [{"name": "x"}]}, "socialMedia[0]"),
        ({"socialMedia": [{"name": "x", "url": "ftp://x"}]}, "socialMedia[0].url"),
        ({"businessSubCategory": [1]}, "businessSubCategory[0]"),
        ({"address": "Mumbai"}, "address"),
        ({"address": {"city": ["Mumbai"]}}, "address.city"),
    ],
)
def test_each_field_is_checked(call: Program, changes: Any, param: str) -> None:
    answer = call("POST", "createAccount", other(**changes))
    assert (answer.status_code, answer.json().get("param")) == (400, param)
    assert not Account.objects.exists()


def test_unknown_fields_are_ignored_and_odd_text_is_kept(call: Program) -> None:
    body = other(businessName="<b>'; DROP TABLE--</b> Ünï 🛍", shoeSize=43, _id="x", partner=1)
    data = call("POST", "createAccount", body).json()["data"]
    assert "shoeSize" not in data
    assert data["businessName"] == body["businessName"]
    assert data["identifier"].startswith("b-drop-table-b-uni-")


@pytest.mark.parametrize(
    "body",
    [
        other(email="SARAH@NovaRetail.example "),
        other(mobileNumber={"value": "98765 43210", "countryCode": 91}),
        other(mobileNumber={"value": "09876543210", "countryCode": 91}),
    ],
)
def test_email_and_number_are_unique_across_the_platform(
    account: Account, rival: Program, body: Any
) -> None:
    answer = rival("POST", "createAccount", body)
    assert answer.status_code == 409
    assert answer.json()["message"] == "Account with this email or mobile number already exists."


def test_the_same_digits_in_another_country_are_another_number(
    account: Account, call: Program
) -> None:
    body = other(mobileNumber={"value": "9876543210", "countryCode": 1})
    assert call("POST", "createAccount", body).status_code == 201


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_of_fifty_at_once_one_is_made(partner: Partner) -> None:
    outcomes: list[str] = []

    def make() -> None:
        try:
            merchants.create(partner=partner, body=SARAH)
            outcomes.append("made")
        except Conflict:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=make) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(set(outcomes)) == ["made", "refused"]
    assert outcomes.count("made") == Account.objects.count() == 1


def test_the_same_idempotency_key_makes_one_account(call: Program) -> None:
    header = {"Idempotency-Key": "k1"}
    first = call("POST", "createAccount", SARAH, **header)
    second = call("POST", "createAccount", SARAH, **header)
    assert second.content == first.content
    assert second.headers["Idempotent-Replayed"] == "true"
    assert call("POST", "createAccount", other(), **header).status_code == 422


# --- getAccount, updateAccount, deleteAccount -----------------------------------------------------


def test_reading_shows_the_contact_in_clear(call: Program, account: Account) -> None:
    data = call("GET", f"getAccount/{account.pk}").json()["data"]
    assert data["email"] == SARAH["email"]
    assert data["mobileNumber"] == SARAH["mobileNumber"]
    assert data["address"] == SARAH["address"]


def test_updating_touches_only_what_is_named(call: Program, account: Account) -> None:
    changes = {
        "accountId": account.pk,
        "businessName": "Nova Retail Premium",
        "address": {"city": "Pune", "pincode": None},
        "mobileNumber": {"value": "9876500000"},
        "lastName": None,
    }
    answer = call("PUT", "updateAccount", changes)
    body = answer.json()
    assert (answer.status_code, body["message"]) == (200, "Account updated successfully")
    data = body["data"]
    assert data["businessName"] == "Nova Retail Premium"
    assert data["firstName"] == "Sarah"
    assert "lastName" not in data
    assert data["address"] == {"city": "Pune", "country": "India"}
    assert data["mobileNumber"] == {"value": "9876500000", "countryCode": 91}
    assert merchants.exists_anywhere(phone="9876500000")
    assert not merchants.exists_anywhere(phone="9876543210")


def test_an_update_that_is_wrong_changes_nothing(call: Program, account: Account) -> None:
    changes = {"firstName": "Zoe", "logoUrl": "nowhere"}
    answer = call("PUT", f"updateAccount?accountId={account.pk}", changes)
    assert (answer.status_code, answer.json()["param"]) == (400, "logoUrl")
    account.refresh_from_db()
    assert account.profile["firstName"] == "Sarah"


def test_what_changed_while_an_update_was_on_its_way_stays_changed(account: Account) -> None:
    late = Account.objects.get(pk=account.pk)
    link = autologin.token_for(account)
    merchants.update(account, {"firstName": "Sara", "address": {"state": "MH"}})
    autologin.revoke(account)

    merchants.update(late, {"lastName": "Miller", "address": {"city": "Pune"}})

    known = Account.objects.get(pk=account.pk)
    assert (known.profile["firstName"], known.profile["lastName"]) == ("Sara", "Miller")
    assert known.profile["address"] == {**SARAH["address"], "state": "MH", "city": "Pune"}
    assert autologin.account_of(link) is None


def test_an_account_deleted_while_an_update_was_on_its_way_stays_deleted(account: Account) -> None:
    late = Account.objects.get(pk=account.pk)
    merchants.delete(account)

    with pytest.raises(NotFound):
        merchants.update(late, {"firstName": "Sara"})
    assert not Account.objects.exists()


def test_an_update_cannot_take_another_account_s_email(call: Program, account: Account) -> None:
    tom = call("POST", "createAccount", other()).json()["accountId"]
    answer = call("PUT", "updateAccount", {"accountId": tom, "email": SARAH["email"]})
    assert answer.status_code == 409


def test_one_s_own_email_is_not_taken(call: Program, account: Account) -> None:
    changes = {"accountId": account.pk, "email": SARAH["email"].upper()}
    assert call("PUT", "updateAccount", changes).status_code == 200


@pytest.mark.parametrize("in_body", [True, False])
def test_deleting_removes_the_account_and_the_trail_keeps_its_id_alone(
    call: Program, account: Account, in_body: bool
) -> None:
    path, body = "deleteAccount", {"accountId": account.pk}
    if not in_body:
        path, body = f"deleteAccount?accountId={account.pk}", None
    answer = call("DELETE", path, body)
    assert answer.json()["message"] == "Account permanently deleted."
    assert call("GET", f"getAccount/{account.pk}").status_code == 404
    trail = " ".join(
        f"{event.target} {event.facts}" for event in AuditEvent.objects.filter(target=account.pk)
    )
    assert account.pk in trail
    assert "sarah" not in trail.lower()
    assert "Nova" not in trail


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("DELETE", "deleteAccount", "accountId is required."),
        ("PUT", "updateAccount", "accountId is required to update."),
    ],
)
def test_without_an_id_there_is_nothing_to_do(
    call: Program, method: str, path: str, message: str
) -> None:
    for body in (None, {}, {"accountId": ""}, {"accountId": 5}):
        answer = call(method, path, body)
        assert (answer.status_code, answer.json()["message"]) == (400, message)


def test_nobody_reaches_another_partner_s_account(account: Account, rival: Program) -> None:
    missing = "f" * 24
    for method, path, body in [
        ("GET", "getAccount/{}", None),
        ("PUT", "updateAccount", {"accountId": "{}", "firstName": "Eve"}),
        ("DELETE", "deleteAccount?accountId={}", None),
        ("POST", "generateAutoLoginUrl", {"accountId": "{}"}),
    ]:
        answers = []
        for wanted in (account.pk, missing):
            filled = body and {k: v.format(wanted) for k, v in body.items()}
            answers.append(rival(method, path.format(wanted), filled))
        bodies = [
            {k: v for k, v in a.json().items() if k not in ("timestamp", "correlationId")}
            for a in answers
        ]
        assert [a.status_code for a in answers] == [404, 404]
        assert bodies[0] == bodies[1]
        assert bodies[0]["message"] == "Account not found."
    assert Account.objects.filter(pk=account.pk).exists()


def test_an_odd_id_is_nobody_s(call: Program, account: Account) -> None:
    """A NUL fits the length of an id, and no database takes it."""
    for odd in ("a" * 23 + "%00", account.pk.upper(), "%D9%A3" * 24):
        for method, path in [
            ("GET", f"getAccount/{odd}"),
            ("PUT", f"updateAccount?accountId={odd}"),
            ("DELETE", f"deleteAccount?accountId={odd}"),
            ("GET", f"integrationStatus?shopIQAccountId={odd}"),
        ]:
            assert call(method, path).status_code == 404


# --- isAccountCreated -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "there"),
    [
        ("email=sarah@novaretail.example", True),
        ("email=SARAH@novaretail.example", True),
        ("email=tom@shop.example", False),
        ("phone=9876543210", True),
        ("phone=%2B919876543210", True),
        ("phone=919876543210", True),
        ("phone=9876543211", False),
        ("phone=' OR 1=1", False),
        ("email=tom@shop.example&phone=9876543210", True),
    ],
)
def test_existence_is_told_across_the_platform(
    account: Account, rival: Program, query: str, there: bool
) -> None:
    body = rival("GET", f"isAccountCreated?{query}").json()
    assert body["isCreated"] is there
    assert body["message"] == ("Account exists." if there else "Account does not exist.")


def test_existence_of_nobody_cannot_be_asked(call: Program) -> None:
    answer = call("GET", "isAccountCreated")
    assert answer.status_code == 400
    assert answer.json()["message"] == "You must provide either an email or phone query parameter."


# --- Keys -----------------------------------------------------------------------------------------


def test_scopes_tell_reading_from_writing(
    program: Callable[..., Program], account: Account
) -> None:
    reader = program(scopes=["accounts:read"])
    assert reader("GET", f"getAccount/{account.pk}").status_code == 200
    assert reader("POST", "createAccount", other()).status_code == 403
    assert reader("DELETE", f"deleteAccount?accountId={account.pk}").status_code == 403


def test_an_image_key_is_of_no_use_here(program: Callable[..., Program]) -> None:
    image = program(kind="image")
    assert image("GET", "isAccountCreated?email=a@b.example").status_code == 403
