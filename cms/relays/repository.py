"""Repository of relay sources."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import or_, select

from broadcast.bulletins.transmissions import Transmission
from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth
from cms.bulletins.tables.bulletins import TransmissionRow
from cms.platform.store.insert_or_update import put_rows
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import columns_of
from cms.relays.tables import RelaySourceRow, SourceHealthRow


class RelaySources(VersionedRepository[RelaySourceId, RelaySource], row=RelaySourceRow, noun="relay_source"):
    """Streams that may be relayed, and the health found of each."""

    def all(self) -> Sequence[RelaySource]:
        """Return all, by name; a province has some dozens."""
        return self._list(order=(RelaySourceRow.name, RelaySourceRow.id))

    def promised(self, source_id: RelaySourceId, since_at: datetime) -> Sequence[Transmission]:
        """Return the transmissions that relay it and are neither withdrawn nor ended by then."""
        row = TransmissionRow
        is_ahead = (row.withdrawn_at.is_(None), or_(row.ends_at.is_(None), row.ends_at > since_at))
        query = select(row).where(row.relay_source_id == source_id, *is_ahead).order_by(row.id)
        return self._listed(Transmission, query)

    def health(self) -> Sequence[SourceHealth]:
        """Return the health found of each source that was ever probed."""
        return self._listed(SourceHealth, select(SourceHealthRow).order_by(SourceHealthRow.source_id))

    def note_health(self, found: Iterable[SourceHealth]) -> None:
        """Replace the health found before."""
        put_rows(self._session, SourceHealthRow, [columns_of(each) for each in found])
