"""Gauges, their readings and states, rules of limits, and rises."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.model import AlertId
from broadcast.gauges.model import (
    Gauge,
    GaugeId,
    GaugeRise,
    GaugeRule,
    GaugeRuleId,
    GaugeRuleState,
    GaugeState,
    StoredReading,
)
from cms.platform.store.columns import Base


class GaugeRow(Base, table="gauges", value=Gauge):
    """Gauge. Never deleted: ``retired_at`` ends it."""

    id: Mapped[GaugeId] = mapped_column(primary_key=True)
    name: Mapped[str]
    secret_hash: Mapped[str] = mapped_column(unique=True)
    retired_at: Mapped[datetime | None]


class GaugeStateRow(Base, table="gauge_states", value=GaugeState):
    """State of a gauge, written with its readings."""

    gauge_id: Mapped[GaugeId] = mapped_column(ForeignKey("gauges.id"), primary_key=True)


class GaugeReadingRow(Base, table="gauge_readings", value=StoredReading):
    """Reading: one an instant of a gauge, so that the same one is stored once however often it comes."""

    __table_args__ = (Index("ix_gauge_readings_at", "at"),)

    gauge_id: Mapped[GaugeId] = mapped_column(ForeignKey("gauges.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    value: Mapped[float]


class GaugeRuleRow(Base, table="gauge_rules", value=GaugeRule):
    """Rule of limits."""

    id: Mapped[GaugeRuleId] = mapped_column(primary_key=True)
    name: Mapped[str]


class GaugeRuleStateRow(Base, table="gauge_rule_states", value=GaugeRuleState):
    """State of a rule, written with the readings of its gauges."""

    rule_id: Mapped[GaugeRuleId] = mapped_column(ForeignKey("gauge_rules.id"), primary_key=True)


class GaugeRiseRow(Base, table="gauge_rises", value=GaugeRise):
    """Rise to a limit. Written once; only its end is set afterwards."""

    __table_args__ = (Index("ix_gauge_rises_rule_id_at", "rule_id", "at"), Index("ix_gauge_rises_at", "at"))

    id: Mapped[str] = mapped_column(primary_key=True)
    rule_id: Mapped[GaugeRuleId] = mapped_column(ForeignKey("gauge_rules.id"))
    at: Mapped[datetime]
    fell_at: Mapped[datetime | None]
    alert_id: Mapped[AlertId | None] = mapped_column(ForeignKey("alerts.id"))
