"""Call list of an alert: places in which people were not warned, counted in the database by place and state.

A row a device costs ten times as much for a whole province, and the list is read again every second.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row, case, false, func, select
from sqlalchemy.orm import Session

from broadcast.alerts.call_list import CallLine, CallRecord, in_order, is_to_be_called
from broadcast.alerts.miss_reasons import MissReason
from broadcast.alerts.orders import Order, ReachState
from broadcast.alerts.warned import missed
from cms.alert_reports.queries.places import counted_place, shares_in
from cms.alert_reports.repository import HearingPlaces
from cms.alert_reports.tables import DeviceHearingRow
from cms.alerts.tables import ReachRow
from cms.areas.repository import Places
from cms.areas.tables import AreaRow
from cms.call_lists.repository import CallLog
from cms.fleet.tables import DeviceStatusRow, boards
from cms.health.queries.faults import shown_verdict, silenced
from cms.platform.store.rows import among
from devices.health.sound_proof import SoundVerdict
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class CallList:
    """Call list of an order. People are None where no number of inhabitants is known.

    ``people_warned``: by a loudspeaker. ``people_told``: near loudspeakers of the places that were told by telephone.
    """

    lines: Sequence[CallLine]
    people: int | None
    people_warned: int | None
    people_told: int

    @property
    def open_lines(self) -> int:
        return sum(not line.is_told for line in self.lines)

    @property
    def people_unwarned(self) -> int:
        """People whom neither a loudspeaker nor a telephone call has warned."""
        return max(0, (self.people or 0) - (self.people_warned or 0) - self.people_told)


@dataclass(slots=True)
class _PlaceCounts:
    """Counts of one place while its rows are read. People are fractions of the place's, rounded in the end."""

    name: str
    devices: int = 0
    online: int = 0
    seen_at: datetime | None = None
    missed: Counter[MissReason] = field(default_factory=Counter)
    people: float | None = None
    codes: dict[str, None] = field(default_factory=dict)
    neighbours_heard: int = 0
    neighbours_db: float | None = None

    def add(self, row: Row[Any]) -> None:
        self.devices += row.devices
        self.online += row.devices if row.is_online else 0
        self.seen_at = max(filter(None, (self.seen_at, row.seen_at)), default=None)

    def miss(self, reason: MissReason, row: Row[Any], people: float | None) -> None:
        self.missed[reason] += row.devices
        if people is not None:
            self.people = (self.people or 0.0) + people
        if row.code:
            self.codes[row.code] = None
        if row.hears_neighbours:
            self.neighbours_heard += row.devices
            self.neighbours_db = max(db for db in (self.neighbours_db, row.neighbours_db) if db is not None)


def call_list(session: Session, order: Order, now: datetime, areas: Collection[AreaId] | None = None) -> CallList:
    """Compute the call list of an order as it stands; ``areas``: of these places alone."""
    tree, known = Places(session).tree(), HearingPlaces(session).inhabitants()
    rows = _counted(session, order, areas)
    shares = shares_in(session, tree, known, {row.area_id for row in rows})
    places: dict[AreaId, _PlaceCounts] = {}
    people: dict[bool, float] = {}
    for row in rows:
        there = places.setdefault(row.area_id, _PlaceCounts(row.area_name or row.area_id))
        there.add(row)
        share = shares.get(counted_place(tree, known, row.area_id))
        near = float(row.inhabitants) if row.has_own else None if share is None else share * row.devices
        reason = _reason(row, is_silent=order.is_silent)
        if near is not None:
            people[reason is None] = people.get(reason is None, 0.0) + near
        if reason is not None and is_to_be_called(reason, is_online=bool(row.is_online), age=now - order.issued_at):
            there.miss(reason, row, near)
    logged = {entry.area_id: entry for entry in CallLog(session).of_order(order.id)}
    lines = sorted((_line(area_id, there, logged) for area_id, there in places.items() if there.missed), key=in_order)
    return CallList(
        lines,
        people=round(sum(people.values())) if people else None,
        people_warned=round(people.get(True, 0.0)) if people else None,
        people_told=sum(line.people or 0 for line in lines if line.is_told),
    )


def _counted(session: Session, order: Order, areas: Collection[AreaId] | None) -> Sequence[Row[Any]]:
    mute = [] if order.is_silent else [each.device_id for each in silenced(session, order.id, areas)]
    alike: list[Any] = [
        ReachRow.area_id,
        ReachRow.state,
        ReachRow.sound,
        ReachRow.started_at.is_not(None).label("has_sounded"),
        (among(ReachRow.device_id, mute) if mute else false()).label("is_mute"),
        case((ReachRow.state == ReachState.REFUSED, ReachRow.code), else_="").label("code"),
        func.coalesce(DeviceStatusRow.online, false()).label("is_online"),
        DeviceHearingRow.inhabitants.is_not(None).label("has_own"),
        ReachRow.neighbours_db.is_not(None).label("hears_neighbours"),
    ]
    summed: list[Any] = [DeviceStatusRow.seen_at, DeviceHearingRow.inhabitants, ReachRow.neighbours_db]
    device = (
        select(*alike, *summed)
        .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == ReachRow.device_id)
        .outerjoin(DeviceHearingRow, DeviceHearingRow.device_id == ReachRow.device_id)
        .where(ReachRow.order_id == order.id, ReachRow.device_id.not_in(boards()))
    )
    if areas is not None:
        device = device.where(among(ReachRow.area_id, areas))
    each = device.subquery().c
    keys = [column for name, column in each.items() if name not in ("seen_at", "inhabitants", "neighbours_db")]
    sums: list[Any] = [
        func.count().label("devices"),
        func.max(each.seen_at).label("seen_at"),
        func.sum(each.inhabitants).label("inhabitants"),
        func.max(each.neighbours_db).label("neighbours_db"),
    ]
    group = select(*keys, *sums).group_by(*keys).subquery()
    named = select(AreaRow.name.label("area_name"), group).outerjoin_from(group, AreaRow, AreaRow.id == group.c.area_id)
    return session.execute(named).all()


def _reason(row: Row[Any], *, is_silent: bool) -> MissReason | None:
    verdict = SoundVerdict.NOT_HEARD if row.is_mute else shown_verdict(row.state, row.sound)
    return missed(row.state, verdict, has_sounded=bool(row.has_sounded), is_silent=is_silent)


def _line(area_id: AreaId, there: _PlaceCounts, logged: Mapping[AreaId, CallRecord]) -> CallLine:
    return CallLine(
        area_id,
        there.name,
        there.devices,
        there.online,
        there.seen_at,
        {reason: there.missed[reason] for reason in MissReason if there.missed[reason]},
        None if there.people is None else round(there.people),
        tuple(there.codes),
        logged.get(area_id),
        there.neighbours_heard,
        there.neighbours_db,
    )
