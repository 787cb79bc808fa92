"""How often one address may write to us: kept in memory for an hour and nowhere else, so that no address is stored."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Lock
from typing import Final

from flask import Flask, current_app, request

WITHIN: Final = timedelta(hours=1)
SENT_MOST: Final = 6
"""Words that one address may send within the hour: a household, or a small office."""
ASKED_MOST: Final = 30
"""Codes that one address may look up: a code has 60 bits, and nobody finds one by trying."""
_KEPT_MOST: Final = 10_000
_NET_BITS: Final = 64
_EXTENSION: Final = "loa.public"


class Limit:
    """``most`` times within the hour for each address."""

    def __init__(self, most: int, kept: int = _KEPT_MOST) -> None:
        self._most = most
        self._kept = kept
        self._times: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = Lock()

    def takes(self, address: str, now: datetime) -> bool:
        """Whether this time is within the limit; then it counts."""
        with self._lock:
            times = [at for at in self._times.pop(address, []) if now - at < WITHIN]
            is_taken = len(times) < self._most
            self._times[address] = [*times, now] if is_taken else times
            if len(self._times) > self._kept:
                self._times.popitem(last=False)
        return is_taken

    def give_back(self, address: str) -> None:
        """The last time came to nothing, and does not count."""
        with self._lock:
            if self._times.get(address):
                self._times[address].pop()


def install(app: Flask) -> None:
    app.extensions[_EXTENSION] = (Limit(SENT_MOST), Limit(ASKED_MOST))


def sent() -> Limit:
    """Of words of citizens."""
    found: tuple[Limit, Limit] = current_app.extensions[_EXTENSION]
    return found[0]


def asked() -> Limit:
    """Of codes looked up."""
    found: tuple[Limit, Limit] = current_app.extensions[_EXTENSION]
    return found[1]


def source(hops: int) -> str:
    """Whose address it is, past so many proxies of ours; of IPv6 the network, since one household has all of it."""
    forwarded = request.headers.get("X-Forwarded-For", "").split(",")
    route = [*(each.strip() for each in forwarded if each.strip()), request.remote_addr or ""]
    told = route[max(len(route) - 1 - hops, 0)]
    try:
        address = ip_address(told)
    except ValueError:
        return told[:64]
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _NET_BITS), strict=False))
    return str(address)
