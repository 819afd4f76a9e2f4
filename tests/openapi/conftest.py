"""The callers of the API tests."""

from __future__ import annotations

from tests.api.conftest import (  # noqa: F401 (fixtures)
    caller,
    engines,
    live,
    partner,
    rich,
    test_key,
    worker,
)
from tests.openapi.conformity import answers_as_described  # noqa: F401 (a fixture)
