"""Reports: figures of an area and a span, files of them, and subscriptions that make reports by the calendar."""

from datetime import date
from http import HTTPStatus
from typing import Literal

from flask import Response, send_file
from pydantic import BaseModel, Field

from broadcast.reports.figures import AlertFigures, Figures, Report
from broadcast.reports.model import MadeReport, Period, ReportId, ReportState, Span, Subscription, SubscriptionId
from cms.areas.repository import Places
from cms.audit.queries import jobs_progress
from cms.platform.api import caller, idempotency
from cms.platform.api.caller import routes
from cms.platform.api.idempotency import SubjectAnswer
from cms.platform.api.responses import Lines, answer, bytes_of
from cms.platform.api.strict import Id, Output, Strict, fields_of
from cms.reports.documents.formats import MEDIA
from cms.reports.queries import report
from cms.reports.repository.reports import Reports
from cms.reports.service import requests
from province.areas import AreaId
from province.errors import NotFoundError
from province.people import Action


class FiguresQuery(BaseModel):
    """Area and span of the figures: local dates of the province, both included; at most two years."""

    area: str = Field(max_length=80, description="With everything below it")
    first_on: date
    last_on: date


@fields_of(Figures)
class FiguresOut(Output):
    """Minutes, hours and shares are rounded to a tenth; lengths in ms are exact and add up."""

    airtime_ms: int = Field(description="Each airing once a place, as long as the device that sounded it longest")
    airtime_min: float
    device_ms: int = Field(description="Every device's sound")
    device_hours: float
    played_pct: float | None
    online_pct: float | None = Field(description="For how much of their time in service devices could speak")


@fields_of(AlertFigures)
class AlertFiguresOut(Output):
    answered_pct: float | None
    finished: int = Field(description="Devices that sounded it to the end at least once")
    finished_pct: float | None
    rounds: int = Field(description="Soundings to the end, of all rounds together")


class LineOut(Output):
    """``key`` is an area, a topic, a kind of item, a source or a class."""

    key: str
    name: str
    figures: FiguresOut


class BarOut(Output):
    span: Span
    airtime_ms: int
    airtime_min: float


class FeedbackFiguresOut(Output):
    received: int = Field(description="Said within the span")
    answered: int = Field(description="First answered within the span")
    waiting: int = Field(description="Not answered at its end")
    median_days: float | None = Field(description="From word to answer, of those answered")


class FeedbackLineOut(Output):
    """``key`` is a kind or an area."""

    key: str
    name: str
    figures: FeedbackFiguresOut


@fields_of(Report, hidden=("topics_before", "codes"))
class ReportFiguresOut(Output):
    """``before`` is of ``before_span``; ``above`` is what came from above."""

    whole: FiguresOut
    before: FiguresOut
    areas: list[LineOut]
    topics: list[LineOut]
    genres: list[LineOut]
    sources: list[LineOut]
    classes: list[LineOut]
    alerts: AlertFiguresOut
    alerts_before: AlertFiguresOut
    drills: AlertFiguresOut
    drills_before: AlertFiguresOut
    bars: list[BarOut]
    feedback: FeedbackFiguresOut
    feedback_before: FeedbackFiguresOut
    feedback_kinds: list[FeedbackLineOut]
    feedback_areas: list[FeedbackLineOut]


class ReportBody(Strict):
    """As for the figures."""

    area_id: Id
    first_on: date
    last_on: date


class ReportPath(BaseModel):
    report_id: str = Field(max_length=80)


class FilePath(ReportPath):
    form: Literal["xlsx", "docx", "pdf"]


@fields_of(
    MadeReport, hidden=("asked_by", "subscription_id", "job_id", "xlsx_sha256", "pdf_sha256", "docx_sha256", "seen_at")
)
class MadeReportOut(Output):
    """``progress_pct`` while it is being made; ``error`` is a stable code."""

    is_from_calendar: bool
    progress_pct: int


class SubscriptionBody(Strict):
    area_id: Id
    period: Period


class SubscriptionPath(BaseModel):
    subscription_id: str = Field(max_length=80)


@fields_of(Subscription, hidden=("user_id", "user_name"))
class SubscriptionOut(Output): ...


