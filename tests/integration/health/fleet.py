"""Province of devices whose presence and telemetry a test decides, with the health watch and the notifier."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from cms.areas.repository import Places
from cms.commands.repository import MaintenanceRecords
from cms.fleet.queries.presence import StatusTable
from cms.fleet.repository.devices import Devices
from cms.health.repository.faults import FaultRecords
from cms.health.repository.notices import Notice, Notices
from cms.health.repository.telemetry import note_told
from cms.health.service.notifier import Notifier
from cms.health.service.watch import HealthWatch
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.commands.model import Window, WindowId
from devices.health.faults import Fault
from devices.health.incidents import Incident
from devices.health.notices import Duty
from devices.model import Device, DeviceId, DeviceKind, DeviceStatus
from devices.telemetry import TelemetrySnapshot
from province.areas import Area, AreaId
from tests.unit.health.device_states import ids, telling

START = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam, a Monday
PROVINCE = AreaId("tinh")


class Fleet:
    def __init__(self, units: UowFactory) -> None:
        self.units = units
        self.now = START
        units.now = lambda: self.now
        self.snapshots: dict[DeviceId, TelemetrySnapshot] = {}
        self.watch = self.new_watch()
        self.teller = Notifier(units, lambda: self.now, ids, "https://loa.example")

    def new_watch(self) -> HealthWatch:
        return HealthWatch(self.units, lambda: self.now, ids, self.latest)

    def latest(self, session: Session, device_ids: Collection[DeviceId]) -> Mapping[DeviceId, TelemetrySnapshot]:
        del session
        return {each: self.snapshots[each] for each in device_ids if each in self.snapshots}

    def install(self, communes: Sequence[int]) -> None:
        """Add so many devices in each commune, all of them connected and well."""
        areas = [Area(PROVINCE, "Tỉnh", "province", None, date(2020, 1, 1))]
        areas += [
            Area(AreaId(f"xa-{n}"), f"Xã {n}", "commune", PROVINCE, date(2020, 1, 1)) for n in range(len(communes))
        ]
        devices = [
            Device(
                DeviceId(f"xa-{n}-l{m:03}"), f"sn-{n}-{m}", f"Loa {n}.{m}", DeviceKind.CLUSTER, AreaId(f"xa-{n}"), START
            )
            for n, count in enumerate(communes)
            for m in range(count)
        ]
        with self.units() as unit:
            unit[Places].add(areas)
            unit[Devices].add_many(devices)
            unit.commit()
        self.say(online=True, devices=[device.id for device in devices])
        for device in devices:
            self._hold(device.id)
        self._note_told(device.id for device in devices)

    def devices(self, *communes: int) -> list[DeviceId]:
        wanted = {f"xa-{n}" for n in communes}
        return sorted(each for each in self.snapshots if each.rpartition("-")[0] in wanted)

    def say(self, devices: Iterable[DeviceId], *, online: bool) -> None:
        """Report the devices as connected or gone, as the broker does."""
        with self.units() as unit:
            found = list(devices)
            presence = StatusTable(unit.session, found)
            for device_id in found:
                presence.report(DeviceStatus(device_id, online=online, conn=1, seen_at=self.now, firmware="1.0"))
            presence.flush()
            unit.commit()

    def measure(self, device_id: DeviceId, **measured: Any) -> None:
        self.measure_all([device_id], **measured)

    def measure_all(self, devices: Collection[DeviceId], **measured: Any) -> None:
        """Store equal telemetry of many devices in one transaction, as the intake does."""
        for device_id in devices:
            self._hold(device_id, **measured)
        self._note_told(devices)

    def _hold(self, device_id: DeviceId, **measured: Any) -> None:
        found = telling(at=self.now, device_id=device_id, **measured)
        self.snapshots[device_id] = found

    def _note_told(self, device_ids: Iterable[DeviceId]) -> None:
        with self.units.engine.begin() as connection:
            note_told(connection, frozenset(device_ids))

    def pass_by(self, seconds: float, *, every: float = 2) -> None:
        """Run the scheduler's loop for so long."""
        until = self.now + timedelta(seconds=seconds)
        while self.now < until:
            self.now += timedelta(seconds=every)
            self.watch.step()
            self.teller.step()

    def put_on_call(self, address: str, area_id: AreaId = PROVINCE, line: int = 1) -> None:
        with self.units() as unit:
            unit[FaultRecords].add_duty(Duty(ids(), area_id, "Trực", address, line))
            unit.commit()

    def work_at(self, area_id: AreaId, length: timedelta, device_id: DeviceId | None = None) -> None:
        """Add a maintenance window from now on."""
        window = Window(
            id=WindowId(ids()),
            device_id=device_id,
            area_id=area_id,
            from_at=self.now,
            until_at=self.now + length,
            reason="Thay loa",
            by="u",
            by_name="Thợ",
            at=self.now,
        )
        with self.units() as unit:
            unit[MaintenanceRecords].add(window)
            unit.commit()

    def incidents(self) -> list[Incident]:
        with reading(self.units.engine) as session:
            return [each for each in FaultRecords(session).incidents(START) if not each.merged_into]

    def faults(self) -> list[Fault]:
        with reading(self.units.engine) as session:
            return list(FaultRecords(session).living(START))

    def letters(self) -> list[Notice]:
        with reading(self.units.engine) as session:
            return list(Notices(session).due(self.now, 1_000))
