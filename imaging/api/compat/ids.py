"""Ids as other vendors write them: a prefix and our own id, readable back without a table."""

from __future__ import annotations

import re
import uuid

from imaging.api import testbatches, testmode

GENERATION, BATCH, PACKSHOT = "gen_", "batch_", "ps_"
ORDER, RESERVATION = "order_", "res_"
_HEX = re.compile(r"[0-9a-f]{32}")


def written(prefix: str, own: uuid.UUID | str) -> str:
    """`own` behind `prefix`: a row's id in 32 hex digits; a test key's, which has no row, whole."""
    return prefix + (own.hex if isinstance(own, uuid.UUID) else own)


def read(prefix: str, text: str) -> uuid.UUID | None:
    """The row's id in `text`; None where it is no such id."""
    digits = text.removeprefix(prefix)
    return uuid.UUID(digits) if text.startswith(prefix) and _HEX.fullmatch(digits) else None


def read_test(
    prefix: str, text: str, *, surface: str, partner_id: uuid.UUID
) -> testmode.TestGeneration | None:
    """The test generation in `text`; None for another partner's, another surface's or none."""
    if not text.startswith(prefix):
        return None
    made = testmode.read_test_generation(text.removeprefix(prefix), partner_id=partner_id)
    return made if made is not None and made.metadata.get("surface") == surface else None


def read_test_batch(
    text: str, *, surface: str, partner_id: uuid.UUID
) -> testbatches.TestBatch | None:
    """The test batch in `text`; None as above."""
    if not text.startswith(BATCH):
        return None
    made = testbatches.read_test_batch(text.removeprefix(BATCH), partner_id=partner_id)
    return made if made is not None and made.metadata.get("surface") == surface else None
