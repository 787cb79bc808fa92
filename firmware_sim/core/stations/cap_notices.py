"""CAP notices at a station: verified, kept until they expire, ended by their replacement.

Pure: the time is passed in, and ``facts`` is the state on flash.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import CapNotice, Code, Desired, KeyRole
from devices.protocol.topics import TopicKind
from firmware_sim.storage.flash import Facts, JournalEntry

NOTICE: Final = "notice"
OVER: Final = "over"
PLACE: Final = "place"
_ROLES: Final = {TopicKind.DEVICE_CAP: KeyRole.ALERT, TopicKind.DEVICE_DRILL: KeyRole.DRILL}


@dataclass(frozen=True, slots=True)
class NoticeResult:
    """Outcome of a message. ``entries`` go to flash. ``kept``: the notice; ``document``: its text, None: to be fetched.

    ``refusal``: why it was not kept.
    """

    entries: Sequence[JournalEntry] = ()
    kept: CapNotice | None = None
    document: bytes | None = None
    refusal: Code | None = None


class CapNotices:
    """CAP notices of one station. ``over`` names documents that have ended, until they would have expired."""

    def __init__(self, device_id: str, keys: TrustedKeys, facts: Facts) -> None:
        self.device_id = device_id
        self.keys = keys
        self.held = {name: msgspec.convert(value, CapNotice) for name, value in facts.get(NOTICE, {}).items()}
        self.over = {name: int(str(until)) for name, until in facts.get(OVER, {}).items()}
        self.areas = [str(each) for each in _list(facts.get(PLACE, {}).get("areas"))]

    @property
    def subscriptions(self) -> Sequence[tuple[str, int]]:
        """Topics with QoS 0: notices in force are retained; a broker must queue no ended ones for an absent station."""
        return [(topics.device_cap(self.device_id, "+"), 0), (topics.device_drill(self.device_id, "+"), 0)]

    def receive(self, topic: str, payload: bytes, now_ms: int) -> NoticeResult | None:
        """Handle a message; None: no notice, nothing to store. An empty payload only clears a retained message."""
        found = topics.parse(topic)
        if found is None or not payload:
            return NoticeResult() if found is not None and found.kind in _ROLES else None
        match found.kind:
            case TopicKind.KEYS:
                self._renew(payload)
            case TopicKind.DEVICE_DESIRED:
                return self._moved(payload, now_ms)
            case TopicKind.DEVICE_CAP | TopicKind.DEVICE_DRILL:
                try:
                    return self._taken(found, payload, now_ms)
                except ProtocolError as error:
                    return NoticeResult(refusal=error.code)
            case _:
                pass
        return None

    def in_force(self, now_ms: int) -> Sequence[CapNotice]:
        """Return the notices in force: alerts before drills, the higher level first, then the newer."""
        valid = [each for each in self.held.values() if now_ms < each.exp]
        return sorted(valid, key=lambda each: (each.drill, -each.level, -each.iat, each.document))

    def expire(self, now_ms: int) -> Sequence[JournalEntry]:
        """Forget expired notices; return the entries for flash."""
        gone = [name for name, notice in self.held.items() if _kept_until(notice) <= now_ms]
        past = [name for name, until in self.over.items() if until <= now_ms]
        for name in gone:
            del self.held[name]
        for name in past:
            del self.over[name]
        return [
            *(JournalEntry(NOTICE, name, None) for name in gone),
            *(JournalEntry(OVER, name, None) for name in past),
        ]

    def _renew(self, payload: bytes) -> None:
        """Renew the keyset: only forward, and only by the root. It is retained and delivered again at every connect."""
        try:
            self.keys = self.keys.renewed(payload)
        except ProtocolError:
            return

    def _moved(self, payload: bytes, now_ms: int) -> NoticeResult | None:
        """Take the chain of areas from ``desired``: a key that is bound to other areas is refused here."""
        try:
            desired = codec.decode(Desired, self.keys.verify(payload, KeyRole.PLAN, now_ms).payload)
        except ProtocolError:
            return None
        if desired.device == self.device_id:
            self.areas = list(desired.areas)
            return NoticeResult([JournalEntry(PLACE, "areas", list(desired.areas))])
        return None

    def _taken(self, topic: topics.Topic, payload: bytes, now_ms: int) -> NoticeResult:
        signed = self.keys.verify(payload, _ROLES[topic.kind], now_ms, self.areas)
        notice = codec.decode(CapNotice, signed.payload)
        document = notice.cap.encode() or None
        refusal = self._refusal(topic, notice, document, now_ms)
        if refusal is not None:
            return NoticeResult(refusal=refusal)
        if notice.document in self.held:
            return NoticeResult(kept=notice, document=document)
        ended = [name for name in notice.replaces if name != notice.document]
        until = dict.fromkeys(ended, _kept_until(notice))
        for name in ended:
            self.held.pop(name, None)
        self.over |= until
        self.held[notice.document] = notice
        entries = [
            *(JournalEntry(NOTICE, name, None) for name in ended),
            *(JournalEntry(OVER, name, at) for name, at in until.items()),
            # Without the text, which is kept as content.
            JournalEntry(NOTICE, notice.document, msgspec.to_builtins(msgspec.structs.replace(notice, cap=""))),
        ]
        return NoticeResult(entries, notice, document)

    def _refusal(self, topic: topics.Topic, notice: CapNotice, document: bytes | None, now_ms: int) -> Code | None:
        """Return the first reason that applies."""
        is_drill_topic = topic.kind is TopicKind.DEVICE_DRILL
        found = (
            (notice.device != self.device_id, Code.NOT_TARGET),
            (notice.drill != is_drill_topic or notice.document != topic.document, Code.WRONG_TOPIC),
            (notice.iat > now_ms + IAT_AHEAD_MAX_MS, Code.FUTURE_IAT),
            (_kept_until(notice) <= now_ms, Code.EXPIRED),
            (notice.document in self.over, Code.CANCELLED),
            (document is not None and hashlib.sha256(document).hexdigest() != notice.sha256, Code.HASH_MISMATCH),
        )
        return next((code for applies, code in found if applies), None)


def _kept_until(notice: CapNotice) -> int:
    return max(notice.exp, notice.keep)


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []


def texts_of(notices: Mapping[str, CapNotice]) -> frozenset[str]:
    """Return the hashes of texts that are still needed."""
    return frozenset(each.sha256 for each in notices.values())