@routes.get("/reports/figures", summary="The figures of an area and a span", responses={200: ReportFiguresOut})
def report_figures(query: FiguresQuery) -> Response:
    span = requests.span_of(query.first_on, query.last_on)
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        here = tree.known(query.area)
        caller.require(Action.DELIVERY_READ, (here,), tree)
        found: Report = report(uow.session, tree, here, span)
    return answer(ReportFiguresOut.model_validate(found))


@routes.get(
    "/reports", summary="Reports made of places you may see, newest first", responses={200: Lines[MadeReportOut]}
)
def list_reports() -> Response:
    with caller.reading(Action.DELIVERY_READ) as (uow, tree):
        made = uow[Reports].in_areas(caller.areas_where(Action.DELIVERY_READ, tree))
        jobs = jobs_progress(uow.session, [each.job_id for each in made])
    done = {job_id: job.progress_pct for job_id, job in jobs.items()}
    return answer(Lines[MadeReportOut](items=[_told(each, done.get(each.job_id, 0)) for each in made]))


@routes.post("/reports", summary="Have a report made as a workbook and documents", responses={202: MadeReportOut})
def order_report(body: ReportBody) -> Response:
    """A worker makes it: ask for it again until its state is ready."""
    span, report_id = requests.span_of(body.first_on, body.last_on), ReportId(caller.context().new_id())
    return idempotency.once_said(
        HTTPStatus.ACCEPTED,
        lambda uow: requests.order(uow, AreaId(body.area_id), span, call=caller.call().with_id(report_id)),
        lambda uow: uow[Reports].get(report_id),
        lambda made: SubjectAnswer(_told(made, 0).model_dump_json(), f'"{made.id}-{made.state}"'),
    )


@routes.get("/reports/<report_id>", summary="How far a report is", responses={200: MadeReportOut})
def get_report(path: ReportPath) -> Response:
    found = _seen(path.report_id)
    with caller.context().uow.reading() as uow:
        job = jobs_progress(uow.session, [found.job_id]).get(found.job_id)
    return answer(_told(found, job.progress_pct if job else 0))


@routes.get(
    "/reports/<report_id>/files/<form>",
    summary="The workbook or a document of a report",
    responses=bytes_of(*MEDIA.values()),
)
def get_report_file(path: FilePath) -> Response:
    found = _seen(path.report_id)
    if found.state is not ReportState.READY or path.form not in found.files:
        raise NotFoundError("report", path.report_id)
    with caller.context().content.local_file(found.files[path.form]) as file:
        response: Response = send_file(file, mimetype=MEDIA[path.form])
    return response


@routes.get("/reports/calendar", summary="What the calendar makes for you", responses={200: Lines[SubscriptionOut]})
def list_subscriptions() -> Response:
    with caller.reading(Action.DELIVERY_READ) as (uow, _tree):
        found = uow[Reports].subscriptions(caller.actor().user_id)
    return answer(Lines[SubscriptionOut].model_validate({"items": found}))


@routes.post("/reports/calendar", summary="Have a report made after each period", responses={201: SubscriptionOut})
def subscribe_reports(body: SubscriptionBody) -> Response:
    made = requests.subscribe(caller.context().uow(), AreaId(body.area_id), body.period, call=caller.call())
    return answer(SubscriptionOut.model_validate(made), HTTPStatus.CREATED)


@routes.delete("/reports/calendar/<subscription_id>", summary="No more of these", responses={204: None})
def unsubscribe_reports(path: SubscriptionPath) -> Response:
    requests.unsubscribe(caller.context().uow(), SubscriptionId(path.subscription_id), call=caller.call())
    return Response(status=HTTPStatus.NO_CONTENT)


def _seen(report_id: str) -> MadeReport:
    with caller.context().uow.reading() as uow:
        found = uow[Reports].get(ReportId(report_id))
        return caller.seen(found, Action.DELIVERY_READ, uow[Places].tree(), "report", report_id)


def _told(made: MadeReport, progress_pct: int) -> MadeReportOut:
    done_pct = 100 if made.state is ReportState.READY else progress_pct
    return MadeReportOut.of(made, is_from_calendar=bool(made.subscription_id), progress_pct=done_pct)
