"""Port of relay sources: the list of streams that may be relayed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from broadcast.bulletins.transmissions import Transmission
from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth


class RelaySources(Protocol):
    def get(self, source_id: RelaySourceId) -> RelaySource:
        """Return the one of this id. Raises NotFoundError."""

    def find(self, source_id: RelaySourceId) -> RelaySource | None: ...

    def all(self) -> Sequence[RelaySource]:
        """Return all, by name; a province has some dozens."""

    def add(self, source: RelaySource) -> None: ...

    def save(self, source: RelaySource) -> None:
        """Replace the version before it. Raises ConflictError where that is not the stored one."""

    def promised(self, source_id: RelaySourceId, since_at: datetime) -> Sequence[Transmission]:
        """Return the transmissions that relay it and are neither withdrawn nor ended by then."""

    def health(self) -> Sequence[SourceHealth]:
        """Return the health found of each source that was ever probed."""

    def note_health(self, found: Iterable[SourceHealth]) -> None:
        """Replace the health found before."""
