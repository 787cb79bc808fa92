"""Repository of relay sources."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, or_, select, update

from broadcast.bulletins.transmissions import Transmission
from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth
from cms.bulletins.tables.bulletins import TransmissionRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from cms.relays.tables import RelaySourceRow, SourceHealthRow
from province.errors import ConflictError, NotFoundError


class RelaySources(Repository):
    """Streams that may be relayed, and the health found of each."""

    def get(self, source_id: RelaySourceId) -> RelaySource:
        """Return the one of this id. Raises NotFoundError."""
        found = self.find(source_id)
        if found is None:
            raise NotFoundError("relay_source", source_id)
        return found

    def find(self, source_id: RelaySourceId) -> RelaySource | None:
        row = self._session.scalar(select(RelaySourceRow).where(RelaySourceRow.id == source_id))
        return None if row is None else value_of(RelaySource, row)

    def all(self) -> Sequence[RelaySource]:
        """Return all, by name; a province has some dozens."""
        rows = self._session.scalars(select(RelaySourceRow).order_by(RelaySourceRow.name, RelaySourceRow.id))
        return [value_of(RelaySource, row) for row in rows]

    def add(self, source: RelaySource) -> None:
        self._session.execute(insert(RelaySourceRow), [columns_of(source)])

    def save(self, source: RelaySource) -> None:
        """Replace the version before it. Raises ConflictError where that is not the stored one."""
        saved = change(
            self._session,
            update(RelaySourceRow)
            .where(RelaySourceRow.id == source.id, RelaySourceRow.version == source.version - 1)
            .values(columns_of(source)),
        )
        if saved != 1:
            raise ConflictError("relay_source", source.id, source.version - 1, self.get(source.id).version)

    def promised(self, source_id: RelaySourceId, since_at: datetime) -> Sequence[Transmission]:
        """Return the transmissions that relay it and are neither withdrawn nor ended by then."""
        rows = self._session.scalars(
            select(TransmissionRow)
            .where(
                TransmissionRow.relay_source_id == source_id,
                TransmissionRow.withdrawn_at.is_(None),
                or_(TransmissionRow.ends_at.is_(None), TransmissionRow.ends_at > since_at),
            )
            .order_by(TransmissionRow.id)
        )
        return [value_of(Transmission, row) for row in rows]

    def health(self) -> Sequence[SourceHealth]:
        """Return the health found of each source that was ever probed."""
        rows = self._session.scalars(select(SourceHealthRow).order_by(SourceHealthRow.source_id))
        return [value_of(SourceHealth, row) for row in rows]

    def note_health(self, found: Iterable[SourceHealth]) -> None:
        """Replace the health found before."""
        noted = list(found)
        if noted:
            ids = [each.source_id for each in noted]
            change(self._session, delete(SourceHealthRow).where(SourceHealthRow.source_id.in_(ids)))
            self._session.execute(insert(SourceHealthRow), [columns_of(each) for each in noted])
