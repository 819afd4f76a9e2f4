"""createAndDeploy: 202, a build, three webhooks, a store; or one webhook and another try."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from accounts.webhooks.models import Delivery
from billing.models import Hold
from imaging import storage
from imaging.models import Generation
from integrations import merchants
from integrations.models import Account
from integrations.storefronts import building, pages, publishing
from integrations.storefronts.categories import CATEGORIES
from integrations.storefronts.models import Storefront
from tests.integrations.conftest import Program
from tests.integrations.store_orders import built, make_pictures, order

pytestmark = pytest.mark.django_db
MISSING = "accountId, businessCategory (array), brandName, and webhookUrl are required"


def told() -> list[dict[str, Any]]:
    return [json.loads(bytes(row.body)) for row in Delivery.objects.order_by("id")]


@pytest.fixture
def storefront(call: Program, account: Account) -> Storefront:
    """A store whose build has just begun."""
    call("POST", "createAndDeploy", order(account.pk))
    return Storefront.objects.get()


# --- The order ------------------------------------------------------------------------------------


def test_an_order_is_accepted_at_once(call: Program, account: Account, settings: Any) -> None:
    settings.STOREFRONT_DOMAIN = "shops.example"
    settings.PUBLIC_URL = "https://softbox.example"
    answer = call("POST", "createAndDeploy", order(account.pk))
    body = answer.json()
    assert answer.status_code == 202
    assert body["message"] == "Website creation started. Webhook will notify on completion."
    assert body["status"] == "building"
    assert body["identifier"].startswith("nova-retail-")
    assert body["productionUrl"] == f"https://{body['identifier']}.shops.example"
    assert body["previewUrl"] == f"https://{body['identifier']}.dev.shops.example"
    account.refresh_from_db()
    assert account.identifier == body["identifier"]


def test_its_pictures_are_free_and_wait_behind_people(storefront: Storefront) -> None:
    pictures = Generation.objects.filter(surface="storefront")
    assert 8 <= pictures.count() <= 24
    assert set(pictures.values_list("free", "priority")) == {(True, "batch")}
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("brand", "slug"), [("Zoë & Søn", "zoe-sn"), ("नोवा", "store"), ("  A  B  ", "a-b")]
)
def test_the_address_carries_the_brand_s_name(
    call: Program, account: Account, brand: str, slug: str
) -> None:
    body = call("POST", "createAndDeploy", order(account.pk, brandName=brand)).json()
    assert body["identifier"].rpartition("-")[0] == slug


@pytest.mark.parametrize("name", ["accountId", "businessCategory", "brandName", "webhookUrl"])
@pytest.mark.parametrize("value", [None, "", 5, []])
def test_what_is_required_is_told(call: Program, account: Account, name: str, value: Any) -> None:
    answer = call("POST", "createAndDeploy", order(account.pk, **{name: value}))
    assert (answer.status_code, answer.json()["message"]) == (400, MISSING)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"websiteType": "blog"}, "Only 'ecommerce' websiteType is supported at this time."),
        ({"businessCategory": ["Gaming", "Crypto"]}, "Invalid categories: Gaming, Crypto"),
        ({"businessCategory": ["footwear"]}, "Invalid categories: footwear"),
        ({"businessCategory": list(CATEGORIES[:6])}, "Maximum 5 categories allowed per store."),
    ],
)
def test_refusals_have_their_documented_words(
    call: Program, account: Account, changes: Any, message: str
) -> None:
    answer = call("POST", "createAndDeploy", order(account.pk, **changes))
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    if "categories: " in message:
        assert answer.json()["validCategories"] == list(CATEGORIES)
    assert not Storefront.objects.exists()


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"webhookUrl": "http://partner.example"}, "webhookUrl"),
        ({"webhookUrl": "nowhere"}, "webhookUrl"),
        ({"webhookSecret": 5}, "webhookSecret"),
        ({"webhookSecret": ""}, "webhookSecret"),
        ({"brandLogo": "ftp://x"}, "brandLogo"),
        ({"brandLogo": 5}, "brandLogo"),
        ({"brandLogo": f"https://a.example/{'x' * 2040}.png"}, "brandLogo"),
        ({"brandName": "x" * 101}, "brandName"),
        ({"brandName": "a\nb"}, "brandName"),
        ({"businessCategory": [5, None, {"a": 1}]}, "businessCategory"),
    ],
)
def test_each_field_is_checked(call: Program, account: Account, changes: Any, param: str) -> None:
    answer = call("POST", "createAndDeploy", order(account.pk, **changes))
    assert (answer.status_code, answer.json()["param"]) == (400, param)


def test_a_second_order_is_refused(call: Program, account: Account, storefront: Storefront) -> None:
    for status in ("building", "live"):
        answer = call("POST", "createAndDeploy", order(account.pk))
        assert answer.status_code == 409
        assert answer.json()["message"] == "Website already exists for this account"
        if status == "building":
            built(storefront)


def test_nobody_builds_for_another_partner_s_account(account: Account, rival: Program) -> None:
    answer = rival("POST", "createAndDeploy", order(account.pk))
    assert (answer.status_code, answer.json()["message"]) == (404, "Account not found")


def test_the_same_idempotency_key_starts_one_build(call: Program, account: Account) -> None:
    header = {"Idempotency-Key": "k"}
    first = call("POST", "createAndDeploy", order(account.pk), **header)
    second = call("POST", "createAndDeploy", order(account.pk), **header)
    assert (second.status_code, second.content) == (202, first.content)


# --- The build ------------------------------------------------------------------------------------


def test_a_good_build_tells_three_times_and_is_live(storefront: Storefront) -> None:
    assert built(storefront).status == "live"
    events = [message["event"] for message in told()]
    assert events == ["website.building", "website.created", "deployment.success"]
    assert set(told()[0]) == {"event", "accountId", "identifier", "message", "timestamp"}
    assert told()[2]["productionUrl"].startswith("http")
    rows = Delivery.objects.all()
    assert {(row.scheme, row.secret) for row in rows} == {("shopiq", "whsec_your_secret_here")}
    assert len({row.stream for row in rows}) == 1


def test_nothing_is_shown_before_every_picture_is_made(storefront: Storefront) -> None:
    assert building.advance(storefront.pk) is False
    storefront.refresh_from_db()
    assert (storefront.status, storefront.previewed, storefront.published) == (
        "building",
        None,
        None,
    )


def test_each_picture_that_ends_wakes_the_build(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(building, "async_task", lambda name, store, **_: woken.append(store))
    assert make_pictures() == len(woken)
    assert set(woken) == {storefront.pk}


def test_a_build_without_its_pictures_fails_and_can_be_started_again(
    call: Program, account: Account, storefront: Storefront
) -> None:
    make_pictures(fail=True)
    building.advance(storefront.pk)
    storefront.refresh_from_db()
    assert (storefront.status, storefront.published) == ("failed", None)
    assert told()[-1]["event"] == "deployment.failed"
    assert told()[-1]["error"] == "The pictures of the store could not be made"

    again = call("POST", "createAndDeploy", order(account.pk, brandName="Nova Retail"))
    assert again.status_code == 202
    assert built(storefront).status == "live"


def test_an_error_while_pages_are_made_fails_the_build_and_publishes_nothing(
    storefront: Storefront, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("a secret of the house")

    monkeypatch.setattr(pages, "render", broken)
    make_pictures()
    building.advance(storefront.pk)
    storefront.refresh_from_db()
    assert (storefront.status, storefront.published) == ("failed", None)
    assert "secret of the house" not in json.dumps(told())


def test_a_disk_that_runs_full_keeps_no_half_of_a_store(
    storefront: Storefront, full_disk: Callable[..., None], settings: Any
) -> None:
    make_pictures()
    full_disk(3)
    building.advance(storefront.pk)

    storefront.refresh_from_db()
    folder = Path(settings.MEDIA_ROOT) / "stores" / storefront.identifier
    assert storefront.status == "failed"
    assert not [path for path in folder.rglob("*") if path.is_file()]


def test_a_build_is_put_together_once(storefront: Storefront) -> None:
    make_pictures()
    assert building.advance(storefront.pk) is True
    assert building.advance(storefront.pk) is False
    assert storefront.releases.count() == 1


def test_a_worker_that_died_while_building_is_replaced(storefront: Storefront) -> None:
    make_pictures()
    Storefront.objects.update(lease_until=timezone.now() + building.LEASE)
    assert building.advance_all() == 0
    Storefront.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert building.advance_all() == 1


def test_a_build_whose_pictures_never_come_is_given_up(storefront: Storefront) -> None:
    Storefront.objects.update(started_at=timezone.now() - building.GIVEN_UP_AFTER)
    assert building.advance_all() == 1
    storefront.refresh_from_db()
    assert storefront.status == "failed"


# --- Releases -------------------------------------------------------------------------------------


def test_publishing_switches_at_once_and_can_be_rolled_back(storefront: Storefront) -> None:
    built(storefront)
    first = storefront.published
    second = publishing.store(storefront, {"index.html": b"<p>new</p>"})
    publishing.publish(storefront, second)
    storefront.refresh_from_db()
    assert storefront.published == second
    publishing.roll_back(storefront, first.number)
    storefront.refresh_from_db()
    assert storefront.published == first


def test_old_releases_are_thrown_away(
    storefront: Storefront, django_capture_on_commit_callbacks: Any
) -> None:
    built(storefront)
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(publishing.KEPT + 2):
            release = publishing.store(storefront, {"index.html": f"{number}".encode()})
            publishing.publish(storefront, release)
    assert storefront.releases.count() == publishing.KEPT + 1  # the preview's too


def test_the_store_goes_with_its_account(
    storefront: Storefront, django_capture_on_commit_callbacks: Any
) -> None:
    built(storefront)
    release = storefront.published
    path = f"{release.folder}/index.html"
    assert storage.read(path)
    with django_capture_on_commit_callbacks(execute=True):
        merchants.delete(storefront.account)
    assert not Storefront.objects.exists()
    with pytest.raises(FileNotFoundError):
        storage.read(path)


def test_an_account_is_deleted_although_a_file_of_its_store_cannot_be(
    storefront: Storefront, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(storefront)
    release, real = storefront.published, FileSystemStorage.delete

    def delete(self: FileSystemStorage, name: str) -> None:
        if name.endswith("/index.html"):
            raise PermissionError(errno.EACCES, "Permission denied")
        real(self, name)

    monkeypatch.setattr(FileSystemStorage, "delete", delete)
    with django_capture_on_commit_callbacks(execute=True):
        merchants.delete(storefront.account)

    assert [
        path for path in release.files if default_storage.exists(f"{release.folder}/{path}")
    ] == ["index.html"]


def test_pictures_of_a_store_that_is_deleted_are_not_made(storefront: Storefront) -> None:
    ordered = Generation.objects.filter(surface="storefront")
    assert {row.status for row in ordered} == {"queued"}

    merchants.delete(storefront.account)

    assert {row.status for row in ordered.all()} == {"cancelled"}
