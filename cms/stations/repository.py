"""Repositories of stations, their programmes and offers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

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
from cms.platform.store.insert_or_update import add_row
from cms.platform.store.records import KeyedRepository, VersionedRepository
from cms.platform.store.rows import among, change, columns_of
from cms.stations.tables import (
    OfferRow,
    ProgrammeReceiptRow,
    ProgrammeRow,
    StandingOrderRow,
    StationFeedRow,
    StationRow,
    TakenRow,
)
from province.areas import AreaId
from province.errors import ConflictError
from province.people import UserId


@dataclass(frozen=True, slots=True)
class StationFeed:
    """Station feed; only the hash of its secret is stored."""

    station_id: StationId
    secret_hash: str
    made_at: datetime
    made_by: UserId


class Stations(VersionedRepository[StationId, Station], row=StationRow, noun="station"):
    """The register of stations."""

    def all(self) -> Sequence[Station]:
        """Return all, by name and id."""
        return self._list(order=(StationRow.name, StationRow.id))


class Programmes(VersionedRepository[ProgrammeId, Programme], row=ProgrammeRow, noun="programme"):
    """Programmes that stations may take, and their receipts."""

    def of_bulletin(self, bulletin_id: BulletinId) -> Programme | None:
        return self._first(ProgrammeRow.bulletin_id == bulletin_id)

    def tell(self, receipts: Collection[ProgrammeReceipt]) -> int:
        """Store the receipts not yet known; return how many were new."""
        return sum(add_row(self._session, ProgrammeReceiptRow, columns_of(each)) for each in receipts)

    def receipts(self, programme_id: ProgrammeId) -> Sequence[ProgrammeReceipt]:
        """Return receipts of every station, by ``at``."""
        row = ProgrammeReceiptRow
        mine = select(row).where(row.programme_id == programme_id).order_by(row.at, row.station_id, row.rung)
        return self._listed(ProgrammeReceipt, mine)


class StationFeeds(KeyedRepository[StationId, StationFeed], row=StationFeedRow, noun="feed", key="station_id"):
    """Feeds of stations, one each, found by the hash of its secret."""

    def of_secret(self, secret_hash: str) -> StationFeed | None:
        return self._first(StationFeedRow.secret_hash == secret_hash)


class Offers(VersionedRepository[OfferId, Offer], row=OfferRow, noun="offer"):
    """Offers on the shelf, what was taken of them, and standing orders."""

    def _columns(self, value: Offer) -> dict[str, object]:
        return {**columns_of(value), "relay_source_id": None if value.relay is None else value.relay.source_id}

    def of_stream(self, source_id: RelaySourceId) -> Sequence[Offer]:
        """Return the offers of this source that were not withdrawn, the oldest first."""
        row = OfferRow
        return self._list(row.relay_source_id == source_id, row.withdrawn_at.is_(None), order=(row.offered_at, row.id))

    def taken(self, offer_id: OfferId, area_id: AreaId) -> TakenOffer | None:
        where = (TakenRow.offer_id == offer_id, TakenRow.area_id == area_id)
        return self._found(TakenOffer, select(TakenRow).where(*where))

    def take(self, taken: TakenOffer) -> None:
        """Take an offer, once for each area; again raises ConflictError."""
        if not add_row(self._session, TakenRow, columns_of(taken)):
            raise ConflictError("offer", taken.offer_id, 0, 1)

    def orders_of(self, station_id: StationId, series: str) -> Sequence[StandingOrder]:
        """Return the standing orders of a series, by area."""
        row = StandingOrderRow
        mine = select(row).where(row.station_id == station_id, row.series == series).order_by(row.area_id)
        return self._listed(StandingOrder, mine)

    def orders_in(self, area_ids: Collection[AreaId]) -> Sequence[StandingOrder]:
        """Return the standing orders of these very areas, the oldest first."""
        row = StandingOrderRow
        mine = select(row).where(among(row.area_id, area_ids)).order_by(row.ordered_at, row.id)
        return self._listed(StandingOrder, mine)

    def get_order(self, order_id: StandingOrderId) -> StandingOrder:
        """Return the one of this id. Raises NotFoundError."""
        query = select(StandingOrderRow).where(StandingOrderRow.id == order_id)
        return self._got(StandingOrder, query, "standing_order", order_id)

    def add_order(self, order: StandingOrder) -> None:
        self._session.execute(insert(StandingOrderRow), [columns_of(order)])

    def remove_order(self, order_id: StandingOrderId) -> None:
        change(self._session, delete(StandingOrderRow).where(StandingOrderRow.id == order_id))
