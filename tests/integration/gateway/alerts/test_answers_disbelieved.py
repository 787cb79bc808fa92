"""Device answers to alerts that are implausible, or about an alert that a restored server has lost."""

from __future__ import annotations

import pytest

from broadcast.alerts.orders import ReachState
from cms.fleet.inbound.handler import InboundHandler
from cms.platform.gateway.uplink import Uplink
from devices.protocol import topics
from devices.protocol.messages import Ack, AsRunRecord, DeviceEvent, ExecutionState
from tests.integration.gateway.alarms import issued, reach_of
from tests.integration.gateway.alerts.test_alert_answers import ack, answer, ms, said
from tests.integration.gateway.station import LOA_1, LOA_2, SHA, Station


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


@pytest.mark.parametrize(("behind_s", "is_believed"), [(1, True), (3, False), (3_600, False)])
def test_who_says_that_it_began_before_it_was_told_is_not_believed_and_it_is_marked(
    station: Station, hears: Uplink, behind_s: int, *, is_believed: bool
) -> None:
    order = issued(station)
    at_ms = ms(station.now) - behind_s * 1000
    started = Ack(v=1, st=ExecutionState.STARTED, ts=at_ms, n=1, boot="b1", cid=order.id)
    answer(hears, LOA_1, started)
    record = AsRunRecord(
        rid="r1",
        item=order.id,
        planned_at=at_ms,
        started_at=at_ms,
        ended_at=at_ms + 500,
        result="done",
        sha256=SHA,
        volume_pct=100,
    )
    hears.store(
        [said(topics.device_event(LOA_1), DeviceEvent(v=1, ts=at_ms, boot="b1", type="asrun", records=[record]))]
    )
    reach = reach_of(station, order)[LOA_1]
    assert reach.state is ReachState.DONE
    assert (reach.started_at == station.now) is not is_believed
    assert (reach.code == "") is is_believed


def test_a_device_that_heard_an_end_which_we_lost_says_so_on_the_alerts_page(station: Station, hears: Uplink) -> None:
    order = issued(station)
    answer(hears, LOA_1, ack(station, ExecutionState.REJECTED, order.id, "CANCELLED"))
    answer(hears, LOA_2, ack(station, ExecutionState.CUT, order.id, "CANCELLED"))
    found = reach_of(station, order)
    assert [(found[each].state, found[each].code) for each in (LOA_1, LOA_2)] == [
        (ReachState.CANCELLED, "ENDED_BEFORE"),
        (ReachState.CANCELLED, "CANCELLED"),
    ]
