"""Reports of alerts, for other systems."""

from flask import Response
from pydantic import BaseModel, Field

from cms.alert_reports import service
from cms.alert_reports.files import MEDIA, sent_file
from cms.alert_reports.model import AlertReport
from cms.alert_reports.repository import ReportVersions
from cms.alerts.api.alerts import readable
from cms.platform.api import caller
from cms.platform.api.caller import routes
from cms.platform.api.responses import Lines, answer, bytes_of
from cms.platform.api.strict import Output, fields_of


class AlertReportsPath(BaseModel):
    alert_id: str = Field(max_length=80)


class AlertReportPath(AlertReportsPath):
    version: int = Field(ge=1, le=1_000)
    form: str = Field(max_length=8, description="pdf, json, or jws: the signature over both")


@fields_of(AlertReport, hidden=("mark", "job_id", "public_sha256", "summary"))
class AlertReportOut(Output):
    changes: int = Field(description="Loudspeakers with another result than in the version before")
    signature: str = Field(description="JWS over the hashes of both files; empty until they can be read")


@routes.get(
    "/alerts/<alert_id>/reports",
    summary="Versions of the alert's report, newest first",
    responses={200: Lines[AlertReportOut]},
)
def list_alert_reports(path: AlertReportsPath) -> Response:
    alert = readable(path.alert_id)
    with caller.context().uow.reading() as uow:
        found = uow[ReportVersions].of(alert.id)
    return answer(Lines[AlertReportOut].model_validate({"items": found}))


@routes.get(
    "/alerts/<alert_id>/reports/<version>/<form>",
    summary="A file of the alert's report",
    responses=bytes_of(*MEDIA.values()),
)
def get_alert_report_file(path: AlertReportPath) -> Response:
    alert = readable(path.alert_id)
    with caller.context().uow.reading() as uow:
        found = service.version_of(uow, alert.id, path.version)
    return sent_file(caller.context().content, found, path.form, alert.headline)
