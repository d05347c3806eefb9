"""Who is at the other end of a request, and whose requests are counted together."""

import contextlib
from functools import cache, lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from itertools import pairwise

from starlette.types import Scope


def of(scope: Scope, trusted: str) -> str:
    """The address; only a proxy in `trusted` may speak for others."""
    client = scope.get("client")
    host = client[0] if client else ""
    named = scope.get("sent")
    if (named is not None and b"x-forwarded-for" not in named) or not _within(host, trusted):
        return host
    sent = b"".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
    hops = [host, *reversed(sent.decode("latin-1").split(","))]
    for nearer, hop in pairwise(hops):
        if not _within(nearer.strip(), trusted) or not hop.strip():
            return nearer.strip()
    return hops[-1].strip()


@lru_cache(maxsize=4096)
def crowd(address: str) -> str:
    """Whose requests are counted as one: an address, or the network that one household has.

    Empty for this machine itself: a proxy here that names nobody would make all people one.
    """
    try:
        found = ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return crowd(str(found.ipv4_mapped))
        if not found.is_loopback:
            return str(ip_network((found, 64), strict=False))
    return "" if found.is_loopback else str(found)


@lru_cache(maxsize=4096)
def _within(host: str, listed: str) -> bool:
    with contextlib.suppress(ValueError):
        found = ip_address(host)
        return any(found in network for network in _networks(listed))
    return False


@cache
def _networks(listed: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(net.strip(), strict=False) for net in listed.split(",") if net.strip())
