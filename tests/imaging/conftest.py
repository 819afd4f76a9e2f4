"""Partners with points, jobs in every state, and hosts of the tiny engine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Partner
from billing import points
from imaging import jobs
from imaging.claiming import Claimed
from imaging.engines.base import Failed, Made, Picture, Recipe
from imaging.engines.client import EngineHost
from imaging.jobs import Delivery, EngineFacts
from imaging.models import Generation
from imaging.storage import Stored
from imaging.tiers import Engines
from tests.billing import flushing

TINY = "tests.imaging.tiny_engine:TinyEngine"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session", autouse=True)
def _flush_spares_prices() -> None:
    if type(connection.ops).sql_flush.__module__ != flushing.__name__:
        flushing.spare_prices_and_pass_triggers()


@pytest.fixture
def new_partner() -> Callable[..., Partner]:
    """Makes a partner with points; anything of it can be set."""

    def make(name: str = "Acme", granted: str = "1000", **facts: Any) -> Partner:
        partner = Partner.objects.create(name=name, **facts)
        if Decimal(granted):
            points.grant(partner=partner, tier="starter", points=Decimal(granted))
        return partner

    return make


@pytest.fixture
def partner(db: None, new_partner: Callable[..., Partner]) -> Partner:
    return new_partner()


def recipe(prompt: str = "plain", **facts: Any) -> Recipe:
    """A small `create` recipe; anything can be set otherwise."""
    return Recipe(
        **{
            "operation": "create",
            "width": 64,
            "height": 48,
            "seed": 5,
            "prompt": prompt,
            **facts,
        }
    )


@pytest.fixture
def submit(request: pytest.FixtureRequest) -> Callable[..., Generation]:
    """Submits a job, of `partner` unless another is given."""

    def make(prompt: str = "plain", of: Partner | None = None, **options: Any) -> Generation:
        owner = of or request.getfixturevalue("partner")
        job = {"recipe": recipe(prompt), **options}
        return jobs.submit(partner_id=owner.pk, **job)

    return make


@pytest.fixture
def claimed(submit: Callable[..., Generation]) -> Callable[..., Claimed]:
    """Submits a job and claims it."""

    def make(*arguments: Any, **options: Any) -> Claimed:
        generation = submit(*arguments, **options)
        found = jobs.claim(worker="w/1")
        assert found is not None
        assert found.generation.pk == generation.pk
        return found

    return make


def delivery(of: Recipe | None = None, *, stand_in: bool = False, made: int = 1) -> Delivery:
    """What a worker reports after a success; no file lies behind it."""
    import numpy as np

    used = of or recipe()
    picture = Picture(pixels=np.zeros((2, 2, 3), np.uint8), source_type="algorithmicMedia")
    stored = [
        Stored(
            kind="output",
            position=position,
            path=f"partners/x/generated/{os.urandom(8).hex()}.png",
            content_type="image/png",
            width=2,
            height=2,
            bytes=70,
            sha256="0" * 64,
        )
        for position in range(made)
    ]
    return Delivery(
        recipe=used,
        engine=EngineFacts("tiny", "1", "procedural"),
        made=Made(pictures=(picture,) * made, model="tiny-1", stand_in=stand_in),
        assets=stored,
        processing_ms=12,
    )


def failure(kind: str = "failed", reason: str = "It failed.") -> Failed:
    return Failed(kind=kind, reason=reason)  # type: ignore[arg-type]


def balance(partner: Partner) -> Decimal:
    return points.balance(partner_id=partner.pk)


def fresh(generation: Generation) -> Generation:
    return Generation.objects.get(pk=generation.pk)


def kinds(generation: Generation) -> list[str]:
    """The generation's log, in order."""
    return list(generation.events.order_by("id").values_list("kind", flat=True))


def let_lease_run_out(generation: Generation) -> None:
    Generation.objects.filter(pk=generation.pk).update(
        lease_until=timezone.now() - timezone.timedelta(seconds=1)
    )


@pytest.fixture
def host() -> Iterator[EngineHost]:
    """A host of the tiny engine."""
    host = EngineHost(TINY, start_seconds=60, silence_seconds=30)
    yield host
    host.kill()


@pytest.fixture
def tiny_engines(settings: Any) -> Iterator[Engines]:
    """The chain of engines, with the tiny one in the studio's place."""
    settings.ENGINE_FACTORIES = {"studio": TINY}
    engines = Engines()
    yield engines
    engines.kill()


def same_database() -> dict[str, str]:
    """The environment in which another process works on the test database."""
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{config['NAME']}"
    else:
        url = f"postgres://{config['USER']}@{config['HOST']}:{config['PORT']}/{config['NAME']}"
        if str(config["HOST"]).startswith("/"):
            url = f"postgres://{config['USER']}@/{config['NAME']}?host={config['HOST']}"
    return {
        **os.environ,
        "DATABASE_URL": url,
        "PYTHONPATH": str(ROOT),
    }


@pytest.fixture
def in_process(transactional_db: None) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `python ARGUMENTS` on the test database; kills what is left of it afterwards."""
    started: list[subprocess.Popen[str]] = []

    def start(
        *arguments: str, settings: str = "tests.imaging.worker_settings", **options: Any
    ) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=ROOT,
            env={**same_database(), "DJANGO_SETTINGS_MODULE": settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            **options,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Address of an S3 server on this machine, with the bucket `shots`."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name="eu-central-1",
    )
    client.create_bucket(
        Bucket="shots", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    client.close()
    yield address
    server.stop()
