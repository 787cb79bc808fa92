"""Session with an alert in the middle of an item, which goes on where it was cut.

The next item begins at its time all the same, as on devices that did not sound the alert; the rest follows it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from itertools import pairwise
from typing import Final

from bench.virtual_fleet.ground_truth import TrueSound
from bench.virtual_province.alerts import send_alert
from bench.virtual_province.editors import PROVINCE, day_of
from bench.virtual_province.province import START, VirtualProvince
from bench.virtual_province.server import VirtualBrokerLink
from broadcast.bulletins.model import After
from broadcast.scheduling.recurrence import WEEKDAYS
from broadcast.sessions.model import BroadcastSession
from broadcast.sessions.rules import start_of
from cms.alerts.messages.alerts import AlertMessages
from cms.alerts.messages.publisher import AlertPublisher
from cms.bulletins.repository.bulletins import Transmissions
from cms.sessions.service import sessions
from cms.sessions.service.sessions import SessionDraft

CLOCK: Final = time(6, 45)
ALERT: Final = "Cảnh báo"
CUT: Final = "Tin bị cắt"
_ITEMS: Final = (("Tin trước", 30_500), (CUT, 120_250), ("Tin sau", 45_000))
HEARD_AS: Final = ("Tin trước", CUT, ALERT, CUT, "Tin sau", CUT)
_ALERT_AFTER_MS: Final = 70_000
"""From the beginning of the session: in the middle of the second item."""
_LENGTH_MS: Final = 600_000
_LANE_MS: Final = 100
_LANE_FOR_MS: Final = 120_000
"""Time for which the publisher looks for the alert: before and after it there is none."""
HeardItem = tuple[str, TrueSound]


@dataclass(frozen=True)
class CutResult:
    """Soundings of the session, see ``SessionResult``."""

    wrong: tuple[str, ...]
    cut_ms: int
    resumed_ms: int


class CutSession:
    """Session of three items: ``set_up`` before the day, then ``run`` and ``result``."""

    def __init__(self, province: VirtualProvince) -> None:
        context = province.server.context
        self._province = province
        self._start_ms = 0
        self._lane = AlertPublisher(
            context, VirtualBrokerLink(province.broker), AlertMessages(context.keyring), lambda _: None
        )

    def set_up(self) -> None:
        """Create the session and approve its items, which are resumed where they are cut."""
        province = self._province
        context, editors = province.server.context, province.editors
        draft = SessionDraft(PROVINCE, "Buổi có cảnh báo", CLOCK, WEEKDAYS, _LENGTH_MS)
        session: BroadcastSession = sessions.create(context.uow(), draft=draft, call=context.call(editors.editor))
        made = [editors.put(session, title, (PROVINCE,), ms, after=After.RESUME) for title, ms in _ITEMS]
        for each in made:
            editors.approve(editors.current(each))
        self._start_ms = round(start_of(session, day_of(context)).timestamp() * 1000)

    def run(self) -> None:
        """Play the session, and send the alert into it."""
        timeline, context = self._province.timeline, self._province.server.context
        timeline.run_until(self._start_ms + _ALERT_AFTER_MS)
        send_alert(context, self._province.editors.approver, PROVINCE, lasts=timedelta(minutes=20))
        self._look()
        timeline.run_until(self._start_ms + _LENGTH_MS)

    def result(self) -> CutResult:
        """Compare what sounded with the items, and the parts of the cut one with its length."""
        wrong, apart, silent = [], [0], [0]
        for device, parts in heard_between(self._province, self._start_ms, self._start_ms + _LENGTH_MS).items():
            if tuple(title for title, _ in parts) != HEARD_AS:
                wrong.append(device)
                continue
            sounded_ms = sum((each.ended_at or 0) - each.started_at for title, each in parts if title == CUT)
            apart.append(abs(sounded_ms - dict(_ITEMS)[CUT]))
            silent += [
                after.started_at - (before.ended_at or 0)
                for (title, before), (_, after) in pairwise(parts)
                if title == ALERT
            ]
        return CutResult(tuple(sorted(wrong)), max(apart), max(silent))

    def _look(self) -> None:
        self._lane.send()
        self._lane._waves.step()  # noqa: SLF001 - its own step counts real seconds
        if self._province.timeline.now_ms < self._start_ms + _ALERT_AFTER_MS + _LANE_FOR_MS:
            self._province.timeline.after(_LANE_MS, self._look)


def heard_between(province: VirtualProvince, since_ms: int, until_ms: int) -> Mapping[str, Sequence[HeardItem]]:
    """Return what each device sounded from then on: the title of the bulletin, or that it was an alert."""
    with province.server.context.uow.reading() as unit:
        titles = {each.id: each.title for each in unit[Transmissions].reaching((PROVINCE,), START)}
    found: dict[str, list[HeardItem]] = {name: [] for name in province.fleet.devices}
    for each in province.fleet.truth.soundings:
        if since_ms <= each.started_at < until_ms:
            title = next((name for key, name in titles.items() if each.item.startswith(key)), ALERT)
            found[each.device].append((title, each))
    return found
