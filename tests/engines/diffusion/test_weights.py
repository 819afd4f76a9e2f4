"""Weights: found, whole, the ones that were fetched, and all of them there."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from imaging.engines.diffusion import weights
from imaging.engines.diffusion.loading import load_pipeline
from imaging.engines.diffusion.weights import MANIFEST, WeightsError

NETWORK = "transformer/diffusion_pytorch_model.safetensors"


@pytest.fixture
def folder(tiny_folder, tmp_path) -> Path:
    """A klein of one's own, to be broken."""
    return shutil.copytree(tiny_folder / "klein", tmp_path / "klein")


def test_a_whole_folder_is_fine(folder):
    weights.verify(folder)


def test_the_loader_makes_the_class_that_the_index_names(tiny_model):
    pipe = load_pipeline(tiny_model("z-image"), "cpu")

    assert type(pipe).__name__ == "ZImagePipeline"


@pytest.mark.parametrize(
    ("lost", "fault"),
    [
        (NETWORK, "no .safetensors"),
        ("vae", "vae is missing"),
        ("tokenizer", "tokenizer is missing"),
        ("tokenizer/tokenizer.json", "no vocabulary"),
        ("model_index.json", "holds no model"),
    ],
)
def test_what_is_missing_is_named(folder, lost, fault):
    path = folder / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    for extra in ("vocab.json",):
        if "tokenizer/" in lost:
            (folder / "tokenizer" / extra).unlink(missing_ok=True)

    with pytest.raises(WeightsError, match=fault):
        weights.verify(folder)


def test_a_file_cut_short_is_found_before_it_is_loaded(folder):
    with (folder / NETWORK).open("r+b") as file:
        file.truncate((folder / NETWORK).stat().st_size - 100)

    with pytest.raises(WeightsError, match="cut short"):
        weights.verify(folder)


def test_a_file_of_rubbish_is_damaged(folder):
    (folder / NETWORK).write_bytes(b"not tensors at all")

    with pytest.raises(WeightsError, match="damaged"):
        weights.verify(folder)


def test_a_pickle_is_never_opened(folder):
    (folder / NETWORK).rename(folder / "transformer" / "diffusion_pytorch_model.bin")

    with pytest.raises(WeightsError, match="is a pickle, which is never opened"):
        weights.verify(folder)


def test_a_weight_that_is_not_in_the_file_is_not_left_to_chance(folder, tiny_model):
    tensors = load_file(folder / NETWORK)
    tensors.pop("proj_out.weight")
    save_file(tensors, folder / NETWORK)

    with pytest.raises(WeightsError, match=r"proj_out\.weight"):
        load_pipeline(tiny_model(folder=str(folder)), "cpu")


def test_a_class_of_another_library_is_not_built(folder, tiny_model):
    index = json.loads((folder / "model_index.json").read_text())
    index["vae"] = ["os", "system"]
    (folder / "model_index.json").write_text(json.dumps(index))

    with pytest.raises(WeightsError, match=r"os\.system"):
        load_pipeline(tiny_model(folder=str(folder)), "cpu")


def test_what_was_fetched_is_what_is_loaded(folder):
    weights.write_manifest(folder, revision="abc")

    weights.verify(folder)
    weights.verify(folder, digests=True)


def test_a_file_that_was_changed_since_is_refused(folder):
    weights.write_manifest(folder)
    data = bytearray((folder / NETWORK).read_bytes())
    data[-1] ^= 1
    (folder / NETWORK).write_bytes(data)

    with pytest.raises(WeightsError, match="its sha256 differs"):
        weights.verify(folder)


def test_a_file_that_was_only_touched_is_digested_once_more(folder):
    weights.write_manifest(folder)
    (folder / NETWORK).touch()

    weights.verify(folder)

    entry = json.loads((folder / MANIFEST).read_text())["files"][NETWORK]
    assert entry["mtime_ns"] == (folder / NETWORK).stat().st_mtime_ns


def test_a_file_lost_since_is_named(folder):
    weights.write_manifest(folder)
    (folder / "scheduler" / "scheduler_config.json").rename(folder / "scheduler" / "other.json")

    with pytest.raises(WeightsError, match=r"scheduler_config\.json is missing"):
        weights.verify(folder)


def test_a_folder_that_is_not_there_is_said_so(tiny_model, tmp_path):
    with pytest.raises(WeightsError, match="there is no folder"):
        weights.locate(tiny_model(folder=str(tmp_path / "nowhere")))


def test_a_model_that_was_not_fetched_says_how_to_fetch_it(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path))

    with pytest.raises(WeightsError, match=r"manage\.py fetch_models klein"):
        weights.locate(tiny_model(folder="", hub="somebody/klein"))
