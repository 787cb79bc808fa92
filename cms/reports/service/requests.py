"""Reports: asked for once or by subscription; results stored when a worker made them."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from broadcast.reports.model import MadeReport, Period, ReportId, ReportState, Span, Subscription, SubscriptionId
from broadcast.reports.spans import SPAN_MAX_DAYS, ended
from cms.areas.repository import Places
from cms.platform.store.kinds import JobKind
from cms.platform.store.uow import UnitOfWork
from cms.reports.repository.reports import Reports
from province.areas import Area, AreaId, AreaTree
from province.call import Call, NewId
from province.errors import InvalidError, NotFoundError, Problem
from province.events import Event
from province.people import Action, Actor, UserId
from province.wall_clock import DEFAULT_ZONE, local_date

MADE_FROM: Final = time(6, 0)
"""Hour on the day after a period: connected devices have reported their late-night airings by then."""
SUBSCRIPTIONS_MAX: Final = 20
_ZONE: Final = ZoneInfo(DEFAULT_ZONE)


Opened = AbstractContextManager[UnitOfWork]


def span_of(first_on: date | None, last_on: date | None) -> Span:
    """Return the span; raises InvalidError: a day is missing, they are the wrong way round, or too far apart."""
    if first_on is None or last_on is None:
        missing = [name for name, on in (("first_on", first_on), ("last_on", last_on)) if on is None]
        raise InvalidError([Problem(name, "NOT_A_DATE") for name in missing])
    span = Span(first_on, last_on)
    if not 0 < span.days <= SPAN_MAX_DAYS:
        raise InvalidError([Problem("last_on", "SPAN_TOO_LONG", {"max": SPAN_MAX_DAYS})])
    return span


def order(opened: Opened, area_id: AreaId, span: Span, *, call: Call) -> MadeReport:
    """Ask for a report, whose files a worker makes.

    Raises:
        NotFoundError: there is no such area.
        NotAllowedError: the actor may not see what was played there.
    """
    with opened as unit:
        tree = unit[Places].tree()
        call.require(Action.DELIVERY_READ, [tree.known(area_id)], tree)
        report = _asked(unit, _wanted(call.new_id, tree.get(area_id), span, call.actor, call.now))
        assert report is not None
        unit.commit()
    return report


def subscribe(opened: Opened, area_id: AreaId, period: Period, *, call: Call) -> Subscription:
    """Subscribe from the period of today on. Idempotent.

    Raises:
        InvalidError: there is no such area, or the actor has SUBSCRIPTIONS_MAX of them.
        NotAllowedError: the actor may not see what was played there.
    """
    with opened as unit:
        tree = unit[Places].tree()
        if area_id not in tree:
            raise InvalidError([Problem("area", "AREA_UNKNOWN", {"area": area_id[:40]})])
        call.require(Action.DELIVERY_READ, [area_id], tree)
        mine = unit[Reports].subscriptions(call.actor.user_id)
        known = next((each for each in mine if (each.area_id, each.period) == (area_id, period)), None)
        if known is not None:
            return known
        if len(mine) >= SUBSCRIPTIONS_MAX:
            raise InvalidError([Problem("area", "TOO_MANY", {"max": SUBSCRIPTIONS_MAX})])
        made = Subscription(
            SubscriptionId(call.new_id()),
            call.actor.user_id,
            call.actor.name,
            area_id,
            period,
            local_date(call.now),
            call.now,
        )
        unit[Reports].subscribe(made)
        unit.record(call.event("report.subscribed", made.id, area=area_id, period=period.value))
        unit.commit()
    return made


def unsubscribe(opened: Opened, subscription_id: SubscriptionId, *, call: Call) -> None:
    """End one's own subscription; reports made stay.

    Raises:
        NotFoundError: none of the actor's.
    """
    with opened as unit:
        if all(each.id != subscription_id for each in unit[Reports].subscriptions(call.actor.user_id)):
            raise NotFoundError("subscription", subscription_id)
        unit[Reports].unsubscribe(subscription_id)
        unit.record(call.event("report.unsubscribed", subscription_id))
        unit.commit()


def order_due(
    opened: Opened,
    *,
    actor_of: Callable[[UserId], Actor | None],
    is_counted: Callable[[date], bool],
    authority_allows: Callable[[Actor, AreaId, AreaTree], bool],
    now: datetime,
    new_id: NewId,
) -> int:
    """Ask for every report whose period has ended and whose last day is counted; return how many.

    Killed half-way, or run twice at once, it makes one of each. A person who is gone, or may no longer read there, gets
    none.
    """
    today = local_date(now)
    until = today if now.astimezone(_ZONE).time() >= MADE_FROM else today - timedelta(days=1)
    with opened as unit:
        asked = 0
        tree = unit[Places].tree()
        for each in unit[Reports].subscriptions():
            actor = actor_of(each.user_id)
            if actor is None or not authority_allows(actor, each.area_id, tree):
                continue
            have = unit[Reports].of_period(each.id)
            for span in ended(each.period, each.since_on, until):
                if span.first_on not in have and is_counted(span.last_on):
                    wanted = _wanted(new_id, tree.get(each.area_id), span, actor, now)
                    asked += _asked(unit, replace(wanted, subscription_id=each.id)) is not None
        if asked:
            unit.commit()
    return asked


def finish(
    opened: Opened,
    report_id: ReportId,
    *,
    files: Mapping[str, str],
    area_name: str,
    counted_at: datetime | None,
    now: datetime,
) -> None:
    """Store its finished files: the hash of each, by its form. Raises NotFoundError."""
    with opened as unit:
        report = unit[Reports].get(report_id)
        made = replace(
            report,
            state=ReportState.READY,
            area_name=area_name,
            xlsx_sha256=files["xlsx"],
            docx_sha256=files["docx"],
            pdf_sha256=files["pdf"],
            counted_at=counted_at,
            made_at=now,
            error="",
        )
        unit[Reports].save(made)
        unit.record(Event("report.created", report.id, now, report.asked_by, report.asked_by_name, _told(made)))
        unit.commit()


def fail(opened: Opened, report_id: ReportId, *, error: str) -> None:
    """Store that it could not be made; asking again makes another. Raises NotFoundError."""
    with opened as unit:
        unit[Reports].save(replace(unit[Reports].get(report_id), state=ReportState.FAILED, error=error))
        unit.commit()


def _asked(unit: UnitOfWork, report: MadeReport) -> MadeReport | None:
    """Store it with its job; None where that period of its subscription has one."""
    if not unit[Reports].add_once(report):
        return None
    report = replace(report, job_id=unit.jobs.add(JobKind.MAKE_REPORT, report.id, {}))
    unit[Reports].save(report)
    at, by, name = report.asked_at, report.asked_by, report.asked_by_name
    unit.record(Event("report.requested", report.id, at, by, name, _told(report)))
    return report


def _wanted(new_id: NewId, area: Area, span: Span, actor: Actor, now: datetime) -> MadeReport:
    return MadeReport(
        id=ReportId(new_id()),
        area_id=area.id,
        area_name=area.name,
        first_on=span.first_on,
        last_on=span.last_on,
        asked_by=actor.user_id,
        asked_by_name=actor.name,
        asked_at=now,
    )


def _told(report: MadeReport) -> dict[str, object]:
    return {
        "area": report.area_id,
        "first_on": report.first_on.isoformat(),
        "last_on": report.last_on.isoformat(),
        **report.files,
    }
