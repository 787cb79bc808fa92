"""Scheduled reports: made once each for the people entitled to them, with a notice."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from broadcast.reports.model import MadeReport, Period, ReportId, ReportState
from cms.accounts.repository import People
from cms.platform.store.jobs import ATTEMPTS_MAX
from cms.reports.jobs import ReportScheduler
from cms.reports.repository.reports import Reports
from cms.reports.service import requests
from province.areas import AreaId
from province.errors import InvalidError, NotFoundError
from province.people import UserId
from tests.builders import reports
from tests.console import COMMUNE, COMMUNE_2, DISTRICT, FAR_COMMUNE, PROVINCE, Console, post

FIRST_OF_DECEMBER = datetime(2026, 11, 30, 23, 0, tzinfo=UTC)  # six in the morning in Vietnam


def subscribe(console: Console, area_id: AreaId = COMMUNE, period: Period = Period.MONTH, by: str = "editor") -> None:
    requests.subscribe(console.context.uow(), area_id, period, call=console.context.call(console.actor(by)))


def all_made(console: Console) -> list[MadeReport]:
    with console.context.uow() as unit:
        return list(unit[Reports].in_areas([PROVINCE, COMMUNE, COMMUNE_2, FAR_COMMUNE]))


def run_all(console: Console) -> None:
    for each in all_made(console):
        reports.runner(console).run(each.job_id)


def test_a_month_is_reported_on_the_morning_after_it_once_its_last_day_is_counted(console: Console) -> None:
    subscribe(console)
    clerk = ReportScheduler(console.context)
    clerk.step()
    console.clock.at = FIRST_OF_DECEMBER - timedelta(minutes=1)
    reports.count(console)
    clerk.step()
    assert all_made(console) == []
    console.clock.at = FIRST_OF_DECEMBER
    clerk.step()
    (asked,) = all_made(console)
    assert (asked.first_on, asked.last_on, asked.asked_by) == (date(2026, 11, 1), date(2026, 11, 30), "u-editor")
    assert asked.state is ReportState.MAKING


def test_a_period_whose_last_day_is_not_counted_waits(console: Console) -> None:
    subscribe(console)
    reports.count(console)
    console.clock.at = FIRST_OF_DECEMBER
    clerk = ReportScheduler(console.context)
    clerk.step()
    assert all_made(console) == []
    reports.count(console)
    clerk.step()
    assert len(all_made(console)) == 1


def test_however_often_the_clerk_looks_and_workers_die_there_is_one(console: Console) -> None:
    subscribe(console)
    subscribe(console, period=Period.QUARTER)
    subscribe(console)
    reports.count(console)
    console.clock.at = FIRST_OF_DECEMBER
    reports.count(console)
    for _ in range(3):
        ReportScheduler(console.context).step()
    (asked,) = all_made(console)
    # A worker takes it and dies; another takes it up when the lease has run out, and a third comes late.
    with console.context.uow() as unit:
        assert unit.jobs.claim(asked.job_id, 20) is not None
        unit.commit()
    reports.runner(console).run(asked.job_id)
    assert all_made(console)[0].state is ReportState.MAKING
    console.clock.pass_by(seconds=30)
    for _ in range(2):
        reports.runner(console).run(asked.job_id)
        ReportScheduler(console.context).step()
    (made,) = all_made(console)
    assert made.state is ReportState.READY


def test_what_was_asked_twice_at_once_is_stored_once(console: Console) -> None:
    subscription = reports.subscribed(console)
    asked = reports.ordered(console)
    with console.context.uow() as unit:
        first = replace(asked, id=ReportId("r1"), subscription_id=subscription.id)
        assert unit[Reports].add_once(first)
        assert not unit[Reports].add_once(replace(first, id=ReportId("r2")))


def test_a_clerk_that_does_not_see_what_another_has_asked_for_makes_none_more(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribe(console)
    reports.count(console)
    console.clock.at = FIRST_OF_DECEMBER
    reports.count(console)
    monkeypatch.setattr(Reports, "of_period", lambda *_: frozenset())
    for _ in range(2):
        ReportScheduler(console.context).step()
    assert len(all_made(console)) == 1


def test_every_period_missed_while_the_system_stood_still_is_made(console: Console) -> None:
    subscribe(console)
    subscribe(console, period=Period.QUARTER)
    reports.count(console)
    console.clock.at = datetime(2027, 1, 3, tzinfo=UTC)
    for _ in range(2):
        reports.count(console)
        ReportScheduler(console.context).step()
    spans = sorted((each.first_on, each.last_on) for each in all_made(console))
    assert spans == [
        (date(2026, 10, 1), date(2026, 12, 31)),
        (date(2026, 11, 1), date(2026, 11, 30)),
        (date(2026, 12, 1), date(2026, 12, 31)),
    ]


def test_whoever_has_left_or_lost_the_right_gets_none(console: Console) -> None:
    reports.subscribed(console, "u-far-operator", COMMUNE)
    reports.subscribed(console, "u-station", DISTRICT)
    with console.context.uow() as unit:
        unit[People].save(replace(unit[People].get(UserId("u-station")), disabled_at=console.clock.at))
        unit.commit()
    console.clock.at = FIRST_OF_DECEMBER
    reports.count(console)
    ReportScheduler(console.context).step()
    assert all_made(console) == []


def test_the_person_is_told_until_they_have_seen_it(console: Console) -> None:
    subscribe(console)
    reports.count(console)
    console.clock.at = FIRST_OF_DECEMBER
    reports.count(console)
    ReportScheduler(console.context).step()
    editor = console.client("editor")
    assert "Báo cáo (1 mới)" not in editor.get("/bulletins").text
    run_all(console)
    assert re.search(r"Báo cáo <b class=\"count\">1</b>", editor.get("/bulletins").text)
    assert "Báo cáo (1 mới)" not in console.client("approver").get("/bulletins").text
    assert "Có 1 báo cáo vừa được làm cho bạn." in editor.get("/reports").text
    assert "Báo cáo (1 mới)" not in editor.get("/bulletins").text
    assert "vừa được làm cho bạn" not in editor.get("/reports").text


def test_a_report_that_cannot_be_made_says_so_and_is_asked_for_again_by_hand(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = reports.ordered(console)

    def broken(*_: object) -> bytes:
        raise ZeroDivisionError

    monkeypatch.setattr("cms.reports.jobs.workbook", broken)
    for _ in range(ATTEMPTS_MAX):
        reports.runner(console).run(asked.job_id)
        console.clock.pass_by(minutes=5)
    assert all_made(console)[0].state is ReportState.FAILED
    assert "Hãy bấm làm lại" in console.client("editor").get("/reports").text


def test_one_asks_for_it_and_leaves_it_on_the_screen(console: Console) -> None:
    editor = console.client("editor")
    assert post(editor, "/reports/calendar", {"area": PROVINCE, "period": "quarter"}).status_code == 302
    with console.context.uow() as unit:
        (found,) = unit[Reports].subscriptions(UserId("u-editor"))
    assert (found.area_id, found.period) == (PROVINCE, Period.QUARTER)
    assert "Thôi tự làm" in editor.get("/reports").text
    assert post(editor, f"/reports/calendar/{found.id}/remove").status_code == 302
    assert "Thôi tự làm" not in editor.get("/reports").text
    assert post(editor, f"/reports/calendar/{found.id}/remove").status_code == 404
    assert post(editor, "/reports/calendar", {"area": "nowhere", "period": "month"}).status_code == 422
    assert post(console.client("far-operator"), "/reports/calendar", {"area": COMMUNE}).status_code == 403


def test_there_is_an_end_to_what_one_person_has_made(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "SUBSCRIPTIONS_MAX", 1)
    subscribe(console)
    answer = post(console.client("editor"), "/reports/calendar", {"area": PROVINCE, "period": "month"})
    assert answer.status_code == 422
    assert "Nhiều quá, tối đa 1." in answer.text


def test_unknown_places_and_other_people_s_subscriptions_are_refused(console: Console) -> None:
    with pytest.raises(InvalidError):
        subscribe(console, AreaId("nowhere"))
    with pytest.raises(NotFoundError):
        reports.ordered(console, AreaId("nowhere"))
