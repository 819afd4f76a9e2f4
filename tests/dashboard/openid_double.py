"""An OpenID Connect server on this machine: what allauth asks of one, and who logs in there."""

from __future__ import annotations

import json
import secrets
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt

CLIENT_ID = "softbox"
CLIENT_SECRET = "a secret of the client, long enough to sign"


class OpenIdDouble:
    """`says` is what it tells of whoever logs in; `refuses` makes it answer every code with 400."""

    def __init__(self) -> None:
        self.says: dict[str, Any] = {"sub": "1"}
        self.refuses = False
        self.asked: dict[str, str] = {}
        self._codes: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}
        )
        self._thread.start()
        self.base = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def approve(self, address: str) -> str:
        """Somebody logs in at `address`, where our site sent them; returns where they go next."""
        asked = dict(parse_qsl(urlsplit(address).query))
        assert asked["client_id"] == CLIENT_ID
        code = secrets.token_urlsafe(8)
        self._codes.add(code)
        return f"{asked['redirect_uri']}?code={code}&state={asked['state']}"

    def _answer(self, path: str, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.base,
                "authorization_endpoint": f"{self.base}/authorize",
                "token_endpoint": f"{self.base}/token",
                "userinfo_endpoint": f"{self.base}/userinfo",
                "jwks_uri": f"{self.base}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        if path == "/token":
            self.asked = given
            if self.refuses or given.get("code") not in self._codes:
                return 400, {"error": "invalid_grant"}
            self._codes.discard(given["code"])
            return 200, {"access_token": "at", "token_type": "bearer", "id_token": self._token()}
        return (200, self.says) if path == "/userinfo" else (404, {})

    def _token(self) -> str:
        now = int(time.time())
        facts = {"iss": self.base, "aud": CLIENT_ID, "iat": now, "exp": now + 60, **self.says}
        return jwt.encode(facts, CLIENT_SECRET, algorithm="HS256")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        double = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

            def do_GET(self) -> None:
                self._send(*double._answer(urlsplit(self.path).path, {}))

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                self._send(*double._answer(self.path, dict(parse_qsl(body))))

            def _send(self, status: int, answer: dict[str, Any]) -> None:
                body = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        return Handler
