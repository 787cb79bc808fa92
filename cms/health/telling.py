"""Writes letters to whoever is on call, by the rules of ``devices.health.notices``. Sending them is ``posting``'s."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cms.health.lone import worth_telling
from cms.health.words import CAUSE, FAULT, STAGE
from cms.store.engine import reading
from cms.store.health import SqlHealth
from cms.store.maintenance import SqlMaintenance
from cms.store.notices import Notice, SqlNotices
from cms.store.places import SqlPlaces
from cms.store.queries.faults import FaultLine
from cms.store.queries.health import alerted_areas
from cms.store.uow import UowFactory
from devices.areas import AreaId, AreaTree
from devices.health import notices as rules
from devices.health.incidents import Incident, Scope
from devices.health.notices import LOCAL, Duty, Stage

OVER_FOR: Final = timedelta(days=1)
"""A steward that was away so long still says that it is over."""
NAMED_MOST: Final = 5
LISTED_MOST: Final = 40
_LINE_OF: Final = {Stage.OPENED: 1, Stage.ESCALATED: 2}


@dataclass
class _Writing:
    """One look: what there is, and what is to be written."""

    duties: Sequence[Duty]
    tree: AreaTree
    now: datetime
    written_at: dict[str, list[datetime]]
    made: list[tuple[Notice, list[str]]] = field(default_factory=list)

    def may(self, address: str) -> bool:
        return rules.may_write(self.written_at.get(address, ()), self.now)

    def put(self, notice: Notice, fault_ids: Iterable[str] = ()) -> None:
        self.written_at.setdefault(notice.address, []).append(self.now)
        self.made.append((notice, list(fault_ids)))


@dataclass(frozen=True)
class Teller:
    """``step`` writes what is to be told now. One process at a time; the store refuses what would be said twice."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    public_url: str

    def step(self) -> int:
        """How many letters were written."""
        now = self.now()
        with reading(self.uow.engine) as session:
            duties = SqlHealth(session).duties()
            if not duties:
                return 0
            since = SqlNotices(session).written_since(now - timedelta(hours=1))
            writing = _Writing(duties, SqlPlaces(session).tree(), now, {key: [*times] for key, times in since.items()})
            self._tell_incidents(session, writing)
            self._tell_faults(session, writing)
        if writing.made:
            with self.uow() as unit:
                for notice, fault_ids in writing.made:
                    SqlNotices(unit.session).write(notice, fault_ids)
                unit.commit()
        return len(writing.made)

    def _tell_incidents(self, session: Session, writing: _Writing) -> None:
        health, kept = SqlHealth(session), SqlNotices(session)
        incidents = health.incidents(writing.now - OVER_FOR)
        taken, alerted = health.taken_on(), alerted_areas(session)
        windows = SqlMaintenance(session).in_force(writing.now, writing.tree)
        ids = [each.id for each in incidents]
        areas, told = kept.areas_of(ids), kept.of(ids)
        for incident in incidents:
            letters = [each for each in told if each.subject_id == incident.id]
            where = areas.get(incident.id, frozenset())
            due = rules.stages_due(
                incident,
                frozenset(each.stage for each in letters),
                writing.now,
                is_taken=incident.id in taken,
                endangers_alert=any(not alerted.isdisjoint(writing.tree.chain(each)) for each in where),
            )
            if incident.over_at is None and windows.cover_all(where, writing.now):
                continue
            for stage in due:
                for address in _addresses(stage, letters, where, writing):
                    if writing.may(address):
                        title, text = self._of_incident(incident, stage, where, writing.tree)
                        writing.put(
                            Notice(self.new_id(), address, incident.id, stage, title, text, writing.now, writing.now)
                        )

    def _tell_faults(self, session: Session, writing: _Writing) -> None:
        kept = SqlNotices(session)
        lone = worth_telling(session, writing.tree, writing.now)
        taken = SqlHealth(session).taken_on()
        told = kept.told_of(each.fault.id for each in lone)
        last = kept.last_digests()
        waiting: dict[str, list[FaultLine]] = {}
        for each in lone:
            if each.fault.id in taken:
                continue
            for duty in rules.recipients(writing.duties, [each.area_id], writing.tree, 1, writing.now):
                if (each.fault.id, duty.address) not in told:
                    waiting.setdefault(duty.address, []).append(each)
        for address, faults in waiting.items():
            is_due = rules.digest_due(last.get(address), writing.now)
            tell = faults if is_due else [each for each in faults if rules.is_told_at_once(each.fault)]
            if tell and writing.may(address):
                title, text = self._of_faults(tell, writing.tree)
                letter = Notice(self.new_id(), address, "", Stage.OPENED, title, text, writing.now, writing.now)
                writing.put(letter, (each.fault.id for each in tell))

    def _of_incident(
        self, incident: Incident, stage: Stage, areas: Collection[AreaId], tree: AreaTree
    ) -> tuple[str, str]:
        where = _where(incident, areas, tree)
        title = f"[Loa] {STAGE[stage]}: {CAUSE[incident.cause]}, {incident.members} thiết bị, {where}"
        lines = [
            f"{STAGE[stage]}: {CAUSE[incident.cause]}.",
            f"Nơi: {where}.",
            f"Từ {_told(incident.began_at)}: {incident.members} thiết bị, hiện còn {incident.affected}.",
        ]
        if incident.told_power:
            lines.append(f"{incident.told_power} thiết bị báo mất điện lưới trước khi im.")
        if incident.scope is Scope.BROKER:
            lines.append("Mất kết nối với máy chủ MQTT: cảnh báo không gửi được, thiết bị vẫn phát theo lịch đã nhận.")
        if incident.over_at is not None:
            lines.append(f"Hết lúc {_told(incident.over_at)}.")
        lines.append(f"{self.public_url}/incidents/{incident.id}")
        return title[:300], "\n".join(lines)

    def _of_faults(self, faults: Sequence[FaultLine], tree: AreaTree) -> tuple[str, str]:
        first = faults[0]
        more = f" và {len(faults) - 1} việc khác" if len(faults) > 1 else ""
        title = f"[Loa] {FAULT[first.fault.kind]}: {first.device_name}{more}"
        lines = [
            f"{FAULT[each.fault.kind]}: {each.device_name} ({each.fault.device_id}), {_names([each.area_id], tree)}, "
            f"từ {_told(each.fault.since_at)}"
            for each in faults[:LISTED_MOST]
        ]
        if len(faults) > LISTED_MOST:
            lines.append(f"… và {len(faults) - LISTED_MOST} việc nữa.")
        lines.append(f"{self.public_url}/tickets")
        return title[:300], "\n".join(lines)


def _addresses(stage: Stage, letters: Sequence[Notice], areas: Collection[AreaId], writing: _Writing) -> Sequence[str]:
    """Of its end whoever was told of it; of the rest whoever is on call."""
    if stage is Stage.OVER:
        return sorted({each.address for each in letters})
    found = rules.recipients(writing.duties, areas, writing.tree, _LINE_OF[stage], writing.now)
    return sorted({each.address for each in found})


def _where(incident: Incident, areas: Collection[AreaId], tree: AreaTree) -> str:
    match incident.scope:
        case Scope.FEEDER:
            return incident.keys[0]
        case Scope.BROKER:
            return "mọi nơi"
        case _:
            return _names(areas, tree)


def _names(areas: Collection[AreaId], tree: AreaTree) -> str:
    names = sorted(tree.get(each).name for each in areas if each in tree)
    more = f" và {len(names) - NAMED_MOST} nơi khác" if len(names) > NAMED_MOST else ""
    return ", ".join(names[:NAMED_MOST]) + more


def _told(at: datetime) -> str:
    return at.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y")
