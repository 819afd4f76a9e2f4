"""The one door to addresses that users give: downloads and webhooks go through it.

Only http and https; only the public internet, checked on the address that is connected to and
again after every redirect; only ports 80 and 443. `settings.FETCH_ALLOWED_HOSTS` names hosts
(`host`: on any port, `host:port`: on that one) that may be reached although they are private.
No proxy, cookie, credential or setting of the environment is used.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import httpcore2
import httpx2
from django.conf import settings

from accounts.guarded_network import AddressNotPublic, Deadline, GuardedBackend, Resolver, resolve

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_URL_LENGTH = 8192
# Names (internationalised ones in their ASCII form) and addresses; brackets are gone by then.
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|[0-9A-Fa-f:.]{2,45}", re.ASCII)
_USER_AGENT = "Softbox/1.0"


class OutboundRefused(Exception):
    """Nothing came of the request; the message is a plain reason, safe to show."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class OutboundFailed(OutboundRefused):
    """The other side is at fault, or the way to it: the same request may succeed later."""


class OutboundTooLarge(OutboundRefused):
    """The answer has more bytes than were wanted."""


@dataclass(frozen=True, slots=True)
class OutboundAnswer:
    """What the server answered. Header names are lower case; of repeated ones the last counts."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def fetch(
    url: str,
    *,
    max_bytes: int,
    deadline_seconds: float,
    max_redirects: int = 3,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    follow_redirects: bool = True,
    resolver: Resolver = resolve,
) -> OutboundAnswer:
    """Make one request; of any status, the answer.

    `deadline_seconds` bounds everything from resolving to the last byte, all redirects included.
    Redirects are followed for GET and HEAD only, and headers of ours do not follow to another
    host; otherwise the redirect itself is the answer. Content comes as it was sent: compression
    is not asked for, and refused where it is sent unasked.

    Raises OutboundRefused (the address may not be reached, or the answer is too large) and
    OutboundFailed (it could not be reached, or not in time).
    """
    deadline = Deadline(deadline_seconds)
    own = dict(headers or {})
    current = check_url(url)
    for _ in range(max_redirects + 1):
        answer = _one_request(
            current, method, own, body, max_bytes=max_bytes, deadline=deadline, resolver=resolver
        )
        leads_on = follow_redirects and method in ("GET", "HEAD") and answer.status in _REDIRECTS
        if not leads_on or "location" not in answer.headers:
            return answer
        further = check_url(_joined(current, answer.headers["location"]))
        if _origin(further) != _origin(current):
            own = {}
        current = further
    raise OutboundRefused("too many redirects")


def check_url(url: str) -> httpx2.URL:
    """`url`, parsed, if its form alone does not refuse it. Nothing is resolved or contacted."""
    if len(url) > _MAX_URL_LENGTH:
        raise OutboundRefused("the address is too long")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError):
        raise OutboundRefused("the address is not a valid URL") from None
    if parsed.scheme not in _PORTS or not parsed.host:
        raise OutboundRefused("only http and https addresses can be reached")
    if not _HOST.fullmatch(parsed.raw_host.decode("ascii")):
        raise OutboundRefused("the address is not a valid URL")
    if parsed.userinfo:
        raise OutboundRefused("the address must not hold a user name or password")
    host, port = _origin(parsed)[1:]
    if port not in _PORTS.values() and not is_allowed_host(host, port):
        raise OutboundRefused("only ports 80 and 443 can be reached")
    return parsed


def is_allowed_host(host: str, port: int) -> bool:
    """Whether the operator lets us reach this host although it may be private."""
    host = host.lower().strip("[]")
    for entry in settings.FETCH_ALLOWED_HOSTS:
        name, allowed_port = _split_entry(entry.strip().lower())
        if name == host and allowed_port in (None, port):
            return True
    return False


def _split_entry(entry: str) -> tuple[str, int | None]:
    """`host`, `host:port`, `[v6]`, `[v6]:port` or a bare IPv6 address."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        name, _, port = entry.partition(":")
    else:
        name, port = entry, ""
    return name, int(port) if port.isdecimal() else None


def _origin(url: httpx2.URL) -> tuple[str, str, int]:
    return url.scheme, url.raw_host.decode("ascii"), url.port or _PORTS[url.scheme]


def _joined(base: httpx2.URL, location: str) -> str:
    try:
        return str(base.join(location))
    except (httpx2.InvalidURL, ValueError):
        raise OutboundRefused("the server redirects to an address that is none") from None


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return httpx2.create_ssl_context(trust_env=False)


def _one_request(
    url: httpx2.URL,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
    *,
    max_bytes: int,
    deadline: Deadline,
    resolver: Resolver,
) -> OutboundAnswer:
    """One request on a connection of its own, redirects not followed."""
    backend = GuardedBackend(deadline=deadline, resolver=resolver, private_allowed=is_allowed_host)
    sent = {
        "Host": url.netloc.decode("ascii"),
        "User-Agent": _USER_AGENT,
        "Accept": "*/*",
        "Connection": "close",
        **headers,
        "Accept-Encoding": "identity",
    }
    if body is not None:
        sent["Content-Length"] = str(len(body))
    target = httpcore2.URL(
        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
    )
    try:
        with (
            httpcore2.ConnectionPool(ssl_context=_tls(), network_backend=backend) as pool,
            pool.stream(method, target, headers=list(sent.items()), content=body) as response,
        ):
            return _read(response, max_bytes, has_body=method != "HEAD")
    except AddressNotPublic:
        raise OutboundRefused("the address is not a public one") from None
    except httpcore2.TimeoutException:
        raise OutboundFailed("the server did not answer in time") from None
    except (OSError, httpcore2.ConnectError) as error:
        raise OutboundFailed(_connect_reason(error)) from None
    except (httpcore2.NetworkError, httpcore2.ProtocolError):
        raise OutboundFailed("the server broke the connection off") from None


def _connect_reason(error: Exception) -> str:
    """Why there is no connection, without a word about addresses."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "no secure connection to the server is possible"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, OSError):
        return "the host name is not known"
    return "the server cannot be reached"


def _read(response: httpcore2.Response, max_bytes: int, *, has_body: bool) -> OutboundAnswer:
    """The whole answer, given up at the first byte too many."""
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise OutboundRefused("the server sent a compressed answer that nobody asked for")
    length = headers.get("content-length", "")
    if has_body and length.isdecimal() and int(length) > max_bytes:
        raise OutboundTooLarge(_too_large(max_bytes))
    content = bytearray()
    for chunk in response.iter_stream():
        content += chunk
        if len(content) > max_bytes:
            raise OutboundTooLarge(_too_large(max_bytes))
    return OutboundAnswer(response.status, headers, bytes(content))


def _too_large(max_bytes: int) -> str:
    megabytes = max_bytes // (1024 * 1024)
    shown = f"{megabytes} MB" if megabytes else f"{max_bytes} bytes"
    return f"the answer is larger than {shown}"
