"""Enrolment of a box on a real listener, and its refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.platform.store.tables import EventRow
from devices.lifecycle import LifecycleState
from devices.model import DeviceId
from devices.protocol import claims
from firmware_sim.provisioning import certificates
from firmware_sim.provisioning.bundle import Bundle
from firmware_sim.provisioning.enrolment import Enrolment
from province.machine_clock import utc_now
from tests.builders.registrations import CODE, SERIAL, claimed, registered
from tests.enrolment_listener import EnrolmentListener, open_enrolment_listener
from tests.integration.gateway.station import XA_1, Station, make_station


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Station, EnrolmentListener]]:
    station, engine = make_station(tmp_path_factory.mktemp("d") / "h", clock=utc_now)
    with open_enrolment_listener(station.context) as door:
        yield station, door
    engine.dispose()


def events(station: Station) -> list[str]:
    with station.context.uow() as unit:
        return list(unit.session.scalars(select(EventRow.name).order_by(EventRow.seq)))


def ask(folder: Path, *, until_refused: int = 0) -> Enrolment:
    """Run the box's enrolment until it has its certificate, or was refused so often."""
    box = Enrolment(folder, ask_every_s=0.05)

    async def run() -> None:
        task = asyncio.ensure_future(box.run())
        while not task.done() and (not until_refused or len(box.refusals) < until_refused):
            await asyncio.wait([task], timeout=0.02)
        if task.done():
            task.result()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 30))
    return box


def test_a_claimed_box_gets_its_certificate_for_the_key_it_made(
    place: tuple[Station, EnrolmentListener], tmp_path: Path
) -> None:
    station, door = place
    registered(station.context, XA_1)
    life = claimed(station.context, XA_1)
    folder = door.factory(tmp_path / "box", SERIAL, CODE)
    ask(folder)
    bundle = Bundle.read(folder)
    assert (bundle.identity.id, bundle.mqtt_port) == (life.device_id, 8883)
    with station.context.uow() as unit:
        (issued,) = unit[DeviceLifecycles].certificates_of(DeviceId(bundle.identity.id))
        assert unit[DeviceLifecycles].get(SERIAL).enrolled_csr == issued.csr
    assert issued.number == certificates.number(folder)
    assert not list(station.context.settings.root.rglob("device.key"))


def test_a_box_that_lost_the_answer_is_told_the_same_again(
    place: tuple[Station, EnrolmentListener], tmp_path: Path
) -> None:
    station, door = place
    registered(station.context, XA_1)
    claimed(station.context, XA_1)
    folder = door.factory(tmp_path / "box", SERIAL, CODE)
    ask(folder)
    first = (folder / "device.pem").read_bytes()
    (folder / "device.json").unlink()
    ask(folder)
    assert (folder / "device.pem").read_bytes() == first


def test_before_the_claim_nothing_is_issued(place: tuple[Station, EnrolmentListener], tmp_path: Path) -> None:
    station, door = place
    registered(station.context, XA_1)
    for serial in (SERIAL, "nobody-knows-it"):
        box = ask(door.factory(tmp_path / serial, serial, CODE), until_refused=1)
        assert box.refusals[0] == "NOT_CLAIMED"


def test_a_wrong_code_locks_the_box_and_is_seen(place: tuple[Station, EnrolmentListener], tmp_path: Path) -> None:
    station, door = place
    registered(station.context, XA_1)
    claimed(station.context, XA_1)
    thief = ask(door.factory(tmp_path / "thief", SERIAL, "0000-0000-0000-0000"), until_refused=7)
    assert thief.refusals[:7] == [*["BAD_SIGNATURE"] * 5, "LOCKED", "LOCKED"]
    assert "device.claim_locked" in events(station)
    assert ask(door.factory(tmp_path / "box", SERIAL, CODE), until_refused=1).refusals[0] == "LOCKED"
    claimed(station.context, XA_1)
    ask(tmp_path / "box")
    assert (tmp_path / "box" / "device.json").exists()


def test_one_claim_is_spent_on_one_key(place: tuple[Station, EnrolmentListener], tmp_path: Path) -> None:
    station, door = place
    registered(station.context, XA_1)
    claimed(station.context, XA_1)
    ask(door.factory(tmp_path / "box", SERIAL, CODE))
    second = ask(door.factory(tmp_path / "copy", SERIAL, CODE), until_refused=1)
    assert second.refusals[0] == "ALREADY_ISSUED"
    assert "device.enrolment_refused" in events(station)
    with station.context.uow() as unit:
        assert unit[DeviceLifecycles].get(SERIAL).state is LifecycleState.CLAIMED


def test_another_boxs_code_proves_nothing(place: tuple[Station, EnrolmentListener], tmp_path: Path) -> None:
    station, door = place
    for serial in (SERIAL, "vtb-000124"):
        registered(station.context, XA_1, serial)
    claimed(station.context, XA_1)
    # The same sixteen characters make another key for another serial.
    assert claims.claim_x(SERIAL, "7Q4KM2XW9RTAC3BD") != claims.claim_x("vtb-000124", "7Q4KM2XW9RTAC3BD")
    folder = door.factory(tmp_path / "other", "vtb-000124", CODE)
    assert ask(folder, until_refused=1).refusals[0] == "NOT_CLAIMED"
