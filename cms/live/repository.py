"""Repository of live addresses, and of the areas each occupies while it is on air."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from broadcast.live.model import LiveId, LiveSession, LiveState
from cms.live.tables import LivePlaceRow, LiveRow
from cms.platform.store.insert_or_update import add_rows
from cms.platform.store.records import VersionedRepository
from cms.platform.store.rows import change
from province.areas import AreaId
from province.errors import ConflictError


class LiveSessions(VersionedRepository[LiveId, LiveSession], row=LiveRow, noun="live"):
    """Live addresses, and the places that each reserves."""

    def add(self, session: LiveSession, places: Iterable[AreaId] = ()) -> None:
        """Add a session; its ``places`` are reserved until it ends. Raises ConflictError: one is taken."""
        try:
            super().add(session)
        except IntegrityError as error:
            raise ConflictError("live", session.id, 0, 1) from error
        self.claim(session.id, places)

    def claim(self, live_id: LiveId, places: Iterable[AreaId]) -> None:
        """Reserve places for a session added without any. Raises ConflictError: one is taken."""
        rows = [{"area_id": area_id, "live_id": live_id} for area_id in sorted(places)]
        try:
            add_rows(self._session, LivePlaceRow, rows)
        except IntegrityError as error:
            raise ConflictError("live", live_id, 0, 1) from error

    def save(self, session: LiveSession) -> None:
        """Store ``session`` whose ``version`` is one above the stored one; else raises ConflictError.

        When it has ended its places are free again.
        """
        super().save(session)
        if not session.is_open:
            change(self._session, delete(LivePlaceRow).where(LivePlaceRow.live_id == session.id))

    def open(self) -> Sequence[LiveSession]:
        """Return the sessions that have reserved places, oldest first."""
        is_open = LiveRow.state.in_([LiveState.PREPARING, LiveState.ON_AIR])
        return self._list(is_open, order=(LiveRow.prepared_at, LiveRow.id))
