"""What `doctor` says about the models."""

from __future__ import annotations

import shutil

import pytest

from imaging import engine_checkup
from imaging.checkup import Unhealthy


@pytest.fixture
def diffusion(settings, monkeypatch):
    """Diffusion is the engine, with the catalogue at this path."""
    settings.IMAGING_ENGINE = "diffusion"
    return lambda path: monkeypatch.setenv("MODELS_FILE", str(path))


def test_models_that_are_there_are_named(diffusion, tiny_folder):
    diffusion(tiny_folder / "models.toml")

    assert engine_checkup.check_models().startswith("models.toml: tiny-klein ready; studio needs")


def test_a_catalogue_whose_routes_have_no_weights_is_unhealthy(diffusion, tiny_folder, tmp_path):
    shutil.copy(tiny_folder / "models.toml", tmp_path)
    diffusion(tmp_path / "models.toml")

    with pytest.raises(Unhealthy, match="tiny-klein: there is no folder"):
        engine_checkup.check_models()


def test_a_wrong_catalogue_is_unhealthy_with_its_line(diffusion, tmp_path):
    wrong = ["[models.m]", 'licence = "MIT"', 'folder = "f"', 'roles = ["paint"]']
    (tmp_path / "models.toml").write_text("\n".join(wrong))
    diffusion(tmp_path / "models.toml")

    with pytest.raises(Unhealthy, match=r"models\.toml, line 4: "):
        engine_checkup.check_models()


def test_the_studio_asks_for_no_weights(settings):
    settings.IMAGING_ENGINE = "studio"

    assert engine_checkup.check_models().startswith("studio needs no weights")
