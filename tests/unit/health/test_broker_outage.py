"""Broker outage: one incident, whatever the server's connection does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from devices.health.broker_outage import CLOSES_AFTER, OPENS_AFTER, GatewayConnection, outage
from devices.health.fault_registry import FaultRegistry
from devices.health.incidents import Cause, FleetCounts, Incident, IncidentScope
from devices.health.kinds import FaultKind
from devices.health.notices import wakes
from devices.health.symptoms import FRESH_FOR, DeviceFacts, symptoms
from tests.unit.health.device_states import BOX, MINUTE, NOW, ONLINE, SECOND, WELL, ids, lost, place, telling

LOST = GatewayConnection(NOW)
OPENED = NOW + OPENS_AFTER
BACK = GatewayConnection(NOW, OPENED)


def opened() -> Incident:
    made = outage(None, LOST, 4_000, OPENED, ids)
    assert made is not None
    return made


@pytest.mark.parametrize("line", [GatewayConnection(), LOST, GatewayConnection(NOW - timedelta(days=1), NOW)])
def test_what_lasts_for_seconds_is_no_incident(line: GatewayConnection) -> None:
    assert outage(None, line, 4_000, OPENED - SECOND, ids) is None


def test_an_outage_is_of_the_server_and_of_everybody_and_wakes_who_is_on_call() -> None:
    made = opened()
    assert (made.scope, made.cause, made.began_at, made.affected) == (IncidentScope.BROKER, Cause.SERVER, NOW, 4_000)
    assert wakes(made)
    assert outage(made, LOST, 4_000, OPENED + MINUTE, ids) == made


def test_it_is_over_when_the_connection_has_stood_for_a_while() -> None:
    made = opened()
    assert outage(made, BACK, 4_000, OPENED + CLOSES_AFTER - SECOND, ids) == made
    over = outage(made, BACK, 4_000, OPENED + CLOSES_AFTER, ids)
    assert over == replace(made, affected=0, over_at=OPENED + CLOSES_AFTER)
    assert outage(over, BACK, 4_000, OPENED + 2 * CLOSES_AFTER, ids) == over
    assert outage(made, GatewayConnection(), 4_000, OPENED + MINUTE, ids) == made


def test_a_connection_that_comes_and_goes_is_one_incident() -> None:
    over = outage(opened(), BACK, 4_000, OPENED + CLOSES_AFTER, ids)
    again = outage(over, GatewayConnection(OPENED + 2 * MINUTE), 4_001, OPENED + 4 * MINUTE, ids)
    assert over is not None
    assert again == replace(over, members=4_001, affected=4_001, over_at=None)


def test_the_ward_keeps_it_apart_from_what_is_known_by_faults() -> None:
    registry = FaultRegistry({}, {})
    fleet = FleetCounts([place("l1")])
    registry.hear(GatewayConnection(), 1, NOW, ids)
    assert not registry.changes()
    registry.hear(LOST, 1, OPENED, ids)
    registry.faults[BOX, FaultKind.LINK_LOST] = lost(BOX)
    registry.group(fleet, OPENED, ids)
    (made,) = registry.incidents.values()
    assert (made.over_at, made.affected) == (None, 1)
    assert registry.faults[BOX, FaultKind.LINK_LOST].incident_id == ""
    registry.hear(BACK, 1, OPENED + CLOSES_AFTER, ids)
    assert [each.over_at is not None for each in registry.incidents.values()] == [True]


def test_while_nobody_listens_and_for_a_while_after_nobody_is_accused_of_saying_nothing() -> None:
    silent = telling(heard_at=NOW - FRESH_FOR - SECOND)

    def shown(line: GatewayConnection, *, after: timedelta = timedelta(0)) -> bool | None:
        now = NOW + after
        facts = DeviceFacts(BOX, deaf_until=line.deaf_until(now))
        return symptoms(silent, ONLINE, facts, now)[FaultKind.TELEMETRY_LOST].shown

    assert shown(GatewayConnection()) is True
    assert shown(LOST, after=timedelta(hours=2)) is None
    assert shown(GatewayConnection(NOW - MINUTE, NOW), after=FRESH_FOR) is None
    assert shown(GatewayConnection(NOW - MINUTE, NOW), after=FRESH_FOR + SECOND) is True
    heard = DeviceFacts(BOX, deaf_until=NOW)
    assert symptoms(WELL, ONLINE, heard, NOW)[FaultKind.TELEMETRY_LOST].shown is False
