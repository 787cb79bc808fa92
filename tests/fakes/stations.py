"""In-memory repositories of stations, programmes and offers; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from broadcast.bulletins.model import BulletinId
from broadcast.relays.model import RelaySourceId
from broadcast.stations.model import (
    Offer,
    OfferId,
    Programme,
    ProgrammeId,
    ProgrammeProgress,
    ProgrammeReceipt,
    StandingOrder,
    StandingOrderId,
    Station,
    StationId,
    TakenOffer,
)
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError

K = TypeVar("K", bound=str)
V = TypeVar("V", Station, Programme, Offer)
Said = tuple[StationId, ProgrammeId, ProgrammeProgress, datetime]


@dataclass
class StationState:
    """Stored state of stations."""

    stations: dict[StationId, Station] = field(default_factory=dict)
    programmes: dict[ProgrammeId, Programme] = field(default_factory=dict)
    receipts: dict[Said, ProgrammeReceipt] = field(default_factory=dict)
    offers: dict[OfferId, Offer] = field(default_factory=dict)
    taken: dict[tuple[OfferId, AreaId], TakenOffer] = field(default_factory=dict)
    orders: dict[StandingOrderId, StandingOrder] = field(default_factory=dict)

    def copy(self) -> StationState:
        return StationState(**{name: rows.copy() for name, rows in vars(self).items()})


def _found(kind: str, rows: dict[K, V], key: K) -> V:
    if key not in rows:
        raise NotFoundError(kind, key)
    return rows[key]


def _save(kind: str, rows: dict[K, V], key: K, value: V) -> None:
    stored = _found(kind, rows, key)
    if stored.version != value.version - 1:
        raise ConflictError(kind, key, value.version - 1, stored.version)
    rows[key] = value


class MemoryStations:
    def __init__(self, state: StationState) -> None:
        self._rows = state.stations

    def get(self, station_id: StationId) -> Station:
        return _found("station", self._rows, station_id)

    def all(self) -> Sequence[Station]:
        return sorted(self._rows.values(), key=lambda each: (each.name, each.id))

    def add(self, station: Station) -> None:
        assert station.id not in self._rows
        self._rows[station.id] = station

    def save(self, station: Station) -> None:
        _save("station", self._rows, station.id, station)


class MemoryProgrammes:
    def __init__(self, state: StationState) -> None:
        self._rows = state.programmes
        self._receipts = state.receipts

    def get(self, programme_id: ProgrammeId) -> Programme:
        return _found("programme", self._rows, programme_id)

    def of_bulletin(self, bulletin_id: BulletinId) -> Programme | None:
        return self._rows.get(ProgrammeId(bulletin_id))

    def add(self, programme: Programme) -> None:
        assert programme.id not in self._rows
        self._rows[programme.id] = programme

    def save(self, programme: Programme) -> None:
        _save("programme", self._rows, programme.id, programme)

    def tell(self, receipts: Collection[ProgrammeReceipt]) -> int:
        before = len(self._receipts)
        for each in receipts:
            self._receipts.setdefault((each.station_id, each.programme_id, each.rung, each.at), each)
        return len(self._receipts) - before

    def receipts(self, programme_id: ProgrammeId) -> Sequence[ProgrammeReceipt]:
        mine = [each for each in self._receipts.values() if each.programme_id == programme_id]
        return sorted(mine, key=lambda each: (each.at, each.station_id, each.rung))


class MemoryOffers:
    def __init__(self, state: StationState) -> None:
        self._rows = state.offers
        self._taken = state.taken
        self._orders = state.orders

    def get(self, offer_id: OfferId) -> Offer:
        return _found("offer", self._rows, offer_id)

    def find(self, offer_id: OfferId) -> Offer | None:
        return self._rows.get(offer_id)

    def add(self, offer: Offer) -> None:
        assert offer.id not in self._rows
        self._rows[offer.id] = offer

    def save(self, offer: Offer) -> None:
        _save("offer", self._rows, offer.id, offer)

    def of_stream(self, source_id: RelaySourceId) -> Sequence[Offer]:
        mine = [each for each in self._rows.values() if each.relay and each.relay.source_id == source_id]
        return sorted((each for each in mine if each.withdrawn_at is None), key=lambda each: (each.offered_at, each.id))

    def taken(self, offer_id: OfferId, area_id: AreaId) -> TakenOffer | None:
        return self._taken.get((offer_id, area_id))

    def take(self, taken: TakenOffer) -> None:
        if (taken.offer_id, taken.area_id) in self._taken:
            raise ConflictError("offer", taken.offer_id, 0, 1)
        self._taken[taken.offer_id, taken.area_id] = taken

    def orders_of(self, station_id: StationId, series: str) -> Sequence[StandingOrder]:
        mine = [each for each in self._orders.values() if (each.station_id, each.series) == (station_id, series)]
        return sorted(mine, key=lambda each: each.area_id)

    def orders_in(self, area_ids: Collection[AreaId]) -> Sequence[StandingOrder]:
        mine = [each for each in self._orders.values() if each.area_id in area_ids]
        return sorted(mine, key=lambda each: (each.ordered_at, each.id))

    def get_order(self, order_id: StandingOrderId) -> StandingOrder:
        if order_id not in self._orders:
            raise NotFoundError("standing_order", order_id)
        return self._orders[order_id]

    def add_order(self, order: StandingOrder) -> None:
        assert order.id not in self._orders
        self._orders[order.id] = order

    def remove_order(self, order_id: StandingOrderId) -> None:
        self._orders.pop(order_id, None)
