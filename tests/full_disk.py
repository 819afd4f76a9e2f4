"""A disk that runs full, as Django's storage meets it."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From the file after `room` more of them on, the disk is full, half of that one written."""

    def make(room: int = 0, *, times: int = 10_000) -> None:
        real, left = FileSystemStorage._save, [room, times]

        def save(self: FileSystemStorage, name: str, content: Any) -> str:
            name = real(self, name, content)
            left[0] -= 1
            if left[0] < 0 < left[1]:
                left[1] -= 1
                raise FULL
            return name

        monkeypatch.setattr(FileSystemStorage, "_save", save)

    return make
