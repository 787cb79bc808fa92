"""The verdict: refused with the reason, ignored, a draft for people, or accepted as a known signer's word.

A message never airs by itself. A message not understood is refused; nothing falls through.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from broadcast.alerts.cap.findings import Finding, FindingCode, Findings, Weight
from broadcast.alerts.cap.history import ReceivedMessages
from broadcast.alerts.cap.message import CapMessage, MsgType, Status
from broadcast.alerts.cap.rules import Superiors, examine

IMPOSED_MS: Final = 6 * 3_600_000
"""Duration of a message without an end: a default; the province's policy may say otherwise."""


class CapVerdict(StrEnum):
    """REFUSE: invalid or hostile. IGNORE: valid, never audible. DRAFT: becomes a draft for people.

    ACCEPT: the same, and known to come from the pinned signer of its sender.
    """

    ACCEPT = "accept"
    DRAFT = "draft"
    IGNORE = "ignore"
    REFUSE = "refuse"


class MessageKind(StrEnum):
    """Kind of the message. UNKNOWN only where it was refused before that could be read."""

    ALERT = "alert"
    UPDATE = "update"
    CANCEL = "cancel"
    ALL_CLEAR = "all_clear"
    EXERCISE = "exercise"
    ACK = "ack"
    ERROR = "error"
    HEARTBEAT = "heartbeat"
    SYSTEM = "system"
    TEST = "test"
    DRAFT = "draft"
    UNKNOWN = "unknown"


class Airs(StrEnum):
    """Draft that the message could lead to, after people have decided."""

    NOTHING = "nothing"
    DRAFT_ALERT = "draft_alert"
    DRAFT_UPDATE = "draft_update"
    DRAFT_CANCEL = "draft_cancel"
    DRAFT_ALL_CLEAR = "draft_all_clear"
    DRAFT_DRILL = "draft_drill"
    DRAFT_DRILL_UPDATE = "draft_drill_update"
    DRAFT_DRILL_CANCEL = "draft_drill_cancel"
    DRAFT_DRILL_ALL_CLEAR = "draft_drill_all_clear"


class Trust(StrEnum):
    """Result of checking the signature. INVALID and MISSING: a signer is pinned for the sender."""

    UNSIGNED = "unsigned"
    SIGNER_UNKNOWN = "signer_unknown"
    MISSING = "missing"
    INVALID = "invalid"
    VERIFIED = "verified"


_OF_TRUST: Final = {
    Trust.UNSIGNED: FindingCode.UNSIGNED,
    Trust.SIGNER_UNKNOWN: FindingCode.SIGNER_UNKNOWN,
    Trust.MISSING: FindingCode.SIGNATURE_MISSING,
    Trust.INVALID: FindingCode.SIGNATURE_INVALID,
    Trust.VERIFIED: FindingCode.VERIFIED,
}
_AIRS: Final = {
    MessageKind.ALERT: (Airs.DRAFT_ALERT, Airs.DRAFT_DRILL),
    MessageKind.UPDATE: (Airs.DRAFT_UPDATE, Airs.DRAFT_DRILL_UPDATE),
    MessageKind.CANCEL: (Airs.DRAFT_CANCEL, Airs.DRAFT_DRILL_CANCEL),
    MessageKind.ALL_CLEAR: (Airs.DRAFT_ALL_CLEAR, Airs.DRAFT_DRILL_ALL_CLEAR),
}
_SILENT: Final = {
    MessageKind.HEARTBEAT: FindingCode.HEARTBEAT,
    MessageKind.SYSTEM: FindingCode.SYSTEM,
    MessageKind.TEST: FindingCode.TEST,
    MessageKind.DRAFT: FindingCode.DRAFT,
    MessageKind.ACK: FindingCode.ACK,
    MessageKind.ERROR: FindingCode.ERROR,
}


