"""Rate limits of public writes: counted by address for an hour in the database, shared by all web processes.

No address is stored: only a mark made of it with the web's secret, which is deleted by the next use after the hour.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import request

from cms.accounts.service.throttle import network_of
from cms.platform.web.request_context import context
from cms.public.repository.uses import PublicUses
from cms.public.views import form_tickets

WITHIN: Final = timedelta(hours=1)
SENT_MOST: Final = 6
"""Feedback that one address may send within the hour: a household, or a small office."""
ASKED_MOST: Final = 30
"""Codes that one address may look up: a code has 60 bits, so it cannot be found by trying."""


@dataclass(frozen=True, slots=True)
class HourlyLimit:
    """Limit of ``most`` uses within the hour for each address."""

    what: str
    most: int

    def takes(self, address: str, now: datetime) -> bool:
        """Return whether this use is within the limit, and count it if so."""
        with context().uow() as uow:
            is_taken = PublicUses(uow.session).takes(self._mark(address), now - WITHIN, self.most, now)
            uow.commit()
        return is_taken

    def give_back(self, address: str) -> None:
        """Undo the last use, which came to nothing."""
        with context().uow() as uow:
            PublicUses(uow.session).give_back(self._mark(address))
            uow.commit()

    def _mark(self, address: str) -> str:
        return form_tickets.mark_of(self.what, address)


SENT: Final = HourlyLimit("sent", SENT_MOST)
"""Limit of feedback sent."""
ASKED: Final = HourlyLimit("asked", ASKED_MOST)
"""Limit of codes looked up."""


def source() -> str:
    """Return the client's address; of IPv6 the network, since one household has all of it."""
    return network_of(request.remote_addr or "")
