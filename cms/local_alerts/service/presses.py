"""Alerts raised at devices, told to the server: each becomes one alert of ours, with its true times, once for all."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from broadcast.alerts.local_alerts import KeyHolderId, KeyPress, LocalAlert, LocalAlertId, order_of
from broadcast.alerts.model import (
    Alert,
    AlertFacts,
    AlertId,
    AlertKind,
    AlertStatus,
    Audience,
    Disc,
    OrderId,
    Wording,
)
from broadcast.alerts.orders import OrderEnd, OrderReach, ReachState
from broadcast.bulletins.model import Targets
from broadcast.speech.normalization import VIETNAMESE
from cms.alerts.repository.alerts import AlertPolicies, Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service.steps import event_of
from cms.areas.repository import Places
from cms.local_alerts.repository import KeyHolders, KeyPresses, LocalAlerts
from cms.platform.store.kinds import OutboxKind
from cms.platform.store.uow import UnitOfWork
from devices.model import Device
from devices.protocol.key_presses import raised_id
from devices.protocol.messages import RaisedAlert
from province.events import Event
from province.people import UserId, program
from province.wall_clock import instant_of

_AHEAD: Final = timedelta(minutes=5)
"""A device whose clock is ahead by more is not believed; what it raised counts from now."""
_GATEWAY: Final = program("gateway")


def note(uow: UnitOfWork, device: Device, raised: Iterable[RaisedAlert], now: datetime) -> dict[str, datetime]:
    """Make an alert of each that is new, and confirm all to the device; return the new orders with their issue.

    Within a unit of work. A report that names another device's alert, or a local alert that was never approved, is
    confirmed too, and kept in the log alone: the device would tell it for ever.
    """
    found: dict[str, datetime] = {}
    told = list(raised)
    for each in told:
        if uow[KeyPresses].find(AlertId(each.cid)) is not None:
            continue
        local = uow[LocalAlerts].find(LocalAlertId(each.order))
        if local is None or local.approved_at is None or each.cid != raised_id(device.id, each.order, each.at):
            detail: dict[str, object] = {"cid": each.cid, "order": each.order, "at": each.at}
            uow.record(Event("device.unknown_key_press", device.id, now, device.id, device.name, detail))
            continue
        found[each.cid] = _raise(uow, device, local, each, now)
    if told:
        uow.outbox.add(OutboxKind.RECEIPT, device.id, {"refs": [each.cid for each in told]})
    return found


def _raise(uow: UnitOfWork, device: Device, local: LocalAlert, told: RaisedAlert, now: datetime) -> datetime:
    holder = uow[KeyHolders].find(KeyHolderId(told.holder))
    name = holder.person_name if holder is not None else told.holder
    raised_at = instant_of(told.at) if told.at <= (now + _AHEAD).timestamp() * 1000 else now
    expires_at = min(raised_at + timedelta(minutes=local.minutes), max(raised_at, instant_of(told.exp)))
    alert = _alert(uow, device, local, told, span=(raised_at, expires_at), name=name)
    order = order_of(
        local, told.cid, origin_id=device.id, audience=alert.audience, issued_at=raised_at, expires_at=expires_at
    )
    if expires_at <= now:
        alert = replace(alert, status=AlertStatus.EXPIRED, ended_at=expires_at)
        order = replace(order, ended_at=expires_at, end_reason=OrderEnd.EXPIRED)
    press = KeyPress(
        alert_id=alert.id,
        device_id=device.id,
        device_name=device.name,
        local_alert_id=local.id,
        holder_id=KeyHolderId(told.holder),
        holder_name=name,
        raised_at=raised_at,
        told_at=now,
    )
    uow[Alerts].add(alert)
    uow[Orders].add(order)
    area_id = alert.audience.targets.areas[0]
    reach = OrderReach(order.id, device.id, device.name, area_id, ReachState.RECEIVED, now, received_at=now)
    uow[Orders].expect([reach])
    uow[KeyPresses].add(press)
    detail = {"order": order.id, "device": device.id, "holder": told.holder, "raised_at": raised_at.isoformat()}
    told_alert = replace(alert, changed_at=now)
    uow.record(event_of("raised_at_device", told_alert, _GATEWAY, by_holder=name, **detail))
    return raised_at


def _alert(
    uow: UnitOfWork,
    device: Device,
    local: LocalAlert,
    told: RaisedAlert,
    *,
    span: tuple[datetime, datetime],
    name: str,
) -> Alert:
    """Build the alert: its author is the key holder, its approver the person who agreed on it beforehand."""
    raised_at, expires_at = span
    tree, point, area_id = uow[Places].tree(), device.point, device.area_id
    if area_id not in tree or local.area_id not in tree.chain(area_id):
        area_id, point = local.area_id, None  # the box was moved since
    radius_m = uow[AlertPolicies].get().hearing_m
    discs = () if point is None else (Disc(point.lat, point.lon, radius_m),)
    by = UserId(told.holder)
    return Alert(
        id=AlertId(told.cid),
        kind=AlertKind.LIVE,
        hazard=local.hazard,
        level=local.level,
        headline=local.headline,
        audience=Audience(Targets((area_id,)), discs=discs),
        facts=AlertFacts(place=tree.get(area_id).name),
        wordings=(Wording(VIETNAMESE, local.text),),
        rounds=local.rounds,
        expires_at=expires_at,
        author_id=by,
        author_name=name,
        created_at=raised_at,
        changed_at=raised_at,
        worded_at=local.proposed_at,
        status=AlertStatus.ACTIVE,
        submitter_id=by,
        submitter_name=name,
        submitted_at=raised_at,
        approver_id=local.approved_by,
        approver_name=local.approved_by_name,
        approved_at=raised_at,
        order_id=OrderId(told.cid),
        siren=local.siren,
    )
