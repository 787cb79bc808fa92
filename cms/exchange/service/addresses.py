"""Outbound address checks: only pinned hosts, at IP addresses that are checked before the connection is made.

The checked IP address itself is connected to, so that a name cannot resolve to another in between.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from cms.exchange.service.errors import FetchFailedError, FetchRefusedError

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]
"""Host and port to addresses; raises OSError."""

_PORTS: Final = {"https": 443, "http": 80}
# IPv6 addresses that embed an IPv4 address, which would bypass the check: 6to4, Teredo, NAT64, IPv4-compatible.
_VEILED: Final = tuple(
    ip_network(each) for each in ("2002::/16", "2001::/32", "64:ff9b::/96", "64:ff9b:1::/48", "::/96")
)


@dataclass(frozen=True)
class Allowed:
    """Pinned hosts: ``hosts`` by https, ``plain_hosts`` by http too; with ``:port`` if not the default.

    ``is_anywhere``: any host by either, for URLs that are typed here and only listened to.
    ``is_local``: private networks are allowed. Without it no private, loopback or link-local address is connected to.
    """

    hosts: frozenset[str]
    plain_hosts: frozenset[str] = frozenset()
    is_local: bool = False
    is_anywhere: bool = False


@dataclass(frozen=True)
class ConnectionTarget:
    """Target of one connection."""

    scheme: str
    host: str
    port: int
    address: str
    path: str
    """With the query, as in the request line."""

    @property
    def named(self) -> str:
        """Host as in the Host header, and as it is pinned."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"


def host_of(url: str) -> str:
    """Return the host of a URL, as it would be pinned. Raises FetchRefusedError."""
    return _read(url)[1]


def target_of(url: str, allowed: Allowed, resolve: Resolve) -> ConnectionTarget:
    """Check the URL, resolve it, and return where to connect to.

    Raises:
        FetchRefusedError: not a web URL, a host or scheme that is not pinned, an address that is not allowed.
        FetchFailedError: the name has no address.
    """
    parts, named = _read(url)
    is_pinned = named in allowed.plain_hosts or (parts.scheme == "https" and named in allowed.hosts)
    if not is_pinned and not allowed.is_anywhere:
        is_known = named in allowed.hosts
        raise FetchRefusedError("SCHEME" if is_known else "HOST", url)
    host, port = str(parts.hostname), parts.port or _PORTS[parts.scheme]
    try:
        found = [ip_address(each.partition("%")[0]) for each in resolve(host, port)]
    except (OSError, UnicodeError) as error:
        raise FetchFailedError("RESOLVE", url, str(error)[:200]) from None
    if not found:
        raise FetchFailedError("RESOLVE", url)
    if not all(is_allowed(each, is_local=allowed.is_local) for each in found):
        raise FetchRefusedError("ADDRESS", url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return ConnectionTarget(parts.scheme, host, port, str(found[0]), path)


def is_allowed(address: Address, *, is_local: bool) -> bool:
    """Return whether it is a public unicast address; with ``is_local`` a private one is allowed as well."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_allowed(address.ipv4_mapped, is_local=is_local)
        is_loopback = is_local and address.is_loopback
        if not is_loopback and any(address in network for network in _VEILED):
            return False
    if address.is_multicast or address.is_unspecified:
        return False
    return is_local or (address.is_global and not address.is_reserved)


def resolved(host: str, port: int) -> Sequence[str]:
    """Resolve by the system's resolver."""
    return [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def _read(url: str) -> tuple[SplitResult, str]:
    """Return the URL's parts, and the host as it is pinned."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").encode("idna").decode() if ":" not in (parts.hostname or "") else parts.hostname
    except (ValueError, UnicodeError):
        raise FetchRefusedError("URL", url[:200]) from None
    if parts.scheme not in _PORTS:
        raise FetchRefusedError("SCHEME", url[:200])
    is_plain_text = url.isprintable() and " " not in url and url.isascii()
    if not host or parts.username is not None or parts.password is not None or not is_plain_text:
        raise FetchRefusedError("URL", url[:200])
    shown = f"[{host}]" if ":" in host else host.lower()
    return parts, shown if port in {None, _PORTS[parts.scheme]} else f"{shown}:{port}"
