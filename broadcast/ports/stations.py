"""Ports of stations, programmes and offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from broadcast.bulletins.model import BulletinId
from broadcast.relays.model import RelaySourceId
from broadcast.stations.model import (
    Offer,
    OfferId,
    Programme,
    ProgrammeId,
    ProgrammeReceipt,
    StandingOrder,
    StandingOrderId,
    Station,
    StationId,
    TakenOffer,
)
from province.areas import AreaId


class Stations(Protocol):
    """The register of stations."""

    def get(self, station_id: StationId) -> Station:
        """Return the one of this id. Raises NotFoundError."""

    def all(self) -> Sequence[Station]:
        """Return all, by name and id."""

    def add(self, station: Station) -> None: ...

    def save(self, station: Station) -> None:
        """Store ``station`` whose ``version`` is one above the stored one; else raises ConflictError."""


class Programmes(Protocol):
    """Programmes that stations may take, and their receipts."""

    def get(self, programme_id: ProgrammeId) -> Programme:
        """Return the one of this id. Raises NotFoundError."""

    def of_bulletin(self, bulletin_id: BulletinId) -> Programme | None: ...

    def add(self, programme: Programme) -> None: ...

    def save(self, programme: Programme) -> None:
        """Store ``programme`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def tell(self, receipts: Collection[ProgrammeReceipt]) -> int:
        """Store the receipts not yet known; return how many were new."""

    def receipts(self, programme_id: ProgrammeId) -> Sequence[ProgrammeReceipt]:
        """Return receipts of every station, by ``at``."""


class Offers(Protocol):
    """Offers on the shelf, what was taken of them, and standing orders."""

    def get(self, offer_id: OfferId) -> Offer:
        """Return the one of this id. Raises NotFoundError."""

    def find(self, offer_id: OfferId) -> Offer | None: ...

    def add(self, offer: Offer) -> None: ...

    def save(self, offer: Offer) -> None:
        """Store ``offer`` whose ``version`` is one above the stored one; else raises ConflictError."""

    def of_stream(self, source_id: RelaySourceId) -> Sequence[Offer]:
        """Return the offers of this source that were not withdrawn, the oldest first."""

    def taken(self, offer_id: OfferId, area_id: AreaId) -> TakenOffer | None: ...

    def take(self, taken: TakenOffer) -> None:
        """Take an offer, once for each area; again raises ConflictError."""

    def orders_of(self, station_id: StationId, series: str) -> Sequence[StandingOrder]:
        """Return the standing orders of a series, by area."""

    def orders_in(self, area_ids: Collection[AreaId]) -> Sequence[StandingOrder]:
        """Return the standing orders of these very areas, the oldest first."""

    def get_order(self, order_id: StandingOrderId) -> StandingOrder:
        """Return the one of this id. Raises NotFoundError."""

    def add_order(self, order: StandingOrder) -> None: ...

    def remove_order(self, order_id: StandingOrderId) -> None: ...
