"""Programme notices at a station: verified, the newest kept, forgotten when they expire.

Pure: the time is passed in, and ``facts`` is the state on flash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import Code, KeyRole, ProgrammeNotice, ProgrammeType
from devices.protocol.topics import TopicKind
from firmware_sim.storage.flash import Facts, JournalEntry

PROGRAMME: Final = "programme"


@dataclass(frozen=True, slots=True)
class NoticeOutcome:
    """Outcome of a notice. ``entries`` go to flash. ``refusal``: why it was not taken."""

    entries: Sequence[JournalEntry] = ()
    refusal: Code | None = None


class ProgrammeNotices:
    """Programme notices of one station. ``held`` keeps withdrawn ones too, so that nothing older brings them back."""

    def __init__(self, device_id: str, facts: Facts) -> None:
        self.device_id = device_id
        self.held = {name: msgspec.convert(each, ProgrammeNotice) for name, each in facts.get(PROGRAMME, {}).items()}

    @property
    def subscriptions(self) -> Sequence[tuple[str, int]]:
        return [(topics.device_programme(self.device_id, "+"), 0)]

    def receive(
        self, topic: str, payload: bytes, now_ms: int, keys: TrustedKeys, areas: Sequence[str]
    ) -> NoticeOutcome | None:
        """Handle a message; None: not a programme notice. An empty payload: it is not for this station any more."""
        found = topics.parse(topic)
        if found is None or found.kind is not TopicKind.DEVICE_PROGRAMME:
            return None
        if not payload:
            return NoticeOutcome(self._forget([found.document]))
        try:
            signed = keys.verify(payload, KeyRole.PLAN, now_ms, areas)
            notice = codec.decode(ProgrammeNotice, signed.payload)
        except ProtocolError as error:
            return NoticeOutcome(refusal=error.code)
        refusal = self._refusal(found.document, notice, now_ms)
        if refusal is not None:
            return NoticeOutcome(refusal=refusal)
        self.held[notice.programme] = notice
        return NoticeOutcome([JournalEntry(PROGRAMME, notice.programme, msgspec.to_builtins(notice))])

    def ready(self) -> Sequence[ProgrammeNotice]:
        """Return the notices of programmes that can be fetched, the first to begin first."""
        found = [each for each in self.held.values() if each.type == ProgrammeType.READY]
        return sorted(found, key=lambda each: (each.start, each.programme))

    def expire(self, now_ms: int) -> Sequence[JournalEntry]:
        """Forget expired notices; return the entries for flash."""
        return self._forget([name for name, each in self.held.items() if each.exp <= now_ms])

    def _forget(self, names: Sequence[str]) -> Sequence[JournalEntry]:
        gone = [name for name in names if self.held.pop(name, None) is not None]
        return [JournalEntry(PROGRAMME, name, None) for name in gone]

    def _refusal(self, named: str, notice: ProgrammeNotice, now_ms: int) -> Code | None:
        """Return the first reason that applies."""
        held = self.held.get(notice.programme)
        found = (
            (notice.device != self.device_id, Code.NOT_TARGET),
            (notice.programme != named, Code.WRONG_TOPIC),
            (notice.iat > now_ms + IAT_AHEAD_MAX_MS, Code.FUTURE_IAT),
            (notice.exp <= now_ms, Code.EXPIRED),
            (held is not None and notice.ver < held.ver, Code.STALE),
        )
        return next((code for applies, code in found if applies), None)
