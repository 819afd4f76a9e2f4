"""What an operator types about points: one JSON object, one sentence, or a one-line reason."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection

from accounts.models import AuditEvent, Partner
from billing.models import Bucket, Entry


def printed(*arguments: object) -> str:
    out = io.StringIO()
    call_command(*map(str, arguments), stdout=out)
    return out.getvalue()


def answer(*arguments: object) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(printed(*arguments, "--json"))
    return found


def test_granted_points_are_a_new_bucket_and_the_balance_is_told(
    partner: Partner, bucket: Callable[..., Bucket]
) -> None:
    bucket("100")

    given = answer("grant_points", "--partner", partner.pk, "--bucket", "growth:7.25")

    granted = Bucket.objects.get(tier="growth")
    assert given == {"bucketId": granted.pk, "balance": 107.25}
    assert AuditEvent.objects.filter(action="points.granted", target=str(granted.pk)).exists()


def test_the_reason_stands_in_the_ledger(partner: Partner) -> None:
    text = printed(
        *("grant_points", "--partner", partner.pk, "--bucket", "starter:8", "--reason", "Sorry")
    )

    assert Entry.objects.get().reason == "Sorry"
    assert text.endswith("the balance is 8.\n")


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (["--bucket", "starter"], "tier:points"),
        (["--bucket", "gold:5"], "Invalid tier"),
        (["--bucket", "starter:-5"], "more than 0"),
        (["--bucket", "starter:7.1"], "quarter steps"),
        (["--bucket", "starter:NaN"], "no number"),
        (["--bucket", "starter:5", "--partner", "nobody"], "no partner nobody"),
        (["--bucket", "starter:5", "--reason", "x" * 201], "at most 200 characters"),
        ([], "--bucket"),
    ],
)
def test_points_that_cannot_be_are_refused_with_a_reason(
    partner: Partner, wish: list[str], reason: str
) -> None:
    with pytest.raises(CommandError) as refused:
        printed("grant_points", "--partner", partner.pk, *wish)

    assert reason in str(refused.value)
    assert "\n" not in str(refused.value)
    assert not Bucket.objects.exists()


def test_books_that_agree_are_told(partner: Partner, bucket: Callable[..., Bucket]) -> None:
    bucket("100")

    assert printed("reconcile_points") == "Buckets, holds and ledger agree.\n"
    assert answer("reconcile_points") == {"discrepancies": []}


def test_books_that_do_not_agree_are_told_with_a_status(
    partner: Partner, bucket: Callable[..., Bucket]
) -> None:
    bucket("100")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE billing_bucket SET remaining = 50")

    with pytest.raises(CommandError, match="1 numbers do not agree"):
        printed("reconcile_points")


def test_books_in_a_database_without_tables_are_one_line(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing() -> None:
        raise OperationalError("no such table: billing_bucket\nLINE 1: ...")

    monkeypatch.setattr("billing.points.reconcile", missing)

    with pytest.raises(CommandError, match=r"billing_bucket\); is it migrated") as told:
        printed("reconcile_points")
    assert "\n" not in str(told.value)
