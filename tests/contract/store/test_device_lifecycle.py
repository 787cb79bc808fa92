"""Register of boxes and the certificates of devices, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cms.areas.repository import Places
from cms.fleet.queries.devices import ENROLMENT_REFUSED, is_code_spent_since
from cms.fleet.repository.devices import Devices
from cms.fleet.repository.lifecycle import DeviceLifecycles
from cms.platform.store.engine import make_engine
from cms.platform.store.uow import UowFactory, make_uow_factory
from devices.lifecycle import CertificateState, DeviceLifecycle, IssuedCertificate, LifecycleState
from devices.model import DeviceId, DeviceKind
from province.errors import ConflictError, NotFoundError
from province.events import Event
from tests.databases import new_sqlite
from tests.fakes.programme import AREAS, COMMUNES, NOW, device

PLACE = COMMUNES[0]
DEVICE = DeviceId(f"{PLACE}-l1")
LIFE = DeviceLifecycle(
    serial="vtb-1",
    kind=DeviceKind.CLUSTER,
    name="Cụm loa đầu thôn",
    area_id=PLACE,
    claim_x="x" * 43,
    registered_at=NOW,
    registered_by="u1",
    registered_by_name="Lê Văn C",
    state=LifecycleState.REGISTERED,
    since_at=NOW,
)
CERTIFICATE = IssuedCertificate(
    "ab12", DEVICE, CertificateState.ISSUED, NOW, NOW + timedelta(days=730), "-----BEGIN", "cd" * 32
)


@pytest.fixture(params=["sqlite", "postgresql"])
def units(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[UowFactory]:
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    else:
        url = new_sqlite(tmp_path / "loa.db")
    engine: Engine = make_engine(url)
    made = make_uow_factory(engine)
    with made() as unit:
        unit[Places].add(AREAS)
        unit[Devices].add(device(DEVICE, PLACE))
        unit.commit()
    yield made
    engine.dispose()


def test_a_life_comes_back_as_it_was_and_goes_on_by_versions(units: UowFactory) -> None:
    claimed = replace(
        LIFE,
        state=LifecycleState.CLAIMED,
        device_id=DEVICE,
        claimed_at=NOW,
        locked_until_at=NOW + timedelta(minutes=1),
        failures=6,
        version=2,
    )
    with units() as unit:
        unit[DeviceLifecycles].add_many([LIFE])
        assert unit[DeviceLifecycles].find("vtb-1") == unit[DeviceLifecycles].get("vtb-1") == LIFE
        unit[DeviceLifecycles].save(claimed)
        with pytest.raises(ConflictError):
            unit[DeviceLifecycles].save(claimed)
        unit.commit()
    with units() as unit:
        assert unit[DeviceLifecycles].get("vtb-1") == unit[DeviceLifecycles].of_device(DEVICE) == claimed
        assert unit[DeviceLifecycles].of_devices([DEVICE, DeviceId("none")]) == {DEVICE: claimed}
        assert unit[DeviceLifecycles].in_states([LifecycleState.CLAIMED]) == [claimed]
        assert unit[DeviceLifecycles].in_states([LifecycleState.RETIRED]) == []
        assert unit[DeviceLifecycles].known(["vtb-1", "vtb-2"]) == {"vtb-1"}
        assert unit[Devices].serials_among([unit[Devices].get(DEVICE).serial.lower(), "x"])
        with pytest.raises(NotFoundError):
            unit[DeviceLifecycles].get("vtb-2")


def test_a_device_is_the_box_that_is_not_retired(units: UowFactory) -> None:
    old = replace(LIFE, state=LifecycleState.RETIRED, device_id=DEVICE, since_at=NOW)
    new = replace(
        LIFE, serial="vtb-2", state=LifecycleState.CLAIMED, device_id=DEVICE, since_at=NOW - timedelta(days=1)
    )
    with units() as unit:
        unit[DeviceLifecycles].add_many([old])
        assert unit[DeviceLifecycles].of_device(DEVICE) == old
        unit[DeviceLifecycles].add_many([new])
        assert unit[DeviceLifecycles].of_device(DEVICE) == new
        assert unit[DeviceLifecycles].of_devices([DEVICE]) == {DEVICE: new}


def test_certificates_are_found_by_their_request_and_listed_when_taken_back(units: UowFactory) -> None:
    with units() as unit:
        unit[DeviceLifecycles].add_certificate(CERTIFICATE)
        assert unit[DeviceLifecycles].certificates_of(DEVICE) == [CERTIFICATE]
        assert unit[DeviceLifecycles].certificate_for(DEVICE, CERTIFICATE.csr) == CERTIFICATE
        assert unit[DeviceLifecycles].certificate_for(DEVICE, "ef" * 32) is None
        assert (unit[DeviceLifecycles].in_use(["ab12"]), unit[DeviceLifecycles].taken_back(NOW)) == (frozenset(), [])
        unit[DeviceLifecycles].save_certificate(replace(CERTIFICATE, state=CertificateState.IN_USE))
        assert unit[DeviceLifecycles].in_use(["ab12", "ab13"]) == {"ab12"}
        unit[DeviceLifecycles].save_certificate(replace(CERTIFICATE, state=CertificateState.REVOKED, ended_at=NOW))
        assert unit[DeviceLifecycles].taken_back(NOW) == [("ab12", NOW)]
        assert unit[DeviceLifecycles].taken_back(CERTIFICATE.ends_at) == []


def test_a_claim_code_that_another_key_has_used_is_known_for_as_long_as_is_asked(units: UowFactory) -> None:
    with units() as unit:
        unit.record(Event(ENROLMENT_REFUSED, DEVICE, NOW, "gateway", "gateway", {"code": "ALREADY_ISSUED"}))
        unit.record(Event("device.claimed", "another", NOW, "u1", "Lê Văn C"))
        unit.commit()
    with units() as unit:
        assert is_code_spent_since(unit.session, DEVICE, NOW)
        assert not is_code_spent_since(unit.session, DEVICE, NOW + timedelta(seconds=1))
        assert not is_code_spent_since(unit.session, DeviceId("another"), NOW)
