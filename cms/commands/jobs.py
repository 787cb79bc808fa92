"""Audible self-tests at the configured hour: checked once a minute, on a thread of its own."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zlib import crc32
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from broadcast.scheduling.area_rules import is_quiet
from cms.areas.repository import Places
from cms.commands.queries import sounded_since
from cms.commands.repository import AreaTestHours, CommandBatches, MaintenanceRecords
from cms.commands.service.batches import queue
from cms.fleet.queries.overview import statuses
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.store.engine import reading
from cms.platform.store.uow import UnitOfWork, UowFactory
from cms.schedule.queries.readiness import busy
from devices.commands.model import Arguments, Batch, BatchId, BatchState, CommandKind
from devices.commands.self_tests import EACH_WITHIN, TONE_FOR, SelfTestCandidate, TestHour, chosen, hour_of, is_time
from devices.commands.table import SOON, dangers
from devices.model import Device, DeviceKind
from province.areas import AreaId
from province.events import Event
from province.wall_clock import local_date

TESTER: Final = "self_tests"
"""Actor of events of batches that no person asked for."""
_ALOUD: Final = Arguments(is_audible=True)
_FULL_PCT: Final = 100


@dataclass(frozen=True)
class SelfTester:
    """Scheduler of self-tests. ``step`` asks for what is due; a day's batch has one id, so a restart repeats none."""

    uow: UowFactory
    now: Callable[[], datetime]
    new_id: Callable[[], str]

    def step(self) -> int:
        """Create the batches that are due; return the number of devices asked."""
        now = self.now()
        with reading(self.uow.engine) as session:
            hours = AreaTestHours(session).all()
            due = [each for each in hours.values() if each.is_in_force and self._is_due(session, each, now)]
            wanted = {each.area_id: _whose_turn(session, each, hours, now) for each in due}
        return sum(self._ask(hour, wanted[hour.area_id], now) for hour in due if wanted[hour.area_id])

    def _is_due(self, session: Session, hour: TestHour, now: datetime) -> bool:
        zone = ZoneInfo(Places(session).rules(hour.area_id).zone)
        return is_time(hour, now, zone) and CommandBatches(session).find(_name(hour, now)) is None

    def _ask(self, hour: TestHour, devices: list[Device], now: datetime) -> int:
        with self.uow() as unit:
            held = unit[AreaTestHours].find(hour.area_id)
            batches = unit[CommandBatches]
            batch = _batch(hour, devices, now)
            if held != hour or batches.find(batch.id) is not None:
                return 0
            batches.add(batch)
            queue(unit, batch, {device.id: device for device in devices}, now, self.new_id)
            _record(unit, batch, now)
            unit.commit()
        return len(devices)


def _whose_turn(session: Session, hour: TestHour, hours: Mapping[AreaId, TestHour], now: datetime) -> list[Device]:
    places = Places(session)
    tree = places.tree()
    below = {area.id for area in tree.subtree(hour.area_id) if hour_of(tree.chain(area.id), hours) == hour}
    devices = {
        device.id: device
        for device in Devices(session, places).in_areas(below)
        if device.kind is DeviceKind.CLUSTER and not device.quarantined
    }
    tested = sounded_since(session, now - EACH_WITHIN)
    known = statuses(session, list(devices))
    there = busy(session, [(device.id, device.area_id) for device in devices.values()], now, now + SOON)
    windows = MaintenanceRecords(session).in_force(now, tree)
    quiet = {area_id for area_id in below if is_quiet(places.rules(area_id), now, now + SOON + TONE_FOR)}

    def is_fit(device: Device) -> bool:
        is_online = device.id in known and known[device.id].online
        is_left_alone = device.area_id in quiet or device.area_id in there.on_air or device.id in there.in_alert
        return is_online and not is_left_alone and not windows.covers(device.id, device.area_id, now)

    candidates = [
        SelfTestCandidate(device.id, device.area_id, tested.get(device.id), is_fit(device))
        for device in devices.values()
    ]
    return [devices[name] for name in chosen(candidates, now)]


def _name(hour: TestHour, now: datetime) -> BatchId:
    return BatchId(f"selftest-{local_date(now):%Y%m%d}-{crc32(hour.area_id.encode()):08x}")


def _batch(hour: TestHour, devices: list[Device], now: datetime) -> Batch:
    """Build the batch, as though the two people who agreed on the hour had asked and agreed today."""
    return Batch(
        id=_name(hour, now),
        kind=CommandKind.SELFTEST,
        arguments=_ALOUD,
        reason=hour.reason,
        device_ids=tuple(device.id for device in devices),
        area_ids=tuple(sorted({device.area_id for device in devices})),
        left_out=(),
        dangers=dangers(CommandKind.SELFTEST, _ALOUD, len(devices), _FULL_PCT),
        asked_by=hour.asked_by,
        asked_by_name=hour.asked_by_name,
        asked_at=now,
        state=BatchState.RUNNING,
        agreed_by=hour.agreed_by,
        agreed_by_name=hour.agreed_by_name,
        agreed_at=hour.agreed_at,
    )


def _record(unit: UnitOfWork, batch: Batch, now: datetime) -> None:
    told: dict[str, object] = {"kind": batch.kind.value, "is_audible": True, "devices": list(batch.device_ids)}
    unit.record(Event("command_batch.requested", batch.id, now, TESTER, TESTER, told))


def self_tester(context: Context) -> SelfTester:
    """Return the job of self-tests. The gateway sends its commands, as those of people."""
    return SelfTester(context.uow, context.now, context.new_id)
