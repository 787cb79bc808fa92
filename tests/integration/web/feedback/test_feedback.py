from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from broadcast.feedback.model import Feedback, FeedbackId, FeedbackKind, FeedbackState
from broadcast.reports.model import Span
from cms.feedback.repository import FeedbackRegister
from tests.builders import bulletins, feedback, reports
from tests.console import COMMUNE, DISTRICT, PROVINCE, START, Console, post

WORDS: dict[str, object] = {
    "text": "Loa đầu ngõ to quá.",
    "kind": "noise",
    "channel": "phone",
    "area": COMMUNE,
    "said_at": "2026-11-24T08:00",
}


def stored(console: Console, path: str) -> Feedback:
    with console.context.uow() as uow:
        found = uow[FeedbackRegister].find(FeedbackId(path.rsplit("/", 1)[1]))
    assert found is not None
    return found


def test_an_official_notes_answers_and_closes_what_a_citizen_said(console: Console) -> None:
    operator = console.client("operator")
    form = operator.get("/feedback/new").text
    (key,) = re.findall(r'name="key" value="([0-9a-z]+)"', form)
    bulletin = bulletins.on_the_way(console)
    about = {"key": key, "contact": "0912 345 678", "bulletin": bulletin.id, "device": "bt-mui-ne-l01"}
    answer = post(operator, "/feedback/new", {**WORDS, **about})
    path = answer.headers["Location"]
    assert path.endswith(key)
    assert post(operator, "/feedback/new", {**WORDS, **about}).headers["Location"] == path
    page = operator.get(path).text
    assert "0912 345 678" in page
    assert bulletin.title in page
    assert "Cụm loa 1" in page
    assert "Loa đầu ngõ to quá." in operator.get("/feedback").text
    post(operator, f"{path}/answer", {"answer": "Đã chỉnh nhỏ lại.", "version": "1"})
    assert stored(console, path).state is FeedbackState.ANSWERED
    assert "Loa đầu ngõ" not in operator.get("/feedback").text
    assert "Loa đầu ngõ" in operator.get("/feedback?state=answered&kind=noise").text
    html = post(operator, f"{path}/close", {"version": "2"}, follow_redirects=True).text
    assert "Cách liên hệ với người dân đã được xóa." in html
    assert "0912" not in html
    assert stored(console, path).contact == ""
    late = post(operator, f"{path}/answer", {"answer": "Thêm nữa."})
    assert late.status_code == 409
    assert "“Đã đóng”" in late.text
    assert operator.get(f"{path}/edit").headers["Location"] == path


def test_the_contact_is_for_whoever_answers_there(console: Console) -> None:
    found = feedback.noted(console, contact="0912 345 678")
    for reader, sees in (("station", True), ("technician", False), ("auditor", False)):
        assert ("0912 345 678" in console.client(reader).get(f"/feedback/{found.id}").text) is sees
    assert console.client("far-operator").get(f"/feedback/{found.id}").status_code == 404
    assert console.client("operator").get("/feedback/none").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": ""}, "Cần điền mục này."),
        ({"kind": "strange"}, "Cần điền mục này."),
        ({"area": ""}, "Cần điền mục này."),
        ({"said_at": ""}, "Cần điền mục này."),
        ({"said_at": "sáng nay"}, "Giờ không đúng."),
        ({"said_at": "2026-11-25T08:00"}, "Giờ này chưa đến."),
        ({"said_at": "2020-01-01T08:00"}, "nhiều nhất 366 ngày trước"),
        ({"bulletin": "none"}, "Không có bản tin này ở địa bàn đã chọn."),
        ({"device": "bt-lien-huong-l01"}, "Không có thiết bị mang mã này"),
        ({"area": "nowhere"}, "Không có địa bàn mã nowhere."),
    ],
)
def test_what_cannot_be_noted_is_told_beside_what_was_typed(
    console: Console, wrong: dict[str, object], told: str
) -> None:
    answer = post(console.client("operator"), "/feedback/new", {**WORDS, "contact": "Ở số 5", **wrong})
    assert answer.status_code == 422
    assert told in answer.text
    assert 'value="Ở số 5"' in answer.text


def test_a_note_is_put_right_by_who_saw_it_as_it_is(console: Console) -> None:
    found, operator = feedback.noted(console), console.client("operator")
    path = f"/feedback/{found.id}"
    assert "Loa đầu ngõ to quá." in operator.get(f"{path}/edit").text
    assert post(operator, f"{path}/edit", {**WORDS, "text": "", "version": "1"}).status_code == 422
    post(operator, f"{path}/edit", {**WORDS, "kind": "content", "version": "1"})
    assert stored(console, path).kind == "content"
    assert post(operator, f"{path}/edit", {**WORDS, "version": "1"}).status_code == 409
    assert "Cần điền mục này." in post(operator, f"{path}/answer", {"answer": " "}).text
    assert "Sửa phản ánh" in operator.get(path).text


def test_the_list_goes_on_page_by_page(console: Console) -> None:
    for number in range(31):
        feedback.noted(console, text=f"Việc thứ {number:02d}.", said_at=START - timedelta(hours=number))
    operator = console.client("operator")
    first = operator.get("/feedback").text
    assert "Việc thứ 29" in first
    assert "Việc thứ 30" not in first
    (more,) = re.findall(r'href="(/feedback\?[^"]*after=[^"]*)"', first)
    second = operator.get(more.replace("&amp;", "&")).text
    assert "Việc thứ 30" in second
    assert "Về đầu danh sách" in second
    assert "Không có phản ánh nào khớp" in operator.get("/feedback?kind=praise").text
    assert "Không có phản ánh nào chờ" in console.client("far-operator").get("/feedback").text


def test_in_english(console: Console) -> None:
    found = feedback.noted(console)
    page = console.client("operator", language="en").get(f"/feedback/{found.id}").text
    assert "What the citizen said" in page
    assert "Too loud" in page


def test_a_report_tells_what_was_received_and_how_long_an_answer_took(console: Console) -> None:
    october = START - timedelta(days=40)
    old = feedback.noted(console, at=october, text="Tháng trước.")
    feedback.answered(console, old, START - timedelta(days=2, hours=2))
    feedback.noted(console, is_answered=True, at=START - timedelta(days=3))
    feedback.noted(console, by="editor", area_id=PROVINCE, kind=FeedbackKind.PRAISE)
    found = reports.figures(console, PROVINCE)
    assert (found.feedback.received, found.feedback.answered, found.feedback.waiting) == (2, 2, 1)
    assert found.feedback.median_days == pytest.approx(19.1)
    assert (found.feedback_before.received, found.feedback_before.waiting) == (1, 1)
    assert [(line.key, line.figures.received) for line in found.feedback_kinds] == [("noise", 1), ("praise", 1)]
    assert [(line.key, line.figures.answered) for line in found.feedback_areas] == [(DISTRICT, 2), (PROVINCE, 0)]
    day = reports.figures(console, COMMUNE, Span(date(2026, 11, 24), date(2026, 11, 24)))
    assert day.feedback.received == 0
    page = console.client("editor").get(f"/reports?area={PROVINCE}").text
    assert "Phản ánh chờ trả lời cuối kỳ" in page
    assert "Loa ồn" in page
