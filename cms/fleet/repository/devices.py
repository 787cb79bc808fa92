"""Repository of devices and their latest status."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, and_, delete, func, insert, null, select, type_coerce, update

from cms.areas.repository import PlacedRepository
from cms.fleet.tables import DeviceRow, DeviceStatusRow, SavedFilterRow, in_service, obeys
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of, points_of, values_of
from cms.platform.store.uow import Repository
from cms.reports.repository.reports import note_presence
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus, Posts
from province.areas import AreaId
from province.errors import NotFoundError


class Devices(PlacedRepository, KeyedRepository[DeviceId, Device], row=DeviceRow, noun="device"):
    """Devices, and the gateway's record of their presence."""

    def serials_among(self, serials: Iterable[str]) -> frozenset[str]:
        """Return those of these serials that a device of ours has, ignoring case."""
        serial = func.lower(DeviceRow.serial)
        return frozenset(self._session.scalars(select(serial).where(serial.in_(list(serials)))))

    def save(self, device: Device) -> None:
        saved = change(self._session, update(DeviceRow).where(DeviceRow.id == device.id).values(columns_of(device)))
        if saved == 0:
            raise NotFoundError("device", device.id)

    def numbers_after(self, prefix: str) -> int:
        """Return the highest number behind this prefix of a device id, retired devices included; 0 if there is none."""
        ids = self._session.scalars(select(DeviceRow.id).where(DeviceRow.id.startswith(prefix, autoescape=True)))
        return max((int(rest) for each in ids if (rest := each.removeprefix(prefix)).isdecimal()), default=0)

    def renew_desired(self, area_ids: Iterable[AreaId]) -> Sequence[DeviceId]:
        """Raise the desired version of every device in service at exactly these areas; returns their ids."""
        there = [DeviceRow.area_id.in_(list(area_ids)), DeviceRow.retired_at.is_(None)]
        change(self._session, update(DeviceRow).where(*there).values(desired_version=DeviceRow.desired_version + 1))
        return self._session.scalars(select(DeviceRow.id).where(*there).order_by(DeviceRow.id)).all()

    def count_in_service(self) -> int:
        return self._session.scalars(select(func.count()).select_from(DeviceRow).where(in_service())).one()

    def in_area(self, area_id: AreaId) -> Sequence[Device]:
        """Return devices in service attached to this very area."""
        return self._list(DeviceRow.area_id == area_id, in_service(), order=(DeviceRow.id,))

    def in_areas(self, area_ids: Iterable[AreaId]) -> Sequence[Device]:
        """Return devices in service attached to any of these very areas, by id."""
        columns = DeviceRow.__table__.c
        there = (columns.area_id.in_(list(area_ids)), in_service())
        return values_of(self._session, Device, DeviceRow, *there)

    def of_kind(self, kind: DeviceKind) -> Sequence[Device]:
        """List the devices of a kind in service, by id."""
        columns = DeviceRow.__table__.c
        return values_of(self._session, Device, DeviceRow, columns.kind == kind, in_service())

    def posts(self, area_ids: Iterable[AreaId], *, with_points: bool = False, heard: bool = False) -> Sequence[Posts]:
        """Count the same; an area without any is left out. ``heard``: without boards and quarantined devices."""
        is_online = func.coalesce(DeviceStatusRow.online, False)
        meant = and_(obeys(), DeviceRow.kind != DeviceKind.BOARD) if heard else in_service()
        # All points of an area in one text: one row a device costs ten times as much for a whole province.
        places = func.aggregate_strings(type_coerce(DeviceRow.point, Text), ",") if with_points else null()
        rows = self._session.execute(
            select(DeviceRow.area_id, is_online, func.count(), places)
            .outerjoin(DeviceStatusRow, DeviceStatusRow.device_id == DeviceRow.id)
            .where(DeviceRow.area_id.in_(list(area_ids)), meant)
            .group_by(DeviceRow.area_id, is_online)
            .order_by(DeviceRow.area_id, is_online)
        )
        return [
            Posts(area_id, bool(online), count, points_of(written) if written else ())
            for area_id, online, count, written in rows
        ]

    def planning_areas(self) -> Sequence[AreaId]:
        """Return areas in force that have devices in service."""
        found = self._session.scalars(
            select(DeviceRow.area_id).where(in_service()).distinct().order_by(DeviceRow.area_id)
        )
        tree = self._places.tree()
        return [area_id for area_id in found if tree.get(area_id).valid_to is None]

    def with_boards(self, area_ids: Iterable[AreaId]) -> Collection[AreaId]:
        """Return those of these very areas that have a board in service."""
        boards = select(DeviceRow.area_id).where(DeviceRow.kind == DeviceKind.BOARD, in_service()).distinct()
        return set(self._session.scalars(boards)).intersection(area_ids)

    def status(self, device_id: DeviceId) -> DeviceStatus | None:
        """Return the latest status, if the device ever sent one."""
        return self._found(DeviceStatus, select(DeviceStatusRow).where(DeviceStatusRow.device_id == device_id))

    def lose(self, device_id: DeviceId, at: datetime) -> None:
        """Mark the device as disconnected, whatever its latest status was: its certificates are revoked.

        The next connection under this name is another box, or one that was reset: it counts connections from the start.
        """
        its = DeviceStatusRow.device_id == device_id
        if change(self._session, update(DeviceStatusRow).where(its, DeviceStatusRow.online).values(online=False)):
            note_presence(self._session, [(device_id, at, False)])
        change(self._session, update(DeviceStatusRow).where(its).values(conn=0))

    def report(self, status: DeviceStatus) -> bool:
        """Store the status unless a later connection has reported already; returns whether it was stored."""
        row = DeviceStatusRow
        is_it = (row.device_id == status.device_id, row.conn <= status.conn)
        if change(self._session, update(row).where(*is_it).values(columns_of(status))):
            return True
        if self.status(status.device_id) is not None:
            return False
        self._session.execute(insert(DeviceStatusRow), [columns_of(status)])
        return True


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """Saved filter. ``query``: the query string of the address, parsed again at each use."""

    id: str
    user_id: str
    name: str
    query: str
    kept_at: datetime


class SavedFilters(Repository):
    def of(self, user_id: str) -> Sequence[SavedFilter]:
        """List a person's filters, by name."""
        row = SavedFilterRow
        return self._listed(SavedFilter, select(row).where(row.user_id == user_id).order_by(row.name))

    def put(self, kept: SavedFilter) -> None:
        """Insert the filter, or replace the person's one of this name."""
        row = SavedFilterRow
        change(self._session, delete(row).where(row.user_id == kept.user_id, row.name == kept.name))
        self._session.execute(insert(row), [columns_of(kept)])

    def drop(self, user_id: str, filter_id: str) -> bool:
        """Delete a filter; returns whether this person had it."""
        row = SavedFilterRow
        return bool(change(self._session, delete(row).where(row.user_id == user_id, row.id == filter_id)))
