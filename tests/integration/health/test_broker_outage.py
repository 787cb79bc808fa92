"""Broker outage: one incident of the server, three mails at the most, and no device is called dead for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from cms.areas.repository import Places
from cms.health.queries.faults import parts_of
from cms.health.repository.faults import FaultRecords, broker_line, note_broker_line
from cms.health.repository.notices import Notices
from cms.health.service.ranking import ranked
from cms.health.service.ticket_dispatcher import Dispatcher
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from devices.health import broker_outage
from devices.health.broker_outage import GatewayConnection
from devices.health.incidents import Cause, Incident, IncidentScope
from devices.health.notices import IncidentStage
from province.areas import AreaId
from tests.integration.health.fleet import PROVINCE, Fleet


def tell(fleet: Fleet, line: GatewayConnection) -> None:
    with fleet.units() as unit:
        note_broker_line(unit.session, line)
        unit.commit()


def test_the_line_is_kept_as_it_was_told_last(fleet: Fleet) -> None:
    for line in (GatewayConnection(), GatewayConnection(fleet.now), GatewayConnection(fleet.now, fleet.now)):
        tell(fleet, line)
        with reading(fleet.units.engine) as session:
            assert broker_line(session) == line


def test_an_outage_is_one_incident_with_its_letters_and_no_device_is_dead_for_it(fleet: Fleet) -> None:
    fleet.put_on_call("tinh@x.vn")
    fleet.put_on_call("truong@x.vn", line=2)
    fleet.put_on_call("xa1@x.vn", AreaId("xa-1"))
    fleet.pass_by(60, every=10)
    lost_at = fleet.now
    tell(fleet, GatewayConnection(lost_at))
    # No message comes through for two hours.
    fleet.pass_by(7_200, every=60)
    (incident,) = fleet.incidents()
    assert (incident.scope, incident.cause, incident.began_at) == (IncidentScope.BROKER, Cause.SERVER, lost_at)
    assert incident.affected == len(fleet.snapshots)
    assert fleet.faults() == []
    tell(fleet, GatewayConnection(lost_at, fleet.now))
    for device_id in fleet.devices(*range(12)):
        fleet.measure(device_id)
    fleet.pass_by(600, every=60)
    (over,) = fleet.incidents()
    assert over.over_at is not None
    assert fleet.faults() == []
    assert sorted((each.address, each.stage) for each in fleet.letters()) == [
        ("tinh@x.vn", IncidentStage.OPENED),
        ("tinh@x.vn", IncidentStage.OVER),
        ("truong@x.vn", IncidentStage.ESCALATED),
        ("truong@x.vn", IncidentStage.OVER),
    ]
    first = next(each for each in fleet.letters() if each.stage is IncidentStage.OPENED)
    assert "mọi nơi" in first.title
    assert "MQTT" in first.text


def test_whoever_has_devices_anywhere_sees_it_and_nobody_is_left_out(fleet: Fleet) -> None:
    tell(fleet, GatewayConnection(fleet.now))
    fleet.pass_by(90, every=10)
    (incident,) = fleet.incidents()
    with reading(fleet.units.engine) as session:
        found = ranked(session, [AreaId("xa-3")], Places(session).tree(), fleet.now)
        assert [each.incident.id for each in found.incidents] == [incident.id]
        parts = parts_of(session, incident)
        assert sum(each.affected for each in parts) == len(fleet.snapshots)
        areas = Notices(session).areas_of([incident.id])[incident.id]
        assert areas == {each.area_id for each in parts}
        assert PROVINCE not in areas


def test_a_broker_lost_before_any_place_is_loaded_stops_nothing(units: UowFactory) -> None:
    """On an installation's first day there is no area yet that a ticket could belong to."""
    lost_at = datetime(2026, 11, 24, tzinfo=UTC)
    now = lost_at + timedelta(minutes=30)
    incident = Incident(
        "i-1", IncidentScope.BROKER, (broker_outage.KEY,), Cause.SERVER, lost_at, lost_at, lost_at, 0, 0
    )
    with units() as unit:
        unit[FaultRecords].save((), [incident])
        unit.commit()
    assert Dispatcher(units, lambda: now, lambda: "01hq").step() == 0
