"""Reports of alerts, inhabitants of places, and hearing radii of loudspeakers."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from broadcast.alerts.model import AlertId
from cms.alert_reports.model import AlertReport, AlertReportId, AlertReportState
from cms.platform.store.columns import Base
from devices.model import DeviceId
from province.areas import AreaId


class AlertReportRow(Base, table="alert_reports", value=AlertReport):
    """Version of a report. Both files are content."""

    __table_args__ = (UniqueConstraint("alert_id", "version"),)

    id: Mapped[AlertReportId] = mapped_column(primary_key=True)
    alert_id: Mapped[AlertId] = mapped_column(ForeignKey("alerts.id"))
    version: Mapped[int]
    mark: Mapped[str] = mapped_column(String(120))
    asked_at: Mapped[datetime]
    job_id: Mapped[str]
    state: Mapped[AlertReportState] = mapped_column(index=True)
    signature: Mapped[str] = mapped_column(Text)
    error: Mapped[str] = mapped_column(String(200))


class AreaInhabitantsRow(Base, table="area_inhabitants"):
    """Number of inhabitants of an area, everything below it included."""

    area_id: Mapped[AreaId] = mapped_column(ForeignKey("areas.id"), primary_key=True)
    inhabitants: Mapped[int]


class DeviceHearingRow(Base, table="device_hearing"):
    """Radius within which a loudspeaker is heard, and the inhabitants there; None: not known for this one."""

    device_id: Mapped[DeviceId] = mapped_column(ForeignKey("devices.id"), primary_key=True)
    hearing_m: Mapped[int | None]
    inhabitants: Mapped[int | None]
