"""Repository of live addresses, and of the areas each occupies while it is on air."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from broadcast.live.model import LiveId, LiveSession, LiveState
from cms.live.tables import LivePlaceRow, LiveRow
from cms.platform.store.rows import change, columns_of, value_of
from cms.platform.store.uow import Repository
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError


class LiveSessions(Repository):
    """Live addresses, and the places that each reserves."""

    def get(self, live_id: LiveId) -> LiveSession:
        """Raises NotFoundError."""
        found = self.find(live_id)
        if found is None:
            raise NotFoundError("live", live_id)
        return found

    def find(self, live_id: LiveId) -> LiveSession | None:
        row = self._session.scalar(select(LiveRow).where(LiveRow.id == live_id))
        return None if row is None else value_of(LiveSession, row)

    def add(self, session: LiveSession, places: Iterable[AreaId]) -> None:
        """Add a session; its ``places`` are reserved until it ends. Raises ConflictError: one is taken."""
        try:
            self._session.execute(insert(LiveRow), [columns_of(session)])
        except IntegrityError as error:
            raise ConflictError("live", session.id, 0, 1) from error
        self.claim(session.id, places)

    def claim(self, live_id: LiveId, places: Iterable[AreaId]) -> None:
        """Reserve places for a session added without any. Raises ConflictError: one is taken."""
        rows = [{"area_id": area_id, "live_id": live_id} for area_id in sorted(places)]
        try:
            if rows:
                self._session.execute(insert(LivePlaceRow), rows)
        except IntegrityError as error:
            raise ConflictError("live", live_id, 0, 1) from error

    def save(self, session: LiveSession) -> None:
        """Store ``session`` whose ``version`` is one above the stored one; else raises ConflictError.

        When it has ended its places are free again.
        """
        saved = change(
            self._session,
            update(LiveRow)
            .where(LiveRow.id == session.id, LiveRow.version == session.version - 1)
            .values(columns_of(session)),
        )
        if saved != 1:
            raise ConflictError("live", session.id, session.version - 1, self.get(session.id).version)
        if not session.is_open:
            change(self._session, delete(LivePlaceRow).where(LivePlaceRow.live_id == session.id))

    def open(self) -> Sequence[LiveSession]:
        """Return the sessions that have reserved places, oldest first."""
        rows = self._session.scalars(
            select(LiveRow)
            .where(LiveRow.state.in_([LiveState.PREPARING, LiveState.ON_AIR]))
            .order_by(LiveRow.prepared_at, LiveRow.id)
        )
        return [value_of(LiveSession, row) for row in rows]
