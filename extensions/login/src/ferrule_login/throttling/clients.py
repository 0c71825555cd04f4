"""Whose attempt it is, as far as an address tells."""

from __future__ import annotations

import ipaddress
from typing import Final

__all__ = ["network_of"]

_V6_PREFIX: Final = 64
"""What one customer is given at least (RFC 6177): whoever has one address of it has all of them."""


def network_of(address: str | None) -> str:
    """Return what stands for a client in place of its address.

    Args:
        address: The address of the connection, or what a believed proxy says that it is (``proxy_fix``).

    Returns:
        An IPv4 address; of an IPv6 address the first half, and of one that maps an IPv4 address (RFC 4291, section
        2.5.5.2) that. What is no address, such as the path of a socket, is returned as it is.
    """
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _V6_PREFIX), strict=False))
