"""Our bytes are what JSON.stringify makes of them: asked of the real JavaScript."""

from __future__ import annotations

import json
import random
import shutil
import struct
import subprocess
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.webhooks.javascript_json import javascript_json

STRINGIFY = (
    "const t = require('fs').readFileSync(0, 'utf8');"
    "process.stdout.write(JSON.stringify(JSON.parse(t)));"
)


def stringified(body: bytes) -> bytes:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    return subprocess.run([node, "-e", STRINGIFY], input=body, capture_output=True).stdout


def test_numbers_of_every_size_come_back_as_they_were() -> None:
    drawn = random.Random(7)
    numbers: list[Any] = [0, -0.0, 1.0, 7.25, 1e20, 1e21, 1e-6, 1e-7, 5e-324, 2**53 + 1, 10**30]
    numbers += [struct.unpack("d", drawn.randbytes(8))[0] for _ in range(2000)]
    numbers += [round(drawn.uniform(-1000, 1000), 3) for _ in range(500)]
    body = javascript_json([n for n in numbers if n == n and abs(n) != float("inf")])
    assert stringified(body) == body


def test_texts_and_the_order_of_keys_come_back_as_they_were() -> None:
    value = {
        "b": '\u2028 é \ud800 \U0001f600 \x7f \x00 " \\ / </script>',
        "10": 1,
        "2": [None, True, False, {}],
        "01": "no index",
        "4294967295": "no index either",
        "a": {"z": 1, "0": 2},
    }
    body = javascript_json(value)
    assert stringified(body) == body
    assert body.startswith(b'{"2":')


def test_indexes_come_first_by_number() -> None:
    assert javascript_json({"x": 1, "10": 2, "9": 3}) == b'{"9":3,"10":2,"x":1}'


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    with pytest.raises(ValueError, match="no JSON number"):
        javascript_json({"n": number})


def test_what_json_does_not_know_is_refused() -> None:
    with pytest.raises(TypeError):
        javascript_json({"n": b"bytes"})


@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(-(2**53), 2**53),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_it_says_what_was_meant(value: Any) -> None:
    assert json.loads(javascript_json(value)) == value
