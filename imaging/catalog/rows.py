"""A catalogue as a CSV file: `sku`, `image`, perhaps `title`; every other column is metadata."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from accounts.errors import InvalidRequest
from imaging.photos import UPLOAD_MAX_BYTES

NEEDED = ("sku", "image")
_OWN = (*NEEDED, "title")
_DELIMITERS = ",;\t"
_SEPARATOR = re.compile(r'"?sep=([,;\t|])"?[,;\t|]*\s*$', re.IGNORECASE)
"""A first line that tells Excel what parts the columns; sometimes padded to as many as follow."""
NO_UTF8 = "The file is no text in UTF-8: save it as CSV UTF-8"


@dataclass(frozen=True)
class Row:
    """One row; `line` is where it ends in the file, for people."""

    line: int
    sku: str
    title: str
    image: str
    metadata: Mapping[str, str]

    def key(self, style: str) -> str:
        """What makes it the same row in another run: sha256 hex of sku, photo and style."""
        return hashlib.sha256(json.dumps([self.sku, self.image, style]).encode()).hexdigest()


def read_rows(path: Path, columns: Mapping[str, str] | None = None) -> Iterator[Row]:
    """The rows of a file, one at a time. Commas, semicolons and tabs part columns, as the header
    does, or what a line such as `sep=;` before it says. `columns` names the columns of `sku`,
    `image` and perhaps `title`; without it they are called that. Raises InvalidRequest for a file
    that is no catalogue."""
    with _opened(path) as reader:
        names = reader.fieldnames or ()
        own = dict(columns) if columns is not None else _by_name(names)
        _check_columns(own, names)
        for cells in reader:
            yield _row(cells, own, reader.line_num)


def read_header(path: Path, *, most: int = 0) -> tuple[list[str], list[dict[str, str]]]:
    """The columns' names, and the cells of the first `most` rows. Raises InvalidRequest."""
    with _opened(path) as reader:
        names = [name for name in reader.fieldnames or () if name.strip()]
        first = [
            {name: str(cells.get(name) or "") for name in names} for cells in islice(reader, most)
        ]
    return names, first


@contextmanager
def _opened(path: Path) -> Iterator[csv.DictReader[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            excel = _SEPARATOR.match(first)
            file.seek(0)
            delimiter = excel[1] if excel else max(_DELIMITERS, key=first.count)
            reader = csv.DictReader(file, delimiter=delimiter)
            if excel:  # read as a row, so that the lines of the others are counted right
                next(reader.reader)
            yield reader
    except UnicodeDecodeError:
        raise InvalidRequest(NO_UTF8, param="file") from None
    except (OSError, csv.Error) as error:
        raise InvalidRequest(f"{path.name} cannot be read: {error}") from None


def count_rows(path: Path) -> int:
    """How many rows a file has, for a progress bar. Raises InvalidRequest."""
    with _opened(path) as reader:
        return sum(1 for _ in reader)


def _by_name(names: Sequence[str]) -> dict[str, str]:
    """Which columns are called like a product's fields, in whatever case."""
    return {name.strip().lower(): name for name in names if name.strip().lower() in _OWN}


def _check_columns(own: Mapping[str, str], names: Sequence[str]) -> None:
    if missing := [name for name in NEEDED if own.get(name) not in names]:
        raise InvalidRequest(f"The file has no column {' and no column '.join(missing)}")


def _row(
    cells: Mapping[str | None, str | list[str] | None], own: Mapping[str, str], at: int
) -> Row:
    """Columns without a name (a row longer than the header) are left out, as are empty cells and
    NULs, which no database takes."""
    said = {
        name: value.replace("\0", "").strip()
        for name, value in cells.items()
        if name and isinstance(value, str) and value.strip()
    }
    taken = set(own.values())
    return Row(
        line=at,
        sku=said.get(own["sku"], ""),
        title=said.get(own.get("title", ""), ""),
        image=said.get(own["image"], ""),
        metadata={name.strip(): value for name, value in said.items() if name not in taken},
    )


def photo_of(row: Row, folder: Path | None) -> str:
    """The photo as `read_photo` takes it: an address, base64, or a file beside the catalogue
    where `folder` allows that. Raises InvalidRequest."""
    if folder is None or not row.image or "://" in row.image or row.image.startswith("data:"):
        return row.image
    file = (folder / row.image).resolve()
    if len(row.image) > 1000 or not file.is_relative_to(folder.resolve()) or not file.is_file():
        return row.image  # then it is base64, or is refused as that
    if file.stat().st_size > UPLOAD_MAX_BYTES:
        megabytes = UPLOAD_MAX_BYTES // (1024 * 1024)
        raise InvalidRequest(f"{row.image} is over {megabytes} MB", param="image")
    return base64.b64encode(file.read_bytes()).decode()
