"""Orders as an approval freezes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import AlertId, AlertKind, Audience, OrderId, Purpose
from broadcast.alerts.orders import Order, Spoken
from broadcast.bulletins.model import Rendition, Targets
from province.areas import AreaId

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


def rendition(letter: str = "a", size: int = 40_000) -> Rendition:
    return Rendition("alert-opus", letter * 64, size, 20_000, "audio/ogg")


def an_order(name: str = "order-1", *, areas: tuple[str, ...] = ("xa-1",), **changes: Any) -> Order:
    values: dict[str, Any] = {
        "id": OrderId(name),
        "alert_id": AlertId("alert-1"),
        "kind": AlertKind.LIVE,
        "purpose": Purpose.WARNING,
        "hazard": Hazard.FLOOD,
        "level": AlertLevel.TWO,
        "headline": "Lũ trên sông Cái",
        "text": "Nước lên nhanh. Bà con ở ven sông lên chỗ cao ngay.",
        "audience": Audience(Targets(tuple(AreaId(area) for area in areas))),
        "spoken": (Spoken("vi", rendition("a"), rendition("b")),),
        "rounds": Rounds((300_000,), 1_800_000),
        "issued_at": AT,
        "expires_at": AT + timedelta(hours=6),
        "approved_by": ("Trần Văn B",),
    }
    return Order(**{**values, **changes})
