"""Repository of live addresses: the port that use cases need."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from broadcast.live.model import LiveId, LiveSession
from province.areas import AreaId


class LiveSessions(Protocol):
    def get(self, live_id: LiveId) -> LiveSession:
        """Raises NotFoundError."""

    def find(self, live_id: LiveId) -> LiveSession | None: ...

    def add(self, session: LiveSession, places: Iterable[AreaId]) -> None:
        """Add a session; its ``places`` are reserved until it ends. Raises ConflictError: one is taken."""

    def claim(self, live_id: LiveId, places: Iterable[AreaId]) -> None:
        """Reserve places for a session added without any. Raises ConflictError: one is taken."""

    def save(self, session: LiveSession) -> None:
        """Store ``session`` whose ``version`` is one above the stored one; else raises ConflictError.

        When it has ended its places are free again.
        """

    def open(self) -> Sequence[LiveSession]:
        """Return the sessions that have reserved places, oldest first."""
