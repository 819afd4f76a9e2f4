"""The catalogue: what it says, and how it says what is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from imaging.engines.diffusion import catalogue
from imaging.engines.diffusion.catalogue import Catalogue, CatalogueError

FOLDER = Path(catalogue.__file__).parent
SHIPPED = sorted(FOLDER.glob("models*.toml"))

GOOD = """\
[device]
batch_pixels = 1000

[models.painter]
roles = ["create", "enhance"]
folder = "weights"
licence = "MIT"

[models.other]
roles = ["create"]
hub = "somebody/something"
licence = "MIT"

[routes.create]
fast = ["painter", "other"]
"""


@pytest.fixture
def read(tmp_path):
    """Reads a catalogue with this text."""

    def read(text: str) -> Catalogue:
        path = tmp_path / "mine.toml"
        path.write_text(text)
        return Catalogue.read(path)

    return read


def test_three_profiles_are_shipped():
    assert [path.name for path in SHIPPED] == [
        "models-laptop.toml",
        "models-quality.toml",
        "models.toml",
    ]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_profile_serves_every_operation_with_pictures_that_may_be_sold(path):
    profile = Catalogue.read(path)

    for operation in catalogue.NEEDED:
        for mode in catalogue.MODES:
            assert profile.route(operation, mode)
    assert all(model.commercial for model in profile.models.values())
    assert {model.licence for model in profile.models.values()} <= {"Apache-2.0", "MIT"}


def test_a_route_is_in_the_files_order(read):
    names = [model.name for model in read(GOOD).route("create", "fast")]

    assert names == ["painter", "other"]


def test_thinking_takes_the_route_of_fast_where_it_has_none(read):
    found = read(GOOD)

    assert found.route("create", "thinking") == found.route("create", "fast")


def test_an_operation_without_a_route_is_served_by_nobody(read):
    assert read(GOOD).route("enhance", "fast") == ()


def test_a_role_is_filled_by_the_first_model_that_has_it(read):
    found = read(GOOD)

    assert found.for_role("create").name == "painter"
    assert found.for_role("think") is None


def test_a_relative_folder_starts_at_the_catalogue(read, tmp_path):
    assert read(GOOD).models["painter"].folder == str(tmp_path / "weights")


def test_the_file_of_the_environment_is_read(tmp_path, monkeypatch):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    monkeypatch.setenv("MODELS_FILE", str(path))

    assert Catalogue.read().path == path


def test_without_one_the_shipped_file_is_read(monkeypatch):
    monkeypatch.delenv("MODELS_FILE", raising=False)

    assert Catalogue.read().path == FOLDER / "models.toml"


@pytest.mark.parametrize(
    ("was", "becomes", "line", "fault"),
    [
        ('licence = "MIT"', "", 4, "'licence' is missing"),
        ('folder = "weights"', "", 4, "neither hub nor folder"),
        ("batch_pixels = 1000", 'batch_pixels = "many"', 2, "must be a whole number"),
        ("batch_pixels = 1000", "vram = 3", 2, "unknown key 'vram'"),
        ('["create", "enhance"]', '["paint"]', 5, "unknown role 'paint'"),
        ('["create", "enhance"]', "[]", 5, "a model needs a role"),
        ('["painter", "other"]', '["nobody"]', 15, "unknown model 'nobody'"),
        ('["painter", "other"]', '"painter"', 15, "must be a list"),
        ("[routes.create]", "[routes.enhance]", 15, "'other' has not the role 'enhance'"),
        ("[routes.create]", "[routes.paint]", 14, "unknown operation 'paint'"),
        ("fast = [", "slow = [", 15, "unknown mode"),
        ("[device]", "[devices]", 1, "unknown table 'devices'"),
        ('hub = "somebody/something"', 'hub = "something"', 11, "is no hub id"),
        ('hub = "somebody/something"', 'hub = "a/b"\nsteps = 0', 12, "from 1 to 200"),
        ('hub = "somebody/something"', 'hub = "a/b"\nnative_size = 1000', 12, "multiple of 16"),
        ('hub = "somebody/something"', 'hub = "a/b"\ndtype = "int3"', 12, "one of auto"),
        ("[models.other]", "[models.Other]", 9, "'Other' is no name"),
        ("[models.other]", "[models.other", 9, "Expected"),
    ],
)
def test_a_wrong_file_names_the_line_and_the_fault(read, was, becomes, line, fault):
    assert was in GOOD

    with pytest.raises(CatalogueError) as caught:
        read(GOOD.replace(was, becomes, 1))

    assert (caught.value.line, fault in caught.value.fault) == (line, True), str(caught.value)
    assert str(caught.value).startswith(f"mine.toml, line {line}: ")


def test_a_file_that_is_not_there_is_said_so(tmp_path):
    with pytest.raises(CatalogueError, match=r"none\.toml, line 1: cannot be read"):
        Catalogue.read(tmp_path / "none.toml")


def test_a_file_without_models_is_wrong(read):
    with pytest.raises(CatalogueError, match="no models"):
        read("[device]\n")
