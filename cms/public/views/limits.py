"""Limits of the public form: tickets that it is sent with, and requests by address."""

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from flask import current_app, request

from cms.accounts.service.throttle import network_of
from cms.platform.web.languages import _
from cms.platform.web.request_context import context
from cms.public.repository import PublicUses

QUICKEST: Final = timedelta(seconds=3)
"""No person fills in the form faster; a program that does is asked to send it again."""
LONGEST: Final = timedelta(hours=12)
_TICKET: Final = re.compile(r"([0-9a-z]{10,40})\.(\d{1,12})\.([0-9a-f]{32})")
_CODE_SIGNS: Final = 12
_GROUP: Final = 4
WITHIN: Final = timedelta(hours=1)
SENT_MOST: Final = 6
"""Feedback that one address may send within the hour: a household, or a small office."""
ASKED_MOST: Final = 30
"""Codes that one address may look up: a code has 60 bits, so it cannot be found by trying."""


@dataclass(frozen=True)
class FormTicket:
    """Ticket of a form. ``key`` becomes the id of the feedback, so that a form sent twice is recorded once."""

    key: str
    made_at: datetime

    @property
    def text(self) -> str:
        head = f"{self.key}.{int(self.made_at.timestamp())}"
        return f"{head}.{_mac('ticket', head)[:32]}"


def new_ticket() -> FormTicket:
    return FormTicket(context().new_id(), context().now())


def read_ticket(text: str) -> FormTicket | None:
    """Read a ticket; None if it was not made by this server."""
    found = _TICKET.fullmatch(text)
    if found is None:
        return None
    ticket = FormTicket(found[1], datetime.fromtimestamp(int(found[2]), UTC))
    return ticket if hmac.compare_digest(ticket.text, text) else None


def too_old(ticket_text: str) -> str:
    """Return the sentence for a form whose ticket is not ours or too old; empty for a good one."""
    ticket = read_ticket(ticket_text)
    if ticket is None or context().now() - ticket.made_at > LONGEST:
        return _("The page was open for too long. Please look it over and send it once more.")
    return ""


def too_quick(ticket_text: str, website: str) -> str:
    """Return the sentence for a form that a program filled in, with the honeypot or at once; else empty."""
    ticket = read_ticket(ticket_text)
    if website or ticket is None or context().now() - ticket.made_at < QUICKEST:
        return _("It was sent within three seconds, as only programs do. Nothing is lost: please send it once more.")
    return ""


def code_of(key: str) -> str:
    """Return a code like ``K7QF-2M9X-ABCD``, always the same for the same feedback."""
    signs = b32encode(bytes.fromhex(_mac("code", key)))[:_CODE_SIGNS].decode()
    return "-".join(signs[at : at + _GROUP] for at in range(0, _CODE_SIGNS, _GROUP))


def code_hash(code: str) -> str:
    """Return the stored hash of a code, independent of how it was typed."""
    signs = re.sub(r"[^A-Z2-7]", "", code.upper())
    return sha256(signs.encode()).hexdigest() if len(signs) == _CODE_SIGNS else ""


def mark_of(what: str, address: str) -> str:
    """Return a mark for an address from which the address cannot be read without the web's secret."""
    return _mac(f"mark-{what}", address)


def _mac(what: str, text: str) -> str:
    secret = current_app.secret_key
    assert isinstance(secret, bytes)
    return hmac.new(secret, f"public-{what}:{text}".encode(), sha256).hexdigest()


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
        return mark_of(self.what, address)


SENT: Final = HourlyLimit("sent", SENT_MOST)
"""Limit of feedback sent."""
ASKED: Final = HourlyLimit("asked", ASKED_MOST)
"""Limit of codes looked up."""


def source() -> str:
    """Return the client's address; of IPv6 the network, since one household has all of it."""
    return network_of(request.remote_addr or "")
