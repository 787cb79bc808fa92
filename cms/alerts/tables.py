"""Alerts, their orders and reaches. Columns are named like the fields they hold."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.drills import DrillPlanId, DrillPlanStatus
from broadcast.alerts.hazard_rules import AlertLevel, Rounds
from broadcast.alerts.hazards import Hazard
from broadcast.alerts.model import (
    Alert,
    AlertFacts,
    AlertId,
    AlertKind,
    AlertStatus,
    Audience,
    OrderId,
    Purpose,
    Wording,
)
from broadcast.alerts.orders import OrderEnd, PartEnd, ReachState, Spoken, StopId
from broadcast.alerts.policy import AlertPolicy
from broadcast.bulletins.schedules import Schedule
from broadcast.speech.readings import Saying
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Frozen, Grade, Utc
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceId
from province.areas import AreaId, Point
from province.people import UserId

NAME = String(200)


class AlertRow(Base):
    __tablename__ = "alerts"
    __table_args__ = (
        Index("ix_alerts_status_changed_at", "status", "changed_at"),
        Index("ix_alerts_changed_at", "changed_at"),
    )

    id: Mapped[AlertId] = mapped_column(ID, primary_key=True)
    kind: Mapped[AlertKind] = mapped_column(EnumColumn(AlertKind))
    hazard: Mapped[Hazard] = mapped_column(EnumColumn(Hazard))
    level: Mapped[AlertLevel] = mapped_column(Grade(AlertLevel))
    headline: Mapped[str] = mapped_column(TITLE)
    audience: Mapped[Audience] = mapped_column(Frozen(Audience))
    facts: Mapped[AlertFacts] = mapped_column(Frozen(AlertFacts))
    wordings: Mapped[tuple[Wording, ...]] = mapped_column(Frozen(tuple[Wording, ...]))
    rounds: Mapped[Rounds] = mapped_column(Frozen(Rounds))
    expires_at: Mapped[datetime] = mapped_column(Utc)
    author_id: Mapped[UserId] = mapped_column(ID)
    author_name: Mapped[str] = mapped_column(NAME)
    created_at: Mapped[datetime] = mapped_column(Utc)
    changed_at: Mapped[datetime] = mapped_column(Utc)
    status: Mapped[AlertStatus] = mapped_column(EnumColumn(AlertStatus))
    version: Mapped[int]
    purpose: Mapped[Purpose] = mapped_column(EnumColumn(Purpose))
    updates_id: Mapped[AlertId | None] = mapped_column(ID, index=True)
    is_minor: Mapped[bool]
    is_silent: Mapped[bool]
    cap_ref: Mapped[str] = mapped_column(Text, index=True)
    submitter_id: Mapped[UserId | None] = mapped_column(ID)
    submitter_name: Mapped[str] = mapped_column(NAME)
    submitted_at: Mapped[datetime | None] = mapped_column(Utc)
    approver_id: Mapped[UserId | None] = mapped_column(ID)
    approver_name: Mapped[str] = mapped_column(NAME)
    approved_at: Mapped[datetime | None] = mapped_column(Utc)
    order_id: Mapped[OrderId | None] = mapped_column(ID)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by_name: Mapped[str] = mapped_column(NAME)
    reason: Mapped[str] = mapped_column(Text)
    alone_reason: Mapped[str] = mapped_column(Text)
    signed_off_by: Mapped[UserId | None] = mapped_column(ID)
    worded_at: Mapped[datetime | None] = mapped_column(Utc)
    is_prepared: Mapped[bool]
    own_versions: Mapped[int]
    drill_plan_id: Mapped[str] = mapped_column(ID, index=True)
    sayings: Mapped[tuple[Saying, ...]] = mapped_column(Frozen(tuple[Saying, ...]), server_default="[]")


class AlertAreaRow(Base):
    """Area at which an alert is aimed: an index over ``audience.targets.areas``."""

    __tablename__ = "alert_areas"

    alert_id: Mapped[AlertId] = mapped_column(ID, ForeignKey("alerts.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True, index=True)


class OrderRow(Base):
    """Order. Written once; only its ends are ever set afterwards."""

    __tablename__ = "orders"

    id: Mapped[OrderId] = mapped_column(ID, primary_key=True)
    alert_id: Mapped[AlertId] = mapped_column(ID, ForeignKey("alerts.id"), index=True)
    kind: Mapped[AlertKind] = mapped_column(EnumColumn(AlertKind))
    purpose: Mapped[Purpose] = mapped_column(EnumColumn(Purpose))
    hazard: Mapped[Hazard] = mapped_column(EnumColumn(Hazard))
    level: Mapped[AlertLevel] = mapped_column(Grade(AlertLevel))
    headline: Mapped[str] = mapped_column(TITLE)
    text: Mapped[str] = mapped_column(Text)
    audience: Mapped[Audience] = mapped_column(Frozen(Audience))
    spoken: Mapped[tuple[Spoken, ...]] = mapped_column(Frozen(tuple[Spoken, ...]))
    rounds: Mapped[Rounds] = mapped_column(Frozen(Rounds))
    issued_at: Mapped[datetime] = mapped_column(Utc)
    expires_at: Mapped[datetime] = mapped_column(Utc)
    approved_by: Mapped[tuple[str, ...]] = mapped_column(Frozen(tuple[str, ...]))
    replaces: Mapped[tuple[OrderId, ...]] = mapped_column(Frozen(tuple[str, ...]))
    is_minor: Mapped[bool]
    is_silent: Mapped[bool]
    ended_at: Mapped[datetime | None] = mapped_column(Utc, index=True)
    part_ends: Mapped[tuple[PartEnd, ...]] = mapped_column(Frozen(tuple[PartEnd, ...]), server_default="[]")
    end_reason: Mapped[OrderEnd | None] = mapped_column(EnumColumn(OrderEnd))


class ReachRow(Base):
    """State of an order, or a stop, on a device. ``rank`` orders the states, ``latest_rank`` the reports of rounds.

    ``point`` is where the device stood, written when it is moved or measured again (``is_placed``): until then it still
    stands there.
    """

    __tablename__ = "reaches"

    order_id: Mapped[OrderId] = mapped_column(ID, primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    device_name: Mapped[str] = mapped_column(NAME)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID)
    state: Mapped[ReachState] = mapped_column(EnumColumn(ReachState))
    rank: Mapped[int]
    changed_at: Mapped[datetime | None] = mapped_column(Utc)
    started_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
    code: Mapped[str] = mapped_column(String(64))
    amp_ma: Mapped[int | None]
    mic_db: Mapped[float | None]
    sent: Mapped[int]
    received_at: Mapped[datetime | None] = mapped_column(Utc)
    delay_ms: Mapped[int | None]
    sound: Mapped[SoundVerdict | None] = mapped_column(EnumColumn(SoundVerdict))
    point: Mapped[Point | None] = mapped_column(Frozen(Point | None))
    is_placed: Mapped[bool] = mapped_column(server_default=false())
    closed_at: Mapped[datetime | None] = mapped_column(Utc)
    round: Mapped[int] = mapped_column(server_default="0")
    turn: Mapped[int] = mapped_column(server_default="0")
    latest: Mapped[ReachState | None] = mapped_column(EnumColumn(ReachState))
    latest_at: Mapped[datetime | None] = mapped_column(Utc)
    latest_rank: Mapped[int] = mapped_column(server_default="-1")


class StopRow(Base):
    __tablename__ = "stops"

    id: Mapped[StopId] = mapped_column(ID, primary_key=True)
    areas: Mapped[tuple[AreaId, ...]] = mapped_column(Frozen(tuple[str, ...]))
    prio: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
    by: Mapped[UserId] = mapped_column(ID)
    by_name: Mapped[str] = mapped_column(NAME)
    at: Mapped[datetime] = mapped_column(Utc, index=True)
    hush_until_at: Mapped[datetime | None] = mapped_column(Utc)
    lifts: Mapped[StopId | None] = mapped_column(ID)


class DeclarationRightRow(Base):
    """Right to declare alerts of one level, of a person in an area; the audit log says who gave it."""

    __tablename__ = "declaration_rights"

    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"), primary_key=True)
    level: Mapped[AlertLevel] = mapped_column(Grade(AlertLevel))


class AlertPolicyRow(Base):
    """Alert policy of the province. The only row has id 1."""

    __tablename__ = "alert_policy"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    policy: Mapped[AlertPolicy] = mapped_column(Frozen(AlertPolicy))


class DrillPlanRow(Base):
    __tablename__ = "drill_plans"
    __table_args__ = (Index("ix_drill_plans_status_next_at", "status", "next_at"),)

    id: Mapped[DrillPlanId] = mapped_column(ID, primary_key=True)
    pattern: Mapped[Alert] = mapped_column(Frozen(Alert))
    schedules: Mapped[tuple[Schedule, ...]] = mapped_column(Frozen(tuple[Schedule, ...]))
    lasts_ms: Mapped[int]
    proposed_by: Mapped[UserId] = mapped_column(ID)
    proposed_by_name: Mapped[str] = mapped_column(NAME)
    proposed_at: Mapped[datetime] = mapped_column(Utc)
    status: Mapped[DrillPlanStatus] = mapped_column(EnumColumn(DrillPlanStatus))
    version: Mapped[int]
    approved_by: Mapped[UserId | None] = mapped_column(ID)
    approved_by_name: Mapped[str] = mapped_column(NAME)
    approved_at: Mapped[datetime | None] = mapped_column(Utc)
    next_at: Mapped[datetime | None] = mapped_column(Utc)
    ended_by_name: Mapped[str] = mapped_column(NAME)
    reason: Mapped[str] = mapped_column(Text)


class UnknownOrderRow(Base):
    """Order that a device holds and this database, restored from a back-up, does not know."""

    __tablename__ = "unknown_orders"

    order_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, ForeignKey("devices.id"), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(Utc, index=True)
    reported_at: Mapped[datetime] = mapped_column(Utc)
    ended_at: Mapped[datetime | None] = mapped_column(Utc)
