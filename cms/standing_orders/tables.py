"""Standing orders and their firings."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.model import AlertId
from broadcast.standing_orders.model import (
    AlertStandingOrder,
    AlertStandingOrderId,
    AlertStandingOrderStatus,
    Firing,
    FiringId,
    SourceId,
)
from cms.platform.store.columns import Base


class AlertStandingOrderRow(Base, table="alert_standing_orders", value=AlertStandingOrder):
    id: Mapped[AlertStandingOrderId] = mapped_column(primary_key=True)
    proposed_at: Mapped[datetime]
    status: Mapped[AlertStandingOrderStatus] = mapped_column(index=True)
    agreed_sha256: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(2000))


class FiringRow(Base, table="alert_firings", value=Firing):
    """Firing, written once; only its review and what was heard of the same event are set afterwards."""

    __table_args__ = (Index("ix_alert_firings_order_id_fired_at", "order_id", "fired_at"),)

    id: Mapped[FiringId] = mapped_column(primary_key=True)
    order_id: Mapped[AlertStandingOrderId] = mapped_column(ForeignKey("alert_standing_orders.id"))
    alert_id: Mapped[AlertId] = mapped_column(index=True)
    source: Mapped[SourceId] = mapped_column(String(320))
    identifier: Mapped[str] = mapped_column(String(1000))
    fired_at: Mapped[datetime] = mapped_column(index=True)
    remark: Mapped[str] = mapped_column(String(2000))
    reviewed_at: Mapped[datetime | None] = mapped_column(index=True)
