"""Where a picture comes from, as the API tells it; and what it says of blocked ones."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from accounts.models import Partner
from billing import points
from imaging import credentials
from imaging.models import Asset, Generation
from imaging.tiers import Engines
from tests.api.conftest import Caller
from tests.api.worker import working
from tests.imaging.certificates import make_signer

pytestmark = pytest.mark.django_db(transaction=True)

CREATE, PACKSHOT = "/partner/v1/image/create", "/partner/v1/image/packshot"
SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
SMALL = {"dimensions": {"width": 64, "height": 64}}


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    from django.test import override_settings

    with override_settings(
        ENGINE_FACTORIES={"studio": "tests.imaging.tiny_engine:TinyEngine"}, IMAGE_WAIT_SECONDS=20
    ):
        chain = Engines()
        yield chain
        chain.close()


@pytest.fixture
def worker(engines: Engines, rich: Partner) -> Iterator[None]:
    with working(engines):
        yield


@pytest.fixture
def certificate(tmp_path: Path, settings: Any) -> None:
    signer = make_signer(tmp_path)
    settings.C2PA_CERTIFICATE_FILE = str(signer.chain)
    settings.C2PA_PRIVATE_KEY_FILE = str(signer.key)


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (40, 30), "#884422").save(buffer, "PNG")
    return buffer.getvalue()


def packshot(live: Caller, **wishes: Any) -> dict[str, Any]:
    body = {"productImage": base64.b64encode(photo()).decode(), **SMALL, **wishes}
    data: dict[str, Any] = live.post(PACKSHOT, body).json()["data"]
    return data


def provenance(live: Caller, generation_id: str) -> dict[str, Any]:
    answer = live.get(f"/partner/v1/generations/{generation_id}/provenance")
    assert answer.status_code == 200
    data: dict[str, Any] = answer.json()["data"]
    return data


def download(url: str) -> bytes:
    answer: Any = Client().get(url.removeprefix("http://testserver"))
    body: bytes = answer.getvalue()
    answer.close()
    return body


def test_a_picture_tells_its_recipe_its_maker_and_what_went_in(worker: None, live: Caller) -> None:
    made = packshot(live, seed=9)

    told = provenance(live, made["generationId"])

    assert (told["recipeId"], told["seed"], told["mode"]) == (made["recipeId"], 9, "fast")
    assert (told["engine"], told["model"]) == (made["engine"], "tiny-1")
    assert told["recipe"]["operation"] == "packshot"
    assert told["inputs"] == [{"sha256": hashlib.sha256(photo()).hexdigest()}]
    [output] = told["outputs"]
    assert output["url"] == made["imageUrls"][0]
    assert output["sha256"] == hashlib.sha256(download(output["url"])).hexdigest()
    assert (output["width"], output["height"]) == (64, 64)
    assert output["digitalSourceType"] == SOURCE_TYPE
    assert output["contentCredentials"] is None


@pytest.mark.parametrize("file_format", ["png", "jpeg", "webp", "avif"])
def test_with_a_certificate_the_stored_file_is_the_signed_one(
    worker: None, certificate: None, live: Caller, file_format: str
) -> None:
    made = packshot(live, format=file_format, count=2)

    outputs = provenance(live, made["generationId"])["outputs"]

    assert len(outputs) == 2
    for output in outputs:
        data = download(output["url"])
        reading = credentials.read(data, output["contentType"])
        assert reading is not None
        assert reading.valid
        assert output["contentCredentials"] == reading.as_json()
        assert output["sha256"] == hashlib.sha256(data).hexdigest()
        assert output["contentCredentials"]["actions"] == ["c2pa.opened", "c2pa.edited"]
        assert output["contentCredentials"]["digitalSourceType"] == SOURCE_TYPE


def test_a_broken_certificate_costs_the_signature_and_says_so(
    worker: None, certificate: None, live: Caller, settings: Any
) -> None:
    Path(settings.C2PA_PRIVATE_KEY_FILE).write_text("gone")

    made = live.post(CREATE, {"prompt": "plain"}).json()["data"]

    assert any("Content Credentials" in note for note in made["notes"])
    assert provenance(live, made["generationId"])["outputs"][0]["contentCredentials"] is None


def test_a_generation_without_a_picture_has_no_provenance(rich: Partner, live: Caller) -> None:
    queued = live.post(CREATE, {"prompt": "plain"}, Prefer="respond-async").json()["data"]["id"]

    answer = live.get(f"/partner/v1/generations/{queued}/provenance")

    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "queued" in answer.json()["message"]


def test_another_partners_provenance_is_not_there(
    worker: None, live: Caller, caller: Callable[..., Caller], other_partner: Partner
) -> None:
    made = live.post(CREATE, {"prompt": "plain"}).json()["data"]["generationId"]
    rival = caller(partner=other_partner)

    foreign = rival.get(f"/partner/v1/generations/{made}/provenance")
    missing = rival.get("/partner/v1/generations/none/provenance")

    assert foreign.status_code == missing.status_code == 404
    assert foreign.json()["message"] == missing.json()["message"]


def test_a_test_key_reads_the_same_shape(worker: None, live: Caller, test_key: Caller) -> None:
    made = live.post(CREATE, {"prompt": "plain"}).json()["data"]["generationId"]
    tried = test_key.post(CREATE, {"prompt": "plain"}).json()["data"]["generationId"]

    told = provenance(test_key, tried)

    assert told.pop("testMode") is True
    assert set(told) | {"createdAt", "finishedAt"} == set(provenance(live, made))
    assert told["outputs"][0]["contentCredentials"] is None


# --- Blocked pictures ----------------------------------------------------------------------------


def test_what_an_engine_blocks_is_told_with_its_category_and_never_stored(
    worker: None, live: Caller, rich: Partner
) -> None:
    answer = live.post(CREATE, {"prompt": "blocked"})

    body = answer.json()
    assert (answer.status_code, body["code"]) == (422, "content_blocked")
    assert body["message"].startswith("Image generation was blocked by safety filters: ")
    assert body["categories"] == ["test"]
    assert not Asset.objects.exists()
    assert Generation.objects.get().status == "blocked"
    assert points.balance(partner_id=rich.id) == Decimal(100)


def test_what_the_word_list_blocks_is_told_with_its_category_and_no_job(
    live: Caller, rich: Partner
) -> None:
    answer = live.post(CREATE, {"prompt": "a pipe bomb on marble"})

    assert (answer.status_code, answer.json()["categories"]) == (422, ["weapons"])
    assert not Generation.objects.exists()
