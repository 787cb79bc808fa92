"""Scheduler as a process on a real store: started, killed at any moment, stopped. It needs no broker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cms import bootstrap
from cms.fleet.repository.devices import Devices
from cms.platform.context import Context
from cms.platform.gateway import outbox_notifier
from cms.platform.gateway.outbox_notifier import OutboxNotifier
from cms.platform.scheduler import scheduler
from cms.platform.store.kinds import OutboxKind
from devices.model import DeviceId, DeviceStatus
from province.machine_clock import utc_now
from tests.builders import telemetry
from tests.integration.gateway.station import LOA_1, LOA_2, XA_1, Station, make_station
from tests.integration.process import Process, until

DEADLINE_S = 120


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    made, engine = make_station(tmp_path, clock=utc_now)
    with made.context.uow() as unit:
        for device_id in (LOA_1, LOA_2):
            unit[Devices].report(DeviceStatus(device_id, online=True, conn=1, seen_at=made.context.now()))
        unit.commit()
    yield made
    engine.dispose()


def tell_of_an_open_line(station: Station, device_id: DeviceId) -> None:
    telemetry.tell(station.context, telemetry.record(station.context.now(), spk="open"), device_id=device_id)


def devices_with_a_fault(station: Station) -> set[str]:
    with station.context.engine.connect() as connection:
        return set(connection.exec_driver_sql("SELECT device_id FROM faults WHERE kind = 'speaker_open'").scalars())


def test_killed_it_goes_on_where_it_was_and_told_to_stop_it_stops(station: Station) -> None:
    process = Process(station.context.settings, "scheduler")
    process.start()
    try:
        process.wait_ready()
        tell_of_an_open_line(station, LOA_1)
        until(lambda: devices_with_a_fault(station) == {LOA_1})
        process.kill()
        tell_of_an_open_line(station, LOA_2)
        process.start()
        until(lambda: devices_with_a_fault(station) == {LOA_1, LOA_2})
        assert process.is_ready
        assert process.stop() == 0
        assert not process.is_ready
    finally:
        process.kill()


def test_what_it_leaves_to_be_sent_wakes_the_gateway(station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    def leave_something(context: Context, _features: object) -> int:
        with context.uow() as unit:
            unit.outbox.add(OutboxKind.PLAN, XA_1)
            unit.commit()
        return 0

    monkeypatch.setattr(scheduler, "run", leave_something)
    with OutboxNotifier(outbox_notifier.path_of(station.context.settings)) as bell:
        assert bootstrap.run_scheduler(station.context) == 0
        assert bell.wait(DEADLINE_S)
