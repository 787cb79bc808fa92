"""Alerts, orders and reaches to fill in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import Alert, AlertFacts, AlertId, AlertKind, Audience, OrderId, Purpose, Wording
from broadcast.alerts.orders import Order, OrderReach, Spoken
from broadcast.bulletins.model import Rendition, Targets
from devices.model import DeviceId
from tests.fakes.programme import AUTHOR, C1, NORTH, NOW, REVIEWER

HOUR = timedelta(hours=1)
SPEECH = Rendition("alert-opus", "b" * 64, 40_000, 20_000, "audio/ogg")
AGAIN = replace(SPEECH, sha256="c" * 64)

FACTS = AlertFacts(
    happens_at=NOW,
    place="Thượng nguồn sông Lũy",
    intensity="Mực nước trên báo động 3",
    forecast="Nước tiếp tục lên trong 6 giờ tới",
    advice="Di chuyển ngay đến nơi cao",
    authority="Ban Chỉ huy phòng thủ dân sự tỉnh",
    basis="Quyết định 18/2021",
)


def alert(name: str = "a1", **more: Any) -> Alert:
    """Build a live flood warning for the north: a draft without spoken wording."""
    plain = Alert(
        id=AlertId(name),
        kind=AlertKind.LIVE,
        hazard=Hazard.FLOOD,
        level=AlertLevel.TWO,
        headline="Cảnh báo lũ khẩn cấp trên sông Lũy",
        audience=Audience(Targets((NORTH,))),
        facts=FACTS,
        wordings=(Wording("vi", "Nước sông đang lên nhanh. Người dân ven sông di chuyển ngay đến nơi cao."),),
        rounds=Rounds((), 3 * 3600 * 1000),
        expires_at=NOW + 6 * HOUR,
        author_id=AUTHOR.user_id,
        author_name=AUTHOR.name,
        created_at=NOW,
        changed_at=NOW,
        worded_at=NOW,
    )
    return replace(plain, **more)


def order(name: str = "o1", alert_id: str = "a1", **more: Any) -> Order:
    plain = Order(
        id=OrderId(name),
        alert_id=AlertId(alert_id),
        kind=AlertKind.LIVE,
        purpose=Purpose.WARNING,
        hazard=Hazard.FLOOD,
        level=AlertLevel.TWO,
        headline="Cảnh báo lũ khẩn cấp trên sông Lũy",
        text="Nước sông đang lên nhanh.",
        audience=Audience(Targets((NORTH,))),
        spoken=(Spoken("vi", SPEECH, AGAIN),),
        rounds=Rounds((), 3 * 3600 * 1000),
        issued_at=NOW,
        expires_at=NOW + 6 * HOUR,
        approved_by=(AUTHOR.user_id, REVIEWER.user_id),
    )
    return replace(plain, **more)


def reach(device_id: str = "p-n-1-l1", order_id: str = "o1", **more: Any) -> OrderReach:
    return replace(OrderReach(OrderId(order_id), DeviceId(device_id), f"Loa {device_id}", C1), **more)
