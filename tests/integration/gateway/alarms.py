"""Alerts in the store of a station, as an approval leaves them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertStatus
from broadcast.alerts.orders import Order, OrderEnd, OrderReach, ReachState
from cms.alerts.messages.publisher import AlertPublisher
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.expiry import expire_due
from cms.fleet.repository.devices import Devices
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device, DeviceId, DeviceStatus
from devices.protocol.messages import Command
from province.areas import AreaId
from province.people import UserId
from tests.fakes.recording_link import Published
from tests.integration.gateway.station import LOA_1, LOA_2, LOA_3, Station
from tests.unit.gateway.orders import an_order


def issued(
    station: Station, name: str = "order-1", *, expected: Iterable[DeviceId] = (LOA_1, LOA_2), **changes: Any
) -> Order:
    """Store an order approved now, with its outbox row."""
    values = {
        "alert_id": AlertId(f"alert-of-{name}"),
        "issued_at": station.now,
        "expires_at": station.now + timedelta(hours=6),
        **changes,
    }
    order = an_order(name, **values)
    with station.context.uow() as unit:
        freeze(unit, order, [unit[Devices].get(device_id) for device_id in expected])
        unit.commit()
    return order


def freeze(unit: UnitOfWork, order: Order, expected: Iterable[Device]) -> None:
    unit[Alerts].add(alert_of(order))
    unit[Orders].add(order)
    unit[Orders].expect([OrderReach(order.id, device.id, device.name, device.area_id) for device in expected])
    unit.outbox.add(OutboxKind.ALERT, order.id)


def ended(station: Station, order: Order) -> None:
    with station.context.uow() as unit:
        unit[Orders].end(order.id, station.now, OrderEnd.CANCELLED)
        unit.outbox.add(OutboxKind.ALERT_END, order.id)
        unit.commit()


def reach_of(station: Station, order: Order) -> dict[DeviceId, OrderReach]:
    with station.context.uow() as unit:
        return {reach.device_id: reach for reach in unit[Orders].reaches(order.id)}


def told(station: Station, order: Order, state: ReachState, *device_ids: DeviceId) -> None:
    with station.context.uow() as unit:
        unit[Orders].report([OrderReach(order.id, each, "", AreaId("xa-1"), state) for each in device_ids])
        unit.commit()


def online(station: Station, *device_ids: DeviceId) -> None:
    """Report these devices as connected, and the others as not."""
    with station.context.uow() as unit:
        for device_id in (LOA_1, LOA_2, LOA_3):
            unit[Devices].report(DeviceStatus(device_id, device_id in device_ids, 1, station.now))
        unit.commit()


def alert_of(order: Order) -> Alert:
    return Alert(
        id=order.alert_id,
        kind=order.kind,
        hazard=order.hazard,
        level=order.level,
        headline=order.headline,
        audience=order.audience,
        facts=AlertFacts(),
        wordings=(),
        rounds=order.rounds,
        expires_at=order.expires_at,
        author_id=UserId("u1"),
        author_name="Nguyễn Thị A",
        created_at=order.issued_at,
        changed_at=order.issued_at,
        status=AlertStatus.ACTIVE,
        order_id=order.id,
    )


def lane_of(station: Station) -> AlertPublisher:
    return AlertPublisher(station.context, station.link, station.alerts, partial(expire_due, station.context))


def commands(published: list[Published], kind: str) -> list[tuple[str, str]]:
    """Return topic and id of every command of that type."""
    signed = [(each.topic, each.read(Command)) for each in published if each.payload.count(b".") == 2]
    return [(topic, body.cid) for topic, body in signed if body.type == kind]
