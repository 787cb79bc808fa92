from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from broadcast.alerts.hazard_rules import AlertLevel
from broadcast.alerts.model import AlertStatus
from broadcast.alerts.orders import DeclarationRight
from cms.alerts.repository.alerts import Declarations
from cms.alerts.repository.orders import Orders
from province.people import UserId
from tests.builders import alerts
from tests.builders.alerts import SECOND, WORD
from tests.console import COMMUNE, PROVINCE, Console, post

S = AlertStatus


def test_everything_the_second_person_needs_is_on_one_page(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    html = second.get(f"/alerts/{waiting.id}").text
    for shown in (
        *(waiting.headline, waiting.wordings[0].text, waiting.facts.advice, waiting.facts.authority, "<audio"),
        *("Cấp 2", "Hết hạn lúc", "loa sẽ phát", 'data-map="', "Officer", 'id="code"', 'id="word"'),
        *("Duyệt và phát ngay", "Trả lại để sửa", "Từ chối hẳn", "Gửi người thứ hai"),
    ):
        assert shown in html, shown


def test_a_second_person_with_a_fresh_code_and_the_word_sends_it(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    answer = alerts.approve(console, second, waiting)
    assert answer.headers["Location"] == f"/alerts/{waiting.id}"
    sent = alerts.stored(console, waiting.id)
    assert (sent.status, sent.approver_name) == (S.ACTIVE, "Second")
    assert sent.order_id is not None
    with console.context.uow() as uow:
        assert len(uow[Orders].reaches(sent.order_id)) == 3


@pytest.mark.parametrize(
    ("changes", "field"), [({"code": "000000"}, "code"), ({"code": ""}, "code"), ({"word": ""}, "word")]
)
def test_without_code_or_word_nothing_goes_out(
    console: Console, officer: FlaskClient, second: FlaskClient, changes: dict[str, str], field: str
) -> None:
    waiting = alerts.submitted(console, officer)
    console.clock.pass_by(minutes=2)  # the code of the sign-in counts no more
    answer = alerts.approve(console, second, waiting, by=SECOND, **changes)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}-error(-1)?"', answer.text)
    assert alerts.stored(console, waiting.id).status is S.SUBMITTED


def test_a_missing_word_does_not_use_the_code_up(console: Console, officer: FlaskClient, second: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    form: dict[str, object] = {"act": "approve", "version": waiting.version, "code": console.code(SECOND)}
    assert post(second, f"/alerts/{waiting.id}/decision", form).status_code == 422
    assert post(second, f"/alerts/{waiting.id}/decision", form | {"word": WORD}).status_code == 302


def test_a_code_serves_once(console: Console, officer: FlaskClient, second: FlaskClient) -> None:
    first, other = alerts.submitted(console, officer), alerts.submitted(console, officer)
    form: dict[str, object] = {"act": "approve", "word": WORD, "code": console.code(SECOND)}
    assert post(second, f"/alerts/{first.id}/decision", form).status_code == 302
    assert post(second, f"/alerts/{other.id}/decision", form).status_code == 422
    assert alerts.stored(console, other.id).status is S.SUBMITTED


def test_ones_own_alert_says_why_not_and_the_server_refuses(console: Console, officer: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    html = officer.get(f"/alerts/{waiting.id}").text
    assert "nên không tự duyệt được. Hãy gọi người thứ hai." in html
    assert "Duyệt và phát ngay" not in html
    assert "Phát ngay, một mình" not in html
    refused = alerts.approve(console, officer, waiting, by="officer")
    assert refused.status_code == 403
    assert "không tự duyệt được" in refused.text


def test_whoever_may_not_declare_the_level_is_told_before_giving_a_code(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    with console.context.uow() as uow:
        uow[Declarations].give(DeclarationRight(UserId("u-second"), PROVINCE, AlertLevel.ONE))
        uow.commit()
    html = second.get(f"/alerts/{waiting.id}").text
    assert "không được ban bố cấp độ này ở: Mũi Né" in html
    assert "Duyệt và phát ngay" not in html
    refused = alerts.approve(console, second, waiting)
    assert refused.status_code == 403
    assert "không được ban bố cấp độ này ở: Mũi Né" in refused.text


def test_whoever_may_not_approve_reads_all_of_it_and_is_told(console: Console, officer: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    html = console.client("auditor").get(f"/alerts/{waiting.id}").text
    assert "không có quyền duyệt" in html
    assert 'id="reason"' not in html


def test_an_alert_for_elsewhere_is_not_there(console: Console, officer: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    assert console.client("far-operator").get(f"/alerts/{waiting.id}").status_code == 404
    assert officer.get("/alerts/none").status_code == 404


def test_returning_needs_a_reason_and_leads_back_to_the_form(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    path = f"/alerts/{waiting.id}/decision"
    refused = post(second, path, {"act": "return", "reason": " ", "version": waiting.version})
    assert refused.status_code == 422
    assert 'id="reason-error-1"' in refused.text
    assert post(second, path, {"act": "return", "reason": "Ghi rõ thôn"}).headers["Location"] == "/alerts"
    assert "Ghi rõ thôn" in officer.get(f"/alerts/{waiting.id}/edit").text


def test_rejecting_and_discarding_are_for_good(console: Console, officer: FlaskClient, second: FlaskClient) -> None:
    one, two = alerts.submitted(console, officer), alerts.submitted(console, officer)
    post(
        second,
        f"/alerts/{one.id}/decision",
        {"act": "reject", "reason": "Nhầm sông", "code": console.code(SECOND)},
    )
    post(officer, f"/alerts/{two.id}/decision", {"act": "discard"})
    assert alerts.stored(console, one.id).status is S.REJECTED
    assert alerts.stored(console, two.id).status is S.DISCARDED
    assert "Nhầm sông" in officer.get(f"/alerts/{one.id}").text
    assert post(second, f"/alerts/{one.id}/decision", {"act": "dance"}).status_code == 400


def test_a_change_behind_the_approvers_back_is_shown_before_deciding(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    answer = alerts.approve(console, second, waiting, version="1")
    assert answer.status_code == 409
    assert 'id="conflict"' in answer.text
    assert alerts.stored(console, waiting.id).status is S.SUBMITTED


def test_what_has_expired_meanwhile_offers_no_approval(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    waiting = alerts.submitted(console, officer)
    console.clock.at = waiting.expires_at + timedelta(minutes=1)
    html = second.get(f"/alerts/{waiting.id}").text
    assert "Đã qua. Hãy chọn giờ hết hạn ở phía trước." in html
    assert "Duyệt và phát ngay" not in html
    assert alerts.approve(console, second, waiting).status_code == 422


def test_one_person_sends_alone_only_where_the_province_allows_it_with_a_reason_and_a_later_look(
    console: Console, officer: FlaskClient, second: FlaskClient
) -> None:
    alerts.allow_alone(console)
    waiting = alerts.submitted(console, officer)
    assert "Phát ngay, một mình" in officer.get(f"/alerts/{waiting.id}").text
    path = f"/alerts/{waiting.id}/decision"
    form: dict[str, object] = {"act": "alone", "word": WORD, "code": console.code("officer")}
    refused = post(officer, path, form)
    assert refused.status_code == 422
    assert 'id="alone-error-1"' in refused.text
    assert post(officer, path, form | {"alone": "Nước lên nhanh"}).status_code == 302
    assert alerts.stored(console, waiting.id).status is S.ACTIVE
    assert "Một người tự phát, chờ xem lại" in second.get("/alerts").text
    assert "Tôi đã xem lại" not in officer.get(f"/alerts/{waiting.id}").text
    assert "Tôi đã xem lại" in second.get(f"/alerts/{waiting.id}").text
    post(second, f"/alerts/{waiting.id}/sign-off")
    assert "Một người tự phát, chờ xem lại" not in second.get("/alerts").text


def test_a_drill_is_never_sent_alone(console: Console, officer: FlaskClient) -> None:
    alerts.allow_alone(console)
    drill = alerts.submitted(console, officer, kind="drill")
    assert "Phát ngay, một mình" not in officer.get(f"/alerts/{drill.id}").text
    form: dict[str, object] = {"act": "alone", "code": console.code("officer"), "alone": "Vội"}
    refused = post(officer, f"/alerts/{drill.id}/decision", form)
    assert refused.status_code == 403
    assert "Diễn tập luôn đợi được" in refused.text


def test_alone_is_refused_where_the_province_does_not_allow_it(console: Console, officer: FlaskClient) -> None:
    waiting = alerts.submitted(console, officer)
    form: dict[str, object] = {"act": "alone", "word": WORD, "code": console.code("officer"), "alone": "Vội"}
    refused = post(officer, f"/alerts/{waiting.id}/decision", form)
    assert refused.status_code == 403
    assert "Tỉnh không cho phép" in refused.text


@pytest.mark.parametrize("sender", ["officer", alerts.SECOND])
def test_whoever_sends_alone_gives_a_code_of_that_moment(console: Console, sender: str) -> None:
    alerts.staff(console)
    alerts.allow_alone(console)
    waiting = alerts.submitted(console, console.client("officer"))
    browser = console.client(sender)  # a code of this very minute was given to sign in
    form: dict[str, object] = {"act": "alone", "word": WORD, "alone": "Nước lên nhanh"}
    refused = post(browser, f"/alerts/{waiting.id}/decision", form)
    assert refused.status_code == 422
    assert alerts.stored(console, waiting.id).status is S.SUBMITTED


def test_a_draft_is_not_sent_alone_without_a_code(console: Console, officer: FlaskClient) -> None:
    alerts.allow_alone(console)
    draft = alerts.drafted(console, officer)
    form: dict[str, object] = {"act": "alone", "word": WORD, "alone": "Nước lên nhanh"}
    assert post(officer, f"/alerts/{draft.id}/decision", form).status_code == 422
    assert alerts.stored(console, draft.id).status is S.DRAFT


def test_the_approver_reads_what_the_approval_ends(console: Console, officer: FlaskClient, second: FlaskClient) -> None:
    old = alerts.active(console, officer, areas=(PROVINCE,))
    answer = post(officer, f"/alerts/{old.id}/update")
    update = alerts.stored(console, answer.headers["Location"].split("/")[2])
    assert alerts.save(console, officer, update, areas=[COMMUNE], level="1").status_code == 302
    update = alerts.make_sounds(console, update)
    form = alerts.form_of(console, update, act="submit", word=alerts.WORD)
    assert post(officer, f"/alerts/{update.id}/edit", form).status_code == 302
    html = second.get(f"/alerts/{update.id}").text
    assert "Duyệt là kết thúc cảnh báo" in html
    assert "Cấp độ của bản này thấp hơn." in html
    with console.context.uow() as uow:
        uow[Declarations].give(DeclarationRight(UserId("u-second"), PROVINCE, AlertLevel.ONE))
        uow.commit()
    html = second.get(f"/alerts/{update.id}").text
    assert "không được kết thúc cảnh báo bị thay" in html
    assert "Duyệt và phát ngay" not in html


def test_all_is_not_said_to_be_well_where_another_alert_stands(console: Console, officer: FlaskClient) -> None:
    first, other = alerts.active(console, officer), alerts.active(console, officer)
    answer = post(officer, f"/alerts/{first.id}/all-clear")
    assert answer.status_code == 422
    assert other.headline in answer.text[answer.text.index('id="unfinished"') :]
