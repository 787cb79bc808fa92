"""Repository of the shelf: stations' offers, bulletins made from them, and standing orders."""

from collections.abc import Collection, Sequence

from sqlalchemy import delete, insert, select

from broadcast.relays.model import RelaySourceId
from broadcast.stations.model import Offer, OfferId, StandingOrder, StandingOrderId, StationId, TakenOffer
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import among, change, columns_of, value_of
from cms.stations.tables import OfferRow, StandingOrderRow, TakenRow
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError


class Offers(VersionedRepository[OfferId, Offer], kind=Offer, row=OfferRow, noun="offer"):
    """Offers on the shelf, what was taken of them, and standing orders."""

    def add(self, offer: Offer) -> None:
        own = {"relay_source_id": None if offer.relay is None else offer.relay.source_id}
        self._session.execute(insert(OfferRow), [{**columns_of(offer), **own}])

    def of_stream(self, source_id: RelaySourceId) -> Sequence[Offer]:
        """Return the offers of this source that were not withdrawn, the oldest first."""
        where = (OfferRow.relay_source_id == source_id, OfferRow.withdrawn_at.is_(None))
        mine = select(OfferRow).where(*where).order_by(OfferRow.offered_at, OfferRow.id)
        return self._listed(Offer, mine)

    def taken(self, offer_id: OfferId, area_id: AreaId) -> TakenOffer | None:
        where = (TakenRow.offer_id == offer_id, TakenRow.area_id == area_id)
        return self._found(TakenOffer, select(TakenRow).where(*where))

    def take(self, taken: TakenOffer) -> None:
        """Take an offer, once for each area; again raises ConflictError."""
        statement = insert_or(self._session, TakenRow).on_conflict_do_nothing().values(columns_of(taken))
        if self._session.execute(statement.returning(TakenRow.offer_id)).first() is None:
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
        row = self._session.scalar(select(StandingOrderRow).where(StandingOrderRow.id == order_id))
        if row is None:
            raise NotFoundError("standing_order", order_id)
        return value_of(StandingOrder, row)

    def add_order(self, order: StandingOrder) -> None:
        self._session.execute(insert(StandingOrderRow), [columns_of(order)])

    def remove_order(self, order_id: StandingOrderId) -> None:
        change(self._session, delete(StandingOrderRow).where(StandingOrderRow.id == order_id))
