"""Ranking of faults by what is at stake, faults of single devices that people should know of, and their digest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cms.commands.repository import MaintenanceRecords
from cms.health.queries.faults import FaultLine, devices_in_incidents, ended_faults, single_faults
from cms.health.queries.incidents import alerted_areas, next_airings
from cms.health.repository.faults import Acknowledgement, FaultRecords
from cms.health.repository.notices import Notice, Notices
from cms.health.service.notice_labels import fault_name
from devices.commands.maintenance import MaintenanceWindows
from devices.health import notices as rules
from devices.health.incidents import CONSEQUENCES, Incident
from devices.health.kinds import RULES, FaultKind, FaultRisk, Severity, Stake, urgency
from devices.health.notices import LOCAL, is_told_at_once
from devices.tickets.model import TicketId
from province.areas import AreaId, AreaTree

AHEAD: Final = timedelta(days=1)
_RANK: Final = {kind: place for place, kind in enumerate(FaultKind)}
NAMED_MOST: Final = 5
LISTED_MOST: Final = 40
TITLE_MOST: Final = 300
MUTE: Final = "KHÔNG PHÁT ĐƯỢC:"


@dataclass(frozen=True, slots=True)
class RankedIncident:
    """Incident with its stake. ``areas``: of its members. ``taken``: its acknowledgement."""

    incident: Incident
    areas: frozenset[AreaId]
    stake: Stake
    taken: Acknowledgement | None


@dataclass(frozen=True, slots=True)
class RankedFault:
    """Single fault with its stake. ``muted_until``: end of a maintenance window that mutes it."""

    line: FaultLine
    stake: Stake
    taken: Acknowledgement | None
    muted_until: datetime | None


@dataclass(frozen=True, slots=True)
class RankedHealth:
    incidents: Sequence[RankedIncident]
    faults: Sequence[RankedFault]


@dataclass(frozen=True, slots=True)
class AreaStakes:
    """Stake of each area: next airings, and alerts in force."""

    airings: Mapping[AreaId, datetime]
    alerted: Collection[AreaId]
    tree: AreaTree

    @classmethod
    def of(cls, session: Session, tree: AreaTree, now: datetime) -> AreaStakes:
        return cls(next_airings(session, now, now + AHEAD), alerted_areas(session), tree)

    def stake(self, areas: Iterable[AreaId], devices: int, severity: Severity) -> Stake:
        where = list(areas)
        times = [self.airings[each] for each in where if each in self.airings]
        is_alerted = any(
            above in self.alerted for each in where if each in self.tree for above in self.tree.chain(each)
        )
        return Stake(devices, severity, min(times, default=None), is_alerted)


def ranked(session: Session, areas: Collection[AreaId] | None, tree: AreaTree, now: datetime) -> RankedHealth:
    """Rank those of these areas (None: everywhere); an incident belongs to the area of each of its members."""
    ahead = AreaStakes.of(session, tree, now)
    health = FaultRecords(session)
    going = [each for each in health.incidents(now) if each.over_at is None]
    where = Notices(session).areas_of([each.id for each in going])
    mine = [each for each in going if areas is None or not where.get(each.id, frozenset()).isdisjoint(areas)]
    lines = single_faults(session, areas)
    taken = health.acknowledgements([*(each.id for each in mine), *(line.fault.id for line in lines)])
    incidents = [
        RankedIncident(
            each,
            where[each.id],
            ahead.stake(where[each.id], each.affected, Severity.CRITICAL),
            taken.get(each.id),
        )
        for each in mine
    ]
    windows = MaintenanceRecords(session).in_force(now, tree)
    faults = [
        RankedFault(
            line,
            ahead.stake([line.area_id], 1, RULES[line.fault.kind].severity),
            taken.get(line.fault.id),
            _muted_until(windows, line, now),
        )
        for line in lines
    ]
    incidents.sort(key=lambda each: urgency(each.stake, now), reverse=True)
    faults.sort(key=lambda each: _RANK[each.line.fault.kind])
    faults.sort(key=lambda each: urgency(each.stake, now), reverse=True)
    return RankedHealth(incidents, faults)


def _muted_until(windows: MaintenanceWindows, line: FaultLine, now: datetime) -> datetime | None:
    window = None if is_told_at_once(line.fault) else windows.covering(line.fault.device_id, line.area_id, now)
    return None if window is None else window.until_at


def worth_telling(session: Session, tree: AreaTree, now: datetime) -> Sequence[FaultLine]:
    """Return the faults to report, oldest first. A maintenance window does not hide critical ones."""
    found = [each for each in single_faults(session, None) if rules.worth_telling(each.fault, now)]
    if not found:
        return []
    windows = MaintenanceRecords(session).in_force(now, tree)
    out = devices_in_incidents(session) if any(each.fault.kind in CONSEQUENCES for each in found) else frozenset()
    return [
        each
        for each in found
        if rules.is_told_at_once(each.fault)
        or not (
            windows.covers(each.fault.device_id, each.area_id, now)
            or (each.fault.kind in CONSEQUENCES and each.fault.device_id in out)
        )
    ]


def worth_telling_late(session: Session, tree: AreaTree, since: datetime, now: datetime) -> Sequence[FaultLine]:
    """Return faults closed since then that should have been reported, except those closed in a maintenance window."""
    found = [each for each in ended_faults(session, since, rules.URGENT_KINDS) if rules.worth_telling_late(each.fault)]
    if not found:
        return []
    windows = MaintenanceRecords(session).between(since, now, tree)
    return [
        each
        for each in found
        if each.fault.closed_at is None or not windows.covers(each.fault.device_id, each.area_id, each.fault.closed_at)
    ]


@dataclass
class Digest:
    """Content of a digest. ``incidents``: notices not sent on their own; ``ended``: faults closed before their turn."""

    incidents: list[Notice] = field(default_factory=list)
    faults: list[FaultLine] = field(default_factory=list)
    ended: list[FaultLine] = field(default_factory=list)

    @property
    def is_urgent(self) -> bool:
        return bool(self.incidents or self.ended or any(rules.is_urgent(each.fault) for each in self.faults))

    def is_due(self, last_at: datetime | None, now: datetime) -> bool:
        """Return whether to send it now. ``last_at``: time of the address's last digest."""
        cannot_wait = bool(self.incidents) or any(rules.is_told_at_once(each.fault) for each in self.faults)
        return cannot_wait or rules.digest_due(last_at, now, urgent=self.is_urgent)

    def text(
        self, tree: AreaTree, tickets: Mapping[str, TicketId], public_url: str, ahead: AreaStakes
    ) -> tuple[str, str]:
        """Return title and text. ``tickets``: by fault; ``ahead``: what is at stake in each area."""
        mute = [each for each in self.faults if RULES[each.fault.kind].danger is FaultRisk.SPEECH]
        others = [each for each in self.faults if each not in mute]
        parts = [each.text for each in self.incidents]
        for heading, lines in (
            (MUTE, _listed(mute, tree, tickets, public_url)),
            ("Việc khác:" if mute else "", _listed(others, tree, tickets, public_url)),
            ("Đã tự hết trước khi kịp báo:", _listed(self.ended, tree, {}, "")),
        ):
            found = list(lines)
            if found and heading == MUTE:
                found += at_stake(ahead, {each.area_id for each in mute})
            if found:
                parts.append("\n".join([heading, *found] if heading else found))
        parts.append(f"{public_url}/tickets")
        return self._title([*mute, *others])[:TITLE_MOST], "\n\n".join(parts)

    def _title(self, faults: Sequence[FaultLine]) -> str:
        count = len(self.incidents) + len(self.faults) + len(self.ended)
        more = f" và {count - 1} việc khác" if count > 1 else ""
        if self.incidents:
            return self.incidents[0].title + more
        first = (faults or self.ended)[0]
        is_over = "" if faults else "Đã tự hết: "
        return f"[Loa] {is_over}{fault_name(first.fault.kind)}: {first.device_name}{more}"


