"""Programme reports of station receivers, stored within the caller's transaction.

A receiver may report the same twice, late or wrongly: every report is receipted, so that the receiver can forget it,
and kept once.
"""

from collections.abc import Sequence
from datetime import datetime

from broadcast.stations.model import ProgrammeId, ProgrammeProgress, ProgrammeReceipt, Station, StationReport
from cms.areas.repository import Places
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from cms.schedule.service.as_run import LATEST_MS
from cms.stations.repository import Programmes, Stations
from cms.stations.service.programmes import word_problems
from devices.model import Device
from devices.protocol.messages import ProgrammeStageReport
from province.events import Event
from province.wall_clock import instant_of

_RUNGS = frozenset(ProgrammeProgress)
_LONGEST_MS = 86_400_000
"""Nothing is aired for longer than a day; a database holds no such length either."""


def hear(uow: UnitOfWork, device: Device, told: Sequence[ProgrammeStageReport], now: datetime) -> int:
    """Store a receiver's reports on its station's programmes; return how many were new.

    Reports of a device that is no station's receiver, on programmes not meant for it, or of files that we did not give,
    are logged as one ``device.odd_word`` with their number.
    """
    if not told:
        return 0
    tree = uow[Places].tree()
    mine = [each for each in uow[Stations].all() if each.device_id == device.id]
    receipts: list[ProgrammeReceipt] = []
    odd: list[ProgrammeStageReport] = []
    for each in told:
        word = _word(each)
        meant = [] if word is None else [one for one in mine if not word_problems(uow, one, tree, word, now)]
        if word is None or not meant:
            odd.append(each)
        else:
            receipts.append(_receipt(meant[0], word, device, now))
    if odd:
        first = odd[0]
        detail: dict[str, object] = {"count": len(odd), "word": first.rid}
        detail |= {"programme": first.programme, "rung": first.rung}
        uow.record(Event("device.odd_word", device.id, now, device.id, device.name, detail))
    new = uow[Programmes].tell(receipts)
    for station in mine:
        count = sum(each.station_id == station.id for each in receipts)
        if new and count:
            facts: dict[str, object] = {"area": station.area_id, "count": count}
            uow.record(Event("station.told", station.id, now, device.id, device.name, facts))
    uow.outbox.add(OutboxKind.RECEIPT, device.id, {"refs": [each.rid for each in told]})
    return new


def _word(told: ProgrammeStageReport) -> StationReport | None:
    """Parse a report; None where it makes no sense."""
    if told.rung not in _RUNGS or told.at > LATEST_MS or (told.dur_ms or 0) > _LONGEST_MS:
        return None
    return StationReport(
        ProgrammeId(told.programme), ProgrammeProgress(told.rung), instant_of(told.at), told.sha256 or "", told.dur_ms
    )


def _receipt(station: Station, word: StationReport, device: Device, now: datetime) -> ProgrammeReceipt:
    return ProgrammeReceipt(
        station.id, word.programme_id, word.rung, word.at, now, device.name, word.sha256, word.duration_ms
    )
