"""Repository of orders, their reaches, and stops."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, Final, Self

from sqlalchemy import (
    ColumnElement,
    Dialect,
    Insert,
    bindparam,
    case,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId, OrderId
from broadcast.alerts.orders import Order, OrderEnd, OrderReach, PartEnd, RaisedOrder, ReachState, Stop, StopId
from cms.alerts.tables import OrderRow, RaisedOrderRow, ReachRow, StopRow
from cms.fleet.tables import DeviceRow, in_service
from cms.live.tables import LiveRow
from cms.platform.store.insert_or_update import insert_for
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import among, change, columns_of, columns_of_all, insert_columns, values_of
from cms.platform.store.uow import UnitOfWork
from devices.model import DeviceId
from province.areas import AreaId, Point
from province.machine_clock import utc_now

_OPTIONAL: Final = (*("started_at", "ended_at", "amp_ma", "mic_db", "delay_ms", "sound", "neighbours_db", "closed_at"),)
_OF_ROUND: Final = ("round", "turn", "latest", "latest_at")
_RANK: Final = "latest_rank"
_EXPECT: Final = insert(ReachRow)
"""Statement of an approval that waits for it, for all devices of a province: built and compiled once."""
_ISSUED: Final = (OrderRow.issued_at, OrderRow.id)
_OPEN: Final = select(OrderRow).where(OrderRow.ended_at.is_(None)).order_by(*_ISSUED)
"""Query of every second, built once."""


class RaisedOrders(KeyedRepository[AlertId, RaisedOrder], row=RaisedOrderRow, noun="raised_order"):
    """Orders as those who raised their alerts signed them."""


class Orders(KeyedRepository[OrderId, Order], row=OrderRow, noun="order"):
    """Orders and stops, and the devices that each reaches."""

    def __init__(self, session: Session, now: Callable[[], datetime] = utc_now) -> None:
        super().__init__(session)
        self._now = now

    @classmethod
    def within(cls, unit: UnitOfWork) -> Self:
        return cls(unit.session, unit.now)

    def knows(self, name: str) -> bool:
        """Return whether ``name`` is the id of an order, of a stop or of a live address."""
        is_order = exists().where(OrderRow.id == name)
        is_stop = exists().where(StopRow.id == name)
        is_live = exists().where(LiveRow.id == name)
        return bool(self._session.scalar(select(or_(is_order, is_stop, is_live))))

    def known(self, names: Collection[str]) -> Mapping[str, datetime | None]:
        """Return those of these names that are an order, a stop or a live address, and when orders were issued."""
        if not names:
            return {}
        found: dict[str, datetime | None] = {}
        for column in (StopRow.id, LiveRow.id):
            found.update(dict.fromkeys(self._session.scalars(select(column).where(among(column, names)))))
        issued = self._session.execute(select(OrderRow.id, OrderRow.issued_at).where(among(OrderRow.id, names)))
        found.update({name: at for name, at in issued})  # noqa: C416 rows have no type
        return found

    def open(self) -> Sequence[Order]:
        """Return the orders not ended, oldest first; expired ones among them until their end is stored."""
        return self._listed(Order, _OPEN)

    def ended_since(self, at: datetime) -> Sequence[Order]:
        return self._list(OrderRow.ended_at >= at, order=_ISSUED)

    def end(self, order_id: OrderId, at: datetime, reason: OrderEnd) -> None:
        """End the order. Idempotent: the first end counts. Reports of what devices sounded stay unchanged."""
        is_open = (OrderRow.id == order_id, OrderRow.ended_at.is_(None))
        done = change(self._session, update(OrderRow).where(*is_open).values(ended_at=at, end_reason=reason))
        if done == 0:
            self.get(order_id)

    def expect(self, reaches: Iterable[OrderReach]) -> None:
        """Store the devices that the order addresses when it is approved. Once an order: all of them new."""
        if expected := list(reaches):
            columns = _columns(expected)
            untold = _untold(columns)
            insert_columns(self._session.connection(), _EXPECT, _without(columns, untold))

    def expect_in(self, order_id: OrderId, area_ids: Collection[AreaId]) -> None:
        """Store all devices in service in these very areas as those that the order addresses. Once an order.

        The database copies them from the devices: a province has ten thousand, and others wait for the same lock.
        """
        given = {"order": order_id, "areas": list(area_ids)}
        self._session.connection().execute(_expect_in(), given)

    def report(self, reaches: Iterable[OrderReach]) -> None:
        """Merge each report, received now, by ``OrderReach.told``; reports of devices not expected are kept as well."""
        words: dict[tuple[OrderId, DeviceId], OrderReach] = {}
        for reach in reaches:
            key = (reach.order_id, reach.device_id)
            held = words.get(key)
            words[key] = reach if held is None else held.told(reach)
        if not words:
            return
        told = list(words.values())
        columns = _columns(told)
        received_at = self._now()
        columns["received_at"] = [received_at if each.is_answer else each.received_at for each in told]
        untold = _untold(columns)
        connection = self._session.connection()
        insert_columns(connection, _report(connection.dialect, untold), _without(columns, untold))

    def end_in(self, order_id: OrderId, end: PartEnd) -> None:
        """End the order in some areas; it goes on elsewhere. Idempotent. Raises NotFoundError."""
        found = self.get(order_id)
        if end not in found.part_ends:
            ends = (*found.part_ends, end)
            change(self._session, update(OrderRow).where(OrderRow.id == order_id).values(part_ends=ends))

    def silence(self, order_id: OrderId, at: datetime, areas: Collection[AreaId] | None = None) -> int:
        """Set devices still WAITING to SILENT at the order's end (in these areas); return how many."""
        there = () if areas is None else (among(ReachRow.area_id, areas),)
        is_waiting = (ReachRow.order_id == order_id, ReachRow.state == ReachState.WAITING, *there)
        silent = {"state": ReachState.SILENT, "rank": ReachState.SILENT.rank, "changed_at": at}
        return change(self._session, update(ReachRow).where(*is_waiting).values(silent))

    def reaches(self, order_id: OrderId) -> Sequence[OrderReach]:
        return values_of(self._session, OrderReach, ReachRow, ReachRow.__table__.c.order_id == order_id)

    def outside(self, name: str, areas: Collection[AreaId]) -> Sequence[DeviceId]:
        """List devices with a reach of this order or stop that stand in none of these areas now."""
        here = (ReachRow.order_id == name, DeviceRow.id == ReachRow.device_id)
        there = set(self._session.scalars(select(DeviceRow.area_id).where(*here).distinct())) - set(areas)
        if not there:
            return []
        found = select(ReachRow.device_id).where(*here, among(DeviceRow.area_id, there))
        return list(self._session.scalars(found.order_by(ReachRow.device_id)))

    def places_of(
        self, order_ids: Collection[OrderId], device_ids: Collection[DeviceId]
    ) -> dict[tuple[OrderId, DeviceId], AreaId]:
        """Return where each of these devices stood when each of these orders was issued, if it was addressed."""
        mine = among(ReachRow.order_id, order_ids), among(ReachRow.device_id, device_ids)
        found = self._session.execute(select(ReachRow.order_id, ReachRow.device_id, ReachRow.area_id).where(*mine))
        return {(row.order_id, row.device_id): row.area_id for row in found}

    def waiting(self, order_id: OrderId) -> Sequence[OrderReach]:
        """List the reaches that are expected to answer and have not: few, in a province that has answered."""
        reaches = ReachRow.__table__.c
        mine, is_waiting = reaches.order_id == order_id, reaches.state == ReachState.WAITING
        return values_of(self._session, OrderReach, ReachRow, mine, is_waiting)

    def keep_place(self, device_id: DeviceId, point: Point | None) -> None:
        """Keep the device's present point in its reaches; call it before the device is moved."""
        named = select(OrderRow.id).union(select(StopRow.id), select(LiveRow.id))
        its = (ReachRow.order_id.in_(named), ReachRow.device_id == device_id, ~ReachRow.is_placed)
        change(self._session, update(ReachRow).where(*its).values(point=point, is_placed=True))

    def add_stop(self, stop: Stop) -> None:
        """Add a stop; its id stands in the place of an order's in ``expect``, ``report`` and ``reaches``."""
        self._session.execute(insert(StopRow), [columns_of(stop)])

    def stop(self, stop_id: StopId) -> Stop:
        """Raises NotFoundError."""
        return self._got(Stop, select(StopRow).where(StopRow.id == stop_id), "stop", stop_id)

    def stops_since(self, at: datetime) -> Sequence[Stop]:
        """List the stops given at ``at`` or later, oldest first."""
        return self._listed(Stop, select(StopRow).where(StopRow.at >= at).order_by(StopRow.at, StopRow.id))


