"""Programmes for a station and their receipts; the shelf as a commune sees it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from broadcast.bulletins.model import SoundState
from broadcast.bulletins.targeting import reaches
from broadcast.relays.model import RelaySource, RelaySourceId
from broadcast.relays.rules import is_open
from broadcast.stations.model import (
    Offer,
    OfferId,
    Programme,
    ProgrammeId,
    ProgrammeReceipt,
    Station,
    StationId,
    TakenOffer,
)
from cms.platform.store.rows import among, value_of
from cms.relays.tables import RelaySourceRow
from cms.stations.tables import OfferRow, ProgrammeReceiptRow, ProgrammeRow, TakenRow
from province.areas import AreaId, AreaTree
from province.wall_clock import local_date

TOLD_FOR: Final = timedelta(days=30)
"""Time for which a withdrawn programme is sent to a station; one offline for longer relies on the dates it has."""
_MOST: Final = 2_000


def programmes_for(session: Session, station: Station, tree: AreaTree, now: datetime) -> list[Programme]:
    """List the station's programmes: made, failed or killed, without those long past. The last changed first."""
    return meant_for(station, recent_programmes(session, now), tree)


def meant_for(station: Station, programmes: Iterable[Programme], tree: AreaTree) -> list[Programme]:
    """Return those of them whose targets reach the station's own area."""
    return [each for each in programmes if reaches(each.targets, tree, station.area_id)]


def recent_programmes(session: Session, now: datetime) -> list[Programme]:
    """List the recent programmes of all stations."""
    since_at, row = now - TOLD_FOR, ProgrammeRow
    query = (
        select(row)
        .where(
            or_(row.killed_at.is_(None), row.killed_at > since_at),
            or_(row.kill_at.is_(None), row.kill_at > since_at),
        )
        .order_by(row.changed_at.desc(), row.id.desc())
        .limit(_MOST)
    )
    return [value_of(Programme, each) for each in session.scalars(query)]


def receipts_of(
    session: Session, station_ids: Collection[StationId], programme_ids: Collection[ProgrammeId]
) -> Mapping[tuple[StationId, ProgrammeId], list[ProgrammeReceipt]]:
    """Return every receipt of these stations for these programmes, by ``at``."""
    row = ProgrammeReceiptRow
    query = (
        select(row)
        .where(among(row.station_id, station_ids), among(row.programme_id, programme_ids))
        .order_by(row.at, row.rung)
    )
    found: dict[tuple[StationId, ProgrammeId], list[ProgrammeReceipt]] = {}
    for each in session.scalars(query):
        found.setdefault((each.station_id, each.programme_id), []).append(value_of(ProgrammeReceipt, each))
    return found


def shelf(session: Session, now: datetime, *, series: str = "", limit: int = 200) -> list[Offer]:
    """List the offers that communes may take now, newest first."""
    row, on = OfferRow, local_date(now)
    query = (
        select(row)
        .where(row.withdrawn_at.is_(None), or_(row.until_on.is_(None), row.until_on >= on))
        .order_by(row.offered_at.desc(), row.id.desc())
    )
    if series:
        query = query.where(row.series == series)
    found = [value_of(Offer, each) for each in session.scalars(query.limit(limit))]
    sources = streams_of(session, found)
    heard = {source_id for source_id, source in sources.items() if is_open(source, on)}
    may_be_heard = (each for each in found if each.relay is None or each.relay.source_id in heard)
    return [each for each in may_be_heard if each.sound.state is SoundState.READY]


def streams_of(session: Session, offers: Iterable[Offer]) -> Mapping[RelaySourceId, RelaySource]:
    """Return the sources of those of these offers that are streams."""
    wanted = {each.relay.source_id for each in offers if each.relay is not None}
    if not wanted:
        return {}
    rows = session.scalars(select(RelaySourceRow).where(among(RelaySourceRow.id, wanted)))
    return {row.id: value_of(RelaySource, row) for row in rows}


def offers_of(session: Session, station_ids: Collection[StationId], *, limit: int = 200) -> list[Offer]:
    """List all offers these stations ever made, newest first."""
    row = OfferRow
    query = select(row).where(among(row.station_id, station_ids)).order_by(row.offered_at.desc(), row.id.desc())
    return [value_of(Offer, each) for each in session.scalars(query.limit(limit))]


def taken_of(session: Session, offer_ids: Collection[OfferId], areas: Collection[AreaId]) -> Sequence[TakenOffer]:
    """List the bulletins that these areas made from these offers."""
    row = TakenRow
    query = select(row).where(among(row.offer_id, offer_ids), among(row.area_id, areas)).order_by(row.taken_at)
    return [value_of(TakenOffer, each) for each in session.scalars(query)]
