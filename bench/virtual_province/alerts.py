"""Alerts in a virtual province, sent as if two people had agreed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel, Rounds, SirenPattern
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, AlertStatus, Audience
from broadcast.alerts.orders import Order
from broadcast.bulletins.model import Targets
from cms.alerts.repository.alerts import Alerts
from cms.alerts.repository.orders import Orders
from cms.alerts.service import orders as sending
from cms.platform.context import Context
from province.areas import AreaId
from province.people import Actor

_ONCE: Final = Rounds()
_NO_SHAPE: Final = Audience()
_HEADLINE: Final = "Lũ quét trên sông Cái"


def send_alert(
    context: Context,
    by: Actor,
    area_id: AreaId,
    *,
    lasts: timedelta,
    kind: AlertKind = AlertKind.LIVE,
    level: AlertLevel = AlertLevel.TWO,
    rounds: Rounds = _ONCE,
    shape: Audience = _NO_SHAPE,
    siren: SirenPattern | None = None,
) -> Order:
    """Send an alert without speech to an area, or to a shape in it; it is approved."""
    now = context.now()
    alert = Alert(
        id=AlertId(context.new_id()),
        kind=kind,
        hazard=Hazard.FLASH_FLOOD,
        level=level,
        headline=_HEADLINE,
        audience=replace(shape, targets=Targets((area_id,))),
        facts=AlertFacts(),
        wordings=(),
        rounds=rounds,
        siren=siren,
        expires_at=now + lasts,
        author_id=by.user_id,
        author_name=by.name,
        created_at=now,
        changed_at=now,
    )
    with context.uow() as unit:
        unit[Alerts].add(alert)
        agreed = replace(alert, status=AlertStatus.ACTIVE, version=alert.version + 1)
        approved_by = (str(by.user_id),)
        active = sending.send(unit, agreed, replaced=None, approved_by=approved_by, now=now, new_id=context.new_id)
        unit.commit()
    assert active.order_id is not None
    with context.uow.reading() as unit:
        return unit[Orders].get(active.order_id)
