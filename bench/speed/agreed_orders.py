"""Standing orders and local alerts of a full province, for its screens: agreed on before anything happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Final

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertId
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    SourceId,
    StandingBounds,
    WarningSeverity,
)
from cms.alerts.repository.alerts import Alerts
from cms.local_alerts.service import agreement, holders
from cms.platform.context import Context
from cms.standing_orders.repository import AlertStandingOrders
from devices.model import DeviceId
from province.areas import AreaId
from province.people import Actor, Role

_ORDERS: Final = 40
_LOCAL_ALERTS: Final = 60
_MINUTES: Final = 30


def furnish_agreed(
    context: Context, communes: list[AreaId], actors: Mapping[str, Actor], draft_id: str
) -> dict[str, dict[str, str]]:
    """Map each route argument to the ids put in; the standing orders sound the alert ``draft_id``."""
    now = context.now()
    officer = replace(actors[Role.EMERGENCY_OFFICER], second_factor_at=now)
    made = [
        agreement.propose(
            context.uow(),
            area_id=area_id,
            hazard=Hazard.FLASH_FLOOD,
            level=AlertLevel.TWO,
            headline=f"Lên chỗ cao ngay. Lũ quét {number}.",
            text="Bà con lên chỗ cao ngay, không qua suối.",
            minutes=_MINUTES,
            call=context.call(officer),
        )
        for number, area_id in enumerate(communes[:_LOCAL_ALERTS])
    ]
    holder, _pin = holders.issue(
        context.uow(),
        person_name="Nguyễn Văn Bảy",
        phone="0912 345 678",
        device_ids=[DeviceId(f"{communes[0]}-l0001")],
        call=context.call(officer),
    )
    with context.uow() as unit:
        pattern = unit[Alerts].get(AlertId(draft_id))
        orders = [_order(context, pattern, officer) for _ in range(_ORDERS)]
        for order in orders:
            unit[AlertStandingOrders].add(order)
        unit.commit()
    return {
        "local_id": {"proposed": made[0].id},
        "holder_id": {"own": holder.id},
        "order_id": {"proposed": orders[0].id},
    }


def _order(context: Context, pattern: Alert, officer: Actor) -> AlertStandingOrder:
    now = context.now()
    bounds = StandingBounds(
        sources=(SourceId("central"),),
        hazards=(Hazard.FLASH_FLOOD,),
        severity_min=WarningSeverity.SEVERE,
        valid_from_at=now,
        valid_until_at=now + timedelta(days=180),
        daily_from=time(),
        daily_until=time(),
        firings_max=3,
        rest_minutes=_MINUTES,
        lasts_minutes=_MINUTES,
    )
    made_id = AlertStandingOrderId(context.new_id())
    return AlertStandingOrder(made_id, pattern, bounds, officer.user_id, officer.name, now)
