"""The diffusion engine end to end: HTTP in, a real worker and its engine host, pictures out."""

from __future__ import annotations

import base64
import io
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from accounts import keys
from accounts.models import Partner
from imaging.models import Generation, WorkerBeat
from tests.engines.drawn import photo
from tests.imaging.conftest import ROOT, balance, fresh, kinds, recipe, same_database
from tests.imaging.test_worker import ended, host_of, started, until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue of the tiny models, written as a person would."""
    folder = tmp_path_factory.mktemp("tiny")
    command = [sys.executable, "-m", "imaging.engines.diffusion.tiny", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder / "models.toml"


@pytest.fixture
def partner(transactional_db: None, new_partner: Callable[..., Partner]) -> Partner:
    return new_partner()


@pytest.fixture
def worker(models: Path, settings: Any, tmp_path: Path) -> Iterator[Callable[..., Any]]:
    """Starts `manage.py worker gpu` with the diffusion engine."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    started: list[subprocess.Popen[bytes]] = []

    def start(catalogue: Path = models) -> subprocess.Popen[bytes]:
        environment = {
            **same_database(),
            "DJANGO_SETTINGS_MODULE": "tests.imaging.diffusion_settings",
            "MODELS_FILE": str(catalogue),
            "TEST_MEDIA_ROOT": settings.MEDIA_ROOT,
            "OMP_NUM_THREADS": "1",
        }
        command = [sys.executable, "manage.py", "worker", "gpu"]
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        started.append(process)
        until(lambda: WorkerBeat.objects.filter(name__endswith=f":{process.pid}"))
        return process

    yield start
    for process in started:
        process.terminate()
        process.wait(20)


@pytest.fixture
def post(partner: Partner, live_server: Any, settings: Any) -> Callable[..., dict[str, Any]]:
    """Posts JSON to the live server with a live key of the partner's."""
    settings.PUBLIC_URL = live_server.url
    key = keys.create_key(partner=partner).key

    def post(path: str, body: dict[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - our own server
            live_server.url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", "X-API-Key": key},
        )
        with urllib.request.urlopen(request, timeout=100) as answer:  # noqa: S310
            return json.load(answer)

    return post


def picture_at(url: str) -> Image.Image:
    with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310
        return Image.open(io.BytesIO(answer.read()))


def test_a_sentence_over_http_becomes_a_drawn_picture(partner, worker, post):
    worker()

    data = post(
        "/partner/v1/image/create", {"prompt": "a red enamel mug", "aspectRatio": "16:9", "seed": 3}
    )["data"]

    assert (data["engine"]["name"], data["model"], data["seed"]) == ("diffusion", "tiny-klein", 3)
    assert picture_at(data["imageUrl"]).size == (1024, 576)
    assert balance(partner) == 992


def test_a_packshot_over_http_keeps_the_products_pixels(partner, worker, post):
    file = io.BytesIO()
    Image.fromarray(photo()).save(file, "PNG")
    worker()

    data = post(
        "/partner/v1/image/packshot",
        {
            "productImage": base64.b64encode(file.getvalue()).decode(),
            "style": "marble",
            "dimensions": {"width": 256, "height": 256},
        },
    )["data"]

    assert data["engine"]["name"] == "diffusion"
    assert data["fidelity"] > 0.9


def test_jobs_that_wait_are_drawn_in_one_batch(partner, submit, worker):
    generations = [submit(f"a mug, number {n}") for n in range(4)]

    worker()
    until(lambda: all(ended(generation) for generation in generations), 60)

    rows = [fresh(generation) for generation in generations]
    assert [row.status for row in rows] == ["succeeded"] * 4
    sizes = [row.recipe["replay"]["batches"][0][0] for row in rows]
    # Whoever comes while the engine still loads is drawn alone.
    assert sizes == [1, 3, 3, 3]


def test_after_kill_9_in_mid_denoise_a_fresh_host_draws_the_picture(
    partner, submit, worker, models, tmp_path
):
    slow = tmp_path / "slow.toml"
    text = models.read_text().replace("steps = 4", "steps = 200")
    slow.write_text(text.replace('folder = "klein"', f'folder = "{models.parent / "klein"}"'))
    process = worker(slow)
    generation = submit(recipe=recipe("a mug", width=128, height=128))
    until(lambda: started(generation), 60)

    host_of(process).kill()
    until(lambda: ended(generation), 90)

    row = fresh(generation)
    assert (row.status, row.engine_name) == ("succeeded", "diffusion"), row.error_message
    assert [kind for kind in kinds(generation) if kind != "progress"] == [
        "queued",
        "started",
        "succeeded",
    ]
    assert balance(partner) == 992
    assert Generation.objects.filter(status="running").count() == 0
