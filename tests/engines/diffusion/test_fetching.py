"""`manage.py fetch_models`, against a hub of our own: what is fetched, checked, and refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from imaging.engines.diffusion.catalogue import Catalogue
from imaging.engines.diffusion.fetching import wanted_files
from imaging.engines.diffusion.weights import MANIFEST, locate, verify
from tests.engines.diffusion.hub_double import COMMIT, REPOSITORY, Hub, serving

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = f"""\
[models.klein]
roles = ["create"]
hub = "{REPOSITORY}"
licence = "CC0-1.0"
"""


@pytest.fixture
def hub(tiny_folder: Path, tmp_path: Path) -> Iterator[Hub]:
    """Serves the tiny klein, with the extras that real repositories have."""
    folder = shutil.copytree(tiny_folder / "klein", tmp_path / "hub")
    (folder / "LICENSE.md").write_text("Do what you like.")
    (folder / "all-in-one.safetensors").write_bytes(b"the same weights once more")
    (folder / "vae" / "diffusion_pytorch_model.bin").write_bytes(b"a pickle")
    with serving(folder) as hub:
        yield hub


@pytest.fixture
def fetch_models(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the command as an operator does, over a catalogue of one model."""
    file = tmp_path / "models.toml"
    file.write_text(CATALOGUE)

    def run(*arguments: str, endpoint: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ,
            "MODELS_FILE": str(file),
            "HF_HOME": str(tmp_path / "home"),
            "HF_ENDPOINT": endpoint,
            "HF_HUB_OFFLINE": "0",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
        return subprocess.run(
            [sys.executable, "manage.py", "fetch_models", *arguments],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run


def test_a_model_is_fetched_checked_and_found_by_the_loader(
    hub, fetch_models, tmp_path, monkeypatch
):
    done = fetch_models("klein", "--json", endpoint=hub.endpoint)

    assert done.returncode == 0, done.stderr
    [said] = json.loads(done.stdout)["models"]
    assert (said["name"], said["revision"]) == ("klein", COMMIT)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    model = Catalogue.read(tmp_path / "models.toml").models["klein"]
    folder = locate(model)
    verify(folder, digests=True)
    assert json.loads((folder / MANIFEST).read_text())["revision"] == COMMIT
    assert not {"all-in-one.safetensors", "vae/diffusion_pytorch_model.bin"} & set(hub.asked)


def test_what_is_there_already_is_not_fetched_again(hub, fetch_models):
    fetch_models(endpoint=hub.endpoint)
    hub.asked.clear()

    assert fetch_models(endpoint=hub.endpoint).returncode == 0
    assert hub.asked == []


def test_files_that_are_not_what_the_hub_says_are_refused(hub, fetch_models):
    hub.lies = True

    done = fetch_models("klein", endpoint=hub.endpoint)

    assert done.returncode == 1
    assert "its sha256 differs" in done.stderr


def test_a_hub_out_of_reach_is_one_line_and_exit_1(fetch_models):
    done = fetch_models("klein", endpoint="http://127.0.0.1:9")

    assert done.returncode == 1
    assert "klein: the hub cannot be reached" in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_model_the_hub_does_not_have_is_one_line_and_exit_1(hub, fetch_models, tmp_path):
    file = tmp_path / "models.toml"
    file.write_text(CATALOGUE.replace(REPOSITORY, "somebody/else"))

    done = fetch_models(endpoint=hub.endpoint)

    assert (done.returncode, done.stdout) == (1, "")
    assert "the hub answered 404 for somebody/else@main" in done.stderr.splitlines()[-1]


def test_a_name_that_is_in_no_catalogue_is_refused(fetch_models):
    done = fetch_models("nobody", endpoint="http://127.0.0.1:9")

    assert done.returncode == 1
    assert "there is no model nobody in models.toml; there are klein" in done.stderr


def test_of_a_plain_model_the_top_folder_is_fetched():
    files = ["config.json", "model.safetensors", "model.bin", "onnx/model.onnx", "LICENSE"]

    assert wanted_files(files, None) == ["LICENSE", "config.json", "model.safetensors"]
