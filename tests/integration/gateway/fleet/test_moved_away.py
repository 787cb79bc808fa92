"""Device moved during an alert or a silence of its old area: both end there by their own names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from broadcast.alerts.orders import Stop, StopId
from broadcast.bulletins.model import Targets
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.orders import Orders
from cms.fleet.inbound.handler import InboundHandler
from cms.fleet.repository.devices import Devices
from cms.platform.gateway.uplink import Uplink
from cms.platform.store.kinds import OutboxKind
from devices.model import DeviceId
from devices.protocol import topics
from devices.protocol.messages import Command
from province.people import UserId
from tests.integration.gateway.alarms import ended, issued, reach_of
from tests.integration.gateway.platform.test_sync import ask, ms, read, request
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, XA_1, XA_2, Station
from tests.unit.gateway.orders import an_order


@pytest.fixture
def hears(station: Station) -> Uplink:
    return Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts))


def moved(station: Station, device_id: DeviceId) -> None:
    with station.context.uow() as unit:
        unit[Devices].save(replace(unit[Devices].get(device_id), area_id=XA_2))
        unit.commit()


def sent_to(station: Station, device_id: DeviceId) -> list[Command]:
    """Run the alert publisher, and return the commands to this device by its own topic."""
    AlertPublisher(station.context, station.link, station.alerts, lambda _now: 0).send()
    topic = topics.device_command(device_id)
    return [each.read(Command) for each in station.link.published if each.topic == topic]


def an_alert(station: Station, **more: object) -> str:
    audience = replace(an_order("x").audience, targets=Targets((XA_1,)))
    return issued(station, audience=audience, **more).id  # type: ignore[arg-type] # fields of Order


def test_an_alert_ends_on_a_device_that_was_moved_out_of_its_areas(station: Station) -> None:
    an_alert(station)
    moved(station, LOA_2)
    with station.context.uow.reading() as unit:
        (order,) = unit[Orders].open()
    ended(station, order)
    (end,) = sent_to(station, LOA_2)
    assert (end.type, end.refs, end.target.devices, end.prio) == ("cancel", [order.id], [LOA_2], 9)
    assert sent_to(station, LOA_1) == []


def test_one_that_was_away_is_told_when_it_says_that_it_goes_on_with_it(station: Station, hears: Uplink) -> None:
    an_alert(station, expected=())
    with station.context.uow.reading() as unit:
        (order,) = unit[Orders].open()
    ended(station, order)
    held = {order.id: ms(station) + 60_000}
    first, *_ = [read(letter) for letter in ask(hears, request(orders=held), LOA_3)]
    assert (first.type, first.refs, first.target.devices) == ("cancel", [order.id], [LOA_3])
    assert [read(letter).type for letter in ask(hears, request(), LOA_3)] == ["synced"]


def test_what_only_the_device_knows_of_an_order_is_on_its_page_and_its_end_finds_it(
    station: Station, hears: Uplink
) -> None:
    an_alert(station)
    with station.context.uow.reading() as unit:
        (order,) = unit[Orders].open()
    ask(hears, request(orders={order.id: ms(station) + 60_000}), LOA_3)
    assert LOA_3 in reach_of(station, order)
    ended(station, order)
    assert [each.refs for each in sent_to(station, LOA_3)] == [[order.id]]


def test_a_silence_is_lifted_on_a_device_that_keeps_it_from_where_it_stood(station: Station, hears: Uplink) -> None:
    stop = Stop(
        StopId("stop-1"), (XA_1,), 8, "Lý do", UserId("u1"), "Trực", station.now, station.now + timedelta(hours=1)
    )
    lift = replace(stop, id=StopId("lift-1"), prio=9, hush_until_at=None, lifts=stop.id)
    with station.context.uow() as unit:
        unit[Orders].add_stop(stop)
        unit.commit()
    held = {stop.id: ms(station) + 60_000}
    ask(hears, request(orders=held), LOA_3)
    with station.context.uow() as unit:
        unit[Orders].add_stop(lift)
        unit.outbox.add(OutboxKind.STOP, lift.id)
        unit.commit()
    assert [(each.type, each.refs) for each in sent_to(station, LOA_3)] == [("cancel", [stop.id])]
    again = [read(letter) for letter in ask(hears, request(orders=held), LOA_3)]
    assert [each.cid for each in again[:1]] == [each.cid for each in sent_to(station, LOA_3)]
