"""Which addresses are part of the public internet, for requests that we make for others."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network

# What `is_global` lets through although it leads somewhere special, inside or nowhere.
_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "192.88.99.0/24",  # 6to4 relay anycast (RFC 7526)
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "100.64.0.0/10",  # shared address space of carriers (RFC 6598)
        "::/96",  # IPv4-compatible IPv6, deprecated (RFC 4291)
        "64:ff9b::/96",  # NAT64: an IPv4 address inside (RFC 6052)
        "64:ff9b:1::/48",  # local-use NAT64 (RFC 8215)
        "2001::/23",  # Teredo, ORCHID, benchmarking and other assignments (RFC 2928)
        "2002::/16",  # 6to4: an IPv4 address inside (RFC 3056)
        "3fff::/20",  # documentation (RFC 9637)
        "5f00::/16",  # segment routing identifiers (RFC 9602)
        "fec0::/10",  # site-local, deprecated (RFC 3879)
    )
)


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the internet may be reached under this address.

    Private, loopback, link-local, multicast, reserved, documentation and translation ranges are
    not; an IPv4 address in IPv6 clothes is judged by itself.
    """
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return not any(address in network for network in _SPECIAL)
