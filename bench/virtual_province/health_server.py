"""The fleet's health on a virtual clock: telemetry taken in, faults and incidents evaluated, notifications written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from bench.virtual_fleet.timeline import Timeline
from cms.fleet.inbound.last_seen import LastSeen
from cms.health.inbound import Intake
from cms.health.queries import telemetry
from cms.health.repository.faults import FaultRecords, Supply
from cms.health.repository.notices import Notice, Notices
from cms.health.service.notifier import Notifier
from cms.health.service.speak_labels import labels
from cms.health.service.watch import HealthWatch
from cms.platform.context import Context
from cms.platform.store.engine import reading
from devices.health.incidents import Incident
from devices.health.notices import Duty
from devices.health.speak_label import SpeakLabel
from devices.model import DeviceId
from devices.mqtt.link import Incoming
from province.areas import AreaId

ON_CALL: Final = "truc@tinh.example"
"""Recipient of all notifications: one address, so that every one counts."""
LETTERS_MS: Final = 60_000
"""Interval of the check for notifications that are due, while an incident is open; it also runs at each change."""
CALM_LETTERS_MS: Final = 300_000
"""Interval of that check otherwise: single faults are notified once an hour."""
ALWAYS: Final = timedelta(days=4000)


@dataclass
class HealthServer:
    """Health side of the server: ``start`` it; ``look_ms`` stands for the scheduler's two seconds.

    ``labels``: the server's belief of each device, by change. ``seen`` is shared with the handler of other messages.
    """

    context: Context
    timeline: Timeline
    look_ms: int
    seen: LastSeen
    labels: dict[DeviceId, list[tuple[int, SpeakLabel]]] = field(default_factory=dict)
    is_down: bool = False
    _letters_due_ms: int = 0
    _going: set[str] = field(default_factory=set)
    _told: set[DeviceId] = field(default_factory=set)
    _new: set[DeviceId] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._wire()

    def start(self, duty_area: AreaId, feeders: Iterable[tuple[DeviceId, str]] = ()) -> None:
        """Put one person on call for the whole area; ``feeders``: the known power feeders of devices."""
        with self.context.uow() as unit:
            health = unit[FaultRecords]
            health.add_duty(Duty("truc", duty_area, "Trực", ON_CALL))
            for device_id, feeder in feeders:
                health.supply(Supply(device_id, feeder))
            unit.commit()
        self._tick()

    def die(self) -> None:
        """Stop with the gateway: telemetry not stored yet is lost, as messages with QoS 0 are."""
        self.is_down = True

    def revive(self) -> None:
        self.is_down = False
        self._wire()

    def receive(self, message: Incoming) -> None:
        """Take in a telemetry record of a device."""
        if not self.is_down:
            self._intake.receive((message,))
            self._told.add(DeviceId(message.topic.split("/")[3]))

    def spoke(self, device_ids: Iterable[DeviceId]) -> None:
        """Note devices that sent their presence."""
        self._new |= {each for each in device_ids if each not in self.labels}

    def incidents(self) -> list[Incident]:
        """List all incidents since the start."""
        with reading(self.context.engine) as session:
            return list(FaultRecords(session).incidents(self.context.now() - ALWAYS))

    def letters(self) -> list[Notice]:
        """List all notifications since the start, oldest first."""
        with reading(self.context.engine) as session:
            return list(Notices(session).all())

    def _wire(self) -> None:
        context = self.context
        self._intake = Intake(context, self.seen, lambda: self.timeline.now_ms / 1000)
        self._watch = HealthWatch(context.uow, context.now, context.new_id, telemetry.latest)
        self._teller = Notifier(context.uow, context.now, context.new_id, context.settings.effective_public_url)

    def _tick(self) -> None:
        if not self.is_down:
            self._look()
        self.timeline.after(self.look_ms, self._tick)

    def _look(self) -> None:
        while self._intake.step():
            pass
        found, self._told = self._told, set()
        changes = self._watch.step()
        if changes or self.timeline.now_ms >= self._letters_due_ms:
            self._going -= {each.id for each in changes.incidents}
            self._going |= {each.id for each in changes.incidents if each.over_at is None}
            self._letters_due_ms = self.timeline.now_ms + (LETTERS_MS if self._going else CALM_LETTERS_MS)
            self._teller.step()
        changed = {fault.device_id for fault in changes.faults} | self._new
        # A fault that passed without a trace changed no label; a device with its first telemetry may have one now.
        changed |= {each for each in found if self._is_unheard(each)}
        self._new = set()
        if changed:
            with reading(self.context.engine) as session:
                for device_id, label in labels(session, changed, telemetry.latest).items():
                    series = self.labels.setdefault(device_id, [])
                    if not series or series[-1][1] != label:
                        series.append((self.timeline.now_ms, label))

    def _is_unheard(self, device_id: DeviceId) -> bool:
        return len(self.labels.get(device_id, ())) < 2  # noqa: PLR2004 - unknown, then known
