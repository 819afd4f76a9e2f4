"""A catalogue as a CSV file: `sku`, `image`, perhaps `title`; every other column is metadata."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from accounts.errors import InvalidRequest
from imaging.photos import UPLOAD_MAX_BYTES

NEEDED = ("sku", "image")
_OWN = (*NEEDED, "title")
_DELIMITERS = ",;\t"


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


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file, one at a time. Commas, semicolons and tabs part columns, as the header
    does. Raises InvalidRequest for a file that is no catalogue."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = file.readline()
            file.seek(0)
            reader = csv.DictReader(file, delimiter=max(_DELIMITERS, key=header.count))
            _check_header(reader.fieldnames or ())
            for cells in reader:
                yield _row(cells, reader.line_num)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidRequest(f"{path.name} cannot be read: {error}") from None


def count_rows(path: Path) -> int:
    """How many rows a file has, for a progress bar. Raises InvalidRequest."""
    return sum(1 for _ in read_rows(path))


def _check_header(names: Sequence[str]) -> None:
    known = {name.strip().lower() for name in names}
    if missing := [name for name in NEEDED if name not in known]:
        raise InvalidRequest(f"The file has no column {' and no column '.join(missing)}")


def _row(cells: Mapping[str | None, str | list[str] | None], line: int) -> Row:
    """Columns without a name (a row longer than the header) are left out, as are empty cells."""
    said = {
        name.strip(): value.strip()
        for name, value in cells.items()
        if name and isinstance(value, str) and value.strip()
    }
    own = {name.lower(): value for name, value in said.items() if name.lower() in _OWN}
    return Row(
        line=line,
        sku=own.get("sku", ""),
        title=own.get("title", ""),
        image=own.get("image", ""),
        metadata={name: value for name, value in said.items() if name.lower() not in _OWN},
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
