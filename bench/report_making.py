"""Making of alert reports as scheduler and worker do it, and the time it takes at full size."""

from __future__ import annotations

import random
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import process_time
from typing import Final

from bench.drawn_shapes import drawn_hearing
from bench.virtual_fleet.broker import VirtualBroker
from bench.virtual_fleet.timeline import Timeline
from bench.virtual_province.alerts import send_alert
from bench.virtual_province.editors import PROVINCE, Settlement, VirtualEditors
from bench.virtual_province.province import START
from bench.virtual_province.server import VirtualServer
from broadcast.alerts.orders import OrderEnd, ReachState
from cms.alert_reports.jobs import AlertReportJob, MakeAlertReport
from cms.alert_reports.repository import ReportVersions
from cms.alerts.repository.orders import Orders
from cms.platform.context import Context
from cms.platform.settings import Settings
from cms.platform.store.kinds import JobKind
from cms.platform.worker.runner import Runner
from province.areas import Point

_COMMUNES: Final = 120
_MIDDLE: Final = (11.1, 108.1)
_SPREAD_M: Final = 60_000


def full_report_s(devices: int, seed: int) -> float:
    """Make the report of an alert that sounded on this many loudspeakers; return how long that took."""
    dice = random.Random(seed)  # noqa: S311 - a simulation, no secret
    points = tuple(Point(disc.lat, disc.lon) for disc in drawn_hearing(dice, _MIDDLE, _SPREAD_M, devices))
    with tempfile.TemporaryDirectory(prefix="loa-alert-report-") as home:
        timeline = Timeline(round(START.timestamp() * 1000))
        context = VirtualServer(Settings(home=Path(home)), timeline, VirtualBroker(timeline), seed).context
        editors = VirtualEditors(context)
        editors.settle(Settlement(_COMMUNES, devices, points))
        order = send_alert(context, editors.approver, PROVINCE, lasts=timedelta(minutes=1))
        with context.uow() as unit:
            now, reaches = context.now(), unit[Orders].reaches(order.id)
            unit[Orders].report(replace(each, state=ReachState.DONE, started_at=now) for each in reaches)
            unit[Orders].end(order.id, context.now(), OrderEnd.EXPIRED)
            unit.commit()
        timeline.now_ms += 30_000
        began = process_time()
        reports = AlertReportJob(context)
        make_reports(context, reports)
        reports.step()
        with context.uow.reading() as unit:
            (report,) = unit[ReportVersions].of(order.alert_id)
        assert report.ready_at is not None
        context.engine.dispose()
        return process_time() - began


def make_reports(context: Context, job: AlertReportJob) -> None:
    """Sign the reports that were made, ask for those that are due, and make them as a worker does."""
    job.step()
    work = MakeAlertReport(context.engine, context.content, context.now)
    runner = Runner(context.uow, {JobKind.MAKE_ALERT_REPORT: work}, 20)
    for job_id in runner.due(only_urgent=False):
        runner.run(job_id)
