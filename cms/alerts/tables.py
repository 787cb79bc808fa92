"""Alerts, their orders and reaches."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text, false, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.hazard_rules import AlertLevel, RiskLevel, Rounds, SirenPattern
from broadcast.alerts.model import (
    Alert,
    AlertId,
    AlertKind,
    AlertPolicy,
    AlertStatus,
    AlertZone,
    HazardTableVersion,
    OrderId,
    Purpose,
    ZoneKind,
)
from broadcast.alerts.orders import Order, PartEnd, RaisedOrder, ReachState, Stop, StopId
from broadcast.speech.readings import Saying
from cms.bulletins.tables.bulletins import TITLE
from cms.platform.store.columns import Base, partial_index
from devices.health.sound_proof import SoundVerdict
from devices.model import DeviceId
from province.areas import AreaId, Point
from province.people import UserId

NAME = String(200)


class AlertRow(Base, table="alerts", value=Alert):
    __table_args__ = (Index("ix_alerts_status_changed_at", "status", "changed_at"),)

    id: Mapped[AlertId] = mapped_column(primary_key=True)
    kind: Mapped[AlertKind]
    headline: Mapped[str] = mapped_column(TITLE)
    author_id: Mapped[UserId]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[AlertStatus]
    updates_id: Mapped[AlertId | None] = mapped_column(index=True)
    cap_ref: Mapped[str] = mapped_column(index=True)
    submitter_id: Mapped[UserId | None]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    order_id: Mapped[OrderId | None]
    alone_reason: Mapped[str]
    signed_off_by: Mapped[UserId | None]
    is_prepared: Mapped[bool]
    drill_plan_id: Mapped[str] = mapped_column(index=True)
    sayings: Mapped[tuple[Saying, ...]] = mapped_column(server_default="[]")
    risk: Mapped[RiskLevel | None]
    siren: Mapped[SirenPattern | None]


class AlertAreaRow(Base, table="alert_areas"):
    """Area at which an alert is aimed: an index over ``audience.targets.areas``."""

    alert_id: Mapped[AlertId] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True, index=True)


class OrderRow(Base, table="orders", value=Order):
    """Order. Written once; only its ends are ever set afterwards."""

    id: Mapped[OrderId] = mapped_column(primary_key=True)
    alert_id: Mapped[AlertId] = mapped_column(ForeignKey("alerts.id"), index=True)
    kind: Mapped[AlertKind]
    purpose: Mapped[Purpose]
    level: Mapped[AlertLevel]
    headline: Mapped[str] = mapped_column(TITLE)
    rounds: Mapped[Rounds]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    is_silent: Mapped[bool]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    part_ends: Mapped[tuple[PartEnd, ...]] = mapped_column(server_default="[]")
    risk: Mapped[RiskLevel | None]
    siren: Mapped[SirenPattern | None]
    authorisation: Mapped[str] = mapped_column(Text, server_default=text("''"))
    origin_id: Mapped[DeviceId | None]


class RaisedOrderRow(Base, table="raised_orders", value=RaisedOrder):
    """Order as who raised the alert signed it; replaced when it is raised again."""

    id: Mapped[AlertId] = mapped_column(ForeignKey("alerts.id"), primary_key=True)
    signer_name: Mapped[str] = mapped_column(NAME)


class ReachRow(Base, table="reaches"):
    """State of an order, or a stop, on a device. ``rank`` orders the states, ``latest_rank`` the reports of rounds.

    ``point`` is where the device stood, written when it is moved or measured again (``is_placed``): until then it still
    stands there.
    """

    # Asked for every few seconds by each open page about loudspeakers: few of an order's devices sound at one moment.
    __table_args__ = (partial_index("ix_reaches_sounding", "order_id", where="latest = 'sounding'"),)

    order_id: Mapped[OrderId] = mapped_column(primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    device_name: Mapped[str]
    area_id: Mapped[AreaId]
    state: Mapped[ReachState]
    rank: Mapped[int]
    changed_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    code: Mapped[str]
    amp_ma: Mapped[int | None]
    mic_db: Mapped[float | None]
    sent: Mapped[int]
    received_at: Mapped[datetime | None]
    delay_ms: Mapped[int | None]
    sound: Mapped[SoundVerdict | None]
    neighbours_db: Mapped[float | None]
    point: Mapped[Point | None]
    is_placed: Mapped[bool] = mapped_column(server_default=false())
    closed_at: Mapped[datetime | None]
    round: Mapped[int] = mapped_column(server_default="0")
    turn: Mapped[int] = mapped_column(server_default="0")
    latest: Mapped[ReachState | None]
    latest_at: Mapped[datetime | None]
    latest_rank: Mapped[int] = mapped_column(server_default="-1")


class StopRow(Base, table="stops", value=Stop):
    id: Mapped[StopId] = mapped_column(primary_key=True)
    by: Mapped[UserId]
    at: Mapped[datetime] = mapped_column(index=True)


class DeclarationRightRow(Base, table="declaration_rights"):
    """Right to declare alerts of one level, of a person in an area; the audit log says who gave it."""

    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"), primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    level: Mapped[AlertLevel]


class AlertPolicyRow(Base, table="alert_policy"):
    """Alert policy of the province. The only row has id 1."""

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    policy: Mapped[AlertPolicy]


class HazardTableRow(Base, table="hazard_tables", value=HazardTableVersion):
    """Hazard tables of the province, one a version; the newest is in force. Written once."""

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str]


class AlertZoneRow(Base, table="alert_zones", value=AlertZone):
    """Named zones of the province."""

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(NAME, unique=True)
    kind: Mapped[ZoneKind]
    changed_at: Mapped[datetime]


class DrillPlanRow(Base, table="drill_plans", value=DrillPlan):
    __table_args__ = (Index("ix_drill_plans_status_next_at", "status", "next_at"),)

    id: Mapped[DrillPlanId] = mapped_column(primary_key=True)
    proposed_at: Mapped[datetime]
    status: Mapped[DrillPlanStatus]
    next_at: Mapped[datetime | None]


class UnknownOrderRow(Base, table="unknown_orders"):
    """Order that a device holds and this database, restored from a back-up, does not know."""

    order_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    reported_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
