"""A model hub over real HTTP: one repository, its commit, its files. It can lie about digests."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "c0ffee" * 6 + "c0ff"
REPOSITORY = "somebody/klein"


class Hub:
    """What is served; `asked` are the files that were downloaded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.lies = False
        self.endpoint = ""

    def entries(self) -> list[dict[str, Any]]:
        """The repository's files as the hub's tree lists them."""
        return [self._entry(path) for path in sorted(self.folder.rglob("*")) if path.is_file()]

    def _entry(self, path: Path) -> dict[str, Any]:
        name = path.relative_to(self.folder).as_posix()
        size = path.stat().st_size
        entry = {
            "type": "file",
            "path": name,
            "size": size,
            "oid": hashlib.sha256(name.encode()).hexdigest()[:40],
        }
        if name.endswith(".safetensors"):
            digest = "0" * 64 if self.lies else hashlib.sha256(path.read_bytes()).hexdigest()
            entry["lfs"] = {"oid": digest, "size": size, "pointerSize": 134}
        return entry

    def info(self) -> dict[str, Any]:
        siblings = []
        for entry in self.entries():
            sibling = {"rfilename": entry["path"], "size": entry["size"], "blobId": entry["oid"]}
            if "lfs" in entry:
                lfs = entry["lfs"]
                sibling["lfs"] = {"sha256": lfs["oid"], "size": lfs["size"], "pointerSize": 134}
            siblings.append(sibling)
        return {"id": REPOSITORY, "modelId": REPOSITORY, "sha": COMMIT, "siblings": siblings}


@contextmanager
def serving(folder: Path) -> Iterator[Hub]:
    """A hub that serves `folder` as REPOSITORY at COMMIT."""
    hub = Hub(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            path = unquote(urlsplit(self.path).path)
            api = f"/api/models/{REPOSITORY}"
            if path.startswith(f"{api}/tree/"):
                self._json(hub.entries(), with_body)
            elif path == api or path.startswith(f"{api}/revision/"):
                self._json(hub.info(), with_body)
            elif path.startswith(f"/{REPOSITORY}/resolve/"):
                self._file(path.split("/", 5)[5], with_body)
            else:
                self._send(404, b"", with_body, {"X-Error-Code": "RepoNotFound"})

        def _file(self, name: str, with_body: bool) -> None:
            data = (hub.folder / name).read_bytes()
            if with_body:
                hub.asked.append(name)
            etag = hashlib.sha256(data).hexdigest()
            self._send(200, data, with_body, {"X-Repo-Commit": COMMIT, "ETag": f'"{etag}"'})

        def _json(self, data: Any, with_body: bool) -> None:
            self._send(200, json.dumps(data).encode(), with_body, {})

        def _send(self, status: int, data: bytes, with_body: bool, extra: dict[str, str]) -> None:
            self.send_response(status)
            for key, value in {**extra, "Content-Length": str(len(data))}.items():
                self.send_header(key, value)
            self.end_headers()
            if with_body:
                self.wfile.write(data)

        def log_message(self, *arguments: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
