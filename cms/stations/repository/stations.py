"""Repositories of stations, their programmes and receipts, and the feeds of programmes."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from broadcast.bulletins.model import BulletinId
from broadcast.stations.model import Programme, ProgrammeId, ProgrammeReceipt, Station, StationId
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository
from cms.stations.model import StationFeed
from cms.stations.tables import ProgrammeReceiptRow, ProgrammeRow, StationFeedRow, StationRow


class Stations(VersionedRepository[StationId, Station], kind=Station, row=StationRow, noun="station"):
    """The register of stations."""

    def all(self) -> Sequence[Station]:
        """Return all, by name and id."""
        return self._listed(Station, select(StationRow).order_by("name", "id"))


class Programmes(VersionedRepository[ProgrammeId, Programme], kind=Programme, row=ProgrammeRow, noun="programme"):
    """Programmes that stations may take, and their receipts."""

    def of_bulletin(self, bulletin_id: BulletinId) -> Programme | None:
        return self._found(Programme, select(ProgrammeRow).where(ProgrammeRow.bulletin_id == bulletin_id))

    def tell(self, receipts: Collection[ProgrammeReceipt]) -> int:
        """Store the receipts not yet known; return how many were new."""
        statement = insert_or(self._session, ProgrammeReceiptRow).on_conflict_do_nothing()
        rows = (statement.values(columns_of(each)).returning(ProgrammeReceiptRow.rung) for each in receipts)
        return sum(self._session.execute(row).first() is not None for row in rows)

    def receipts(self, programme_id: ProgrammeId) -> Sequence[ProgrammeReceipt]:
        """Return receipts of every station, by ``at``."""
        row = ProgrammeReceiptRow
        mine = select(row).where(row.programme_id == programme_id).order_by(row.at, row.station_id, row.rung)
        return self._listed(ProgrammeReceipt, mine)


class StationFeeds(Repository):
    """SQL implementation of ``cms.stations.service.feeds.StationFeeds``."""

    def of(self, station_id: StationId) -> StationFeed | None:
        return self._first(StationFeedRow.station_id == station_id)

    def find(self, secret_hash: str) -> StationFeed | None:
        return self._first(StationFeedRow.secret_hash == secret_hash)

    def put(self, feed: StationFeed) -> None:
        """Store the feed, replacing the previous one."""
        self.remove(feed.station_id)
        self._session.execute(insert(StationFeedRow), [columns_of(feed)])

    def remove(self, station_id: StationId) -> None:
        change(self._session, delete(StationFeedRow).where(StationFeedRow.station_id == station_id))

    def _first(self, where: Any) -> StationFeed | None:
        return self._found(StationFeed, select(StationFeedRow).where(where))
