"""Live addresses, as the rules see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from broadcast.model.live import LiveId, LiveSession
from province.areas import AreaId


class LiveSessions(Protocol):
    def get(self, live_id: LiveId) -> LiveSession:
        """Raises NotFoundError."""

    def find(self, live_id: LiveId) -> LiveSession | None: ...

    def add(self, session: LiveSession, places: Iterable[AreaId]) -> None:
        """``places``: where it is heard, which are its own until it ends. Raises ConflictError: one is taken."""

    def claim(self, live_id: LiveId, places: Iterable[AreaId]) -> None:
        """What was added without places has these from now on. Raises ConflictError: one is taken."""

    def save(self, session: LiveSession) -> None:
        """Store ``session`` whose ``version`` is one above the stored one; else raises ConflictError.

        When it has ended its places are free again.
        """

    def open(self) -> Sequence[LiveSession]:
        """Those that have places of their own, oldest first."""
