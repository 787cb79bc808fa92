"""What a form carries instead of a session, and the code with which a citizen finds the answer.

Both are made with the web's secret: nothing about whoever reads a page is stored.
"""

from __future__ import annotations

import hmac
import re
from base64 import b32encode
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final

from flask import current_app

from cms.web.visit import context

QUICKEST: Final = timedelta(seconds=3)
"""Nobody reads a form and fills it in faster; a program that does is asked to send it again."""
LONGEST: Final = timedelta(hours=12)
_TICKET: Final = re.compile(r"([0-9a-z]{10,40})\.(\d{1,12})\.([0-9a-f]{32})")
_CODE_SIGNS: Final = 12
_GROUP: Final = 4


@dataclass(frozen=True)
class Ticket:
    """``key``: what the feedback will be called, so that a form sent twice is received once."""

    key: str
    made_at: datetime

    @property
    def text(self) -> str:
        head = f"{self.key}.{int(self.made_at.timestamp())}"
        return f"{head}.{_mac('ticket', head)[:32]}"


def new() -> Ticket:
    return Ticket(context().new_id(), context().now())


def read(text: str) -> Ticket | None:
    """None where it is none of ours."""
    found = _TICKET.fullmatch(text)
    if found is None:
        return None
    ticket = Ticket(found[1], datetime.fromtimestamp(int(found[2]), UTC))
    return ticket if hmac.compare_digest(ticket.text, text) else None


def code_of(key: str) -> str:
    """``K7QF-2M9X-ABCD``: the same for the same feedback."""
    signs = b32encode(bytes.fromhex(_mac("code", key)))[:_CODE_SIGNS].decode()
    return "-".join(signs[at : at + _GROUP] for at in range(0, _CODE_SIGNS, _GROUP))


def code_hash(code: str) -> str:
    """As it is stored; however it was typed."""
    signs = re.sub(r"[^A-Z2-7]", "", code.upper())
    return sha256(signs.encode()).hexdigest() if len(signs) == _CODE_SIGNS else ""


def mark_of(what: str, address: str) -> str:
    """A name for an address that nobody can read it from without the web's secret."""
    return _mac(f"mark-{what}", address)


def _mac(what: str, text: str) -> str:
    secret = current_app.secret_key
    assert isinstance(secret, bytes)
    return hmac.new(secret, f"public-{what}:{text}".encode(), sha256).hexdigest()
