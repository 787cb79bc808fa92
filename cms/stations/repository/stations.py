"""Repositories of stations, their programmes and receipts, and the feeds of programmes."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import delete, insert, select, update

from broadcast.bulletins.model import BulletinId
from broadcast.stations.model import Programme, ProgrammeId, ProgrammeReceipt, Station, StationId
from cms.platform.store.insert_or_update import insert_or
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from cms.stations.model import StationFeed
from cms.stations.tables import ProgrammeReceiptRow, ProgrammeRow, StationFeedRow, StationRow
from province.errors import ConflictError, NotFoundError


class Stations(Repository):
    """The register of stations."""

    def get(self, station_id: StationId) -> Station:
        """Return the one of this id. Raises NotFoundError."""
        row = self._session.scalar(select(StationRow).where(StationRow.id == station_id))
        if row is None:
            raise NotFoundError("station", station_id)
        return value_of(Station, row)

    def all(self) -> Sequence[Station]:
        """Return all, by name and id."""
        return [value_of(Station, row) for row in self._session.scalars(select(StationRow).order_by("name", "id"))]

    def add(self, station: Station) -> None:
        self._session.execute(insert(StationRow), [columns_of(station)])

    def save(self, station: Station) -> None:
        """Store ``station`` whose ``version`` is one above the stored one; else raises ConflictError."""
        where = (StationRow.id == station.id, StationRow.version == station.version - 1)
        if change(self._session, update(StationRow).where(*where).values(columns_of(station))) != 1:
            raise ConflictError("station", station.id, station.version - 1, self.get(station.id).version)


class Programmes(Repository):
    """Programmes that stations may take, and their receipts."""

    def get(self, programme_id: ProgrammeId) -> Programme:
        """Return the one of this id. Raises NotFoundError."""
        found = self._first(ProgrammeRow.id == programme_id)
        if found is None:
            raise NotFoundError("programme", programme_id)
        return found

    def of_bulletin(self, bulletin_id: BulletinId) -> Programme | None:
        return self._first(ProgrammeRow.bulletin_id == bulletin_id)

    def add(self, programme: Programme) -> None:
        self._session.execute(insert(ProgrammeRow), [columns_of(programme)])

    def save(self, programme: Programme) -> None:
        """Store ``programme`` whose ``version`` is one above the stored one; else raises ConflictError."""
        where = (ProgrammeRow.id == programme.id, ProgrammeRow.version == programme.version - 1)
        if change(self._session, update(ProgrammeRow).where(*where).values(columns_of(programme))) != 1:
            raise ConflictError("programme", programme.id, programme.version - 1, self.get(programme.id).version)

    def tell(self, receipts: Collection[ProgrammeReceipt]) -> int:
        """Store the receipts not yet known; return how many were new."""
        statement = insert_or(self._session, ProgrammeReceiptRow).on_conflict_do_nothing()
        rows = (statement.values(columns_of(each)).returning(ProgrammeReceiptRow.rung) for each in receipts)
        return sum(self._session.execute(row).first() is not None for row in rows)

    def receipts(self, programme_id: ProgrammeId) -> Sequence[ProgrammeReceipt]:
        """Return receipts of every station, by ``at``."""
        row = ProgrammeReceiptRow
        mine = select(row).where(row.programme_id == programme_id).order_by(row.at, row.station_id, row.rung)
        return [value_of(ProgrammeReceipt, each) for each in self._session.scalars(mine)]

    def _first(self, where: Any) -> Programme | None:
        row = self._session.scalar(select(ProgrammeRow).where(where))
        return None if row is None else value_of(Programme, row)


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
        row = self._session.scalar(select(StationFeedRow).where(where))
        return None if row is None else value_of(StationFeed, row)
