"""Reports made as gateway and worker would, for tests of screens, files and API."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.transmissions import OccurrenceId, Transmission
from broadcast.reports.figures import Report
from broadcast.reports.model import MadeReport, Period, Span, Subscription, SubscriptionId
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Transmissions
from cms.platform.store.engine import reading
from cms.platform.store.kinds import JobKind
from cms.platform.worker.runner import Runner, Work
from cms.reports.jobs import CountFigures, Counting, MakeReport, ReportScheduler
from cms.reports.queries import report
from cms.reports.repository.reports import Reports
from cms.reports.service import requests
from cms.schedule.repository.deliveries import Deliveries
from devices.model import Device
from province.areas import AreaId
from province.people import UserId
from tests.builders import bulletins
from tests.console import COMMUNE, Console

NOVEMBER = Span(date(2026, 11, 1), date(2026, 11, 30))


def counting(console: Console) -> Counting:
    return Counting(console.context.engine, console.context.uow, console.context.now)


def runner(console: Console) -> Runner:
    context, counts = console.context, counting(console)
    making = MakeReport(context.engine, context.content, counts)
    work: dict[JobKind, Work] = {JobKind.COUNT_FIGURES: CountFigures(counts), JobKind.MAKE_REPORT: making}
    return Runner(context.uow, work, 20)


def count(console: Console) -> None:
    """Bring the counts up to date, as the report scheduler and the worker do."""
    ReportScheduler(console.context).step()
    counting(console).bring_up(lambda _pct, _step: None, 100)


def figures(console: Console, area_id: AreaId = COMMUNE, span: Span = NOVEMBER) -> Report:
    with reading(console.context.engine) as session:
        return report(session, Places(session).tree(), area_id, span)


def ordered(console: Console, area_id: AreaId = COMMUNE, span: Span = NOVEMBER, *, by: str = "editor") -> MadeReport:
    context = console.context
    return requests.order(context.uow(), area_id, span, call=context.call(console.actor(by)))


def made(console: Console, area_id: AreaId = COMMUNE, span: Span = NOVEMBER) -> MadeReport:
    """Order a report, and make its files."""
    asked = ordered(console, area_id, span)
    runner(console).run(asked.job_id)
    with console.context.uow() as uow:
        return uow[Reports].get(asked.id)


def subscribed(
    console: Console, user_id: str = "u-editor", area_id: AreaId = COMMUNE, period: Period = Period.MONTH
) -> Subscription:
    """Subscribe the person to a report in place of theirs; the anonymous person's subscription is not stored."""
    context = console.context
    now = context.now()
    each = Subscription(
        SubscriptionId(context.new_id()),
        UserId(user_id),
        user_id,
        area_id,
        period,
        (now + timedelta(hours=7)).date(),
        now,
    )
    with context.uow() as uow:
        # The anonymous person has no subscriptions.
        if user_id != "u-anonymous":
            for old in uow[Reports].subscriptions(UserId(user_id)):
                uow[Reports].unsubscribe(old.id)
            uow[Reports].subscribe(each)
            uow.commit()
    return each


def transmission(console: Console, title: str = "Tiêm phòng dại", **more: object) -> Transmission:
    bulletin = bulletins.on_the_way(console, title, **more)
    with console.context.uow() as uow:
        return uow[Transmissions].of_bulletin(bulletin.id)[-1]


def as_run(
    console: Console,
    of: Transmission,
    by: Device,
    at: datetime,
    *,
    seconds: float = 12.0,
    result: str = "done",
    part: int = 1,
) -> AsRun:
    """Build a record of an airing planned for ``at``: sounded from then on for so long."""
    heard = result != "missed"
    return AsRun(
        device_id=by.id,
        device_name=by.name,
        record_id=f"{of.id}-{at.timestamp():.0f}-{part}",
        occurrence_id=OccurrenceId(f"{of.id}-1-{at.timestamp():.0f}"),
        transmission_id=of.id,
        title=of.title,
        sha256="a" * 64,
        planned_at=at,
        started_at=at if heard else None,
        ended_at=at + timedelta(seconds=seconds) if heard else None,
        result=result,
        reason="",
        volume_pct=80,
        received_at=console.context.now(),
        area_id=by.area_id,
    )


def record(console: Console, *runs: AsRun) -> None:
    with console.context.uow() as uow:
        uow[Deliveries].record(runs)
        uow.commit()
