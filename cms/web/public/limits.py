"""How often one address may write to us: counted in the store for an hour, for all web processes together.

No address is stored: a mark is made of it with the web's secret, and is gone after the hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Final

from flask import request

from cms.store.public_uses import PublicUses
from cms.web.public import tickets
from cms.web.visit import context

WITHIN: Final = timedelta(hours=1)
SENT_MOST: Final = 6
"""Words that one address may send within the hour: a household, or a small office."""
ASKED_MOST: Final = 30
"""Codes that one address may look up: a code has 60 bits, and nobody finds one by trying."""
_NET_BITS: Final = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` times within the hour for each address."""

    what: str
    most: int

    def takes(self, address: str, now: datetime) -> bool:
        """Whether this time is within the limit; then it counts."""
        with context().uow() as uow:
            is_taken = PublicUses(uow.session).takes(self._mark(address), now - WITHIN, self.most, now)
            uow.commit()
        return is_taken

    def give_back(self, address: str) -> None:
        """The last time came to nothing, and does not count."""
        with context().uow() as uow:
            PublicUses(uow.session).give_back(self._mark(address))
            uow.commit()

    def _mark(self, address: str) -> str:
        return tickets.mark_of(self.what, address)


SENT: Final = Limit("sent", SENT_MOST)
"""Of words of citizens."""
ASKED: Final = Limit("asked", ASKED_MOST)
"""Of codes looked up."""


def source() -> str:
    """The client's address; of IPv6 the network, since one household has all of it."""
    told = request.remote_addr or ""
    try:
        address = ip_address(told)
    except ValueError:
        return told[:64]
    if isinstance(address, IPv6Address):
        return str(IPv6Network((address, _NET_BITS), strict=False))
    return str(address)
