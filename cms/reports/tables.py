"""Figures of reports by day and month, and the reports that were made.

``grain`` is ``d`` for a local date, ``m`` for the month that begins on it.
"""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.model import AlertKind, OrderId
from broadcast.bulletins.priority import PriorityClass
from broadcast.reports.model import MadeReport, ReportId, ReportState, Subscription, SubscriptionId
from cms.platform.store.columns import Base, partial_index
from devices.model import DeviceId, DeviceKind
from province.areas import AreaId
from province.people import UserId

GRAIN = String(1)


class PresenceChangeRow(Base, table="presence_changes"):
    """Presence change: a device connected or disconnected. Kept until no day still to be counted needs it."""

    device_id: Mapped[DeviceId] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(primary_key=True)
    online: Mapped[bool]


class ReportDayRow(Base, table="report_days"):
    """Day of reports. ``marks`` rises with every record of the day; ``counted`` is how many of them its figures hold.

    A closed day's fleet is final: only as-run records come late.
    """

    on: Mapped[date] = mapped_column(primary_key=True)
    marks: Mapped[int]
    counted: Mapped[int]
    counted_at: Mapped[datetime | None]
    is_closed: Mapped[bool]


class ReportAirtimeRow(Base, table="report_airtime"):
    grain: Mapped[str] = mapped_column(GRAIN, primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    origin: Mapped[str] = mapped_column(primary_key=True)
    priority: Mapped[PriorityClass] = mapped_column(primary_key=True)
    genre: Mapped[str] = mapped_column(primary_key=True, server_default=text("''"))
    airings: Mapped[int]
    airtime_ms: Mapped[int] = mapped_column(BigInteger)
    device_ms: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[int]
    cut: Mapped[int]
    missed: Mapped[int]


class ReportFleetRow(Base, table="report_fleet"):
    """Fleet figures. ``devices`` of a month is 0: it is computed from its days."""

    grain: Mapped[str] = mapped_column(GRAIN, primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True)
    kind: Mapped[DeviceKind] = mapped_column(primary_key=True)
    devices: Mapped[int]
    service_ms: Mapped[int] = mapped_column(BigInteger)
    online_ms: Mapped[int] = mapped_column(BigInteger)


class ReportAlertRow(Base, table="report_alerts"):
    """Sending of an alert in an area, on the local date it went out."""

    order_id: Mapped[OrderId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(primary_key=True)
    on: Mapped[date] = mapped_column(index=True)
    kind: Mapped[AlertKind]
    meant: Mapped[int]
    answered: Mapped[int]
    sounded: Mapped[int]
    finished: Mapped[int] = mapped_column(server_default="0")
    rounds: Mapped[int] = mapped_column(server_default="0")


class ReportAreaRow(Base, table="report_areas"):
    """Name of an area from a date on."""

    area_id: Mapped[AreaId] = mapped_column(primary_key=True)
    since_on: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]


class SubscriptionRow(Base, table="report_subscriptions", value=Subscription):
    __table_args__ = (UniqueConstraint("user_id", "area_id", "period"),)

    id: Mapped[SubscriptionId] = mapped_column(primary_key=True)
    user_id: Mapped[UserId] = mapped_column(ForeignKey("users.id"))
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    asked_at: Mapped[datetime]


class ReportRow(Base, table="reports", value=MadeReport):
    """Report, one for each period of a subscription, however often it is requested."""

    __table_args__ = (
        partial_index(
            "uq_reports_subscription_id_first_on",
            "subscription_id",
            "first_on",
            where="subscription_id != ''",
            unique=True,
        ),
    )

    id: Mapped[ReportId] = mapped_column(primary_key=True)
    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"))
    first_on: Mapped[date]
    asked_by: Mapped[UserId] = mapped_column(index=True)
    asked_at: Mapped[datetime] = mapped_column(index=True)
    subscription_id: Mapped[str]
    state: Mapped[ReportState]
    docx_sha256: Mapped[str] = mapped_column(server_default=text("''"))
    seen_at: Mapped[datetime | None]
    error: Mapped[str] = mapped_column(String(200))
