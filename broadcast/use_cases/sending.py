"""The order that an approved alert becomes, whom it means, and the end of the order it replaces."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from broadcast.alert_findings import DEVICE_RENDITION
from broadcast.model.alerts import Alert, AlertAction, AlertStatus, Audience, OrderId
from broadcast.model.bulletins import SoundState, Targets
from broadcast.model.orders import Order, Reach, Spoken
from broadcast.ports import NewId, OutboxKind, UnitOfWork
from broadcast.speaking import board_headline, board_text, encoded, script
from broadcast.targeting import wire_targets
from broadcast.use_cases.alert_sounding import again_of
from broadcast.use_cases.alert_steps import machine_event, revised
from broadcast.use_cases.audiences import candidates

_SYSTEM = "system"


def send(uow: UnitOfWork, active: Alert, *, approved_by: tuple[str, ...], now: datetime, new_id: NewId) -> Alert:
    """Store ``active``, the next version of what is stored, with its frozen order; within a unit of work.

    One ALERT row in the outbox. An alert that it updates, if still active, is superseded: its order ends, and one
    ALERT_END row, which follows, has the areas cleared that are not meant any more.
    """
    active = replace(active, order_id=OrderId(new_id()))
    updated = None if active.updates_id is None else uow.alerts.get(active.updates_id)
    replaced = updated if updated is not None and updated.status is AlertStatus.ACTIVE else None
    replaces = () if replaced is None else (order_of(replaced),)
    order, reaches = frozen(uow, active, approved_by=approved_by, replaces=replaces, now=now)
    uow.alerts.save(active)
    uow.orders.add(order)
    uow.orders.expect(reaches)
    uow.outbox.add(OutboxKind.ALERT, order.id)
    if replaced is not None:
        _supersede(uow, replaced, active, now)
    return active


def order_of(alert: Alert) -> OrderId:
    """The order of an alert that is, or was, active."""
    assert alert.order_id is not None
    return alert.order_id


def frozen(
    uow: UnitOfWork, alert: Alert, *, approved_by: tuple[str, ...], replaces: tuple[OrderId, ...], now: datetime
) -> tuple[Order, list[Reach]]:
    """The immutable order, and a WAITING reach for every device meant, as far as we know where it stands."""
    meant = [each.device for each in candidates(uow, alert.audience) if each.is_meant]
    wanted = Targets(tuple(sorted({device.area_id for device in meant})))
    targets = wire_targets(wanted, uow.places.tree(), uow.devices.planning_areas()) if meant else alert.audience.targets
    order = Order(
        id=order_of(alert),
        alert_id=alert.id,
        kind=alert.kind,
        purpose=alert.purpose,
        hazard=alert.hazard,
        level=alert.level,
        headline=board_headline(alert),
        text=board_text(alert),
        audience=Audience(targets, alert.audience.rings, alert.audience.discs),
        spoken=tuple(_spoken(alert)),
        rounds=alert.rounds,
        issued_at=now,
        expires_at=alert.expires_at,
        approved_by=approved_by,
        replaces=replaces,
        is_minor=alert.is_minor,
        is_silent=alert.is_silent,
    )
    return order, [Reach(order.id, device.id, device.name, device.area_id) for device in meant]


def end_order(uow: UnitOfWork, order_id: OrderId, at: datetime, reason: str) -> None:
    """It ends: the signed end goes out, retained messages are cleared, and whoever said no word is silent.

    ``reason`` is CANCELLED, REPLACED or EXPIRED, for whoever reads the outbox.
    """
    uow.orders.end(order_id, at)
    uow.orders.silence(order_id, at)
    uow.outbox.add(OutboxKind.ALERT_END, order_id, {"reason": reason})


def _supersede(uow: UnitOfWork, replaced: Alert, by: Alert, now: datetime) -> None:
    ended = revised(replaced, AlertAction.SUPERSEDE, now, ended_at=now, ended_by_name=by.approver_name)
    uow.alerts.save(ended)
    end_order(uow, order_of(ended), now, "REPLACED")
    uow.record(machine_event("superseded", ended, _SYSTEM, replaced_by=by.id))


def _spoken(alert: Alert) -> list[Spoken]:
    """Vietnamese first, then the others in their order; a sound that is not ready, or stale, is left out."""
    found = []
    for wording in sorted(alert.wordings, key=lambda each: each.language != "vi"):
        made_from = encoded(script(alert, wording, is_again=False))
        first = wording.sound.rendition(DEVICE_RENDITION)
        if wording.sound.state is not SoundState.READY or wording.sound.made_from != made_from or first is None:
            continue
        again = again_of(alert, wording)
        found.append(Spoken(wording.language, first, None if again is None else again.rendition(DEVICE_RENDITION)))
    return found
