"""CAP messages as warnings for standing orders: what is proved, certain and whole in them."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from broadcast.alerts.cap import names
from broadcast.alerts.cap.findings import Finding, FindingCode
from broadcast.alerts.cap.message import CapInfo, CapMessage, CapSeverity, Certainty, MsgType, Status, Urgency
from broadcast.alerts.cap.verdict import ends_at
from broadcast.alerts.hazards import HAZARDS, Hazard
from broadcast.alerts.model import Audience
from broadcast.standing_orders.model import IncomingWarning, SourceId, WarningSeverity

_SEVERITY: Final = {
    CapSeverity.EXTREME: WarningSeverity.EXTREME,
    CapSeverity.SEVERE: WarningSeverity.SEVERE,
    CapSeverity.MODERATE: WarningSeverity.MODERATE,
    CapSeverity.MINOR: WarningSeverity.MINOR,
    CapSeverity.UNKNOWN: WarningSeverity.UNKNOWN,
}
_HARMLESS: Final = frozenset(
    {
        FindingCode.VERIFIED,
        FindingCode.UNSIGNED,
        FindingCode.SIGNER_UNKNOWN,
        FindingCode.SIGNATURE_MISSING,
        FindingCode.EXPIRES_MISSING,
        FindingCode.ONSET_LATER,
        FindingCode.SENT_LATER,
        FindingCode.MARKUP,
        FindingCode.NO_WORDS,
        FindingCode.NOTE_MISSING,
        FindingCode.UNKNOWN_GEOCODE,
        FindingCode.SHAPE_AND_CODES,
        FindingCode.REFERENCE_UNKNOWN,
        FindingCode.FOREIGN_UPDATE,
    }
)
"""Findings that say nothing against what the message means, or that a rule of its own judges."""
_DENIED: Final = re.compile(
    r"\b(hết|huỷ|hủy|kết thúc|chấm dứt|không có|không còn|chưa có|cancel\w*|ended|over|no|not|lifted)\b"
)
_EXERCISE: Final = re.compile(r"\b(diễn tập|thử nghiệm|thử|test|drill|exercise)\b")
"""Words of an exercise in a message that says it is real: somebody chose the wrong status."""


def sender_source(sender: str) -> SourceId:
    return SourceId(f"sender {sender}")


def feed_source(name: str) -> SourceId:
    return SourceId(f"feed {name}")


CENTRAL: Final = SourceId("central")
"""The central source system."""


def warning_of(
    message: CapMessage,
    audience: Audience,
    findings: Iterable[Finding],
    *,
    hazard: Hazard,
    channel: str,
    is_pinned: bool,
) -> IncomingWarning:
    """Build the warning. ``channel``: how the message came, as the inbox notes it; ``audience``: the proposed one.

    The sender is proved by the signature of its pinned signer. A feed proves what its address serves, as long as no
    signer is pinned for the sender.
    """
    codes = {each.code for each in findings}
    is_signed = FindingCode.VERIFIED in codes
    sender, feed = sender_source(message.sender), SourceId(channel)
    is_of_feed = channel.startswith(feed_source(""))
    sources = (sender, feed) if is_of_feed else (sender,)
    proved = {sender: is_signed, feed: is_of_feed and (is_signed or not is_pinned)}
    severities = [_SEVERITY[info.severity] for info in message.infos] or [WarningSeverity.UNKNOWN]
    return IncomingWarning(
        sources=sources,
        proved=tuple(each for each in sources if proved[each]),
        identifier=message.identifier,
        hazard=hazard,
        severity=min(severities),
        severity_most=max(severities),
        audience=audience,
        sent_at=message.sent,
        begins_at=_begins_at(message),
        expires_at=ends_at(message),
        is_drill=message.status is Status.EXERCISE,
        is_first=_is_first(message),
        is_whole=codes <= _HARMLESS,
        is_clear=bool(message.infos) and all(_is_clear(info, hazard, message.status) for info in message.infos),
        is_certain=all(_is_certain(info) for info in message.infos),
    )


def _is_first(message: CapMessage) -> bool:
    is_news = message.status in (Status.ACTUAL, Status.EXERCISE) and message.msg_type is MsgType.ALERT
    return is_news and not message.references and not any(info.says_it_is_over for info in message.infos)


def _begins_at(message: CapMessage) -> datetime:
    onsets: Sequence[datetime] = [info.onset for info in message.infos if info.onset]
    return min(onsets, default=message.sent)


def _named(info: CapInfo) -> Hazard | None:
    """Return the hazard that the code or the name of the event says; a headline may speak of what does not come."""
    codes = [each.value for each in info.event_codes if each.name == names.HAZARD]
    if codes:
        return Hazard(codes[0]) if codes[0] in set(Hazard) else None
    return hazard_named(info.event)


def hazard_named(text: str) -> Hazard | None:
    """Return the hazard that the text names."""
    said = unicodedata.normalize("NFC", text).casefold()
    return next((hazard for hazard, rule in HAZARDS.items() if any(word in said for word in rule.words)), None)


def is_denied(text: str, *, is_drill: bool) -> bool:
    """Return whether the text says that the danger is over, or none, or, of a real message, that it is an exercise."""
    said = unicodedata.normalize("NFC", text).casefold()
    return _DENIED.search(said) is not None or (not is_drill and _EXERCISE.search(said) is not None)


def _is_clear(info: CapInfo, hazard: Hazard, status: Status) -> bool:
    """Return whether its event names the hazard, and neither event nor headline denies it."""
    is_drill = status is Status.EXERCISE
    return _named(info) is hazard and not is_denied(f"{info.event} | {info.headline}", is_drill=is_drill)


def _is_certain(info: CapInfo) -> bool:
    is_near = info.urgency in (Urgency.IMMEDIATE, Urgency.EXPECTED)
    return is_near and info.certainty in (Certainty.OBSERVED, Certainty.LIKELY)
