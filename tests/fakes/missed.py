"""In-memory repository of airings that devices missed; part of ``tests.fakes.memory``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from broadcast.bulletins.make_good_rules import MakeGoodRule
from broadcast.bulletins.transmissions import OccurrenceId, TransmissionId
from broadcast.scheduling.make_good import Missed, Remedy
from devices.model import Device, DeviceId
from province.areas import AreaId


class MemoryMissedAirings:
    def __init__(
        self,
        rows: dict[tuple[OccurrenceId, DeviceId], Missed],
        rules: dict[tuple[AreaId, str], MakeGoodRule],
        devices: Mapping[DeviceId, Device],
    ) -> None:
        self._rows = rows
        self._rules = rules
        self._devices = devices

    def get(self, occurrence_id: OccurrenceId, device_id: DeviceId) -> Missed | None:
        return self._rows.get((occurrence_id, device_id))

    def put(self, missed: Iterable[Missed]) -> None:
        self._rows.update(((each.occurrence_id, each.device_id), each) for each in missed)

    def of_occurrence(self, occurrence_id: OccurrenceId) -> Sequence[Missed]:
        return [row for (known, _), row in sorted(self._rows.items()) if known == occurrence_id]

    def owed_in(self, area_id: AreaId, now: datetime) -> Sequence[Missed]:
        there = {d.id for d in self._devices.values() if d.area_id == area_id and d.retired_at is None}
        return [row for row in self._open(now) if row.device_id in there]

    def planned_of(self, transmission_id: TransmissionId, now: datetime) -> Sequence[Missed]:
        return [row for row in self._open(now) if row.transmission_id == transmission_id]

    def rules(self) -> Sequence[MakeGoodRule]:
        return [rule for _, rule in sorted(self._rules.items())]

    def set_rule(self, rule: MakeGoodRule) -> None:
        self._rules[rule.area_id, rule.priority.value] = rule

    def _open(self, now: datetime) -> Sequence[Missed]:
        return [row for _, row in sorted(self._rows.items()) if row.remedy is Remedy.PLANNED and row.not_after_at > now]
