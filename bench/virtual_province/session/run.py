"""Run of a morning with two sessions.

The first has five items and a relay at a fixed time, one without approval, one withdrawn before its turn; a station
reads its running order by MOS. Into the second an alert is sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from itertools import pairwise
from pathlib import Path
from typing import Final

from bench.virtual_province.editors import PROVINCE, Settlement, day_of
from bench.virtual_province.province import VirtualProvince
from bench.virtual_province.session.cut import CutSession, heard_between
from bench.virtual_province.session.station import StationReader, Story, differences
from broadcast.bulletins.model import Bulletin
from broadcast.relays.model import RelayOrder, RelaySourceId, SourceKind, StreamForm
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.sessions.model import BroadcastSession, ItemKey, ItemRole
from broadcast.sessions.rules import LEAD_MS, start_of
from cms.bulletins.service import review
from cms.relays.service import sources
from cms.relays.service.sources import SourceDraft
from cms.sessions.jobs import SessionLock
from cms.sessions.service import running_orders, sessions
from cms.sessions.service.sessions import SessionDraft

CLOCK: Final = time(6)
ANCHOR: Final = time(6, 10)
RELAY: Final = "Tiếp sóng"
WAITING: Final = "Chưa duyệt"
WITHDRAWN: Final = "Thu hồi"
_ITEMS: Final = (("Mở đầu", 15_000), ("Tin một", 61_020), (WAITING, 45_000), ("Tin hai", 180_480), (WITHDRAWN, 60_000))
_LATER: Final = (("Tin ba", 95_340), ("Kết thúc", 12_000))
_LENGTH_MS: Final = 1_800_000
_RELAY_MS: Final = 300_000
_MINUTE_MS: Final = 60_000
_BEFORE_MS: Final = 2_000
"""Time before its turn at which the item is withdrawn."""
GAP_MOST_MS: Final = 300
ANCHOR_MOST_MS: Final = 1_000
CUT_MOST_MS: Final = 300
RESUMED_MOST_MS: Final = 2_000


@dataclass(frozen=True)
class SessionResult:
    """Soundings of a session. ``order_wrong``: devices that heard other items, or in another order.

    ``cut_wrong``: those that heard another second session than its items with the alert within one of them; ``cut_ms``:
    the most by which the parts of the cut item differ from its length; ``resumed_ms``: the longest silence after the
    alert. ``mos_wrong``: what an independent reader of MOS has otherwise than the devices.
    ``gap_ms``: the longest silence between two items that follow one another; ``moved_up_ms``: that in the place of the
    withdrawn item. ``anchor_ms``: the most by which the relay began beside its time; ``skew_ms``: the most by which two
    devices differ in the beginning of an item.
    """

    devices: int
    soundings: int
    order_wrong: tuple[str, ...]
    gap_ms: int
    moved_up_ms: int
    anchor_ms: int
    skew_ms: int
    cut_wrong: tuple[str, ...]
    cut_ms: int
    resumed_ms: int
    mos_wrong: tuple[str, ...]

    @property
    def is_ok(self) -> bool:
        """Return whether everything was heard by all as it should be."""
        is_together = self.gap_ms <= GAP_MOST_MS and self.anchor_ms <= ANCHOR_MOST_MS
        is_resumed = not self.cut_wrong and self.cut_ms <= CUT_MOST_MS and self.resumed_ms <= RESUMED_MOST_MS
        is_in_order = not (self.order_wrong or self.mos_wrong) and self.moved_up_ms <= LEAD_MS + GAP_MOST_MS
        return is_in_order and is_together and is_resumed


class SessionRun:
    """Run of a morning with two sessions: ``run`` it once. ``home`` is an empty folder."""

    def __init__(self, settlement: Settlement, home: Path, seed: int) -> None:
        self._province = VirtualProvince(settlement, home, seed)
        self._context = self._province.server.context
        self._lock = SessionLock(self._context)
        self._cut = CutSession(self._province)
        self._station = StationReader(self._context)
        self._heard_as = [*(title for title, _ in _ITEMS if title not in {WAITING, WITHDRAWN}), "Tin ba", RELAY]
        self._heard_as.append("Kết thúc")

    def run(self) -> SessionResult:
        """Play the morning."""
        province = self._province
        session = self._set_up()
        on = day_of(self._context)
        start_ms = round(start_of(session, on).timestamp() * 1000)
        made = {title: self._put(session, title, length_ms) for title, length_ms in (*_ITEMS, *_LATER)}
        self._cut.set_up()
        made[RELAY] = self._relay(session)
        self._set(session, made["Mở đầu"], ItemRole.OPENING)
        self._set(session, made["Kết thúc"], ItemRole.CLOSING)
        self._set(session, made[RELAY], ItemRole.ITEM, ANCHOR)
        for title, bulletin in made.items():
            if title != WAITING:
                province.editors.approve(province.editors.current(bulletin))
        province.server.start()
        province.fleet.power_on()
        self._tick()
        withdrawn = province.editors.current(made[WITHDRAWN])
        province.timeline.run_until(start_ms - _MINUTE_MS)
        at = next(move.to for move in province.editors.current(withdrawn).schedules[0].moves)
        turn_ms = start_ms + round((at - datetime.combine(on, CLOCK)).total_seconds() * 1000)
        province.timeline.run_until(turn_ms - _BEFORE_MS)
        self._withdraw(withdrawn)
        province.server.work()
        province.timeline.run_until(start_ms + _LENGTH_MS)
        stories = self._station.stories(session, on)
        self._cut.run()
        return self._result(start_ms, turn_ms, stories)

    def _tick(self) -> None:
        self._lock.step()
        self._province.server.work()
        self._province.timeline.after(_MINUTE_MS, self._tick)

    def _set_up(self) -> BroadcastSession:
        draft = SessionDraft(PROVINCE, "Buổi sáng", CLOCK, WEEKDAYS, _LENGTH_MS)
        call = self._context.call(self._province.editors.editor)
        return sessions.create(self._context.uow(), draft=draft, call=call)

    def _put(self, session: BroadcastSession, title: str, length_ms: int, relay: RelayOrder | None = None) -> Bulletin:
        return self._province.editors.put(session, title, (PROVINCE,), length_ms, relay=relay)

    def _relay(self, session: BroadcastSession) -> Bulletin:
        editors, source_id = self._province.editors, RelaySourceId("vov1")
        urls = ("https://stream.example/vov1.mp3",)
        draft = SourceDraft(PROVINCE, "VOV1", SourceKind.NATIONAL, StreamForm.STREAM, urls)
        source = sources.write_down(
            self._context.uow(), source_id, draft=draft, call=self._context.call(editors.editor)
        )
        sources.approve(
            self._context.uow(), source.id, expected_version=source.version, call=self._context.call(editors.approver)
        )
        return self._put(session, RELAY, _RELAY_MS, RelayOrder(source.id, _RELAY_MS))

    def _set(self, session: BroadcastSession, bulletin: Bulletin, role: ItemRole, anchor: time | None = None) -> None:
        running_orders.set_item(
            self._context.uow(),
            session.id,
            day_of(self._context),
            ItemKey(bulletin.id, bulletin.schedules[0].id),
            role=role,
            anchor=anchor,
            call=self._context.call(self._province.editors.editor),
        )

    def _withdraw(self, bulletin: Bulletin) -> None:
        found = self._province.editors.current(bulletin)
        review.withdraw(
            self._context.uow(),
            found.id,
            expected_version=found.version,
            call=self._context.call(self._province.editors.approver),
            override="tin không còn đúng",
        )

    def _result(self, start_ms: int, turn_ms: int, stories: Sequence[Story]) -> SessionResult:
        anchor_ms = start_ms + (ANCHOR.minute - CLOCK.minute) * _MINUTE_MS
        heard = heard_between(self._province, start_ms - _MINUTE_MS, start_ms + _LENGTH_MS)
        cut = self._cut.result()
        begins: dict[str, list[int]] = defaultdict(list)
        gaps, moved_up, wrong = [0], [0], []
        for device, parts in heard.items():
            if [title for title, _ in parts] != self._heard_as:
                wrong.append(device)
            for title, part in parts:
                begins[title].append(part.started_at + part.off_ms)
            for (_, before), (title, after) in pairwise(parts):
                silence_ms = after.started_at - (before.ended_at or after.started_at)
                if title != RELAY:
                    (moved_up if before.started_at < turn_ms <= after.started_at else gaps).append(silence_ms)
        return SessionResult(
            devices=len(heard),
            soundings=sum(map(len, heard.values())),
            order_wrong=tuple(sorted(wrong)),
            gap_ms=max(gaps),
            moved_up_ms=max(moved_up),
            anchor_ms=max((abs(at - anchor_ms) for at in begins[RELAY]), default=0),
            skew_ms=max((max(each) - min(each) for each in begins.values()), default=0),
            cut_wrong=cut.wrong,
            cut_ms=cut.cut_ms,
            resumed_ms=cut.resumed_ms,
            mos_wrong=tuple(differences(stories, self._heard_as, begins)),
        )
