"""Report files: ordered, made by a worker, downloaded; and subscriptions that make them by the calendar."""

from http import HTTPStatus
from typing import Final

from flask import flash, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from broadcast.reports.model import MadeReport, Period, ReportId, ReportState, SubscriptionId
from cms.audit.queries import jobs_progress
from cms.platform.clean_text import hyphenated
from cms.platform.web import messages, request_context
from cms.platform.web.forms import Answer, confirmed
from cms.platform.web.languages import _
from cms.platform.web.request_context import call, context, new_unit, pages
from cms.reports.documents.formats import MEDIA
from cms.reports.repository.reports import Reports
from cms.reports.service import requests
from cms.reports.views import reports
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError
from province.people import Action

FILE_NAMES: Final = {"docx": "Word", "pdf": "PDF", "xlsx": "Excel"}
"""Names of the files on screen, by their form."""


@pages.post("/reports/files")
def order_report() -> Answer:
    try:
        choice = reports.chosen()
    except InvalidError:
        return reports.reports()
    requests.order(new_unit(), choice.area.id, choice.span, call=call())
    flash(_("The report is being made. You may leave this page; the work goes on."), "good")
    return redirect(f"{choice.link()}#files")


@pages.get("/reports/files")
def report_list() -> str:
    """Render the list; the page polls it while a report is being made."""
    messages.tree_for(Action.DELIVERY_READ)
    return render_template("reports/_report_files.html", span_words=reports.span_words, **shelf())


@pages.get("/reports/files/<report_id>/<form>")
def report_file(report_id: str, form: str) -> Response:
    """Send the workbook or the document, to users who may see the airings there."""
    with context().uow.reading() as uow:
        found = uow[Reports].get(ReportId(report_id))
        tree = messages.tree(uow)
    if found.state is not ReportState.READY or form not in found.files:
        raise NotFoundError("report", report_id)
    if not request_context.can(Action.DELIVERY_READ, found.area_id, tree):
        raise NotFoundError("report", report_id)
    with context().content.local_file(found.files[form]) as path:
        return send_file(path, mimetype=MEDIA[form], as_attachment=True, download_name=file_name(found, form))


@pages.post("/reports/calendar")
def subscribe_reports() -> Answer:
    try:
        requests.subscribe(
            new_unit(),
            AreaId(request.form.get("area", "")),
            Period(asked) if (asked := request.form.get("period", "")) in set(Period) else Period.MONTH,
            call=call(),
        )
    except InvalidError as error:
        known = request.form.get("area", "") in messages.tree()
        if not known:
            raise
        return reports.page(reports.chosen(), problems=error.problems), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(_("From now on the report is made after each period. Reports in the menu tells of new ones."), "good")
    return redirect(url_for("web.reports", area=request.form["area"], _anchor="calendar"))


@pages.post("/reports/calendar/<subscription_id>/remove")
def unsubscribe_reports(subscription_id: str) -> Response:
    requests.unsubscribe(new_unit(), SubscriptionId(subscription_id), call=call())
    return confirmed(_("No more are made. Those that were made stay."), "web.reports", _anchor="calendar")


def shelf() -> dict[str, object]:
    """Return the reports of the user's areas with their progress, and the subscriptions."""
    mine = messages.held(Action.DELIVERY_READ)
    with context().uow.reading() as uow:
        made = uow[Reports].in_areas(mine)
        making = [each.job_id for each in made if each.state is ReportState.MAKING]
        jobs = jobs_progress(uow.session, making) if making else {}
        subscriptions = uow[Reports].subscriptions(request_context.actor().user_id)
    return {"made": made, "jobs": jobs, "subscriptions": subscriptions, "file_names": FILE_NAMES}


def see_new() -> int:
    """Mark the calendar's reports as seen, and return how many the user had not seen before."""
    user_id = request_context.actor().user_id
    with new_unit() as uow:
        if not uow[Reports].unseen(user_id):
            return 0
        new = uow[Reports].see(user_id, context().now())
        uow.commit()
    return new


def unseen_reports() -> int:
    """Return the number of reports that the user has not seen."""
    with context().uow.reading() as uow:
        return uow[Reports].unseen(request_context.actor().user_id)


def file_name(report: MadeReport, form: str) -> str:
    return f"bao-cao-{hyphenated(report.area_name)}-{report.first_on}-{report.last_on}.{form}"
