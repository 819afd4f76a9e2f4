"""What `make sdk` generates for Python can be imported and speaks to the server."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from accounts import keys
from accounts.models import Partner
from config.openapi import encoded_document
from scripts.make_sdk import generate_python

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the generated package, which can be imported meanwhile."""
    folder = tmp_path_factory.mktemp("sdk")
    document = folder / "openapi.json"
    document.write_bytes(encoded_document())
    package = generate_python(document, folder / "python")
    sys.path.insert(0, str(package))
    yield package
    sys.path.remove(str(package))
    for name in [name for name in sys.modules if name.startswith("softbox_generated")]:
        del sys.modules[name]


@pytest.fixture
def client(generated: Path, site: str, partner: Partner) -> Iterator[Any]:
    key = keys.create_key(partner=partner, environment="test").key
    made = import_module("softbox_generated").AuthenticatedClient(
        base_url=site, token=key, raise_on_unexpected_status=True
    )
    with made:
        yield made


def test_it_has_a_function_for_every_operation_that_answers_in_json(generated: Path) -> None:
    document = json.loads(encoded_document())
    ids = {
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    }

    functions = {path.stem for path in generated.glob("softbox_generated/api/*/*.py")}

    assert {_snake(name) for name in ids} <= functions


def test_it_makes_a_placeholder_picture_with_a_test_key(client: Any) -> None:
    create = import_module("softbox_generated.api.images.create_image")
    wishes = import_module("softbox_generated.models").CreateImageRequest(prompt="a red mug")

    answer = create.sync_detailed(client=client, body=wishes, idempotency_key="order-1")

    assert answer.status_code == 200
    assert answer.parsed.data.image_url.startswith("http://localhost")
    assert answer.parsed.data.test_mode is True


def test_it_reads_a_refusal(client: Any) -> None:
    read = import_module("softbox_generated.api.generations.get_generation")

    answer = read.sync_detailed("nothing", client=client)

    assert (answer.status_code, answer.parsed.code) == (404, "not_found")


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
