"""Reports that the public may read."""

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from broadcast.alerts.model import AlertId, AlertKind
from cms.alert_reports.model import AlertReport, AlertReportState
from cms.alert_reports.tables import AlertReportRow
from cms.alerts.repository.alerts import AlertPolicies
from cms.alerts.tables import AlertRow
from cms.platform.store.rows import among, value_of


def published_reports(session: Session, alert_ids: Collection[AlertId]) -> dict[AlertId, AlertReport]:
    """Return the newest version of those of these live alerts that have one, where the policy publishes reports."""
    if not alert_ids or not AlertPolicies(session).get().publishes_reports:
        return {}
    rows = session.scalars(
        select(AlertReportRow)
        .join(AlertRow, AlertRow.id == AlertReportRow.alert_id)
        .where(
            among(AlertReportRow.alert_id, alert_ids),
            AlertReportRow.state == AlertReportState.READY,
            AlertRow.kind == AlertKind.LIVE,
        )
        .order_by(AlertReportRow.version)
    )
    return {row.alert_id: value_of(AlertReport, row) for row in rows}
