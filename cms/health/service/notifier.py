"""Notifier: writes notices to those on call, by the rules of ``devices.health.notices``; ``posting`` sends them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.commands.repository import MaintenanceRecords
from cms.health.queries.incidents import alerted_areas
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import IN_DIGEST, Notice, Notices
from cms.health.service.notice_labels import STAGE, cause_name
from cms.health.service.ranking import (
    TITLE_MOST,
    AreaStakes,
    Digest,
    at_stake,
    local,
    names_of,
    worth_telling,
    worth_telling_late,
)
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.tickets.queries import tickets_for
from devices.health import notices as rules
from devices.health.incidents import Incident, IncidentScope
from devices.health.notices import Duty, IncidentStage
from devices.tickets.model import TicketId
from province.areas import AreaId, AreaTree

OVER_FOR: Final = timedelta(days=1)
"""After a standstill of this length it still reports that an incident has ended."""
LATE_FOR: Final = timedelta(hours=12)
"""A fault that began and ended in the night is reported in the morning."""
NEW_FOR: Final = timedelta(hours=1)
"""A new address is notified of faults that ended within this time."""
_LINE_OF: Final = {IncidentStage.OPENED: 1, IncidentStage.ESCALATED: 2}


@dataclass
class _Writing:
    """State of one run: what was read, and what is to be written.

    ``last``: by address, when its last digest was written; ``tickets``: by incident; ``waiting``: what goes into the
    next digest.
    """

    session: Session
    duties: Sequence[Duty]
    tree: AreaTree
    now: datetime
    alerted: frozenset[AreaId]
    written_at: dict[str, list[datetime]]
    last: Mapping[str, datetime]
    tickets: Mapping[str, TicketId] = field(default_factory=dict)
    waiting: dict[str, Digest] = field(default_factory=dict)
    made: list[tuple[Notice, list[str]]] = field(default_factory=list)
    _ahead: AreaStakes | None = None

    def ahead(self) -> AreaStakes:
        """Return the stakes of areas; read once a run, and only if something is to be written."""
        if self._ahead is None:
            self._ahead = AreaStakes.of(self.session, self.tree, self.now)
        return self._ahead

    def may(self, address: str, *, urgent: bool = False) -> bool:
        return rules.may_write(self.written_at.get(address, ()), self.now, urgent=urgent)

    def put(self, notice: Notice, fault_ids: Iterable[str] = ()) -> None:
        self.written_at.setdefault(notice.address, []).append(self.now)
        self.made.append((notice, list(fault_ids)))

    def digest(self, address: str) -> Digest:
        return self.waiting.setdefault(address, Digest())

    def tells_of(self, address: str, ended_at: datetime | None) -> bool:
        """Return whether something that ended then is news there; a new address gets no older news."""
        since = max(self.last.get(address, self.now - NEW_FOR), self.now - LATE_FOR)
        return ended_at is not None and ended_at >= since

    def is_alerted(self, area_id: AreaId) -> bool:
        return area_id in self.tree and not self.alerted.isdisjoint(self.tree.chain(area_id))


@dataclass(frozen=True)
class Notifier:
    """Notifier of faults and incidents. One process at a time; the store refuses duplicates."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    public_url: str

    def step(self) -> int:
        """Write the notices that are due; return their number."""
        now = self.now()
        with reading(self.uow.engine) as session:
            duties = FaultRecords(session).duties()
            if not duties:
                return 0
            since = Notices(session).written_since(now - timedelta(hours=1))
            written_at = {key: [*times] for key, times in since.items()}
            tree, last = Places(session).tree(), Notices(session).last_digests()
            writing = _Writing(session, duties, tree, now, alerted_areas(session), written_at, last)
            self._tell_incidents(session, writing)
            self._gather_faults(session, writing)
            self._gather_ended(session, writing)
            self._tell_waiting(session, writing)
        if writing.made:
            with self.uow() as unit:
                for notice, fault_ids in writing.made:
                    unit[Notices].write(notice, fault_ids)
                unit.commit()
        return len(writing.made)

    def _tell_incidents(self, session: Session, writing: _Writing) -> None:
        health, kept = FaultRecords(session), Notices(session)
        incidents = health.incidents(writing.now - OVER_FOR)
        if not incidents:
            return
        taken = health.taken_on()
        windows = MaintenanceRecords(session).in_force(writing.now, writing.tree)
        ids = [each.id for each in incidents]
        areas, told = kept.areas_of(ids), kept.of(ids)
        writing.tickets = tickets_for(session, ids)
        for incident in incidents:
            letters = [each for each in told if each.subject_id == incident.id]
            where = areas.get(incident.id, frozenset())
            if incident.over_at is not None and all(each.stage is IncidentStage.OVER for each in letters):
                self._gather_untold(session, incident, where, writing, {each.address for each in letters})
                continue
            due = rules.stages_due(
                incident,
                frozenset(each.stage for each in letters),
                writing.now,
                is_taken=incident.id in taken,
                endangers_alert=any(writing.is_alerted(each) for each in where),
            )
            if incident.over_at is None and windows.cover_all(where, writing.now):
                continue
            for stage in due:
                for address in _addresses(stage, letters, where, writing):
                    letter = self._of_incident(incident, stage, where, address, writing)
                    if writing.may(address):
                        writing.put(letter)
                    else:
                        writing.digest(address).incidents.append(letter)

    def _gather_untold(
        self,
        session: Session,
        incident: Incident,
        where: Collection[AreaId],
        writing: _Writing,
        told: Collection[str],
    ) -> None:
        """Add an incident that ended before it was reported: at night, or beyond the hourly limit."""
        if rules.is_night(writing.now) or not rules.worth_telling_after(incident):
            return
        assert incident.over_at is not None
        if (
            MaintenanceRecords(session)
            .between(incident.opened_at, incident.over_at, writing.tree)
            .cover_all(where, incident.over_at)
        ):
            return
        for address in _addresses(IncidentStage.OPENED, (), where, writing):
            if address not in told and writing.tells_of(address, incident.over_at):
                letter = self._of_incident(incident, IncidentStage.OVER, where, address, writing)
                writing.digest(address).incidents.append(letter)

    def _gather_faults(self, session: Session, writing: _Writing) -> None:
        """Add the open faults not reported yet; at night only those that cannot wait."""
        lone = worth_telling(session, writing.tree, writing.now)
        if not lone:
            return
        taken = FaultRecords(session).taken_on()
        told = Notices(session).told_of(each.fault.id for each in lone)
        for each in lone:
            is_pressing = rules.is_urgent(each.fault) and writing.is_alerted(each.area_id)
            if rules.is_night(writing.now) and not rules.is_told_at_once(each.fault) and not is_pressing:
                continue
            if each.fault.id in taken:
                continue
            for duty in rules.recipients(writing.duties, [each.area_id], writing.tree, 1, writing.now):
                if (each.fault.id, duty.address) not in told:
                    writing.digest(duty.address).faults.append(each)

    def _gather_ended(self, session: Session, writing: _Writing) -> None:
        """Add faults that ended before they were reported."""
        if rules.is_night(writing.now):
            return
        ended = worth_telling_late(session, writing.tree, writing.now - LATE_FOR, writing.now)
        if not ended:
            return
        told = Notices(session).told_of(each.fault.id for each in ended)
        for each in ended:
            for duty in rules.recipients(writing.duties, [each.area_id], writing.tree, 1, writing.now):
                is_news = writing.tells_of(duty.address, each.fault.closed_at)
                if is_news and (each.fault.id, duty.address) not in told:
                    writing.digest(duty.address).ended.append(each)

    def _tell_waiting(self, session: Session, writing: _Writing) -> None:
        due = {
            address: digest
            for address, digest in writing.waiting.items()
            if digest.is_due(writing.last.get(address), writing.now) and writing.may(address, urgent=digest.is_urgent)
        }
        if not due:
            return
        tickets = tickets_for(session, [each.fault.id for digest in due.values() for each in digest.faults])
        for address, digest in due.items():
            title, text = digest.text(writing.tree, tickets, self.public_url, writing.ahead())
            letter = Notice(self.new_id(), address, "", IncidentStage.OPENED, title, text, writing.now, writing.now)
            writing.put(letter, (each.fault.id for each in (*digest.faults, *digest.ended)))
            writing.made += [(replace(each, dead_at=writing.now, error=IN_DIGEST), []) for each in digest.incidents]

    def _of_incident(
        self, incident: Incident, stage: IncidentStage, areas: Collection[AreaId], address: str, writing: _Writing
    ) -> Notice:
        where = _where(incident, areas, writing.tree)
        title = f"[Loa] {STAGE[stage]}: {cause_name(incident.cause)}, {incident.members} thiết bị, {where}"
        lines = [
            f"{STAGE[stage]}: {cause_name(incident.cause)}.",
            f"Nơi: {where}.",
            f"Từ {local(incident.began_at)}: {incident.members} thiết bị, hiện còn {incident.affected}.",
        ]
        if incident.reported_power:
            lines.append(f"{incident.reported_power} thiết bị báo mất điện lưới trước khi im.")
        if incident.scope is IncidentScope.BROKER:
            lines.append("Mất kết nối với máy chủ MQTT: cảnh báo không gửi được, thiết bị vẫn phát theo lịch đã nhận.")
        if incident.scope is IncidentScope.CLOCK:
            lines.append("Đồng hồ máy chủ không tin được: chỉ cảnh báo và lệnh dừng còn được gửi. Hãy kiểm tra NTP.")
        if incident.over_at is not None:
            lines.append(f"Hết lúc {local(incident.over_at)}.")
        else:
            lines += at_stake(writing.ahead(), areas)
        if (ticket_id := writing.tickets.get(incident.id)) is not None:
            lines.append(f"Phiếu việc: {self.public_url}/tickets/{ticket_id}")
        lines.append(f"{self.public_url}/incidents/{incident.id}")
        now = writing.now
        return Notice(self.new_id(), address, incident.id, stage, title[:TITLE_MOST], "\n".join(lines), now, now)


def _addresses(
    stage: IncidentStage, letters: Sequence[Notice], areas: Collection[AreaId], writing: _Writing
) -> Sequence[str]:
    """Return the addresses: for the end those who were notified, else those on call."""
    if stage is IncidentStage.OVER:
        return sorted({each.address for each in letters})
    found = rules.recipients(writing.duties, areas, writing.tree, _LINE_OF[stage], writing.now)
    return sorted({each.address for each in found})


def _where(incident: Incident, areas: Collection[AreaId], tree: AreaTree) -> str:
    match incident.scope:
        case IncidentScope.FEEDER:
            return incident.keys[0]
        case IncidentScope.BROKER | IncidentScope.CLOCK:
            return "mọi nơi"
        case _:
            return names_of(areas, tree)
