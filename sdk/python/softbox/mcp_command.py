"""The command `softbox-mcp`: a plain line where extra or key are missing, else the server."""

from __future__ import annotations

import os
import runpy
from importlib.util import find_spec


def main() -> None:
    if find_spec("mcp") is None:
        raise SystemExit("softbox-mcp needs the extra: pip install './sdk/python[mcp]'")
    if not os.environ.get("SOFTBOX_API_KEY"):
        raise SystemExit("softbox-mcp needs a key: set SOFTBOX_API_KEY, and SOFTBOX_URL")
    runpy.run_module("softbox.mcp_server", run_name="__main__")
