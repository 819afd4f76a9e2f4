from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from imaging.engines import encode
from imaging.engines.base import EngineError, Pixels
from imaging.engines.encode import Format, Metadata

FORMATS: list[Format] = ["png", "jpeg", "webp", "avif"]
ORIGIN = Metadata(
    source_type="compositeSynthetic",
    recipe_id="ab" * 32,
    software="Softbox studio 1",
    title='Mug <1> & "friends"',
    description="Tasse für Über \x00日本",
)


def gradient(channels: int = 3) -> Pixels:
    y, x = np.mgrid[0:48, 0:64]
    return np.dstack([x * 3, y * 4, x + y, 255 - x * 3][:channels]).astype(np.uint8)


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_decodes_to_the_picture_and_names_its_origin(kind: Format) -> None:
    data = encode.encode(gradient(), format=kind, quality=90, metadata=ORIGIN)

    image = Image.open(io.BytesIO(data))
    assert image.format is not None
    assert image.format.lower() == kind
    assert np.abs(np.asarray(image.convert("RGB")).astype(int) - gradient()).mean() < 3
    assert encode.read_metadata(data) == Metadata(
        source_type=ORIGIN.source_type,
        recipe_id=ORIGIN.recipe_id,
        software=ORIGIN.software,
        title=ORIGIN.title,
        description=ORIGIN.description.replace("\x00", ""),
    )
    assert b"http://cv.iptc.org/newscodes/digitalsourcetype/compositeSynthetic" in data


@pytest.mark.parametrize("kind", ["png", "webp", "avif"])
def test_alpha_is_kept_where_the_format_has_it(kind: Format) -> None:
    data = encode.encode(gradient(4), format=kind, quality=90, metadata=ORIGIN)

    alpha = np.asarray(Image.open(io.BytesIO(data)).convert("RGBA"))[..., 3]
    assert np.abs(alpha.astype(int) - gradient(4)[..., 3]).mean() < 3
    assert encode.format_note(gradient(4), kind) is None


def test_jpeg_lays_alpha_on_white_and_says_so() -> None:
    clear = np.zeros((16, 16, 4), np.uint8)

    data = encode.encode(clear, format="jpeg", quality=90, metadata=ORIGIN)

    assert np.asarray(Image.open(io.BytesIO(data))).min() >= 254
    assert encode.format_note(clear, "jpeg") == encode.ALPHA_DROPPED


def test_png_also_names_its_software_in_plain_text() -> None:
    data = encode.encode(gradient(), format="png", metadata=ORIGIN)

    assert Image.open(io.BytesIO(data)).info["Software"] == "Softbox studio 1"


@pytest.mark.parametrize("kind", ["jpeg", "webp", "avif"])
def test_lower_quality_gives_a_smaller_file(kind: Format) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)
    low, high = (
        len(encode.encode(noise, format=kind, quality=q, metadata=ORIGIN)) for q in (20, 95)
    )

    assert low < high


@pytest.mark.parametrize(("kind", "quality"), [("tiff", 90), ("png", 0), ("jpeg", 101)])
def test_another_format_or_quality_is_refused(kind: Format, quality: int) -> None:
    with pytest.raises(ValueError):
        encode.encode(gradient(), format=kind, quality=quality, metadata=ORIGIN)


def test_a_file_without_origin_is_told_apart() -> None:
    plain = io.BytesIO()
    Image.fromarray(gradient()).save(plain, "PNG")

    with pytest.raises(EngineError):
        encode.read_metadata(plain.getvalue())
    with pytest.raises(EngineError):
        encode.read_metadata(b"nothing")


def test_types_and_endings_are_the_usual_ones() -> None:
    assert [encode.content_type(kind) for kind in FORMATS] == [
        "image/png", "image/jpeg", "image/webp", "image/avif",
    ]  # fmt: skip
    assert [encode.extension(kind) for kind in FORMATS] == ["png", "jpg", "webp", "avif"]
