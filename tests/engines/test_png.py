from __future__ import annotations

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from imaging.engines import png
from imaging.engines.base import Pixels


def photo(height: int, width: int, channels: int) -> Pixels:
    rng = np.random.default_rng(height * width)
    return rng.integers(0, 256, (height, width, channels), np.uint8)


def read(data: bytes) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(data)))


@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 7), (9, 1), (37, 53), (700, 300)])
def test_what_is_written_reads_back_to_the_bit(height: int, width: int, channels: int) -> None:
    pixels = photo(height, width, channels)

    assert (read(png.write(pixels)) == pixels).all()


def test_a_strided_view_is_written_as_it_looks() -> None:
    pixels = photo(20, 20, 4)[::2, ::-1, :3]

    assert (read(png.write(pixels)) == pixels).all()


def test_without_the_fast_deflate_the_file_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = photo(40, 60, 3)
    monkeypatch.setattr(png, "deflate", zlib)

    assert (read(png.write(pixels)) == pixels).all()


def test_text_chunks_are_found_by_readers() -> None:
    data = png.write(
        photo(2, 2, 3),
        [png.text_chunk("Software", "Ünit"), png.international_chunk("Note", "日本")],
    )

    info = Image.open(io.BytesIO(data)).info
    assert info["Software"] == "Ünit"
    assert info["Note"] == "日本"


@pytest.mark.parametrize("keyword", ["", "x" * 80])
def test_a_keyword_that_png_forbids_is_refused(keyword: str) -> None:
    with pytest.raises(ValueError, match="1 to 79"):
        png.text_chunk(keyword, "text")


def test_a_photo_is_no_larger_than_pillow_makes_it() -> None:
    rng = np.random.default_rng(5)
    frequency = np.hypot(np.fft.rfftfreq(256)[None], np.fft.fftfreq(256)[:, None])
    frequency[0, 0] = 1
    wave = np.fft.irfft2(frequency**-1.3 * np.exp(2j * np.pi * rng.random(frequency.shape)))
    grey = 128 + 40 * wave / wave.std()
    pixels = np.clip(grey[..., None] + rng.normal(0, 1.2, (256, 256, 3)), 0, 255).astype(np.uint8)
    by_pillow = io.BytesIO()
    Image.fromarray(pixels).save(by_pillow, "PNG")

    assert len(png.write(pixels)) <= len(by_pillow.getvalue())
