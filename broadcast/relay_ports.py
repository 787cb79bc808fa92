"""The list of sources that may be relayed, as the rules see it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol

from broadcast.model.relays import RelaySource, RelaySourceId, SourceHealth
from broadcast.model.transmissions import Transmission


class RelaySources(Protocol):
    def get(self, source_id: RelaySourceId) -> RelaySource:
        """Raises NotFoundError."""

    def find(self, source_id: RelaySourceId) -> RelaySource | None: ...

    def all(self) -> Sequence[RelaySource]:
        """By name; a province has some dozens."""

    def add(self, source: RelaySource) -> None: ...

    def save(self, source: RelaySource) -> None:
        """In the place of the version before it. Raises ConflictError where that is not the stored one."""

    def promised(self, source_id: RelaySourceId, since_at: datetime) -> Sequence[Transmission]:
        """What relays it and was not withdrawn, unless it is over by then."""

    def health(self) -> Sequence[SourceHealth]:
        """What was found of each that was ever listened to."""

    def note_health(self, found: Iterable[SourceHealth]) -> None:
        """In the place of what was found before."""
