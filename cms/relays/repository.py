"""Repository of relay sources."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import delete, insert, or_, select

from broadcast.bulletins.transmissions import Transmission
from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth
from cms.bulletins.tables.bulletins import TransmissionRow
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import change, columns_of
from cms.relays.tables import RelaySourceRow, SourceHealthRow


class RelaySources(
    VersionedRepository[RelaySourceId, RelaySource], kind=RelaySource, row=RelaySourceRow, noun="relay_source"
):
    """Streams that may be relayed, and the health found of each."""

    def all(self) -> Sequence[RelaySource]:
        """Return all, by name; a province has some dozens."""
        return self._listed(RelaySource, select(RelaySourceRow).order_by(RelaySourceRow.name, RelaySourceRow.id))

    def promised(self, source_id: RelaySourceId, since_at: datetime) -> Sequence[Transmission]:
        """Return the transmissions that relay it and are neither withdrawn nor ended by then."""
        return self._listed(
            Transmission,
            select(TransmissionRow)
            .where(
                TransmissionRow.relay_source_id == source_id,
                TransmissionRow.withdrawn_at.is_(None),
                or_(TransmissionRow.ends_at.is_(None), TransmissionRow.ends_at > since_at),
            )
            .order_by(TransmissionRow.id),
        )

    def health(self) -> Sequence[SourceHealth]:
        """Return the health found of each source that was ever probed."""
        return self._listed(SourceHealth, select(SourceHealthRow).order_by(SourceHealthRow.source_id))

    def note_health(self, found: Iterable[SourceHealth]) -> None:
        """Replace the health found before."""
        noted = list(found)
        if noted:
            ids = [each.source_id for each in noted]
            change(self._session, delete(SourceHealthRow).where(SourceHealthRow.source_id.in_(ids)))
            self._session.execute(insert(SourceHealthRow), [columns_of(each) for each in noted])
