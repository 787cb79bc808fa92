from __future__ import annotations

import re
from datetime import timedelta

from flask.testing import FlaskClient

from broadcast.alerts.drills import DrillPlan, DrillPlanId, DrillPlanStatus
from broadcast.alerts.orders import ReachState
from cms.alerts.repository.alerts import DrillPlans
from tests.builders import alerts
from tests.builders.alerts import SECOND
from tests.console import Console, post


def plan_of(console: Console, plan_id: str) -> DrillPlan:
    with console.context.uow() as uow:
        return uow[DrillPlans].get(DrillPlanId(plan_id))


def test_a_drill_is_put_on_the_calendar_and_agreed_on_by_another(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    plan_id = alerts.planned(console, officer)
    own = officer.get(f"/drills/{plan_id}").text
    assert "không tự đồng ý được" in own
    assert 'value="agree"' not in own
    html = second.get(f"/drills/{plan_id}").text
    assert "Một lần, lúc 08:00 ngày 01/06/2027" in html
    assert "DIỄN TẬP" in html
    answer = post(second, f"/drills/{plan_id}", {"act": "agree", "code": console.code(SECOND)})
    assert answer.status_code == 302
    assert plan_of(console, plan_id).status is DrillPlanStatus.APPROVED
    assert "08:00 01/06/2027" in officer.get("/drills").text


def test_a_code_given_in_the_same_request_is_fresh_on_a_clock_that_moves(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    plan_id = alerts.planned(console, officer)
    console.clock.tick = timedelta(milliseconds=3)
    answer = post(second, f"/drills/{plan_id}", {"act": "agree", "code": console.code(SECOND)})
    assert answer.status_code == 302, answer.text
    assert plan_of(console, plan_id).status is DrillPlanStatus.APPROVED


def test_who_agrees_reads_every_sentence_that_will_be_said(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    html = second.get(f"/drills/{alerts.planned(console, officer)}").text
    assert "Đây là diễn tập, không phải tình huống thật." in html
    assert "Bà con vừa nghe nội dung diễn tập." in html
    assert 'id="silent"' not in html
    silent = second.get(f"/drills/{alerts.planned(console, officer, is_silent='yes')}").text
    assert "Diễn tập không tiếng" in silent


def test_agreeing_needs_a_code_and_not_being_the_one_who_proposed(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    plan_id = alerts.planned(console, officer)
    wrong = post(second, f"/drills/{plan_id}", {"act": "agree", "code": "000000"})
    assert wrong.status_code == 422
    assert 'id="code-error"' in wrong.text
    own = post(officer, f"/drills/{plan_id}", {"act": "agree", "code": console.code("officer")})
    assert own.status_code == 403
    assert plan_of(console, plan_id).status is DrillPlanStatus.PROPOSED
    assert "không có quyền duyệt" in console.client("auditor").get(f"/drills/{plan_id}").text


def test_a_plan_is_taken_off_the_calendar_with_a_reason(console: Console, officer: FlaskClient) -> None:
    plan_id = alerts.planned(console, officer)
    refused = post(officer, f"/drills/{plan_id}", {"act": "end", "reason": ""})
    assert refused.status_code == 422
    assert 'id="reason-error-1"' in refused.text
    assert post(officer, f"/drills/{plan_id}", {"act": "dance"}).status_code == 400
    post(officer, f"/drills/{plan_id}", {"act": "end", "reason": "Mưa bão thật"})
    assert plan_of(console, plan_id).status is DrillPlanStatus.ENDED
    html = officer.get("/drills").text
    assert html.index("Lịch đã kết thúc") < html.index(f"/drills/{plan_id}")
    assert "Mưa bão thật" in officer.get(f"/drills/{plan_id}").text


def test_a_plan_that_went_by_is_told_when_somebody_agrees(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    plan_id = alerts.planned(console, officer, on="2026-11-25")
    console.clock.pass_by(hours=23, minutes=30)
    del second
    again = console.client(SECOND)
    console.clock.pass_by(minutes=1)
    answer = post(again, f"/drills/{plan_id}", {"act": "agree", "code": console.code(SECOND)})
    assert answer.status_code == 422
    assert "Mọi giờ phát đã qua" in answer.text


def test_every_problem_of_a_plan_is_said_at_once(console: Console, officer: FlaskClient) -> None:
    drill = alerts.drafted(console, officer, kind="drill")
    form: dict[str, object] = {"s": "1", "s-1-kind": "weekly", "s-1-on": "", "s-1-at": "sáng", "minutes": "lâu"}
    answer = post(officer, f"/alerts/{drill.id}/plan", form)
    assert answer.status_code == 422
    for field in ("s-1-on", "s-1-at", "s-1-days", "minutes"):
        assert f'id="{field}-error-1"' in answer.text, field
    late: dict[str, object] = {
        "s": "1",
        "s-1-kind": "once",
        "s-1-on": "2027-06-01",
        "s-1-at": "08:00",
        "minutes": "600",
    }
    answer = post(officer, f"/alerts/{drill.id}/plan", late)
    assert 'id="minutes-error-1"' in answer.text


def test_what_the_drill_itself_misses_leads_back_to_it(console: Console, officer: FlaskClient) -> None:
    drill = alerts.raised(console, officer, kind="drill")
    form: dict[str, object] = {"s": "1", "s-1-kind": "once", "s-1-on": "2027-06-01", "s-1-at": "08:00", "minutes": "10"}
    answer = post(officer, f"/alerts/{drill.id}/plan", form)
    assert answer.status_code == 422
    assert "Nơi phát: Cần điền mục này." in answer.text
    assert f'href="/alerts/{drill.id}/edit"' in answer.text


def test_the_builder_adds_and_removes_lines(console: Console, officer: FlaskClient) -> None:
    drill = alerts.drafted(console, officer, kind="drill")
    page = officer.get(f"/alerts/{drill.id}/plan").text
    assert 'hx-post="/drills/schedule-rows"' in page
    assert post(officer, "/drills/schedule-rows", {"s": "1", "act": "add"}).text.count('name="s"') == 2
    two: dict[str, object] = {"s": ["1", "2"], "act": "remove:2"}
    assert post(officer, f"/alerts/{drill.id}/plan", two).text.count('name="s"') == 1


def test_a_live_alert_cannot_be_planned(console: Console, officer: FlaskClient) -> None:
    live = alerts.drafted(console, officer)
    assert officer.get(f"/alerts/{live.id}/plan").status_code == 404
    assert officer.get("/drills/none").status_code == 404


def test_the_report_compares_with_the_last_drill_to_the_same_places(console: Console, officer: FlaskClient) -> None:
    first = alerts.active(console, officer, kind="drill")
    alerts.report(console, first, 0, ReachState.DONE, started_at=console.clock() + timedelta(seconds=2))
    assert "chưa có lần trước" in officer.get(f"/alerts/{first.id}/report").text
    console.clock.pass_by(minutes=10)
    then = alerts.active(console, officer, kind="drill")
    for number in (1, 2):
        alerts.report(console, then, number, ReachState.DONE, started_at=console.clock() + timedelta(seconds=1))
    html = officer.get(f"/alerts/{then.id}/report").text
    said = re.sub(r"<[^>]+>", " ", html)
    for shown in ("66,7 %", "33,3 %", "1,0 s", "2,0 s", "Lần trước trả lời, lần này không", "Cụm loa 1"):
        assert shown in said, shown
    assert "2 loa lần trước im, nay đã trả lời." in said
    assert f'href="/alerts/{then.id}/report"' in officer.get("/drills").text


def test_a_silent_drill_reports_answers_and_no_sound(console: Console, officer: FlaskClient) -> None:
    drill = alerts.active(console, officer, kind="drill", is_silent="yes")
    assert drill.is_silent
    for number in range(3):
        alerts.report(console, drill, number, ReachState.DONE)
    html = officer.get(f"/alerts/{drill.id}/report").text
    assert "Mọi loa đã trả lời." in html
    assert html.count('<rect class="b-now"') == 1
    assert "Không tiếng" in officer.get(f"/alerts/{drill.id}").text


def test_only_a_drill_that_went_out_has_a_report(console: Console, officer: FlaskClient) -> None:
    live, draft = alerts.active(console, officer), alerts.drafted(console, officer, kind="drill")
    assert officer.get(f"/alerts/{live.id}/report").status_code == 404
    assert officer.get(f"/alerts/{draft.id}/report").status_code == 404


def test_a_drill_is_planned_for_the_first_saturday_of_every_month(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    drill = alerts.drafted(console, officer, kind="drill")
    page = officer.get(f"/alerts/{drill.id}/plan").text
    assert 'value="monthly"' in page
    form: dict[str, object] = {"s": "1", "s-1-kind": "monthly", "s-1-on": "2027-06-01", "s-1-at": "08:00"}
    first_saturday = {"s-1-nth": "1", "s-1-month-weekday": "SA", "s-1-month-day": "1", "minutes": "10"}
    answer = post(officer, f"/alerts/{drill.id}/plan", form | first_saturday)
    assert answer.status_code == 302, answer.text
    plan_id = answer.headers["Location"].rsplit("/", 1)[1]
    assert plan_of(console, plan_id).schedules[0].rrule == "FREQ=MONTHLY;BYDAY=1SA"
    html = second.get(f"/drills/{plan_id}").text
    assert "Hằng tháng, Thứ Bảy đầu tiên trong tháng lúc 08:00, từ 01/06/2027" in html
    assert "08:00 05/06/2027" in html


def test_a_drill_is_planned_for_a_day_of_the_month_and_a_wrong_day_keeps_what_was_typed(
    console: Console, officer: FlaskClient
) -> None:
    drill = alerts.drafted(console, officer, kind="drill")
    form: dict[str, object] = {"s": "1", "s-1-kind": "monthly", "s-1-on": "2027-06-01", "s-1-at": "08:00"}
    wrong = post(officer, f"/alerts/{drill.id}/plan", form | {"s-1-nth": "day", "s-1-month-day": "40", "minutes": "10"})
    assert wrong.status_code == 422
    assert "từ 1 đến 31, hoặc ngày cuối tháng" in wrong.text
    assert 'value="01/06/2027"' in wrong.text
    last = {"s-1-nth": "day", "s-1-month-day": "-1", "minutes": "10"}
    answer = post(officer, f"/alerts/{drill.id}/plan", form | last)
    assert "Hằng tháng, ngày cuối tháng lúc 08:00" in officer.get(answer.headers["Location"]).text
