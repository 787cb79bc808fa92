"""Life cycle of a box, from the factory to its removal: real brokers, a gateway process, a box in its own process."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.platform.store.tables import EventRow
from devices.lifecycle import CertificateState, LifecycleAction, LifecycleState
from devices.model import DeviceId
from province.machine_clock import utc_now
from tests.builders.registrations import CODE, SERIAL, claimed, registered, settled_by_two
from tests.enrolment_listener import EnrolmentListener, open_enrolment_listener
from tests.integration.gateway.station import XA_1, Station, make_station
from tests.integration.process import Process, until
from tests.integration.real_broker import RealBroker
from tests.programs import PythonProgram


@pytest.fixture
def place(broker: RealBroker) -> Iterator[tuple[Station, EnrolmentListener]]:
    station, engine = make_station(broker.settings.root, broker.settings.mqtt_port, utc_now)
    gateway = Process(broker.settings, "gateway")
    with open_enrolment_listener(station.context, has_desk=False) as door:
        gateway.start()
        gateway.wait_ready()
        yield station, door
        gateway.kill()
    engine.dispose()


@pytest.fixture
def fleet(place: tuple[Station, EnrolmentListener], tmp_path: Path) -> Iterator[Path]:
    """Process with one box that has no certificate; yields the box's folder."""
    folder = place[1].factory(tmp_path / "boxes" / "one", SERIAL, CODE)
    command = ["fleet", "--bundles", str(folder.parent), "--flash", str(tmp_path / "flash")]
    command += ["--out", str(tmp_path / "out"), "--reconnect-s", "0.05", "0.5"]
    with (tmp_path / "fleet.log").open("a") as log:
        process = PythonProgram("firmware_sim", *command, stdout=log, stderr=log)
    yield folder
    process.terminate()
    process.wait()


def state(station: Station) -> LifecycleState:
    with station.context.uow() as unit:
        return unit[DeviceLifecycles].get(SERIAL).state


def is_online(station: Station, device_id: DeviceId) -> bool:
    with station.context.uow() as unit:
        status = unit[Devices].status(device_id)
    return status is not None and status.online


def refusals(station: Station) -> list[str]:
    with station.context.uow() as unit:
        rows = unit.session.scalars(select(EventRow.detail).where(EventRow.name == "broker.refused"))
        return list(rows)


def test_a_box_comes_in_and_is_thrown_out_when_its_certificate_is_taken_back(
    place: tuple[Station, EnrolmentListener], fleet: Path
) -> None:
    station, _door = place
    registered(station.context, XA_1)
    device_id = claimed(station.context, XA_1).device_id
    assert device_id is not None
    until(lambda: state(station) is LifecycleState.IN_SERVICE)
    until(lambda: is_online(station, device_id))
    with station.context.uow() as unit:
        (used,) = unit[DeviceLifecycles].certificates_of(device_id)
    assert used.state is CertificateState.IN_USE
    assert (fleet / "device.key").stat().st_mode & 0o077 == 0
    settled_by_two(station.context, device_id, LifecycleAction.REVOKE)
    # Its will comes half a minute later; its refused reconnection is logged at once.
    until(lambda: any("certificate verify failed" in found for found in refusals(station)))
    assert state(station) is LifecycleState.REVOKED
