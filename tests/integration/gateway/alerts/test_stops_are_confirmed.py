from __future__ import annotations

from broadcast.alerts.model import OrderId
from broadcast.alerts.orders import OrderReach, ReachState, Stop, StopId
from cms.alerts.queries.reaches import area_reaches
from cms.alerts.repository.orders import Orders
from cms.fleet.inbound.handler import InboundHandler
from cms.platform.gateway.uplink import Uplink
from devices.mqtt.link import Incoming
from devices.protocol import codec, topics
from devices.protocol.messages import Ack, ExecutionState
from province.people import UserId
from tests.integration.gateway.station import LOA_1, LOA_2, XA_1, Station


def test_each_device_confirms_that_it_fell_silent(station: Station) -> None:
    with station.context.uow() as unit:
        unit[Orders].add_stop(Stop(StopId("stop-1"), (XA_1,), 9, "thử", UserId("u1"), "An", station.now))
        unit[Orders].expect([OrderReach(OrderId("stop-1"), device, "Loa", XA_1) for device in (LOA_1, LOA_2)])
        unit.commit()
    word = Ack(v=1, st=ExecutionState.DONE, ts=int(station.now.timestamp() * 1000), n=1, boot="b1", cid="stop-1")
    incoming = Incoming(topics.device_ack(LOA_1), codec.encode(word), retain=False, qos=1, mid=1, connection=1)
    Uplink(station.context, InboundHandler(station.context, station.letters, station.alerts)).store([incoming])
    with station.context.uow() as unit:
        (area,) = area_reaches(unit.session, "stop-1")
    assert area.states == {ReachState.DONE: 1, ReachState.WAITING: 1}
