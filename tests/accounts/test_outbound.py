"""The guarded client, against a server on this machine. No test connects to anything else."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import httpcore2
import pytest

from accounts import guarded_network
from accounts.addresses import is_public
from accounts.outbound import OutboundFailed, OutboundRefused, check_url, fetch, is_allowed_host

FORMS = """
127.0.0.1 localhost [::1] [::ffff:127.0.0.1] [::ffff:7f00:1] 169.254.169.254 10.0.0.1 172.16.0.1
192.168.1.1 100.64.0.1 0.0.0.0 [fd00::1] [fe80::1] [64:ff9b::7f00:1] [2002:7f00:1::] [fec0::1]
224.0.0.1 2130706433 0x7f.1 [::] [::127.0.0.1] 198.18.0.1 192.88.99.1 240.0.0.1 255.255.255.255
[ff02::1] [2001:db8::1] [5f00::1] [3fff::1] [2001:0:7f00:1::] 0177.0.0.1 127.1 [64:ff9b:1::1]
"""
NOT_PUBLIC = FORMS.split()

PUBLIC = ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "2001:4860:4860::8888"]


class Handler(BaseHTTPRequestHandler):
    """A server with every fault we guard against."""

    seen: list[tuple[str, str, dict[str, str], bytes]] = []

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.seen.append((self.command, self.path, dict(self.headers.items()), body))
        getattr(self, "answer_" + self.path.strip("/").split("/")[0])()

    def do_POST(self) -> None:
        self.do_GET()

    def _send(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content_Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def answer_ok(self) -> None:
        self._send(200, b"hello", X_Kind="greeting")

    def answer_missing(self) -> None:
        self._send(404, b"no")

    def answer_gzip(self) -> None:
        self._send(200, gzip.compress(b"0" * 10_000_000), Content_Encoding="gzip")

    def answer_hop(self) -> None:
        left = int(self.path.rsplit("/", 1)[1])
        self._send(302, Location="/ok" if left == 0 else f"/hop/{left - 1}")

    def answer_away(self) -> None:
        self._send(307, Location=f"http://other.test:{self.server.server_port}/ok")

    def answer_inside(self) -> None:
        self._send(302, Location="http://inside.test/secret")

    def answer_file(self) -> None:
        self._send(302, Location="file:///etc/passwd")

    def answer_declared(self) -> None:
        self._send(200, b"", Content_Length=str(10**12))

    def answer_endless(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while True:
                self.wfile.write(b"x" * 65536)
        except OSError:
            pass

    def _drip(self, piece: bytes) -> None:
        try:
            for _ in range(100):
                self.wfile.write(piece)
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass

    def answer_drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100")
        self.end_headers()
        self._drip(b"x")

    def answer_slowheaders(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        self._drip(b"X-A: b\r\n")

    def answer_broken(self) -> None:
        self._send(200, b"half", Content_Length="1000")
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer_garbage(self) -> None:
        self.wfile.write(b"\x00\x01\x02 not http\r\n\r\n")


@pytest.fixture(scope="module")
def server() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def shop(server, settings):
    """Fetches a path of the server, which the operator has allowed by name and port."""
    port = server.server_port
    settings.FETCH_ALLOWED_HOSTS = [f"shop.test:{port}", f"other.test:{port}"]
    names = {"shop.test": "127.0.0.1", "other.test": "127.0.0.1", "inside.test": "10.1.2.3"}
    Handler.seen = []

    def get(path, **wishes):
        asked = {"max_bytes": 1000, "deadline_seconds": 5.0, **wishes}
        resolver = lambda host, port: [ip_address(names[host])]  # noqa: E731 (shown in one line)
        return fetch(f"http://shop.test:{port}/{path}", resolver=resolver, **asked)

    return get


@pytest.fixture
def dialled(monkeypatch):
    """Notes what would be connected to, and connects to nothing."""
    addresses: list[str] = []

    def dial(self, address, *_):
        addresses.append(address)
        raise httpcore2.ConnectError("not in a test")

    monkeypatch.setattr(guarded_network.GuardedBackend, "dial", dial)
    return addresses


def get(url, **wishes):
    return fetch(url, **{"max_bytes": 1000, "deadline_seconds": 5.0, **wishes})


@pytest.mark.parametrize("host", NOT_PUBLIC)
def test_no_spelling_of_a_private_address_is_connected_to(dialled, host):
    with pytest.raises(OutboundRefused) as caught:
        get(f"http://{host}/")

    assert dialled == []
    assert str(caught.value) in (
        "the address is not a public one",
        "the address is not a valid URL",
        "the host name is not known",
    )


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_connected_to(dialled, address):
    assert is_public(ip_address(address))
    with pytest.raises(OutboundFailed, match="cannot be reached"):
        get("http://example.test/", resolver=lambda host, port: [ip_address(address)])

    assert dialled == [address]


def test_a_name_is_resolved_once_so_it_cannot_change_its_mind(dialled):
    answers = [[ip_address("8.8.8.8")], [ip_address("127.0.0.1")]]
    with pytest.raises(OutboundFailed):
        get("http://rebind.test/", resolver=lambda host, port: answers.pop(0))

    assert dialled == ["8.8.8.8"]
    assert len(answers) == 1


def test_one_private_address_among_public_ones_refuses_them_all(dialled):
    mixed = [ip_address("8.8.8.8"), ip_address("10.0.0.9")]
    with pytest.raises(OutboundRefused, match="not a public one"):
        get("http://mixed.test/", resolver=lambda host, port: mixed)

    assert dialled == []


def test_all_public_addresses_are_tried(dialled):
    both = [ip_address("8.8.8.8"), ip_address("2606:4700::1111")]
    with pytest.raises(OutboundFailed):
        get("http://two.test/", resolver=lambda host, port: both)

    assert dialled == ["8.8.8.8", "2606:4700::1111"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("", "http and https"),
        ("example.com/a.png", "http and https"),
        ("ftp://example.com/a", "http and https"),
        ("file:///etc/passwd", "http and https"),
        ("data:image/png;base64,AA", "http and https"),
        ("javascript:alert(1)", "http and https"),
        ("http://", "http and https"),
        ("http://user:pw@example.com/", "user name"),
        ("http://user@example.com/", "user name"),
        ("http://example.com:22/", "ports"),
        ("https://example.com:8443/", "ports"),
        ("http://example.com:99999/", "ports"),
        ("http://exa mple.com/", "not a valid URL"),
        ("http://[::1/", "not a valid URL"),
        ("http://a_b%2e.example.com/", "not a valid URL"),
        ("http://example.com/" + "a" * 9000, "too long"),
        ("http://\x00/", "not a valid URL"),
    ],
)
def test_an_address_of_the_wrong_form_is_refused_before_anything_is_resolved(dialled, url, reason):
    def resolver(host, port):
        raise AssertionError("resolved")

    with pytest.raises(OutboundRefused, match=reason):
        get(url, resolver=resolver)


def test_an_unknown_name_is_a_plain_reason():
    def resolver(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(OutboundFailed, match="the host name is not known"):
        get("http://nowhere.test/", resolver=resolver)


def test_the_answer_comes_as_it_was_sent(shop):
    answer = shop("ok")

    assert (answer.status, answer.content, answer.headers["x-kind"]) == (200, b"hello", "greeting")
    method, path, headers, _ = Handler.seen[0]
    assert (method, path) == ("GET", "/ok")
    assert headers["Accept-Encoding"] == "identity"
    assert headers["Host"].startswith("shop.test:")


def test_an_error_status_is_an_answer_too(shop):
    assert shop("missing").status == 404


def test_a_body_is_posted_byte_by_byte(shop):
    shop("ok", method="POST", body=b'{"a": 1}', headers={"X-Signature": "s"})

    method, _, headers, body = Handler.seen[0]
    assert (method, body, headers["X-Signature"]) == ("POST", b'{"a": 1}', "s")


def test_redirects_are_followed_three_times(shop):
    assert shop("hop/2").content == b"hello"
    with pytest.raises(OutboundRefused, match="too many redirects"):
        shop("hop/3")


def test_redirects_are_not_followed_for_a_post_or_when_not_wanted(shop):
    assert shop("hop/1", method="POST", body=b"{}").status == 302
    assert shop("hop/1", follow_redirects=False).status == 302


def test_our_headers_do_not_follow_to_another_host(shop):
    assert shop("away", headers={"Authorization": "secret"}).content == b"hello"

    assert "Authorization" in Handler.seen[0][2]
    assert "Authorization" not in Handler.seen[1][2]


@pytest.mark.parametrize(
    ("path", "reason"), [("inside", "not a public one"), ("file", "only http and https")]
)
def test_a_redirect_is_checked_like_any_address(shop, path, reason):
    with pytest.raises(OutboundRefused, match=reason) as caught:
        shop(path)

    assert "10.1.2.3" not in str(caught.value)


@pytest.mark.parametrize("path", ["declared", "endless"])
def test_too_many_bytes_are_given_up_at_once(shop, path):
    started = time.monotonic()
    with pytest.raises(OutboundRefused, match="larger than 1000 bytes"):
        shop(path)

    assert time.monotonic() - started < 2


def test_megabytes_are_called_so(shop):
    with pytest.raises(OutboundRefused, match="larger than 2 MB"):
        shop("endless", max_bytes=2 * 1024 * 1024)


def test_an_answer_of_exactly_the_limit_is_fine(shop):
    assert shop("ok", max_bytes=5).content == b"hello"
    with pytest.raises(OutboundRefused):
        shop("ok", max_bytes=4)


def test_a_compressed_answer_is_refused(shop):
    with pytest.raises(OutboundRefused, match="compressed"):
        shop("gzip")


@pytest.mark.parametrize("path", ["drip", "slowheaders"])
def test_a_drip_feed_ends_with_the_deadline(shop, path):
    started = time.monotonic()
    with pytest.raises(OutboundFailed, match="in time"):
        shop(path, deadline_seconds=0.4)

    assert time.monotonic() - started < 2


def test_a_resolver_that_hangs_ends_with_the_deadline():
    release = threading.Event()

    def resolver(host, port):
        release.wait(10)
        return []

    try:
        with pytest.raises(OutboundFailed, match="in time"):
            get("http://slow.test/", deadline_seconds=0.2, resolver=resolver)
    finally:
        release.set()


@pytest.mark.parametrize("path", ["broken", "garbage"])
def test_a_broken_answer_is_a_plain_reason(shop, path):
    with pytest.raises(OutboundFailed, match="broke the connection off"):
        shop(path)


def test_plain_http_behind_https_is_no_secure_connection(server, settings):
    settings.FETCH_ALLOWED_HOSTS = ["shop.test"]
    with pytest.raises(OutboundFailed, match="secure connection"):
        get(
            f"https://shop.test:{server.server_port}/",
            resolver=lambda host, port: [ip_address("127.0.0.1")],
        )


def test_proxies_of_the_environment_are_not_used(shop, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert shop("ok").status == 200


@pytest.mark.parametrize(
    ("entries", "host", "port", "allowed"),
    [
        ([], "shop.test", 80, False),
        (["shop.test"], "shop.test", 8080, True),
        (["shop.test"], "SHOP.test", 443, True),
        (["shop.test"], "evil.shop.test", 80, False),
        (["shop.test:8080"], "shop.test", 8080, True),
        (["shop.test:8080"], "shop.test", 80, False),
        (["[::1]:9000"], "::1", 9000, True),
        (["[::1]:9000"], "::1", 80, False),
        (["::1"], "[::1]", 80, True),
    ],
)
def test_hosts_are_allowed_by_name_or_by_name_and_port(settings, entries, host, port, allowed):
    settings.FETCH_ALLOWED_HOSTS = entries
    assert is_allowed_host(host, port) is allowed


def test_an_allowed_host_may_use_its_port(settings):
    settings.FETCH_ALLOWED_HOSTS = ["shop.test:8080"]
    assert check_url("http://shop.test:8080/a?b=c").host == "shop.test"
