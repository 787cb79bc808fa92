"""Doubt about the server's own clock: one incident of the server, and no device is called wrong for it."""

from __future__ import annotations

from cms.health.queries.faults import parts_of
from cms.platform.process.clock import ClockDoubt, DoubtKind
from cms.platform.store.engine import reading
from devices.health.incidents import Cause, IncidentScope
from devices.health.kinds import FaultKind
from tests.integration.health.fleet import Fleet

WRONG = ClockDoubt(3600.0, DoubtKind.DEVICES_DISAGREE)


def believe(fleet: Fleet, doubt: ClockDoubt | None) -> None:
    fleet.watch.doubt_of = lambda _now: doubt


def test_a_clock_in_doubt_is_one_incident_and_clock_off_of_no_device(fleet: Fleet) -> None:
    fleet.put_on_call("tinh@x.vn")
    believe(fleet, WRONG)
    fleet.pass_by(30, every=10)
    for device_id in fleet.devices(*range(12)):
        fleet.measure(device_id, clk_ms=3_600_000)
    fleet.pass_by(900, every=60)
    (incident,) = fleet.incidents()
    assert (incident.scope, incident.cause, incident.over_at) == (IncidentScope.CLOCK, Cause.CLOCK, None)
    assert [each for each in fleet.faults() if each.kind is FaultKind.CLOCK_OFF] == []
    with reading(fleet.units.engine) as session:
        assert sum(each.affected for each in parts_of(session, incident)) == len(fleet.snapshots)
    (letter,) = fleet.letters()
    assert "Đồng hồ máy chủ" in letter.title
    assert "mọi nơi" in letter.title
    believe(fleet, None)
    for device_id in fleet.devices(*range(12)):
        fleet.measure(device_id)
    fleet.pass_by(300, every=60)
    (over,) = fleet.incidents()
    assert over.over_at is not None


def test_one_device_that_is_wrong_beside_a_good_server_has_its_own_fault(fleet: Fleet) -> None:
    (first, *_) = fleet.devices(0)
    for _ in range(20):
        fleet.measure(first, clk_ms=3_600_000)
        fleet.pass_by(60, every=60)
    wrong = [each.device_id for each in fleet.faults() if each.kind is FaultKind.CLOCK_OFF]
    assert wrong == [first]
    assert [each for each in fleet.incidents() if each.scope is IncidentScope.CLOCK] == []


def test_a_watch_that_begins_after_it_ends_the_incident(fleet: Fleet) -> None:
    believe(fleet, WRONG)
    fleet.pass_by(120, every=10)
    assert [each.over_at for each in fleet.incidents()] == [None]
    fleet.watch = fleet.new_watch()
    fleet.pass_by(120, every=10)
    assert [each.over_at is None for each in fleet.incidents()] == [False]


def test_a_moment_of_doubt_is_nothing(fleet: Fleet) -> None:
    believe(fleet, WRONG)
    fleet.pass_by(40, every=10)
    believe(fleet, None)
    fleet.pass_by(300, every=10)
    assert fleet.incidents() == []
