"""Ranking of incidents, then of single faults, by what is endangered next on air."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from cms.commands.repository import MaintenanceRecords
from cms.health.queries.faults import FaultLine, devices_in_incidents, ended_faults, single_faults
from cms.health.queries.incidents import alerted_areas, next_airings
from cms.health.repository.faults import Acknowledgement, FaultRecords
from cms.health.repository.notices import Notices
from devices.commands.maintenance import MaintenanceWindows
from devices.health import notices as rules
from devices.health.incidents import CONSEQUENCES, Incident
from devices.health.kinds import RULES, FaultKind, Severity, Stake, urgency
from devices.health.notices import is_told_at_once
from province.areas import AreaId, AreaTree

AHEAD: Final = timedelta(days=1)
_RANK: Final = {kind: place for place, kind in enumerate(FaultKind)}


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
