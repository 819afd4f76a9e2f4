"""The sockets of `outbound.py`: they connect to checked addresses only, and never too long.

A name is resolved once, every address it has is checked, and the connection goes to one of
those very addresses: there is no moment between check and use in which the name could change
its mind. TLS still checks the certificate against the name.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

import httpcore2

from accounts.addresses import is_public

Address = IPv4Address | IPv6Address
# (host, port) -> every address; raises OSError where there is none.
Resolver = Callable[[str, int], list[Address]]

# The system's resolver takes no timeout, so it is waited for in a thread.
_resolving = ThreadPoolExecutor(max_workers=16, thread_name_prefix="resolve")


class AddressNotPublic(Exception):
    """The name leads to an address that is not part of the public internet."""


def resolve(host: str, port: int) -> list[Address]:
    """Every address of `host`, by the system's resolver. Raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]


class Deadline:
    """A moment after which nothing more is waited for."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self, wanted: float | None = None) -> float:
        """Seconds until then, at most `wanted`. Raises ReadTimeout when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise httpcore2.ReadTimeout("the deadline has passed")
        return seconds if wanted is None else min(wanted, seconds)


class DeadlineStream(httpcore2.NetworkStream):
    """A connection on which every wait ends with the deadline.

    A per-read timeout alone never fires on a server that sends one byte now and then.
    """

    def __init__(self, stream: httpcore2.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        left = self._deadline.left(timeout)
        return DeadlineStream(
            self._stream.start_tls(ssl_context, server_hostname, left), self._deadline
        )

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class GuardedBackend(httpcore2.SyncBackend):
    """Resolves, checks, connects. `private_allowed` says which hosts the operator trusts."""

    def __init__(
        self,
        *,
        deadline: Deadline,
        resolver: Resolver,
        private_allowed: Callable[[str, int], bool],
    ) -> None:
        self._deadline = deadline
        self._resolver = resolver
        self._private_allowed = private_allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address that answers. One bad address refuses them all."""
        addresses = self._resolved(host, port)
        if not self._private_allowed(host, port) and not all(map(is_public, addresses)):
            raise AddressNotPublic(host)
        failure: Exception = httpcore2.ConnectError("no address")
        for address in addresses:
            try:
                stream = self.dial(str(address), port, self._deadline.left(timeout), socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return DeadlineStream(stream, self._deadline)
        raise failure

    def dial(
        self, address: str, port: int, timeout: float, socket_options: Iterable[Any] | None
    ) -> httpcore2.NetworkStream:
        """The only line that connects."""
        return super().connect_tcp(address, port, timeout, None, socket_options)

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        raise AddressNotPublic(path)

    def _resolved(self, host: str, port: int) -> list[Address]:
        waiting = _resolving.submit(self._resolver, host.strip("[]"), port)
        try:
            return waiting.result(self._deadline.left())
        except FutureTimeoutError:
            raise httpcore2.ConnectTimeout("resolving took too long") from None
