"""CAP check: from bytes to a verdict, for the command, the poller and the push endpoint."""

from collections.abc import Mapping
from typing import Final

from broadcast.alerts.cap.findings import Findings
from broadcast.alerts.cap.message import CapMessage
from broadcast.alerts.cap.parser import build
from broadcast.alerts.cap.verdict import Circumstances, Judgement, Trust, judge
from cms.exchange.cap.errors import UnreadableDocumentError, UnverifiedError
from cms.exchange.cap.reader import Document, read
from cms.exchange.cap.signatures import Pin, verified

NO_PINS: Final[Mapping[str, Pin]] = {}
NOW_SENT: Final = Circumstances()


def check(document: bytes, pins: Mapping[str, Pin] = NO_PINS, given: Circumstances = NOW_SENT) -> Judgement:
    """Judge one bare CAP alert. ``pins``: sender → its signer. Never raises, for any bytes.

    If a signer is pinned, only the element that it signed is judged.
    """
    try:
        read_once = read(document)
    except UnreadableDocumentError as error:
        found = Findings()
        found.add(error.code, "/", error.detail)
        return judge(None, found, Trust.UNSIGNED, given)
    message, found = _built(read_once)
    if message is None or found.refuses:
        return judge(message, found, _unproved(is_pinned=False, is_signed=read_once.is_signed), given)
    known = pins.get(message.sender)
    if known is None or not read_once.is_signed:
        return judge(message, found, _unproved(is_pinned=known is not None, is_signed=read_once.is_signed), given)
    try:
        signed, found = _built(verified(read_once, known, given.now or message.sent))
    except (UnverifiedError, UnreadableDocumentError):
        return judge(message, found, Trust.INVALID, given)
    is_its_own = signed is not None and signed.sender == known.sender
    return judge(signed, found, Trust.VERIFIED if is_its_own else Trust.INVALID, given)


def _built(document: Document) -> tuple[CapMessage | None, Findings]:
    message, found = build(document.root)
    for finding in document.findings:
        found.add(finding.code, finding.path, finding.detail)
    return message, found


def _unproved(*, is_pinned: bool, is_signed: bool) -> Trust:
    if is_pinned:
        return Trust.MISSING
    return Trust.SIGNER_UNKNOWN if is_signed else Trust.UNSIGNED
