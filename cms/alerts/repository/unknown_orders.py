"""Repository of orders that devices hold and this database, restored from a back-up, does not know."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, func, select, update

from cms.alerts.tables import UnknownOrderRow
from cms.fleet.tables import DeviceRow
from cms.platform.store.insert_or_update import add_rows
from cms.platform.store.rows import among, change, value_of
from cms.platform.store.uow import Repository
from devices.model import DeviceId
from province.areas import AreaId

SHOWN_MAX: Final = 500
KEPT_MAX: Final = 200
"""Orders kept of one device, so that one that makes them up fills no disk."""


@dataclass(frozen=True, slots=True)
class UnknownOrder:
    """Unknown order. ``places``: the area of each device that holds it."""

    id: str
    expires_at: datetime
    reported_at: datetime
    places: Mapping[DeviceId, AreaId]


@dataclass(frozen=True, slots=True)
class UnknownEnd:
    """End of an unknown order, for one device that holds it."""

    order_id: str
    device_id: DeviceId
    expires_at: datetime
    ended_at: datetime


class UnknownOrders(Repository):
    def note(self, device_id: DeviceId, held: Mapping[str, datetime], now: datetime) -> Sequence[str]:
        """Store the device's unknown orders and return the new ones; those a person has ended are ended here too."""
        known = self._session.scalars(select(UnknownOrderRow.order_id).where(UnknownOrderRow.device_id == device_id))
        noted = set(known)
        fresh = sorted(held.keys() - noted)[: max(0, KEPT_MAX - len(noted))]
        ended = self._ended(fresh) if fresh else {}
        noted_now = {"device_id": device_id, "reported_at": now}
        rows = ({"order_id": each, "expires_at": held[each], "ended_at": ended.get(each)} for each in fresh)
        add_rows(self._session, UnknownOrderRow, ({**noted_now, **row} for row in rows))
        return fresh

    def _ended(self, order_ids: Collection[str]) -> dict[str, datetime]:
        """Return those of them that a person has ended, and when."""
        row = UnknownOrderRow
        query = select(row.order_id, func.max(row.ended_at)).where(row.order_id.in_(order_ids)).group_by(row.order_id)
        return {order_id: at for order_id, at in self._session.execute(query) if at is not None}

    def open(self, now: datetime) -> Sequence[UnknownOrder]:
        """List the unknown orders that are in force, in the order of their first report."""
        query = (
            select(UnknownOrderRow, DeviceRow.area_id)
            .join(DeviceRow, DeviceRow.id == UnknownOrderRow.device_id)
            .where(UnknownOrderRow.ended_at.is_(None), UnknownOrderRow.expires_at > now)
            .order_by(UnknownOrderRow.reported_at, UnknownOrderRow.order_id, UnknownOrderRow.device_id)
            .limit(SHOWN_MAX)
        )
        found: dict[str, UnknownOrder] = {}
        for row, area_id in self._session.execute(query):
            before = found.get(row.order_id)
            places = {**({} if before is None else before.places), row.device_id: area_id}
            reported_at = row.reported_at if before is None else before.reported_at
            found[row.order_id] = UnknownOrder(row.order_id, row.expires_at, reported_at, places)
        return list(found.values())

    def end(self, order_id: str, devices: Collection[DeviceId], now: datetime) -> None:
        its = (UnknownOrderRow.order_id == order_id, UnknownOrderRow.device_id.in_(devices))
        change(self._session, update(UnknownOrderRow).where(*its).values(ended_at=now))

    def ends_of(self, order_id: str) -> Sequence[UnknownEnd]:
        """List the order's end for every device that holds it."""
        return self._ends(UnknownOrderRow.order_id == order_id)

    def missed(self, devices: Collection[DeviceId], now: datetime) -> Sequence[UnknownEnd]:
        """List the ends that these devices may not have received yet."""
        if not devices:
            return []
        return self._ends(among(UnknownOrderRow.device_id, devices) & (UnknownOrderRow.expires_at > now))

    def _ends(self, where: ColumnElement[bool]) -> Sequence[UnknownEnd]:
        rows = self._session.scalars(select(UnknownOrderRow).where(where, UnknownOrderRow.ended_at.is_not(None)))
        return [value_of(UnknownEnd, row) for row in rows]
