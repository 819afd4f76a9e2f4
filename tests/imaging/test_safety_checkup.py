"""What doctor says of moderation and of the certificate."""

from __future__ import annotations

from pathlib import Path

import pytest

from imaging.checkup import Unhealthy
from imaging.safety_checkup import check_credentials, check_moderation
from tests.imaging.certificates import make_signer

PAINTER = '[models.p]\nroles = ["create"]\nfolder = "p"\nlicence = "MIT"\n'
LOOKER = '[models.look]\nroles = ["moderate-image"]\nfolder = "gone"\nlicence = "MIT"\n'


@pytest.fixture
def catalogue(settings, monkeypatch, tmp_path: Path):
    """Writes the catalogue of a diffusion engine."""

    def write(text: str) -> None:
        settings.IMAGING_ENGINE = "diffusion"
        (tmp_path / "models.toml").write_text(text)
        monkeypatch.setenv("MODELS_FILE", str(tmp_path / "models.toml"))

    return write


@pytest.fixture
def certificate(settings, tmp_path):
    def configure(**facts) -> None:
        signer = make_signer(tmp_path, **facts)
        settings.C2PA_CERTIFICATE_FILE = str(signer.chain)
        settings.C2PA_PRIVATE_KEY_FILE = str(signer.key)

    return configure


def test_the_studio_engine_moderates_words_only_and_says_so():
    assert "picture moderation is off" in check_moderation()


def test_a_catalogue_without_a_picture_model_says_that_it_is_off(catalogue):
    catalogue(PAINTER)

    assert "picture moderation is off: no model in models.toml" in check_moderation()


def test_rules_only_is_visible(catalogue):
    catalogue(PAINTER + LOOKER + '[safety]\npolicy = "rules_only"\n')

    assert "off by the policy rules_only" in check_moderation()


def test_a_required_model_that_is_not_there_is_a_fault(catalogue):
    catalogue(PAINTER + LOOKER)

    with pytest.raises(Unhealthy, match="no picture is made: look: there is no folder"):
        check_moderation()


def test_with_best_effort_it_is_said(catalogue):
    catalogue(PAINTER + LOOKER + '[safety]\npolicy = "best_effort"\n')

    assert "pictures by nobody (look: there is no folder" in check_moderation()


def test_a_wrong_catalogue_is_named(catalogue):
    catalogue("[models]\n")

    with pytest.raises(Unhealthy, match="no models"):
        check_moderation()


def test_without_a_certificate_nothing_is_wrong():
    assert "unsigned" in check_credentials()


def test_a_good_certificate_is_named(certificate):
    certificate()

    assert check_credentials().startswith("signed by Acme, Packshots until ")


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"days": (-9, 3)}, "expires"), ({"usage": None}, "pictures are not signed: .*emailProt")],
)
def test_a_certificate_that_runs_out_or_cannot_sign_is_a_fault(certificate, facts, words):
    certificate(**facts)

    with pytest.raises(Unhealthy, match=words):
        check_credentials()
