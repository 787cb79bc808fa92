"""Repositories of alert reports, of the inhabitants of places, and of the hearing radii of loudspeakers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from broadcast.alerts.model import AlertId
from cms.alert_reports.model import AlertReport, AlertReportId, AlertReportState
from cms.alert_reports.tables import AlertReportRow, AreaInhabitantsRow, DeviceHearingRow
from cms.platform.store.insert_or_update import add_row, put_rows
from cms.platform.store.records import KeyedRepository
from cms.platform.store.rows import change, columns_of
from cms.platform.store.uow import Repository
from devices.model import DeviceId
from province.areas import AreaId


@dataclass(frozen=True, slots=True)
class DeviceHearing:
    """Hearing radius of one loudspeaker and the inhabitants within it; None: not known."""

    device_id: DeviceId
    hearing_m: int | None
    inhabitants: int | None


class ReportVersions(KeyedRepository[AlertReportId, AlertReport], row=AlertReportRow, noun="alert_report"):
    """Versions of the reports of alerts."""

    def of(self, alert_id: AlertId) -> Sequence[AlertReport]:
        """List an alert's versions, the newest first."""
        return self._list(AlertReportRow.alert_id == alert_id, order=(AlertReportRow.version.desc(),))

    def unsigned(self, limit: int) -> Sequence[AlertReport]:
        """List those that wait for their signature, oldest first."""
        order = (AlertReportRow.asked_at, AlertReportRow.id)
        return self._list(AlertReportRow.state == AlertReportState.MADE, order=order, limit=limit)

    def add_once(self, report: AlertReport) -> bool:
        """Insert the version. False: the alert has one of that number."""
        return add_row(self._session, AlertReportRow, columns_of(report))

    def save(self, report: AlertReport) -> None:
        change(self._session, update(AlertReportRow).where(AlertReportRow.id == report.id).values(columns_of(report)))


class HearingPlaces(Repository):
    """Inhabitants of places, and hearing radii of loudspeakers."""

    def inhabitants(self) -> dict[AreaId, int]:
        """Return the number of inhabitants of every area for which one was entered."""
        rows = self._session.execute(select(AreaInhabitantsRow.area_id, AreaInhabitantsRow.inhabitants))
        return {area_id: count for area_id, count in rows}  # noqa: C416 - rows are no pairs to mypy

    def set_inhabitants(self, counts: Mapping[AreaId, int]) -> None:
        """Store these numbers in place of those of the same areas."""
        rows = [{"area_id": area_id, "inhabitants": count} for area_id, count in counts.items()]
        put_rows(self._session, AreaInhabitantsRow, rows)

    def set_devices(self, known: Iterable[DeviceHearing]) -> None:
        """Store these in place of those of the same devices."""
        put_rows(self._session, DeviceHearingRow, [columns_of(each) for each in known])
