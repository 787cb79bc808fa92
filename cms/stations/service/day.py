"""Day of a station: its running order, by broadcast session, with the programmes that it takes for it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self

from broadcast.bulletins.model import BulletinId
from broadcast.bulletins.targeting import reaches
from broadcast.bulletins.transmissions import Transmission
from broadcast.scheduling.recurrence import occurrences_of
from broadcast.sessions.model import ItemRole, SessionId
from broadcast.sessions.rules import is_held
from broadcast.stations.model import Programme, Station
from broadcast.stations.rules import WAV
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Transmissions
from cms.platform.store.uow import UnitOfWork
from cms.reports.repository.reports import bounds_of
from cms.sessions.repository import BroadcastSessions
from cms.sessions.service.running_orders import SessionDay, day_of
from province.areas import AreaTree


@dataclass(frozen=True, slots=True)
class StationItem:
    """Item of a station's day. ``programme`` None: a stream, which the station relays by itself."""

    key: str
    start_at: datetime
    title: str
    length_ms: int
    bulletin_id: BulletinId
    programme: Programme | None
    role: ItemRole = ItemRole.ITEM
    is_anchored: bool = False


@dataclass(frozen=True, slots=True)
class StationBlock:
    """Broadcast session of a station's day with its items; ``day`` None: items that air by themselves."""

    day: SessionDay | None
    items: Sequence[StationItem]

    @property
    def start_at(self) -> datetime:
        return self.items[0].start_at if self.day is None else self.day.start_at


def station_day(
    uow: UnitOfWork, station: Station, on: date, programmes: Sequence[Programme], now: datetime
) -> list[StationBlock]:
    """List what airs in the station's area on a local date, by time. ``programmes``: the station's.

    A broadcast session is a block of its own, also an empty one. Within a unit of work; changes nothing.
    """
    tree, (since_at, until_at) = uow[Places].tree(), bounds_of(on)
    heard = _heard(uow, station, tree, since_at)
    company = _Company.of(programmes, heard)
    sessions = [
        each for each in uow[BroadcastSessions].in_areas(tree.lineage(station.area_id), on) if is_held(each, on)
    ]
    blocks = [company.block(day_of(uow, each, on, now)) for each in sessions]
    held = {each.id for each in sessions}
    alone = (item for each in heard for item in company.alone(each, since_at, until_at, held))
    blocks += [StationBlock(None, (each,)) for each in alone]
    return _joined(sorted(blocks, key=lambda each: each.start_at))


def session_block(uow: UnitOfWork, station: Station, day: SessionDay, programmes: Sequence[Programme]) -> StationBlock:
    """Return one session of a station's day. Within a unit of work; changes nothing."""
    tree, (since_at, _until_at) = uow[Places].tree(), bounds_of(day.order.on)
    return _Company.of(programmes, _heard(uow, station, tree, since_at)).block(day)


def _heard(uow: UnitOfWork, station: Station, tree: AreaTree, since_at: datetime) -> Sequence[Transmission]:
    """Return what is heard in the station's area."""
    found = uow[Transmissions].reaching([station.area_id], since_at)
    return [each for each in found if reaches(each.targets, tree, station.area_id)]


@dataclass(frozen=True)
class _Company:
    programmes: Mapping[BulletinId, Programme]
    heard: Mapping[BulletinId, Transmission]

    @classmethod
    def of(cls, programmes: Sequence[Programme], heard: Sequence[Transmission]) -> Self:
        return cls({each.bulletin_id: each for each in programmes}, {each.bulletin_id: each for each in heard})

    def block(self, day: SessionDay) -> StationBlock:
        items = [
            StationItem(
                f"{line.item.bulletin_id}-{line.item.schedule_id}",
                line.start_at,
                line.bulletin.title,
                self._length_ms(line.bulletin.id, line.length_ms),
                line.bulletin.id,
                self.programmes.get(line.bulletin.id),
                line.item.role,
                is_anchored=line.item.anchor is not None,
            )
            for line in day.lines
            if line.start_at is not None and line.is_promised and line.bulletin.id in self.heard
        ]
        return StationBlock(day, tuple(sorted(items, key=lambda each: each.start_at)))

    def alone(
        self, transmission: Transmission, since_at: datetime, until_at: datetime, held: set[SessionId]
    ) -> Iterator[StationItem]:
        in_sessions = {each.id for each in transmission.schedules if each.session in held}
        for each in occurrences_of(transmission, since_at, until_at):
            if each.schedule_id not in in_sessions:
                programme = self.programmes.get(transmission.bulletin_id)
                length_ms = self._length_ms(transmission.bulletin_id, transmission.duration_ms)
                title, bulletin_id = transmission.title, transmission.bulletin_id
                yield StationItem(each.id, each.start_at, title, length_ms, bulletin_id, programme)

    def _length_ms(self, bulletin_id: BulletinId, otherwise: int) -> int:
        programme = self.programmes.get(bulletin_id)
        made = None if programme is None else programme.sound.rendition(WAV)
        return otherwise if made is None else made.duration_ms


def _joined(blocks: Sequence[StationBlock]) -> list[StationBlock]:
    """Join neighbours that air by themselves into one block."""
    found: list[StationBlock] = []
    for each in blocks:
        if each.day is None and found and found[-1].day is None:
            found[-1] = replace(found[-1], items=(*found[-1].items, *each.items))
        else:
            found.append(each)
    return found
