"""Seal of papers to sign: the file identifier of a PDF is a MAC over all its other bytes.

So a signed paper is known to begin with bytes that this installation issued, and none of them has to be stored.
"""

import hmac
import re
from hashlib import sha256
from typing import Final

_HEX: Final = 32
_PURPOSE: Final = b"loa approval paper 1"
_ID: Final = re.compile(rb"/ID \[<([0-9A-F]{%d})><\1>\]" % _HEX)
_END: Final = re.compile(rb"\nstartxref\n\d+\n%%EOF")
BLANK_ID: Final = f"<{'0' * _HEX}><{'0' * _HEX}>"
"""File identifier of a paper that is not sealed yet."""


def seal_key(key: bytes) -> bytes:
    """Derive the key of seals from that of the installation's vault."""
    return hmac.new(key, _PURPOSE, sha256).digest()


def sealed(paper: bytes, key: bytes) -> bytes:
    """Seal a paper that bears ``BLANK_ID``; its length stays. Raises ValueError: it bears another."""
    blank, end = f"/ID [{BLANK_ID}]".encode(), _end(paper)
    at = paper.rfind(blank, 0, end)
    if at < 0:
        raise ValueError("no blank file identifier")
    mac = _mac(paper[:end], key)
    return paper[:at] + blank.replace(b"0" * _HEX, mac) + paper[at + len(blank) :]


def is_issued(signed: bytes, key: bytes) -> bool:
    """Return whether the first revision of this PDF is a paper that was sealed with the key."""
    issued = signed[: _end(signed)]
    found = next(reversed([*_ID.finditer(issued)]), None)
    if found is None:
        return False
    blank = f"/ID [{BLANK_ID}]".encode()
    return hmac.compare_digest(found.group(1), _mac(issued[: found.start()] + blank + issued[found.end() :], key))


def _mac(paper: bytes, key: bytes) -> bytes:
    return hmac.new(key, paper, sha256).hexdigest().upper()[:_HEX].encode()


def _end(paper: bytes) -> int:
    """Return where the first revision ends; 0: nowhere."""
    found = _END.search(paper)
    return 0 if found is None else found.end()