@cache
def _expect_in() -> Insert:
    """Build the statement that addresses an order to the devices of its areas: what ``expect`` would write of each."""
    reach, device = ReachRow.__table__.c, DeviceRow.__table__.c
    found = {
        "order_id": bindparam("order", type_=reach.order_id.type),
        "device_id": device.id,
        "device_name": device.name,
        "area_id": device.area_id,
    }
    columns = _columns([OrderReach(OrderId(""), DeviceId(""), "", AreaId(""))])
    untold = _untold(columns)
    for name, (value,) in columns.items():
        if name not in found and name not in untold and value is not None:
            found[name] = literal(value, reach[name].type)
    there = (device.area_id.in_(bindparam("areas", expanding=True)), in_service())
    named = [value.label(name) for name, value in found.items()]
    return insert(ReachRow).from_select(list(found), select(*named).where(*there).order_by(device.id))


def _columns(reaches: Sequence[OrderReach]) -> dict[str, list[Any]]:
    """Return the columns of at least one reach, its two sort keys included."""
    columns = columns_of_all(reaches)
    columns["rank"] = [state.rank for state in columns["state"]]
    columns[_RANK] = [each.latest_rank for each in reaches]
    return columns


def _untold(columns: Mapping[str, Sequence[object]]) -> frozenset[str]:
    """Return the columns that none of these reports fills: written with the others they would change nothing.

    A province that answers an alert fills half of them, and each costs its time ten thousand times.
    """
    empty = {name for name in _OPTIONAL if not any(value is not None for value in columns[name])}
    return frozenset(empty if any(map(any, map(columns.__getitem__, _OF_ROUND))) else {*empty, *_OF_ROUND, _RANK})


