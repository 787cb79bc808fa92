"""Files of an alert's report, for those who may see the alert."""

from werkzeug.wrappers import Response

from cms.alert_reports import service
from cms.alert_reports.files import sent_file
from cms.alerts.views import page as alert_page
from cms.platform.web.request_context import context, pages


@pages.get("/alerts/<alert_id>/reports/<int:version>/<form>")
def alert_report_file(alert_id: str, version: int, form: str) -> Response:
    """Send one of the files: the paper, the content, or the signature over both."""
    alert = alert_page.see(alert_id)
    with context().uow.reading() as unit:
        found = service.version_of(unit, alert.id, version)
    return sent_file(context().content, found, form, alert.headline)
