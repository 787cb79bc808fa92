"""Counting a day and reading a report, on both databases."""

from __future__ import annotations

from datetime import date, timedelta

from broadcast.bulletins.deliveries import AsRun
from broadcast.bulletins.transmissions import OccurrenceId
from broadcast.reports.model import MadeReport, Period, ReportId, ReportState, Span, Subscription, SubscriptionId
from cms.accounts.model import User
from cms.accounts.repository import People
from cms.areas.repository import Places
from cms.bulletins.repository.bulletins import Bulletins, Transmissions
from cms.fleet.queries.presence import StatusTable
from cms.fleet.repository.devices import Devices
from cms.platform.store.engine import reading
from cms.platform.store.uow import UowFactory
from cms.reports.queries import report
from cms.reports.repository.counting import count_day, counted_until, due_days, is_closed, open_days, store_day
from cms.reports.repository.reports import Reports
from cms.schedule.repository.deliveries import Deliveries
from devices.model import DeviceStatus
from province.wall_clock import local_date
from tests.fakes.programme import AREAS, AUTHOR, BULLETINS, C1, C2, NOW, PROVINCE, device, transmission

TODAY = local_date(NOW)
LATER = NOW + timedelta(days=2)


def fill(units: UowFactory) -> None:
    with units() as unit:
        unit[Places].add(AREAS)
        unit[People].add(User(AUTHOR.user_id, "lan", AUTHOR.name, "", NOW))
        for commune in (C1, C2):
            unit[Devices].add(device(f"{commune}-l1", commune))
        for each in BULLETINS:
            unit[Bulletins].add(each)
        unit[Transmissions].add(transmission())
        unit.commit()


def as_run(commune: str, number: int = 1) -> AsRun:
    by, of = device(f"{commune}-l1", C1 if commune == C1 else C2), transmission()
    return AsRun(
        device_id=by.id,
        device_name=by.name,
        record_id=f"r{number}",
        occurrence_id=OccurrenceId(f"{of.id}-1-{number}"),
        transmission_id=of.id,
        title=of.title,
        sha256="a" * 64,
        planned_at=NOW,
        started_at=NOW,
        ended_at=NOW + timedelta(seconds=5),
        result="done",
        reason="",
        volume_pct=80,
        received_at=NOW,
        area_id=by.area_id,
    )


def test_a_day_is_counted_closed_and_reported(units: UowFactory) -> None:
    fill(units)
    with units() as unit:
        open_days(unit.session, NOW)
        presence = StatusTable(unit.session, {device(f"{C1}-l1", C1).id})
        presence.report(DeviceStatus(device(f"{C1}-l1", C1).id, online=True, conn=1, seen_at=NOW - timedelta(days=9)))
        presence.flush()
        unit[Deliveries].record([as_run(C1), as_run(C2), as_run(C1, 2)])
        unit.commit()
    with units() as unit:
        open_days(unit.session, LATER)
        unit.commit()
    with reading(units.engine) as session:
        days = due_days(session, LATER)
    assert days == [TODAY + timedelta(days=n) for n in (2, 1, 0)]
    for on in days:
        with reading(units.engine) as session:
            count = count_day(session, on, LATER)
        assert count is not None
        with units() as unit:
            assert store_day(unit.session, count)
            unit.commit()
    with units() as unit:
        span = Span(TODAY, TODAY)
        found = report(unit.session, unit[Places].tree(), PROVINCE, span)
        assert (found.whole.airings, found.whole.airtime_ms, found.whole.done) == (3, 15_000, 3)
        assert found.whole.online_pct == 50.0
        assert sum(line.figures.airtime_ms for line in found.areas) == 15_000
        assert counted_until(unit.session, span) == LATER
        assert (is_closed(unit.session, TODAY), is_closed(unit.session, local_date(LATER))) == (True, False)
        month = report(unit.session, unit[Places].tree(), PROVINCE, Span(TODAY.replace(day=1), date(2026, 12, 31)))
        assert month.whole.airtime_ms == 15_000
        assert due_days(unit.session, LATER) == []


def test_reports_and_subscriptions_are_kept_once(units: UowFactory) -> None:
    fill(units)
    asked = MadeReport(
        ReportId("r1"), PROVINCE, "Tỉnh", TODAY, TODAY, AUTHOR.user_id, AUTHOR.name, NOW, "s1", "j1", ReportState.READY
    )
    wanted = Subscription(SubscriptionId("s1"), AUTHOR.user_id, AUTHOR.name, PROVINCE, Period.MONTH, TODAY, NOW)
    with units() as unit:
        assert [unit[Reports].add_once(asked), unit[Reports].add_once(asked)] == [True, False]
        assert [unit[Reports].subscribe(wanted), unit[Reports].subscribe(wanted)] == [True, False]
        unit.commit()
    with units() as unit:
        assert unit[Reports].of_period(wanted.id) == {TODAY}
        assert (unit[Reports].unseen(AUTHOR.user_id), unit[Reports].see(AUTHOR.user_id, NOW)) == (1, 1)
        assert unit[Reports].unseen(AUTHOR.user_id) == 0
        assert [each.id for each in unit[Reports].in_areas([PROVINCE])] == ["r1"]
        assert unit[Reports].subscriptions() == [wanted]
        unit[Reports].unsubscribe(wanted.id)
        assert unit[Reports].subscriptions(AUTHOR.user_id) == []