def _without(columns: Mapping[str, Sequence[object]], names: frozenset[str]) -> Mapping[str, Sequence[object]]:
    return {name: values for name, values in columns.items() if name not in names}


@lru_cache(maxsize=32)
def _report(dialect: Dialect, untold: frozenset[str]) -> postgresql.Insert:
    """Build the upsert of a device's report on an order: a higher state stays, and nothing known is lost."""
    word = insert_for(dialect, ReachRow)
    new, is_higher = word.excluded, word.excluded["rank"] > ReachRow.rank

    # Where the ranks are equal both have an instant, or nothing would be written.
    is_newer = tuple_(new["latest_rank"], new["latest_at"]) > tuple_(ReachRow.latest_rank, ReachRow.latest_at)

    def of_newer(name: str) -> ColumnElement[object]:
        return case((is_newer, new[name]), else_=ReachRow.__table__.c[name])

    def of_higher(name: str) -> ColumnElement[object]:
        return case((is_higher, new[name]), else_=ReachRow.__table__.c[name])

    changed = {
        **{name: of_higher(name) for name in ("state", "rank", "changed_at", "code")},
        **{name: of_newer(name) for name in (*_OF_ROUND, _RANK)},
        "started_at": func.coalesce(ReachRow.started_at, new["started_at"]),
        "ended_at": func.coalesce(new["ended_at"], ReachRow.ended_at),
        "amp_ma": func.coalesce(new["amp_ma"], ReachRow.amp_ma),
        "mic_db": func.coalesce(new["mic_db"], ReachRow.mic_db),
        "sent": case((new["sent"] > ReachRow.sent, new["sent"]), else_=ReachRow.sent),
        "received_at": func.coalesce(new["received_at"], ReachRow.received_at),
        "delay_ms": func.coalesce(new["delay_ms"], ReachRow.delay_ms),
        "sound": func.coalesce(new["sound"], ReachRow.sound),
        "neighbours_db": func.coalesce(new["neighbours_db"], ReachRow.neighbours_db),
        "closed_at": func.coalesce(ReachRow.closed_at, new["closed_at"]),
    }
    return word.on_conflict_do_update(
        index_elements=["order_id", "device_id"],
        set_={name: value for name, value in changed.items() if name not in untold},
    )
