"""Thinking and moderation through the whole service: HTTP, worker, engine host, tiny models."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from django.test import override_settings
from PIL import Image

from accounts.models import Partner
from billing import points
from imaging.engines.diffusion import tiny, tiny_companions
from imaging.models import Asset, Generation
from imaging.tiers import Engines
from tests.api.conftest import Caller
from tests.api.worker import working

pytestmark = pytest.mark.django_db(transaction=True)

CREATE, PACKSHOT = "/partner/v1/image/create", "/partner/v1/image/packshot"


@pytest.fixture(scope="module")
def engines() -> Iterator[Engines]:
    """The diffusion engine on tiny models, with a classifier that refuses every photo."""
    with TemporaryDirectory(prefix="softbox-thinking-") as name:
        folder = Path(name)
        file = tiny.build(folder)
        tiny_companions.build(folder, "thinker", "guard", "classifier")
        rows = tiny_companions.CATALOGUE.split("[models.tiny-upscaler]")[0]
        file.write_text(f"{file.read_text()}\n{rows}".replace("input = 0.999", "input = 0.0"))
        with (
            pytest.MonkeyPatch.context() as environment,
            override_settings(IMAGING_ENGINE="diffusion", IMAGE_WAIT_SECONDS=60),
        ):
            environment.setenv("MODELS_FILE", str(file))
            environment.setenv("OMP_NUM_THREADS", "1")  # tiny models only lose by more
            chain = Engines()
            chain.start()  # here: a host ends with the thread that started it
            yield chain
            chain.close()


@pytest.fixture
def worker(engines: Engines, rich: Partner) -> Iterator[None]:
    with working(engines):
        yield


def test_thinking_is_done_paid_and_told(worker: None, live: Caller) -> None:
    made = live.post(CREATE, {"prompt": "make it shine", "mode": "thinking"}).json()["data"]

    assert (made["mode"], made["pointsUsed"], made["remainingBalance"]) == ("thinking", 15, 85)
    told = live.get(f"/partner/v1/generations/{made['generationId']}/provenance").json()["data"]
    assert told["promptUsed"]
    assert told["promptUsed"] != "make it shine"
    [output] = told["outputs"]
    assert output["digitalSourceType"].endswith("/trainedAlgorithmicMedia")
    assert Generation.objects.get().details["thinking"]["model"] == "tiny-thinker"


def test_thinking_that_lost_the_product_pays_fast_and_says_so(worker: None, live: Caller) -> None:
    body = {"prompt": "a white mug on marble", "mode": "thinking"}

    made = live.post(CREATE, body).json()["data"]

    assert (made["mode"], made["requestedMode"], made["pointsUsed"]) == ("fast", "thinking", 8)
    assert any("lost the product" in note for note in made["notes"])


def test_a_refused_photo_is_told_with_its_category_free_and_leaves_nothing(
    worker: None, live: Caller, rich: Partner
) -> None:
    photo = io.BytesIO()
    Image.effect_noise((64, 64), 90).convert("RGB").save(photo, "PNG")
    body: dict[str, Any] = {"productImage": base64.b64encode(photo.getvalue()).decode()}

    answer = live.post(PACKSHOT, body)

    assert (answer.status_code, answer.json()["code"]) == (422, "content_blocked")
    assert answer.json()["message"] == (
        "Packshot generation was blocked by safety filters: sexual content"
    )
    assert answer.json()["categories"] == ["sexual"]
    assert not Asset.objects.exists()
    assert Generation.objects.get().fallbacks == []
    assert points.balance(partner_id=rich.id) == Decimal(100)
