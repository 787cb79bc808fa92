"""Figures of reports by day and month, and the reports that were made.

``grain`` is ``d`` for a local date, ``m`` for the month that begins on it.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.model import AlertKind, OrderId
from broadcast.bulletins.priority import PriorityClass
from broadcast.reports.model import Period, ReportId, ReportState, SubscriptionId
from cms.areas.tables import AREA_ID
from cms.bulletins.tables.bulletins import TITLE
from cms.fleet.tables import DEVICE_ID
from cms.platform.store.columns import ID, Base, EnumColumn, Utc
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId
from province.people import UserId

GRAIN = String(1)


class PresenceChangeRow(Base):
    """Presence change: a device connected or disconnected. Kept until no day still to be counted needs it."""

    __tablename__ = "presence_changes"

    device_id: Mapped[DeviceId] = mapped_column(DEVICE_ID, primary_key=True)
    at: Mapped[datetime] = mapped_column(Utc, primary_key=True)
    online: Mapped[bool]


class ReportDayRow(Base):
    """Day of reports. ``marks`` rises with every record of the day; ``counted`` is how many of them its figures hold.

    A closed day's fleet is final: only as-run records come late.
    """

    __tablename__ = "report_days"

    on: Mapped[date] = mapped_column(primary_key=True)
    marks: Mapped[int]
    counted: Mapped[int]
    counted_at: Mapped[datetime | None] = mapped_column(Utc)
    is_closed: Mapped[bool]


class ReportAirtimeRow(Base):
    __tablename__ = "report_airtime"

    grain: Mapped[str] = mapped_column(GRAIN, primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True)
    topic: Mapped[str] = mapped_column(String(80), primary_key=True)
    origin: Mapped[str] = mapped_column(TITLE, primary_key=True)
    priority: Mapped[PriorityClass] = mapped_column(EnumColumn(PriorityClass), primary_key=True)
    airings: Mapped[int]
    airtime_ms: Mapped[int] = mapped_column(BigInteger)
    device_ms: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[int]
    cut: Mapped[int]
    missed: Mapped[int]


class ReportFleetRow(Base):
    """Fleet figures. ``devices`` of a month is 0: it is computed from its days."""

    __tablename__ = "report_fleet"

    grain: Mapped[str] = mapped_column(GRAIN, primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True)
    kind: Mapped[DeviceKind] = mapped_column(EnumColumn(DeviceKind), primary_key=True)
    devices: Mapped[int]
    service_ms: Mapped[int] = mapped_column(BigInteger)
    online_ms: Mapped[int] = mapped_column(BigInteger)


class ReportAlertRow(Base):
    """Sending of an alert in an area, on the local date it went out."""

    __tablename__ = "report_alerts"
    __table_args__ = (Index("ix_report_alerts_on", "on"),)

    order_id: Mapped[OrderId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True)
    on: Mapped[date]
    kind: Mapped[AlertKind] = mapped_column(EnumColumn(AlertKind))
    meant: Mapped[int]
    answered: Mapped[int]
    sounded: Mapped[int]
    finished: Mapped[int] = mapped_column(server_default="0")
    rounds: Mapped[int] = mapped_column(server_default="0")


class ReportAreaRow(Base):
    """Name of an area from a date on."""

    __tablename__ = "report_areas"

    area_id: Mapped[AreaId] = mapped_column(AREA_ID, primary_key=True)
    since_on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))


class SubscriptionRow(Base):
    __tablename__ = "report_subscriptions"
    __table_args__ = (UniqueConstraint("user_id", "area_id", "period"),)

    id: Mapped[SubscriptionId] = mapped_column(ID, primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ID, ForeignKey("users.id"))
    user_name: Mapped[str] = mapped_column(String(200))
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    period: Mapped[Period] = mapped_column(EnumColumn(Period))
    since_on: Mapped[date]
    asked_at: Mapped[datetime] = mapped_column(Utc)


class ReportRow(Base):
    """Report, one for each period of a subscription, however often it is requested."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("ix_reports_asked_at", "asked_at"),
        Index("ix_reports_asked_by", "asked_by"),
        Index(
            "uq_reports_subscription_id_first_on",
            "subscription_id",
            "first_on",
            unique=True,
            sqlite_where=text("subscription_id != ''"),
            postgresql_where=text("subscription_id != ''"),
        ),
    )

    id: Mapped[ReportId] = mapped_column(ID, primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(AREA_ID, ForeignKey("areas.id"))
    area_name: Mapped[str] = mapped_column(String(200))
    first_on: Mapped[date]
    last_on: Mapped[date]
    asked_by: Mapped[UserId] = mapped_column(ID)
    asked_by_name: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[datetime] = mapped_column(Utc)
    subscription_id: Mapped[str] = mapped_column(ID)
    job_id: Mapped[str] = mapped_column(ID)
    state: Mapped[ReportState] = mapped_column(EnumColumn(ReportState))
    xlsx_sha256: Mapped[str] = mapped_column(String(64))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime | None] = mapped_column(Utc)
    counted_at: Mapped[datetime | None] = mapped_column(Utc)
    seen_at: Mapped[datetime | None] = mapped_column(Utc)
    error: Mapped[str] = mapped_column(String(200))
