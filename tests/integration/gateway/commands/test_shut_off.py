"""Box that is quarantined, revoked or retired: how each place of the product shows and counts it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from sqlalchemy import text

from broadcast.bulletins.deliveries import DeliveryState
from cms.accounts.queries import in_service, roster
from cms.alerts.queries.ladder import by_area
from cms.firmware.repository import FirmwareRecords
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.queries import overview
from cms.fleet.queries.devices import DeviceFilter, found_devices, past_of
from cms.fleet.repository.devices import Devices
from cms.health.queries import telemetry
from cms.health.queries.incidents import devices_in_service
from cms.health.repository.faults import FaultRecords
from cms.health.service.speak_labels import labels
from cms.health.service.watch import HealthWatch
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.engine import reading
from cms.platform.store.kinds import OutboxKind
from cms.public.queries import public
from cms.schedule.jobs import replan_area
from cms.schedule.queries import readiness
from cms.schedule.queries.airings import airing
from devices.health.faults import Fault, FaultState
from devices.health.kinds import FaultKind
from devices.health.speak_label import CanSpeak, SpeakLabel
from devices.lifecycle import LifecycleAction
from devices.model import DeviceId
from devices.protocol import topics
from devices.protocol.messages import ExecutionState
from tests.builders.registrations import settled_by_two
from tests.integration.gateway.platform.test_sync import desired_sent
from tests.integration.gateway.platform.test_uplink import ack, event_names, said, state, sync
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, OCCURRENCE, START, XA_1, XA_2, Station, approved

SHUT_OFF = SpeakLabel(CanSpeak.NO, FaultKind.SHUT_OFF)
AREAS = [XA_1, XA_2]


@pytest.fixture
def hears(station: Station) -> Uplink:
    made = Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))
    made.store([said(topics.device_state(each), state(conn=7)) for each in (LOA_1, LOA_2, LOA_3)])
    return made


def settle(station: Station, action: LifecycleAction, device_id: DeviceId = LOA_1) -> None:
    settled_by_two(station.context, device_id, action)


def is_online(station: Station, device_id: DeviceId = LOA_1) -> bool:
    with station.context.uow() as unit:
        status = unit[Devices].status(device_id)
    assert status is not None
    return status.online


def counted(station: Station) -> Mapping[str, int]:
    """Return how many of the three devices each place in the product counts."""
    with station.context.uow() as unit:
        session = unit.session
        return {
            "meant by an alert": len(unit[Devices].in_areas(AREAS)),
            "counted by an alert": sum(each.count for each in unit[Devices].posts(AREAS)),
            "previewed": sum(each.count for each in unit[Devices].posts(AREAS, heard=True)),
            "counted by area": sum(overview.device_counts(session).values()),
            "counted in lists": sum(each.devices for each in overview.area_lines(session)),
            "metrics": sum(telemetry.house(session, station.now).devices.values()),
            "open data": sum(public.loudspeakers(session).values()),
            "roll-outs": len(unit[FirmwareRecords].presence(AREAS)),
            "looked after": len(devices_in_service(session)),
            "listened to": len(in_service(session)),
        }


FOR_ALERTS = {"meant by an alert", "counted by an alert", "counted by area", "counted in lists", "looked after"}
FOR_ALERTS |= {"listened to"}


@pytest.mark.parametrize("action", [LifecycleAction.REVOKE, LifecycleAction.RETIRE])
def test_who_has_no_good_certificate_is_counted_nowhere(
    station: Station, hears: Uplink, action: LifecycleAction
) -> None:
    assert set(counted(station).values()) == {3}
    settle(station, action)
    assert set(counted(station).values()) == {2}


def test_a_quarantined_one_is_counted_only_where_its_answer_is_shown(station: Station, hears: Uplink) -> None:
    settle(station, LifecycleAction.QUARANTINE)
    assert {name for name, count in counted(station).items() if count == 3} == FOR_ALERTS
    assert {name for name, count in counted(station).items() if count == 2} == counted(station).keys() - FOR_ALERTS
    settle(station, LifecycleAction.RELEASE)
    assert set(counted(station).values()) == {3}


@pytest.mark.parametrize("action", [LifecycleAction.REVOKE, LifecycleAction.RETIRE])
def test_a_revoked_one_is_away_from_that_moment(station: Station, hears: Uplink, action: LifecycleAction) -> None:
    station.pass_by(minutes=5)
    settle(station, action)
    assert not is_online(station)
    with reading(station.context.engine) as session:
        assert (past_of(session, LOA_1).presence[0].at, past_of(session, LOA_1).presence[0].is_online) == (
            station.now,
            False,
        )
    assert is_online(station, LOA_2)


def test_a_quarantined_one_stays_connected(station: Station, hears: Uplink) -> None:
    settle(station, LifecycleAction.QUARANTINE)
    assert is_online(station)


@pytest.mark.parametrize("action", [LifecycleAction.REVOKE, LifecycleAction.QUARANTINE])
def test_the_label_says_so_at_once(station: Station, hears: Uplink, action: LifecycleAction) -> None:
    settle(station, action)
    with reading(station.context.engine) as session:
        assert labels(session, [LOA_1])[LOA_1] == SHUT_OFF
        assert labels(session, [LOA_2])[LOA_2] != SHUT_OFF
        mute = found_devices(session, DeviceFilter(can_speak=CanSpeak.NO)).rows
        assert [line.device.id for line in mute] == [LOA_1]


def test_where_alerts_pass_the_label_is_in_doubt_and_alerts_count_it(station: Station, hears: Uplink) -> None:
    settled_by_two(station.context, LOA_1, LifecycleAction.QUARANTINE, alerts_pass=True)
    settle(station, LifecycleAction.QUARANTINE, LOA_2)
    with reading(station.context.engine) as session:
        assert labels(session, [LOA_1])[LOA_1] == SpeakLabel(CanSpeak.DOUBTFUL, FaultKind.SHUT_OFF)
        assert session.scalar(overview.quarantined_count(AREAS)) == 1
    assert {name for name, count in counted(station).items() if count == 3} == FOR_ALERTS


@pytest.mark.parametrize("kind", [None, FaultKind.TRESPASSES, FaultKind.IDENTITY_SHARED, FaultKind.SOUND_UNORDERED])
def test_no_alert_passes_where_the_server_sees_the_key_in_other_hands(
    station: Station, hears: Uplink, kind: FaultKind | None
) -> None:
    if kind is not None:
        with station.context.uow() as unit:
            fault = Fault("f", LOA_1, kind, FaultState.OPEN, station.now, station.now)
            unit[FaultRecords].save([fault], [])
            unit.commit()
    settled_by_two(station.context, LOA_1, LifecycleAction.QUARANTINE, alerts_pass=True)
    with station.context.uow.reading() as unit:
        device = unit[Devices].get(LOA_1)
    assert device.quarantined
    assert device.is_mute is (kind in {FaultKind.TRESPASSES, FaultKind.IDENTITY_SHARED})


def test_the_device_is_told_whether_alerts_pass_until_it_is_released(station: Station, hears: Uplink) -> None:
    for action, passes, found in (
        (LifecycleAction.QUARANTINE, True, (True, True)),
        (LifecycleAction.RELEASE, False, (False, False)),
        (LifecycleAction.QUARANTINE, False, (True, False)),
    ):
        settled_by_two(station.context, LOA_1, action, alerts_pass=passes)
        sent = desired_sent(station)
        assert (sent.quarantined, sent.alerts_pass) == found


def test_it_is_no_fault_and_opens_no_ticket(station: Station, hears: Uplink) -> None:
    settle(station, LifecycleAction.QUARANTINE)
    settle(station, LifecycleAction.REVOKE, LOA_2)
    watch = HealthWatch(station.context.uow, station.context.now, station.context.new_id)
    for _ in range(3):
        watch.step()
        station.pass_by(minutes=3)
    with reading(station.context.engine) as session:
        assert [each for each in FaultRecords(session).living(START) if each.is_open] == []


@pytest.mark.parametrize("action", [LifecycleAction.REVOKE, LifecycleAction.QUARANTINE])
def test_an_airing_does_not_wait_for_it(station: Station, hears: Uplink, action: LifecycleAction) -> None:
    approved(station)
    for area_id in AREAS:
        replan_area(station.context, area_id)
    devices, late = airing_of(station)
    assert (devices, late) == (3, {LOA_1, LOA_2, LOA_3})
    settle(station, action)
    devices, late = airing_of(station)
    assert (devices, late) == (2, {LOA_2, LOA_3})


def airing_of(station: Station) -> tuple[int, set[DeviceId]]:
    """Return the number of devices the airing is planned on, and those not ready for it."""
    with reading(station.context.engine) as session:
        found = airing(session, OCCURRENCE)
        late = readiness.not_ready(session, OCCURRENCE, None)
    assert found is not None
    return found.devices, {each.device_id for each in late.rows}


def test_what_it_sounded_before_is_still_counted(station: Station, hears: Uplink) -> None:
    approved(station)
    hears.store([said(topics.device_ack(each), ack(ExecutionState.DONE, OCCURRENCE)) for each in (LOA_1, LOA_2, LOA_3)])
    settle(station, LifecycleAction.REVOKE)
    with reading(station.context.engine) as session:
        found = by_area(session, OCCURRENCE)
    assert sum(states.get(DeliveryState.DONE, 0) for states in found.values()) == 3


def test_a_revoked_one_is_not_listened_to(station: Station, hears: Uplink) -> None:
    settle(station, LifecycleAction.REVOKE)
    hears.store(
        [
            said(topics.device_state(LOA_1), state(conn=8)),
            said(topics.device_request(LOA_1, "sync"), sync()),
            said(topics.device_ack(LOA_1), ack(ExecutionState.DONE, OCCURRENCE)),
        ]
    )
    assert not is_online(station)
    with reading(station.context.engine) as session:
        assert roster(session, [LOA_1, LOA_2]).keys() == {LOA_2}


def test_an_emptied_state_says_nothing(station: Station, hears: Uplink) -> None:
    assert hears.store([said(topics.device_state(LOA_1), b"")]) == []
    assert is_online(station)


def test_a_box_claimed_again_counts_again_and_counts_its_connections_anew(station: Station, hears: Uplink) -> None:
    settle(station, LifecycleAction.REVOKE)
    with station.context.uow() as unit:
        unit.session.execute(text("UPDATE devices SET revoked = false WHERE id = :name"), {"name": LOA_1})
        unit.commit()
    hears.store([said(topics.device_state(LOA_1), state(conn=1))])
    assert is_online(station)
    assert set(counted(station).values()) == {3}


def test_areas_of_a_revoked_device_are_planned_again(station: Station, hears: Uplink) -> None:
    settle(station, LifecycleAction.REVOKE)
    assert {(OutboxKind.REVOCATION, LOA_1), (OutboxKind.PLAN, XA_1)} <= set(station.due())


def births(station: Station, hears: Uplink, *boots: str) -> None:
    for boot in boots:
        station.pass_by(seconds=10)
        at_ms = int(station.now.timestamp() * 1000)
        born = state(conn=8, ts=at_ms)
        hears.store([said(topics.device_state(LOA_1), type(born)(v=1, st="online", conn=8, boot=boot, ts=at_ms))])


def test_two_boxes_with_one_certificate_are_a_critical_fault_at_once(station: Station, hears: Uplink) -> None:
    watch = HealthWatch(station.context.uow, station.context.now, station.context.new_id)
    births(station, hears, "a", "b", "a", "b", "a")
    assert event_names(station).count("device.identity_shared") == 1
    watch.step()
    with reading(station.context.engine) as session:
        (fault,) = [each for each in FaultRecords(session).living(START) if each.kind is FaultKind.IDENTITY_SHARED]
    assert (fault.device_id, fault.is_open) == (LOA_1, True)
    station.pass_by(minutes=2)
    births(station, hears, "b", "a")
    assert event_names(station).count("device.identity_shared") == 2


def test_a_box_that_starts_again_and_again_shares_nothing(station: Station, hears: Uplink) -> None:
    births(station, hears, *(f"boot-{number}" for number in range(8)))
    assert "device.identity_shared" not in event_names(station)
