"""Repository of remote signings."""

from collections.abc import Sequence

from sqlalchemy import update

from broadcast.bulletins.transmissions import TransmissionId
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
from cms.signing.model import RemoteSigning, SigningState
from cms.signing.tables import RemoteSigningRow


class RemoteSignings(
    KeyedRepository[TransmissionId, RemoteSigning],
    row=RemoteSigningRow,
    noun="remote_signing",
    key="transmission_id",
):
    """Remote signings, by approval."""

    def unfinished(self, limit: int) -> Sequence[RemoteSigning]:
        """List those that have not ended, oldest first."""
        row = RemoteSigningRow
        is_open = row.state.not_in([SigningState.SIGNED, SigningState.FAILED])
        return self._list(is_open, order=(row.changed_at, row.transmission_id), limit=limit)

    def move(self, old: RemoteSigning, new: RemoteSigning) -> bool:
        """Store the next state; False if it was moved, or ordered anew, meanwhile."""
        row = RemoteSigningRow
        is_it = (row.transmission_id == old.transmission_id, row.state == old.state, row.ordered_at == old.ordered_at)
        return change(self._session, update(row).where(*is_it).values(columns_of(new))) == 1
