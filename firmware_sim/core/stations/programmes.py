"""Programmes at a station: the newest notice of each is kept until it expires, and its airing is reported.

Pure: the time is passed in, and ``facts`` is the state on flash.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

import msgspec

from devices.protocol import codec, topics
from devices.protocol.errors import ProtocolError
from devices.protocol.keyset import TrustedKeys
from devices.protocol.limits import IAT_AHEAD_MAX_MS
from devices.protocol.messages import (
    Code,
    Command,
    CommandType,
    DeviceEvent,
    KeyRole,
    ProgrammeNotice,
    ProgrammeStageReport,
    ProgrammeType,
)
from devices.protocol.topics import TopicKind
from firmware_sim.core.effects import Publish
from firmware_sim.core.reports.report_queue import DAY_S
from firmware_sim.core.stations.cap_notices import NoticeResult
from firmware_sim.storage.flash import Facts, JournalEntry

PROGRAMME: Final = "programme"


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
    ) -> NoticeResult | None:
        """Handle a message; None: not a programme notice. An empty payload: it is not for this station any more."""
        found = topics.parse(topic)
        if found is None or found.kind is not TopicKind.DEVICE_PROGRAMME:
            return None
        if not payload:
            return NoticeResult(self._forget([found.document]))
        try:
            signed = keys.verify(payload, KeyRole.PLAN, now_ms, areas)
            notice = codec.decode(ProgrammeNotice, signed.payload)
        except ProtocolError as error:
            return NoticeResult(refusal=error.code)
        refusal = self._refusal(found.document, notice, now_ms)
        if refusal is not None:
            return NoticeResult(refusal=refusal)
        self.held[notice.programme] = notice
        return NoticeResult([JournalEntry(PROGRAMME, notice.programme, msgspec.to_builtins(notice))])

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


WORD: Final = "word"
LINE: Final = "line"
WORDS_PER_EVENT: Final = 40
"""At 300 bytes each: 12 KiB, of 16 that a message may have."""


class _Line(msgspec.Struct, frozen=True):
    """Progress of one programme: its file, the start it was scheduled for (0: none), and when it was aired (0: not)."""

    mp3: str
    scheduled: int = 0
    aired: int = 0


class ProgrammeReports:
    """Reports of one station in one boot: each is sent until the server's receipt, and none is made twice.

    The station airs each programme once, when its time begins or, where its file comes later, when it is there.
    ``waiting``: those without a receipt.
    """

    def __init__(self, device_id: str, boot: str, facts: Facts) -> None:
        self._device_id = device_id
        self._boot = boot
        self._lines = {name: msgspec.convert(each, _Line) for name, each in facts.get(LINE, {}).items()}
        self.waiting = {rid: msgspec.convert(each, ProgrammeStageReport) for rid, each in facts.get(WORD, {}).items()}

    def follow(
        self, ready: Sequence[ProgrammeNotice], is_held: Callable[[str], bool], now_ms: int
    ) -> Sequence[JournalEntry]:
        """Report progress since the last call; return the entries for flash."""
        entries = [JournalEntry(LINE, name, None) for name in self._lines.keys() - {each.programme for each in ready}]
        for entry in entries:
            del self._lines[entry.key]
        for notice in ready:
            if is_held(notice.mp3):
                entries += self._advance(notice, now_ms)
        return entries

    def next_at(self, ready: Sequence[ProgrammeNotice]) -> int | None:
        """Return when the next programme is to be aired (ms UTC)."""
        lines = ((each, self._lines.get(each.programme)) for each in ready)
        return min((each.start for each, line in lines if line is not None and not line.aired), default=None)

    def messages(self, now_ms: int) -> Iterator[Publish]:
        """Yield messages with all reports that wait, the oldest first."""
        waiting = list(self.waiting.values())
        for first in range(0, len(waiting), WORDS_PER_EVENT):
            words = waiting[first : first + WORDS_PER_EVENT]
            event = DeviceEvent(v=codec.VERSION, type="programme", ts=now_ms, boot=self._boot, words=words)
            yield Publish(topics.device_event(self._device_id), codec.encode(event), expiry_s=DAY_S)

    def receive(
        self, topic: str, payload: bytes, now_ms: int, keys: TrustedKeys, areas: Sequence[str]
    ) -> Sequence[JournalEntry]:
        """Take a receipt for this device: forget the reports it names. All other messages are ignored."""
        found = topics.parse(topic)
        if found is None or found.kind is not TopicKind.DEVICE_COMMAND:
            return []
        try:
            command = codec.decode(Command, keys.verify(payload, KeyRole.PLAN, now_ms, areas).payload)
        except ProtocolError:
            return []
        if command.type != CommandType.RECEIPT or self._device_id not in command.target.devices:
            return []
        gone = [rid for rid in command.refs if self.waiting.pop(rid, None) is not None]
        return [JournalEntry(WORD, rid, None) for rid in gone]

    def _advance(self, notice: ProgrammeNotice, now_ms: int) -> list[JournalEntry]:
        before = self._lines.get(notice.programme)
        line, entries = before, []
        if line is None or line.mp3 != notice.mp3:
            line = _Line(notice.mp3)
            # The hash was checked before the file was kept: both are true at once.
            entries += [self._say(notice, "downloaded", now_ms), self._say(notice, "verified", now_ms)]
        if notice.start > now_ms and line.scheduled != notice.start:
            line = msgspec.structs.replace(line, scheduled=notice.start, aired=0)
            entries.append(self._say(notice, "scheduled", notice.start))
        if notice.start <= now_ms and not line.aired and (not notice.end or now_ms <= notice.end):
            line = msgspec.structs.replace(line, aired=now_ms)
            entries.append(self._say(notice, "aired", now_ms))
        if line != before:
            self._lines[notice.programme] = line
            entries.append(JournalEntry(LINE, notice.programme, msgspec.to_builtins(line)))
        return entries

    def _say(self, notice: ProgrammeNotice, rung: str, at_ms: int) -> JournalEntry:
        rid = f"{notice.programme}-{rung}-{at_ms}"
        # The programme is scheduled, not its file: it stays so with another file.
        sha256 = None if rung == "scheduled" else notice.mp3
        word = ProgrammeStageReport(rid=rid, programme=notice.programme, rung=rung, at=at_ms, sha256=sha256)
        self.waiting[rid] = word
        return JournalEntry(WORD, rid, msgspec.to_builtins(word))
