"""Report and forecast of an alert: parts of its page, and the files, for those who may see the alert."""

from typing import Final

from flask import render_template
from werkzeug.wrappers import Response

from broadcast.alerts.lifecycle import OPEN
from broadcast.alerts.model import Alert, AlertStatus
from cms.alert_reports import service
from cms.alert_reports.files import sent_file
from cms.alert_reports.labels import REASONS
from cms.alert_reports.model import AlertReportState
from cms.alert_reports.queries.forecasts import forecast_of
from cms.alert_reports.repository import ReportVersions
from cms.alerts.views import page as alert_page
from cms.platform.web import messages, request_context
from cms.platform.web.request_context import context, pages
from province.errors import NotFoundError

FILES: Final = {"pdf": "PDF", "json": "JSON", "jws": "JWS"}
"""Names of the files on screen, by their form."""
_DIGITS_MOST: Final = 6
_BEING_MADE: Final = (AlertReportState.MAKING, AlertReportState.MADE)


@pages.get("/alerts/<alert_id>/reports/<version>/<form>")
def alert_report_file(alert_id: str, version: str, form: str) -> Response:
    """Send one of the files: the paper, the content, or the signature over both."""
    alert = alert_page.see(alert_id)
    if not version.isdecimal() or len(version) > _DIGITS_MOST:
        raise NotFoundError("report", version)
    with context().uow.reading() as unit:
        found = service.version_of(unit, alert.id, int(version))
    return sent_file(context().content, found, form, alert.headline)


@pages.get("/alerts/<alert_id>/forecast")
def alert_forecast(alert_id: str) -> str:
    """Render who would be warned if the waiting alert were approved now; its page fetches it, as it takes a while."""
    alert = alert_page.see(alert_id)
    if alert.status is not AlertStatus.SUBMITTED:
        raise NotFoundError("forecast", alert_id)
    with request_context.session() as session:
        found = forecast_of(session, alert.audience, messages.tree(), request_context.today())
    return render_template("alerts/_alert_forecast.html", forecast=found, miss_words=REASONS)


def variables(alert: Alert) -> dict[str, object]:
    """Return what the page of an alert shows of its report: the versions; None: it has not ended, or gets none."""
    reports = None
    if alert.order_id is not None and not alert.is_calm and alert.status not in OPEN:
        with request_context.session() as session:
            reports = ReportVersions(session).of(alert.id)
    return {
        "reports": reports,
        "report_files": FILES,
        "is_report_due": reports is not None and (not reports or reports[0].state in _BEING_MADE),
    }
