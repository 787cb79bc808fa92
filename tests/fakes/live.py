"""In-memory repository of live addresses; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from broadcast.live.model import LiveId, LiveSession
from province.areas import AreaId
from province.errors import ConflictError, NotFoundError


class MemoryLiveSessions:
    def __init__(self, rows: dict[LiveId, tuple[LiveSession, frozenset[AreaId]]]) -> None:
        self._rows = rows

    def get(self, live_id: LiveId) -> LiveSession:
        if live_id not in self._rows:
            raise NotFoundError("live", live_id)
        return self._rows[live_id][0]

    def find(self, live_id: LiveId) -> LiveSession | None:
        return self._rows[live_id][0] if live_id in self._rows else None

    def add(self, session: LiveSession, places: Iterable[AreaId]) -> None:
        if session.id in self._rows:
            raise ConflictError("live", session.id, 0, 1)
        self._rows[session.id] = (session, frozenset())
        try:
            self.claim(session.id, places)
        except ConflictError:
            del self._rows[session.id]
            raise

    def claim(self, live_id: LiveId, places: Iterable[AreaId]) -> None:
        there = frozenset(places)
        if any(not there.isdisjoint(taken) for _, taken in self._rows.values()):
            raise ConflictError("live", live_id, 0, 1)
        self._rows[live_id] = (self.get(live_id), there)

    def save(self, session: LiveSession) -> None:
        stored = self.get(session.id)
        if stored.version != session.version - 1:
            raise ConflictError("live", session.id, session.version - 1, stored.version)
        self._rows[session.id] = (session, self._rows[session.id][1] if session.is_open else frozenset())

    def open(self) -> Sequence[LiveSession]:
        return sorted((row for row, _ in self._rows.values() if row.is_open), key=lambda row: (row.prepared_at, row.id))
