"""Where a request really comes from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

from django.conf import settings

Address = IPv4Address | IPv6Address


@lru_cache(maxsize=16)
def _networks(trusted: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text, strict=False) for text in trusted)


def parse(text: str) -> Address | None:
    """One address as proxies write it (port, brackets and zone allowed); None if it is none.

    An IPv4 address in IPv6 clothes comes out as IPv4, so that it meets its allow list.
    """
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def client_address(meta: Mapping[str, Any]) -> str | None:
    """The client's address: the socket's, unless that is one of `settings.TRUSTED_PROXIES`.

    Behind trusted proxies it is the rightmost X-Forwarded-For entry that is not itself trusted.
    An unreadable entry ends the search at the proxy that sent it: what lies left of it was
    written by nobody we know. None where the socket has no address.
    """
    nearest = parse(meta.get("REMOTE_ADDR", ""))
    if nearest is None:
        return None
    if not settings.TRUSTED_PROXIES:
        return str(nearest)
    trusted = _networks(tuple(settings.TRUSTED_PROXIES))
    entries = meta.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while any(nearest in network for network in trusted) and entries:
        further = parse(entries.pop())
        if further is None:
            break
        nearest = further
    return str(nearest)
