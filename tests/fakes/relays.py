"""In-memory repository of relay sources; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from broadcast.bulletins.transmissions import Transmission, TransmissionId
from broadcast.relays.model import RelaySource, RelaySourceId, SourceHealth
from cms.schedule.repository.last_airing import ends_at
from province.errors import ConflictError, NotFoundError


class MemoryRelaySources:
    def __init__(
        self,
        rows: dict[RelaySourceId, RelaySource],
        health: dict[RelaySourceId, SourceHealth],
        transmissions: Mapping[TransmissionId, Transmission],
    ) -> None:
        self._rows = rows
        self._health = health
        self._transmissions = transmissions

    def get(self, source_id: RelaySourceId) -> RelaySource:
        if source_id not in self._rows:
            raise NotFoundError("relay_source", source_id)
        return self._rows[source_id]

    def find(self, source_id: RelaySourceId) -> RelaySource | None:
        return self._rows.get(source_id)

    def all(self) -> Sequence[RelaySource]:
        return sorted(self._rows.values(), key=lambda source: (source.name, source.id))

    def add(self, source: RelaySource) -> None:
        assert source.id not in self._rows
        self._rows[source.id] = source

    def save(self, source: RelaySource) -> None:
        stored = self.get(source.id)
        if stored.version != source.version - 1:
            raise ConflictError("relay_source", source.id, source.version - 1, stored.version)
        self._rows[source.id] = source

    def promised(self, source_id: RelaySourceId, since_at: datetime) -> Sequence[Transmission]:
        return [
            each
            for _, each in sorted(self._transmissions.items())
            if each.relay is not None
            and each.relay.source_id == source_id
            and each.withdrawn_at is None
            and ((end := ends_at(each)) is None or end > since_at)
        ]

    def health(self) -> Sequence[SourceHealth]:
        return [found for _, found in sorted(self._health.items())]

    def note_health(self, found: Iterable[SourceHealth]) -> None:
        self._health.update({each.source_id: each for each in found})