def _listed(
    faults: Sequence[FaultLine], tree: AreaTree, tickets: Mapping[str, TicketId], public_url: str
) -> Iterator[str]:
    for each in faults[:LISTED_MOST]:
        fault = each.fault
        line = f"{fault_name(fault.kind)}: {each.device_name} ({fault.device_id}), {names_of([each.area_id], tree)}"
        line += f", từ {local(fault.since_at)}"
        if fault.closed_at is not None:
            line += f" đến {local(fault.closed_at)}"
        elif fault.clear_at is not None:
            line += f"; đã hết từ {local(fault.clear_at)}, đang theo dõi"
        if public_url and (ticket_id := tickets.get(fault.id)):
            line += f"\n  {public_url}/tickets/{ticket_id}"
        yield line
    if len(faults) > LISTED_MOST:
        yield f"… và {len(faults) - LISTED_MOST} việc nữa."


def at_stake(ahead: AreaStakes, areas: Collection[AreaId]) -> list[str]:
    """Return lines about what will not be heard there: an alert in force, and what airs next."""
    stake = ahead.stake(areas, 1, Severity.CRITICAL)
    lines = ["Đang có cảnh báo hiệu lực ở đó."] if stake.is_alerted else []
    return lines if stake.next_at is None else [*lines, f"Phát tiếp theo ở đó: {local(stake.next_at)}."]


def names_of(areas: Collection[AreaId], tree: AreaTree) -> str:
    """Return the first area names, and the number of the others."""
    names = sorted(tree.get(each).name for each in areas if each in tree)
    more = f" và {len(names) - NAMED_MOST} nơi khác" if len(names) > NAMED_MOST else ""
    return ", ".join(names[:NAMED_MOST]) + more


def local(at: datetime) -> str:
    return at.astimezone(LOCAL).strftime("%H:%M %d/%m/%Y")