@dataclass(frozen=True)
class Circumstances:
    """Context of a verdict beside the message. ``now`` None: judged as at the moment it was sent.

    ``past`` None: as if nothing had been heard and nothing missed.
    """

    now: datetime | None = None
    past: ReceivedMessages | None = None
    superiors: Superiors = field(default_factory=dict)
    imposed_ms: int = IMPOSED_MS


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict on a message. ``code`` is its first reason. ``message`` is None where refused."""

    verdict: CapVerdict
    kind: MessageKind
    airs: Airs
    code: FindingCode
    findings: tuple[Finding, ...]
    message: CapMessage | None = None

    def starts_at(self, now: datetime) -> datetime:
        """Return the earliest time at which it may sound: its first onset, but not before ``now``."""
        infos = self.message.infos if self.message else ()
        onsets = [info.onset for info in infos if info.onset]
        return max(now, min(onsets)) if onsets else now


def ends_at(message: CapMessage, imposed_ms: int = IMPOSED_MS) -> datetime:
    """Return the end of the last of its parts; one is imposed on a part that has none, or one before it begins."""
    imposed = timedelta(milliseconds=imposed_ms)
    begins = [max(message.sent, info.effective or message.sent) for info in message.infos]
    ends = [
        begin + imposed if info.expires is None or info.expires < begin else info.expires
        for info, begin in zip(message.infos, begins, strict=True)
    ]
    return max(ends, default=message.sent + imposed)


def judge(message: CapMessage | None, found: Findings, trust: Trust, given: Circumstances) -> Judgement:
    """Return the verdict on a message; ``found`` holds the findings of building it, and is added to."""
    if message is None:
        return _refused(MessageKind.UNKNOWN, found)
    kind = kind_of(message)
    examine(message, given.superiors, found)
    found.add(_OF_TRUST[trust], "/alert/Signature")
    if not found.refuses:
        _silence(message, kind, found, given)
    if found.refuses:
        return _refused(kind, found)
    reason = next((each.code for each in found if each.weight is Weight.IGNORES), None)
    if reason is not None:
        return Judgement(CapVerdict.IGNORE, kind, Airs.NOTHING, reason, tuple(found), message)
    verdict = CapVerdict.ACCEPT if trust is Trust.VERIFIED else CapVerdict.DRAFT
    return Judgement(verdict, kind, _airs(message), _OF_TRUST[trust], tuple(found), message)


def kind_of(message: CapMessage) -> MessageKind:
    """Return the kind, by status first: a test of a cancel is a test, and an exercise stays an exercise."""
    match message.status:
        case Status.SYSTEM:
            is_bare = message.msg_type is MsgType.ALERT and not message.infos
            return MessageKind.HEARTBEAT if is_bare else MessageKind.SYSTEM
        case Status.TEST:
            return MessageKind.TEST
        case Status.DRAFT:
            return MessageKind.DRAFT
        case Status.ACTUAL:
            return _doing(message)
        case Status.EXERCISE:
            doing = _doing(message)
            return doing if doing in _SILENT else MessageKind.EXERCISE
        case _:
            assert_never(message.status)


def _doing(message: CapMessage) -> MessageKind:
    match message.msg_type:
        case MsgType.ALERT:
            return MessageKind.ALL_CLEAR if message.says_it_is_over else MessageKind.ALERT
        case MsgType.UPDATE:
            return MessageKind.ALL_CLEAR if message.says_it_is_over else MessageKind.UPDATE
        case MsgType.CANCEL:
            return MessageKind.CANCEL
        case MsgType.ACK:
            return MessageKind.ACK
        case MsgType.ERROR:
            return MessageKind.ERROR
        case _:
            assert_never(message.msg_type)


def _silence(message: CapMessage, kind: MessageKind, found: Findings, given: Circumstances) -> None:
    """Add the reasons for which it is not audible, or not yet."""
    if kind in _SILENT:
        found.add(_SILENT[kind], "/alert/status" if message.status is not Status.ACTUAL else "/alert/msgType")
    if given.past is not None:
        given.past.examine(message, found)
    now = given.now or message.sent
    ends = ends_at(message, given.imposed_ms)
    if message.msg_type is not MsgType.CANCEL and ends < now:
        found.add(FindingCode.EXPIRED, "/alert/info/expires", ends.isoformat())
    if message.sent > now:
        found.add(FindingCode.SENT_LATER, "/alert/sent", message.sent.isoformat())
    for n, info in enumerate(message.infos, 1):
        if info.onset is not None and info.onset > now:
            found.add(FindingCode.ONSET_LATER, f"/alert/info[{n}]/onset", info.onset.isoformat())


def _airs(message: CapMessage) -> Airs:
    real, drill = _AIRS[_doing(message)]
    return drill if message.status is Status.EXERCISE else real


def _refused(kind: MessageKind, found: Findings) -> Judgement:
    code = next(each.code for each in found if each.weight is Weight.REFUSES)
    return Judgement(CapVerdict.REFUSE, kind, Airs.NOTHING, code, tuple(found))
